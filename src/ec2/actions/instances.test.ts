import { deepEqual, equal, notEqual, ok } from 'node:assert/strict';
import test from 'node:test';
import { expire, guestEnded, resume } from '../../model/instance-lifecycle.ts';
import { Instance } from '../../model/resources/instance.ts';
import { completeAll, settle } from '../../testing/guests.ts';
import { given, type Lab, lab } from '../../testing/instance-parts.ts';

const shown = ({ account }: Lab, id: string) =>
  given(account.call('DescribeInstances', { InstanceIds: [id] }).Reservations?.[0]?.Instances?.[0]);

const stateOf = (net: Lab, id: string) => shown(net, id).State?.Name;

const LAUNCH = { ImageId: 'ami-virtual', InstanceType: 't3.large', MinCount: 1, MaxCount: 1 };

/** A lab whose subnet gives public addresses. */
function publicLab(): Lab {
  const net = lab();
  net.account.call('ModifySubnetAttribute', { SubnetId: net.subnetId, MapPublicIpOnLaunch: { Value: true } });
  return net;
}

test('an instance is pending in the answer, runs when its guest does, and then shows its public address', () => {
  const net = publicLab();
  const { account, subnetId } = net;
  const committed = account.commit('RunInstances', { ...LAUNCH, SubnetId: subnetId });
  const [launched] = given(committed.result.Instances);
  equal(launched?.State?.Name, 'pending');
  equal(launched?.PublicIpAddress, undefined);
  ok(launched?.PrivateIpAddress);
  const id = given(launched?.InstanceId);
  deepEqual(
    committed.orders.map(({ order }) => order),
    [{ kind: 'start', instanceId: id, firstBoot: true }],
  );
  equal(stateOf(net, id), 'pending');
  settle(account, committed);
  equal(stateOf(net, id), 'running');
  ok(shown(net, id).PublicIpAddress?.startsWith('198.1'));
});

test('an image by its short name keeps that name, and unknown ones are refused', () => {
  const net = lab();
  equal(shown(net, net.instance({ ImageId: 'ami-host' })).ImageId, 'ami-host');
  const launch = (ImageId: string) => () => net.instance({ ImageId });
  equal(net.account.fault(launch('x')), 'InvalidAMIID.Malformed: Invalid id: "x" (expecting "ami-...")');
  equal(
    net.account.fault(launch('ami-00000000000000000')),
    "InvalidAMIID.NotFound: The image id '[ami-00000000000000000]' does not exist",
  );
});

test('a launch into no subnet goes to a default subnet and gets a public address and names', () => {
  const net = lab();
  const answer = settle(net.account, net.account.commit('RunInstances', LAUNCH));
  const instance = shown(net, given(answer.Instances?.[0]?.InstanceId));
  ok(instance.PublicIpAddress);
  ok(instance.PublicDnsName?.endsWith('.compute-1.amazonaws.com'));
  ok(instance.PrivateIpAddress?.startsWith('172.31.'));
});

