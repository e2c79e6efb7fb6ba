import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict';
import test from 'node:test';
import { settle } from '../../testing/guests.ts';
import { given, type Lab, lab } from '../../testing/instance-parts.ts';

const shown = ({ account }: Lab, id: string) =>
  given(account.call('DescribeNetworkInterfaces', { NetworkInterfaceIds: [id] }).NetworkInterfaces?.[0]);

const addressesOf = (net: Lab, id: string): (string | undefined)[] =>
  (shown(net, id).PrivateIpAddresses ?? []).map((one) => one.PrivateIpAddress);

test('an interface of which only the subnet is said has the default group, the check on and no description', () => {
  const { account, subnetId, vpcId } = lab();
  const made = given(account.call('CreateNetworkInterface', { SubnetId: subnetId }).NetworkInterface);
  equal(made.Status, 'pending');
  equal(made.SourceDestCheck, true);
  equal(made.Description, '');
  equal(made.InterfaceType, 'interface');
  equal(made.VpcId, vpcId);
  deepEqual(
    made.Groups?.map(({ GroupName }) => GroupName),
    ['default'],
  );
  match(given(made.MacAddress), /^0[26](:[0-9a-f]{2}){5}$/);
  const [now] = given(account.call('DescribeNetworkInterfaces').NetworkInterfaces);
  equal(now?.Status, 'available');
});

test('what CreateNetworkInterface refuses, each row mending the fault of the row above', () => {
  const net = lab();
  const { account, subnetId } = net;
  net.eni({ PrivateIpAddress: '10.0.1.50' });
  const otherVpc = given(account.call('CreateVpc', { CidrBlock: '10.1.0.0/16' }).Vpc?.VpcId);
  const foreign = given(
    account.call('CreateSecurityGroup', { VpcId: otherVpc, GroupName: 'other', Description: 'other' }).GroupId,
  );
  const inSubnet = { SubnetId: subnetId };
  const rows: [Parameters<typeof net.eni>[0] & object, string][] = [
    [{ SubnetId: 'subnet-1' }, 'InvalidSubnetID.Malformed: Invalid id: "subnet-1" (expecting "subnet-...")'],
    [
      { SubnetId: 'subnet-00000000000000000' },
      "InvalidSubnetID.NotFound: The subnet ID 'subnet-00000000000000000' does not exist",
    ],
    [
      { ...inSubnet, Groups: ['sg-00000000000000000'] },
      "InvalidGroup.NotFound: The security group 'sg-00000000000000000' does not exist",
    ],
    [
      { ...inSubnet, Groups: [foreign] },
      `InvalidParameter: Security group ${foreign} and subnet ${subnetId} belong to different networks.`,
    ],
    [{ ...inSubnet, PrivateIpAddress: '10.0.1' }, 'InvalidParameterValue: invalid value for parameter address: 10.0.1'],
    [
      { ...inSubnet, PrivateIpAddress: '10.0.2.7' },
      "InvalidParameterValue: Address does not fall within the subnet's address range",
    ],
    [
      { ...inSubnet, PrivateIpAddress: '10.0.1.3' },
      "InvalidParameterValue: Address is in subnet's reserved address range",
    ],
    [
      { ...inSubnet, PrivateIpAddress: '10.0.1.255' },
      "InvalidParameterValue: Address is in subnet's reserved address range",
    ],
    [
      { ...inSubnet, PrivateIpAddress: '10.0.1.50' },
      'InvalidIPAddress.InUse: The specified address is already in use.',
    ],
  ];
  for (const [request, fault] of rows)
    equal(
      account.fault(() => net.eni(request)),
      fault,
    );
  equal(shown(net, net.eni({ ...inSubnet, PrivateIpAddress: '10.0.1.51' })).PrivateIpAddress, '10.0.1.51');
});

test('a list and a count, and two primary addresses, cannot be said in one call', () => {
  const net = lab();
  const { account } = net;
  const both = { PrivateIpAddresses: [{ PrivateIpAddress: '10.0.1.9' }], SecondaryPrivateIpAddressCount: 2 };
  equal(
    account.faultCode(() => net.eni(both)),
    'InvalidParameterCombination',
  );
  const primary = {
    PrivateIpAddress: '10.0.1.9',
    PrivateIpAddresses: [{ PrivateIpAddress: '10.0.1.8', Primary: true }],
  };
  equal(
    account.faultCode(() => net.eni(primary)),
    'InvalidParameterValue',
  );
  const mixed = {
    PrivateIpAddresses: [{ PrivateIpAddress: '10.0.1.9', Primary: true }],
    SecondaryPrivateIpAddressCount: 2,
  };
  equal(addressesOf(net, net.eni(mixed)).length, 3);
});

test('a subnet gives out every address but five, and then says that it is full', () => {
  const net = lab();
  const small = net.subnet('10.0.2.0/28');
  const seen = new Set(Array.from({ length: 11 }, () => shown(net, net.eni({ SubnetId: small })).PrivateIpAddress));
  equal(seen.size, 11);
  for (const reserved of ['10.0.2.0', '10.0.2.1', '10.0.2.2', '10.0.2.3', '10.0.2.15']) ok(!seen.has(reserved));
  equal(
    net.account.fault(() => net.eni({ SubnetId: small })),
    'InsufficientFreeAddressesInSubnet: The specified subnet does not have enough free addresses to satisfy the request.',
  );
});

test('an interface attaches in its own zone only, and to an instance of another VPC there', () => {
  const net = lab();
  const { account } = net;
  const instance = net.instance();
  const far = net.eni({ SubnetId: net.subnet('10.0.3.0/24', 'us-east-1b') });
  equal(
    account.fault(() => net.attach(far, instance)),
    'InvalidParameterCombination: You may not attach a network interface to an instance if they are not in the same availability zone',
  );
  const vpc = given(account.call('CreateVpc', { CidrBlock: '10.9.0.0/16' }).Vpc?.VpcId);
  const subnet = account.call('CreateSubnet', { VpcId: vpc, CidrBlock: '10.9.1.0/24', AvailabilityZone: 'us-east-1a' });
  const near = net.eni({ SubnetId: given(subnet.Subnet?.SubnetId) });
  net.attach(near, instance);
  equal(shown(net, near).Attachment?.InstanceId, instance);
});

test('an instance has room for as many interfaces as its type says, each at an index of its own', () => {
  const net = lab();
  const { account } = net;
  const instance = net.instance();
  net.attach(net.eni(), instance, 1);
  equal(
    account.fault(() => net.attach(net.eni(), instance, 1)),
    `InvalidParameterValue: Instance '${instance}' already has an interface attached at device index '1'.`,
  );
  net.attach(net.eni(), instance, 2);
  equal(
    account.fault(() => net.attach(net.eni(), instance, 3)),
    'AttachmentLimitExceeded: Interface count 4 exceeds the limit for t3.large',
  );
});

test('the same index on another card is free', () => {
  const net = lab();
  const instance = net.instance({ InstanceType: 'c6in.32xlarge' });
  net.attach(net.eni(), instance, 1);
  const second = { NetworkInterfaceId: net.eni(), InstanceId: instance, DeviceIndex: 1, NetworkCardIndex: 1 };
  equal(net.account.call('AttachNetworkInterface', second).NetworkCardIndex, 1);
});

test('an interface in use can neither be deleted nor attached again, and the primary one cannot be detached', () => {
  const net = lab();
  const { account } = net;
  const instance = net.instance();
  const [primary] = given(account.call('DescribeNetworkInterfaces').NetworkInterfaces);
  const id = given(primary?.NetworkInterfaceId);
  equal(
    account.fault(() => account.call('DeleteNetworkInterface', { NetworkInterfaceId: id })),
    `InvalidParameterValue: Network interface '${id}' is currently in use.`,
  );
  equal(
    account.fault(() => net.attach(id, instance, 2)),
    `InvalidNetworkInterface.InUse: Interface: [${id}] in use.`,
  );
  equal(
    account.fault(() =>
      account.call('DetachNetworkInterface', { AttachmentId: given(primary?.Attachment?.AttachmentId) }),
    ),
    'OperationNotPermitted: The network interface at device index 0 and networkCard index 0 cannot be detached.',
  );
  equal(
    account.faultCode(() => account.call('DetachNetworkInterface', { AttachmentId: id })),
    'InvalidNetworkInterfaceAttachmentId.Malformed',
  );
});