test('what RunInstances refuses when interfaces are listed', () => {
  const net = lab();
  const { account, subnetId: SubnetId } = net;
  const eni = net.eni();
  const first = { DeviceIndex: 0, SubnetId };
  const rows: [object, string][] = [
    [
      { NetworkInterfaces: [first], SecurityGroupIds: ['sg-00000000000000000'] },
      'InvalidParameterCombination: Network interfaces and an instance-level security groups may not be specified on the same request',
    ],
    [
      { NetworkInterfaces: [first], SubnetId },
      'InvalidParameterCombination: Network interfaces and an instance-level subnet ID may not be specified on the same request',
    ],
    [
      { NetworkInterfaces: [first], PrivateIpAddress: '10.0.1.7' },
      'InvalidParameterCombination: Network interfaces and an instance-level private IP address may not be specified on the same request',
    ],
    [
      {
        NetworkInterfaces: [
          { ...first, AssociatePublicIpAddress: true },
          { DeviceIndex: 1, SubnetId },
        ],
      },
      'InvalidParameterCombination: The associatePublicIPAddress parameter cannot be specified when launching with multiple network interfaces',
    ],
    [{ NetworkInterfaces: [{ SubnetId }] }, 'InvalidParameterValue: Each network interface requires a device index.'],
    [
      { NetworkInterfaces: [{ DeviceIndex: 1, SubnetId }] },
      'InvalidParameterValue: When specifying network interfaces, you must include a device at index 0',
    ],
    [
      { NetworkInterfaces: [{ DeviceIndex: 0, NetworkInterfaceId: eni, DeleteOnTermination: true }] },
      'InvalidParameterCombination: A network interface may not specify a network interface ID and delete on termination as true',
    ],
    [
      { NetworkInterfaces: [0, 1, 2, 3].map((DeviceIndex) => ({ DeviceIndex, SubnetId })) },
      'AttachmentLimitExceeded: Interface count 4 exceeds the limit for t3.large',
    ],
    [
      { NetworkInterfaces: [{ ...first, SecondaryPrivateIpAddressCount: 12 }] },
      'InvalidInterface.IpAddressLimitExceeded: Number of private addresses will exceed limit.',
    ],
    [
      {
        NetworkInterfaces: [{ DeviceIndex: 0, NetworkInterfaceId: eni }],
        TagSpecifications: [{ ResourceType: 'network-interface', Tags: [{ Key: 'a', Value: 'b' }] }],
      },
      'InvalidParameterValue: You cannot specify tags for network interfaces if there are no network interfaces being created by the request.',
    ],
  ];
  for (const [request, fault] of rows) {
    equal(
      account.fault(() => account.call('RunInstances', { ...LAUNCH, ...request })),
      fault,
    );
  }
  const existing = net.instance({ NetworkInterfaces: [{ DeviceIndex: 0, NetworkInterfaceId: eni }] });
  equal(shown(net, existing).NetworkInterfaces?.[0]?.Attachment?.DeleteOnTermination, false);
  equal(
    account.fault(() => net.instance({ NetworkInterfaces: [{ DeviceIndex: 0, NetworkInterfaceId: eni }] })),
    `InvalidNetworkInterface.InUse: Interface: [${eni}] in use.`,
  );
});

test('other things that RunInstances refuses', () => {
  const net = lab();
  const { account, subnetId: SubnetId } = net;
  net.eni({ PrivateIpAddress: '10.0.1.50' });
  const rows: [object, string][] = [
    [{ SubnetId, InstanceType: 't9.tiny' }, "InvalidParameterValue: Invalid value 't9.tiny' for InstanceType."],
    [
      { SubnetId, MinCount: 3, MaxCount: 2 },
      'InvalidParameterCombination: The maximum count 2 is less than the minimum count 3.',
    ],
    [
      { SubnetId, SecurityGroups: ['default'] },
      'InvalidParameterCombination: The parameter groupName cannot be used with the parameter subnet',
    ],
    [{ SubnetId, PrivateIpAddress: '10.0.1.50' }, 'InvalidIPAddress.InUse: Address 10.0.1.50 is in use.'],
    [
      { SubnetId, PrivateIpAddress: '172.31.0.16' },
      "InvalidParameterValue: Address 172.31.0.16 does not fall within the subnet's address range",
    ],
    [{ SubnetId, KeyName: 'none' }, "InvalidKeyPair.NotFound: The key pair 'none' does not exist"],
    [{ SubnetId: net.subnet('10.0.5.0/28'), MinCount: 12, MaxCount: 20 }, 'InsufficientFreeAddressesInSubnet'],
  ];
  for (const [request, fault] of rows) {
    const actual = account.fault(() => account.call('RunInstances', { ...LAUNCH, ...request }));
    ok(actual.startsWith(fault), actual);
  }
  equal(account.call('DescribeInstances').Reservations?.length, 0);
});

test('as many instances are launched as the subnet has room for, between the two counts', () => {
  const net = lab();
  const SubnetId = net.subnet('10.0.5.0/28');
  const { Instances } = net.account.call('RunInstances', { ...LAUNCH, SubnetId, MinCount: 2, MaxCount: 20 });
  equal(Instances?.length, 11);
  equal(new Set(Instances?.map((one) => one.PrivateIpAddress)).size, 11);
});

test('an instance with two interfaces gets no public address', () => {
  const net = publicLab();
  const { subnetId: SubnetId } = net;
  const id = net.instance({
    NetworkInterfaces: [
      { DeviceIndex: 0, SubnetId },
      { DeviceIndex: 1, SubnetId },
    ],
  });
  equal(shown(net, id).PublicIpAddress, undefined);
  equal(shown(net, id).NetworkInterfaces?.length, 2);
});