test('attaching to a running instance waits for its guest, and to a stopped one does not', () => {
  const net = lab();
  const { account } = net;
  const instance = net.instance();
  const eni = net.eni();
  const request = { NetworkInterfaceId: eni, InstanceId: instance, DeviceIndex: 1 };
  const committed = account.commit('AttachNetworkInterface', request);
  deepEqual(
    committed.orders.map(({ order }) => order),
    [{ kind: 'plug', instanceId: instance, interfaceId: eni }],
  );
  equal(shown(net, eni).Attachment?.Status, 'attaching');
  settle(account, committed);
  equal(shown(net, eni).Attachment?.Status, 'attached');
  net.stop(instance);
  const cold = net.eni();
  deepEqual(
    account.commit('AttachNetworkInterface', { ...request, NetworkInterfaceId: cold, DeviceIndex: 2 }).orders,
    [],
  );
  equal(shown(net, cold).Attachment?.Status, 'attached');
});

test('an interface that moves keeps MAC, addresses, groups, check and Elastic IP, and gets a new attachment', () => {
  const net = lab();
  const { account } = net;
  const eni = net.eni({ SecondaryPrivateIpAddressCount: 2 });
  account.call('AssociateAddress', { AllocationId: net.elasticIp(), NetworkInterfaceId: eni });
  const firstAttachment = net.attach(eni, net.instance());
  const before = shown(net, eni);
  settle(account, account.commit('DetachNetworkInterface', { AttachmentId: firstAttachment }));
  equal(shown(net, eni).Status, 'available');
  const second = net.instance();
  notEqual(net.attach(eni, second), firstAttachment);
  const after = shown(net, eni);
  equal(after.Attachment?.InstanceId, second);
  deepEqual({ ...after, Attachment: undefined }, { ...before, Attachment: undefined });
});

test('a count beyond the limit of the type assigns nothing', () => {
  const net = lab();
  const eni = net.eni();
  net.attach(eni, net.instance());
  const request = { NetworkInterfaceId: eni, SecondaryPrivateIpAddressCount: 12 };
  equal(
    net.account.fault(() => net.account.call('AssignPrivateIpAddresses', request)),
    'PrivateIpAddressLimitExceeded: Number of private addresses will exceed limit.',
  );
  equal(addressesOf(net, eni).length, 1);
  net.account.call('AssignPrivateIpAddresses', { ...request, SecondaryPrivateIpAddressCount: 11 });
  equal(addressesOf(net, eni).length, 12);
});

test('a taken secondary address is refused, and with AllowReassignment moves with its Elastic IP', () => {
  const net = lab();
  const { account } = net;
  const from = net.eni({ PrivateIpAddresses: [{ PrivateIpAddress: '10.0.1.60' }] });
  const to = net.eni();
  const allocation = net.elasticIp();
  const address = '10.0.1.60';
  account.call('AssociateAddress', { AllocationId: allocation, NetworkInterfaceId: from, PrivateIpAddress: address });
  const request = { NetworkInterfaceId: to, PrivateIpAddresses: [address] };
  equal(
    account.fault(() => account.call('AssignPrivateIpAddresses', request)),
    'InvalidParameterValue: [10.0.1.60] assigned, but move is not allowed.',
  );
  account.call('AssignPrivateIpAddresses', { ...request, AllowReassignment: true });
  equal(addressesOf(net, from).length, 1);
  equal(addressesOf(net, to)[1], address);
  const [elasticIp] = given(account.call('DescribeAddresses', { AllocationIds: [allocation] }).Addresses);
  equal(elasticIp?.NetworkInterfaceId, to);
  const primary = {
    NetworkInterfaceId: from,
    PrivateIpAddresses: [given(addressesOf(net, to)[0])],
    AllowReassignment: true,
  };
  equal(
    account.faultCode(() => account.call('AssignPrivateIpAddresses', primary)),
    'InvalidParameterValue',
  );
});

test('unassigning an address disassociates its Elastic IP, which stays allocated; the primary one stays', () => {
  const net = lab();
  const { account } = net;
  const eni = net.eni({ PrivateIpAddress: '10.0.1.5', PrivateIpAddresses: [{ PrivateIpAddress: '10.0.1.60' }] });
  const allocation = net.elasticIp();
  account.call('AssociateAddress', {
    AllocationId: allocation,
    NetworkInterfaceId: eni,
    PrivateIpAddress: '10.0.1.60',
  });
  const unassign = (PrivateIpAddresses: string[]) => () =>
    account.call('UnassignPrivateIpAddresses', { NetworkInterfaceId: eni, PrivateIpAddresses });
  equal(account.faultCode(unassign(['10.0.1.5'])), 'InvalidParameterValue');
  equal(
    account.fault(unassign(['10.0.1.60', '10.0.1.61'])),
    `InvalidParameterValue: Some of the specified addresses are not assigned to interface ${eni}`,
  );
  unassign(['10.0.1.60'])();
  const [elasticIp] = given(account.call('DescribeAddresses', { AllocationIds: [allocation] }).Addresses);
  equal(elasticIp?.AssociationId, undefined);
});

test('a c5.large has room for nine prefixes on an interface, and they block their range', () => {
  const net = lab();
  const { account } = net;
  const eni = net.eni();
  net.attach(eni, net.instance({ InstanceType: 'c5.large' }));
  account.call('AssignPrivateIpAddresses', { NetworkInterfaceId: eni, Ipv4PrefixCount: 9 });
  equal(
    account.faultCode(() => account.call('AssignPrivateIpAddresses', { NetworkInterfaceId: eni, Ipv4PrefixCount: 1 })),
    'PrivateIpAddressLimitExceeded',
  );
  const [prefix = ''] = given(shown(net, eni).Ipv4Prefixes).map((one) => given(one.Ipv4Prefix));
  const inside = prefix.replace(/(\d+)\/28$/, (_, last: string) => String(Number(last) + 7));
  equal(
    account.faultCode(() => net.eni({ PrivateIpAddress: inside })),
    'InvalidIPAddress.InUse',
  );
});

test('a fragmented subnet has no prefix to give', () => {
  const net = lab();
  const subnet = net.subnet('10.0.4.0/27');
  net.eni({ SubnetId: subnet, PrivateIpAddress: '10.0.4.20' });
  const eni = net.eni({ SubnetId: subnet });
  equal(
    net.account.fault(() =>
      net.account.call('AssignPrivateIpAddresses', { NetworkInterfaceId: eni, Ipv4PrefixCount: 1 }),
    ),
    'InsufficientCidrBlocks: The specified subnet does not have enough free cidr blocks to satisfy the request.',
  );
});

test('ModifyNetworkInterfaceAttribute takes one attribute, and DescribeNetworkInterfaceAttribute shows it', () => {
  const net = lab();
  const { account } = net;
  const NetworkInterfaceId = net.eni();
  const modify = (request: object) => () =>
    account.call('ModifyNetworkInterfaceAttribute', { NetworkInterfaceId, ...request });
  equal(account.faultCode(modify({})), 'InvalidParameterCombination');
  equal(
    account.faultCode(modify({ Description: { Value: 'x' }, SourceDestCheck: { Value: false } })),
    'InvalidParameterCombination',
  );
  equal(
    account.fault(modify({ Groups: [''] })),
    'InvalidParameterValue: Value () for parameter groupId is invalid. The value cannot be empty',
  );
  modify({ SourceDestCheck: { Value: false } })();
  const request = { NetworkInterfaceId, Attribute: 'sourceDestCheck' };
  deepEqual(account.call('DescribeNetworkInterfaceAttribute', request), {
    NetworkInterfaceId,
    SourceDestCheck: { Value: false },
  });
});