test('a stop takes the public address away and keeps private and Elastic ones; a start brings another', () => {
  const net = publicLab();
  const id = net.instance();
  const before = shown(net, id);
  net.stop(id);
  const stopped = shown(net, id);
  equal(stopped.State?.Name, 'stopped');
  equal(stopped.StateTransitionReason, 'User initiated (2024-01-02 03:04:05 GMT)');
  equal(stopped.StateReason?.Code, 'Client.UserInitiatedShutdown');
  equal(stopped.PublicIpAddress, undefined);
  equal(stopped.PrivateIpAddress, before.PrivateIpAddress);
  net.start(id);
  const started = shown(net, id);
  ok(started.PublicIpAddress);
  notEqual(started.PublicIpAddress, before.PublicIpAddress);
  net.attach(net.eni(), id);
  equal(shown(net, id).PublicIpAddress, started.PublicIpAddress);
  net.stop(id);
  net.start(id);
  equal(shown(net, id).PublicIpAddress, undefined);
});

test('an Elastic IP replaces the public address, stays over a stop, and leaves a new one behind when it goes', () => {
  const net = publicLab();
  const { account } = net;
  const id = net.instance();
  const first = shown(net, id).PublicIpAddress;
  const AllocationId = net.elasticIp();
  const { AssociationId } = account.call('AssociateAddress', { AllocationId, InstanceId: id });
  const elastic = shown(net, id).PublicIpAddress;
  equal(elastic, account.call('DescribeAddresses').Addresses?.[0]?.PublicIp);
  net.stop(id);
  equal(shown(net, id).PublicIpAddress, elastic);
  net.start(id);
  equal(shown(net, id).PublicIpAddress, elastic);
  account.call('DisassociateAddress', { AssociationId: given(AssociationId) });
  const last = given(shown(net, id).PublicIpAddress);
  ok(last !== elastic && last !== first);
});

test('a termination deletes the interface of the launch, frees those attached later and keeps the Elastic IP', () => {
  const net = lab();
  const { account } = net;
  const id = net.instance();
  const later = net.eni();
  net.attach(later, id);
  const primary = given(shown(net, id).NetworkInterfaces?.[0]?.NetworkInterfaceId);
  account.call('AssociateAddress', { AllocationId: net.elasticIp(), NetworkInterfaceId: primary });
  net.terminate(id);
  const gone = shown(net, id);
  equal(gone.State?.Name, 'terminated');
  deepEqual(gone.NetworkInterfaces, []);
  equal(gone.VpcId, undefined);
  const [left, ...others] = given(account.call('DescribeNetworkInterfaces').NetworkInterfaces);
  deepEqual([left?.NetworkInterfaceId, left?.Status, others.length], [later, 'available', 0]);
  const [address] = given(account.call('DescribeAddresses').Addresses);
  equal(address?.AssociationId, undefined);
});

test('a protected instance is not terminated', () => {
  const net = lab();
  const id = net.instance({ DisableApiTermination: true });
  equal(
    net.account.fault(() => net.terminate(id)),
    `OperationNotPermitted: The instance '${id}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.`,
  );
  equal(stateOf(net, id), 'running');
});

test('states that do not change answer as they are, and impossible changes are refused', () => {
  const net = lab();
  const { account } = net;
  const id = net.instance();
  const InstanceIds = [id];
  equal(account.call('StartInstances', { InstanceIds }).StartingInstances?.[0]?.CurrentState?.Name, 'running');
  net.stop(id);
  equal(account.call('StopInstances', { InstanceIds }).StoppingInstances?.[0]?.PreviousState?.Name, 'stopped');
  equal(
    account.faultCode(() => account.call('RebootInstances', { InstanceIds })),
    'IncorrectInstanceState',
  );
  net.terminate(id);
  account.call('RebootInstances', { InstanceIds });
  equal(
    account.fault(() => net.start(id)),
    `IncorrectInstanceState: The instance '${id}' is not in a state from which it can be started.`,
  );
  const young = given(account.call('RunInstances', { ...LAUNCH, SubnetId: net.subnetId }).Instances?.[0]?.InstanceId);
  equal(
    account.fault(() => net.stop(young)),
    `IncorrectInstanceState: Instance '${young}' cannot be stopped as it has never reached the 'running' state.`,
  );
  equal(
    account.faultCode(() => net.terminate('i-00000000000000000')),
    'InvalidInstanceID.NotFound',
  );
});

test('a guest that cannot be started leaves its instance terminated at launch, and stopped later', () => {
  const net = publicLab();
  const { account, subnetId: SubnetId } = net;
  const failure = { ok: false, reason: 'no memory left' } as const;
  const launched = settle(account, account.commit('RunInstances', { ...LAUNCH, SubnetId }), failure);
  const first = shown(net, given(launched.Instances?.[0]?.InstanceId));
  equal(first.State?.Name, 'terminated');
  deepEqual(first.StateReason, { Code: 'Server.InternalError', Message: 'Server.InternalError: no memory left' });
  equal(account.call('DescribeNetworkInterfaces').NetworkInterfaces?.length, 0);
  const id = net.instance();
  net.stop(id);
  settle(account, account.commit('StartInstances', { InstanceIds: [id] }), failure);
  equal(stateOf(net, id), 'stopped');
});

test('a guest that shuts itself down stops or terminates its instance, as the instance says', () => {
  const net = lab();
  const stops = net.instance();
  const terminates = net.instance({ InstanceInitiatedShutdownBehavior: 'terminate', DisableApiTermination: true });
  const end = (id: string): void => {
    const { orders } = net.account.world.transact(net.account.scope, 0, (tx) =>
      guestEnded(tx, tx.get(Instance, id).id, 'poweroff'),
    );
    completeAll(net.account, orders);
  };
  end(stops);
  end(terminates);
  equal(stateOf(net, stops), 'stopped');
  equal(shown(net, stops).StateReason?.Code, 'Client.InstanceInitiatedShutdown');
  equal(stateOf(net, terminates), 'terminated');
});

test('after a restart what ran is started again with the same addresses, and what was stopping has stopped', () => {
  const net = publicLab();
  const { account } = net;
  const runs = net.instance();
  const stops = net.instance();
  const before = shown(net, runs);
  account.call('StopInstances', { InstanceIds: [stops] });
  const { orders } = account.world.transact(account.scope, 0, resume);
  deepEqual(
    orders.map(({ order }) => order),
    [{ kind: 'start', instanceId: runs, firstBoot: false }],
  );
  completeAll(account, orders);
  deepEqual(shown(net, runs), before);
  equal(stateOf(net, stops), 'stopped');
});

test('a terminated instance is shown for an hour', () => {
  const net = lab();
  const { account } = net;
  const id = net.instance();
  net.terminate(id);
  account.advance(3_599_000);
  account.transact(expire);
  equal(stateOf(net, id), 'terminated');
  account.advance(1_000);
  account.transact(expire);
  equal(
    account.faultCode(() => shown(net, id)),
    'InvalidInstanceID.NotFound',
  );
});

test('ModifyInstanceAttribute changes one attribute, some only while the instance is stopped', () => {
  const net = lab();
  const { account } = net;
  const InstanceId = net.instance();
  const modify = (request: object) => () => account.call('ModifyInstanceAttribute', { InstanceId, ...request });
  const toLarge = { InstanceType: { Value: 'm5.large' } };
  equal(
    account.fault(modify(toLarge)),
    `IncorrectInstanceState: The instance '${InstanceId}' is not in the 'stopped' state.`,
  );
  modify({ SourceDestCheck: { Value: false } })();
  equal(shown(net, InstanceId).SourceDestCheck, false);
  net.attach(net.eni(), InstanceId);
  equal(
    account.fault(modify({ SourceDestCheck: { Value: true } })),
    `InvalidInstanceID: There are multiple interfaces attached to instance '${InstanceId}'. Please specify an interface ID for the operation instead.`,
  );
  net.stop(InstanceId);
  modify(toLarge)();
  equal(shown(net, InstanceId).InstanceType, 'm5.large');
  equal(
    account.fault(modify({ Attribute: 'instanceType', Value: 'm6g.large' })),
    'InvalidInstanceAttributeValue: Modifying the instance type from m5.large to m6g.large is not allowed.',
  );
});

test('the status of instances is of running ones, unless all are asked for', () => {
  const net = lab();
  net.instance();
  net.stop(net.instance());
  const { account } = net;
  equal(account.call('DescribeInstanceStatus').InstanceStatuses?.length, 1);
  equal(account.call('DescribeInstanceStatus', { IncludeAllInstances: true }).InstanceStatuses?.length, 2);
});
