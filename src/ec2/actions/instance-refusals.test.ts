/** Every refusal of calls on instances that concerns their networking, with its code and sentence. */
import { given, type Lab } from '../../testing/instance-parts.ts';
import { type Refusal, testRefusals } from '../../testing/refusals.ts';
import type { RequestOf } from '../operation.ts';

type Launch = Partial<RequestOf<'RunInstances'>>;

const launch =
  (request: Launch | ((net: Lab) => Launch), ids: (net: Lab) => Readonly<Record<string, string>> = () => ({})) =>
  (net: Lab): ReturnType<Refusal['asks']> => {
    const asked = typeof request === 'function' ? request(net) : request;
    return { call: () => net.instance(asked), ids: ids(net) };
  };
const withSubnet = ({ subnetId }: Lab): Readonly<Record<string, string>> => ({ subnet: subnetId });

/** A call on an instance, which is left running unless `before` changes that. */
const onInstance =
  (call: (net: Lab, id: string) => unknown, before: (net: Lab, id: string) => void = () => undefined) =>
  (net: Lab): ReturnType<Refusal['asks']> => {
    const id = net.instance();
    before(net, id);
    return { call: () => call(net, id), ids: { id } };
  };

const launchAnywhere = ({ account }: Lab): unknown =>
  account.call('RunInstances', { ImageId: 'ami-virtual', MinCount: 1, MaxCount: 1 });

/** Deletes the subnets of the default VPC; its id. */
function emptyDefaultVpc({ account }: Lab): string {
  const subnets = account.call('DescribeSubnets', { Filters: [{ Name: 'default-for-az', Values: ['true'] }] }).Subnets;
  for (const { SubnetId } of subnets ?? []) account.call('DeleteSubnet', { SubnetId: given(SubnetId) });
  return given(subnets?.[0]?.VpcId);
}

const COMBINATIONS: readonly Refusal[] = [
  {
    what: 'interfaces and groups of the instance',
    asks: launch((net) => ({
      NetworkInterfaces: [{ DeviceIndex: 0, SubnetId: net.subnetId }],
      SecurityGroupIds: ['sg-0123456789abcdef0'],
    })),
    fault:
      'InvalidParameterCombination: Network interfaces and an instance-level security groups may not be specified on the same request',
  },
  {
    what: 'interfaces and a subnet of the instance',
    asks: launch((net) => ({ NetworkInterfaces: [{ DeviceIndex: 0 }], SubnetId: net.subnetId })),
    fault:
      'InvalidParameterCombination: Network interfaces and an instance-level subnet ID may not be specified on the same request',
  },
  {
    what: 'interfaces and a private address of the instance',
    asks: launch((net) => ({
      NetworkInterfaces: [{ DeviceIndex: 0, SubnetId: net.subnetId }],
      PrivateIpAddress: '10.0.1.9',
    })),
    fault:
      'InvalidParameterCombination: Network interfaces and an instance-level private IP address may not be specified on the same request',
  },
  {
    what: 'a public address and several interfaces',
    asks: launch((net) => ({
      NetworkInterfaces: [
        { DeviceIndex: 0, SubnetId: net.subnetId, AssociatePublicIpAddress: true },
        { DeviceIndex: 1, SubnetId: net.subnetId },
      ],
    })),
    fault:
      'InvalidParameterCombination: The associatePublicIPAddress parameter cannot be specified when launching with multiple network interfaces',
  },
  {
    what: 'the name of a group and a subnet',
    asks: launch({ SecurityGroups: ['default'] }),
    fault: 'InvalidParameterCombination: The parameter groupName cannot be used with the parameter subnet',
  },
  {
    what: 'an interface without a device index',
    asks: launch((net) => ({ NetworkInterfaces: [{ SubnetId: net.subnetId }] })),
    fault: 'InvalidParameterValue: Each network interface requires a device index.',
  },
  {
    what: 'tags for interfaces that exist',
    asks: launch((net) => ({
      NetworkInterfaces: [{ DeviceIndex: 0, NetworkInterfaceId: net.eni() }],
      TagSpecifications: [{ ResourceType: 'network-interface', Tags: [{ Key: 'a', Value: 'b' }] }],
    })),
    fault:
      'InvalidParameterValue: You cannot specify tags for network interfaces if there are no network interfaces being created by the request.',
  },
];

const PARAMETERS: readonly Refusal[] = [
  {
    what: 'an interface that is in use',
    asks: (net) => {
      const eni = net.eni();
      net.attach(eni, net.instance());
      const request = { NetworkInterfaces: [{ DeviceIndex: 0, NetworkInterfaceId: eni }] };
      return { call: () => net.instance(request), ids: { eni } };
    },
    fault: 'InvalidNetworkInterface.InUse: Interface: [{eni}] in use.',
  },
  {
    what: 'an address that is taken',
    asks: launch((net) => {
      net.eni({ PrivateIpAddress: '10.0.1.10' });
      return { PrivateIpAddress: '10.0.1.10' };
    }),
    fault: 'InvalidIPAddress.InUse: Address 10.0.1.10 is in use.',
  },
  {
    what: 'an address outside of the subnet',
    asks: launch({ PrivateIpAddress: '172.31.0.16' }),
    fault: "InvalidParameterValue: Address 172.31.0.16 does not fall within the subnet's address range",
  },
  {
    what: 'more instances than the subnet has addresses',
    asks: (net) => {
      const SubnetId = net.subnet('10.0.2.0/28');
      return { call: () => net.instance({ SubnetId, MinCount: 12, MaxCount: 12 }), ids: { subnet: SubnetId } };
    },
    fault:
      "InsufficientFreeAddressesInSubnet: There are not enough free addresses in subnet '{subnet}' to satisfy the requested number of instances.",
  },
  {
    what: 'a launch without a subnet in a default VPC that has none',
    asks: (net) => ({ call: () => launchAnywhere(net), ids: { vpc: emptyDefaultVpc(net) } }),
    fault: "MissingInput: No subnets found for the default VPC '{vpc}'. Please specify a subnet.",
  },
  {
    what: 'a launch without a subnet where there is no default VPC',
    asks: (net) => {
      const VpcId = emptyDefaultVpc(net);
      const Filters = [{ Name: 'attachment.vpc-id', Values: [VpcId] }];
      const [gateway] = net.account.call('DescribeInternetGateways', { Filters }).InternetGateways ?? [];
      net.account.call('DetachInternetGateway', { VpcId, InternetGatewayId: given(gateway?.InternetGatewayId) });
      net.account.call('DeleteVpc', { VpcId });
      return { call: () => launchAnywhere(net) };
    },
    fault: 'VPCIdNotSpecified: No default VPC for this user',
  },
  {
    what: 'an Elastic Fabric Adapter of a type that has none',
    asks: launch(({ subnetId: SubnetId }) => ({
      InstanceType: 't2.micro',
      NetworkInterfaces: [{ DeviceIndex: 0, SubnetId, InterfaceType: 'efa' }],
    })),
    fault: 'InvalidParameterCombination: t2.micro instances do not support Elastic Fabric Adapters.',
  },
  {
    what: 'user data that is not in base64',
    asks: launch({ UserData: '#!/bin/sh' }),
    fault: 'InvalidUserData.Malformed: Invalid BASE64 encoding of user data.',
  },
  {
    what: 'a thousand and one instances',
    asks: launch({ MinCount: 1, MaxCount: 1001 }),
    fault:
      'InstanceLimitExceeded: You have requested more instances (1001) than your current instance limit of 1000 allows.',
  },
  {
    what: 'a launch into an unknown placement group',
    asks: launch({ Placement: { GroupId: 'pg-0123456789abcdef0' } }),
    fault: "InvalidPlacementGroup.Unknown: The Placement Group 'pg-0123456789abcdef0' is unknown.",
  },
  {
    what: 'a launch into a placement group whose id is none',
    asks: launch({ Placement: { GroupId: 'near' } }),
    fault: 'InvalidPlacementGroupId.Malformed: Invalid id: "near" (expecting "pg-...")',
  },
  {
    what: 'one placement group more than the quota',
    asks: ({ account }) => {
      for (let group = 0; group < 500; group++) account.call('CreatePlacementGroup', { GroupName: `group-${group}` });
      return { call: () => account.call('CreatePlacementGroup', { GroupName: 'one-more' }) };
    },
    fault: 'PlacementGroupLimitExceeded: The maximum number of placement groups has been reached.',
  },
  {
    what: 'another placement for a running instance',
    asks: onInstance(({ account }, id) => {
      account.call('CreatePlacementGroup', { GroupName: 'near' });
      account.call('ModifyInstancePlacement', { InstanceId: id, GroupName: 'near' });
    }),
    fault: "IncorrectInstanceState: The instance '{id}' is not in the 'stopped' state.",
  },
  {
    what: 'a type that is none',
    asks: launch({ InstanceType: 'x' as never }),
    fault: "InvalidParameterValue: Invalid value 'x' for InstanceType.",
  },
  {
    what: 'an image id that is none',
    asks: launch({ ImageId: 'x' }),
    fault: 'InvalidAMIID.Malformed: Invalid id: "x" (expecting "ami-...")',
  },
  {
    what: 'an unknown image',
    asks: launch({ ImageId: 'ami-0123456789abcdef0' }),
    fault: "InvalidAMIID.NotFound: The image id '[ami-0123456789abcdef0]' does not exist",
  },
  {
    what: 'an unknown key pair',
    asks: launch({ KeyName: 'x' }),
    fault: "InvalidKeyPair.NotFound: The key pair 'x' does not exist",
  },
  {
    what: 'a group of another VPC',
    asks: (net) => {
      const VpcId = net.account.call('CreateVpc', { CidrBlock: '10.9.0.0/16' }).Vpc?.VpcId;
      const Description = 'of another VPC';
      const group = net.account.call('CreateSecurityGroup', { VpcId, GroupName: 'there', Description }).GroupId ?? '';
      return { call: () => net.instance({ SecurityGroupIds: [group] }), ids: { group, ...withSubnet(net) } };
    },
    fault: 'InvalidParameter: Security group {group} and subnet {subnet} belong to different networks.',
  },
];

const STATES: readonly Refusal[] = [
  {
    what: 'an unknown instance',
    asks: (net) => ({ call: () => net.stop('i-0123456789abcdef0') }),
    fault: "InvalidInstanceID.NotFound: The instance ID 'i-0123456789abcdef0' does not exist",
  },
  {
    what: 'two unknown instances',
    asks: (net) => {
      const InstanceIds = ['i-0123456789abcdef0', 'i-0123456789abcdef1'];
      return { call: () => net.account.call('TerminateInstances', { InstanceIds }) };
    },
    fault: "InvalidInstanceID.NotFound: The instance IDs 'i-0123456789abcdef0, i-0123456789abcdef1' do not exist",
  },
  {
    what: 'an id that is none of an instance',
    asks: (net) => ({ call: () => net.stop('x') }),
    fault: 'InvalidInstanceID.Malformed: Invalid id: "x" (expecting "i-...")',
  },
  {
    what: 'the start of a terminated instance',
    asks: onInstance(
      (net, id) => net.start(id),
      (net, id) => net.terminate(id),
    ),
    fault: "IncorrectInstanceState: The instance '{id}' is not in a state from which it can be started.",
  },
  {
    what: 'the reboot of a stopped instance',
    asks: onInstance(
      (net, id) => net.account.call('RebootInstances', { InstanceIds: [id] }),
      (net, id) => net.stop(id),
    ),
    fault: "IncorrectInstanceState: The instance '{id}' is not in the 'running' state.",
  },
  {
    what: 'the stop of an instance that never ran',
    asks: (net) => {
      const launched = { ImageId: 'ami-virtual', MinCount: 1, MaxCount: 1, SubnetId: net.subnetId };
      const id = net.account.call('RunInstances', launched).Instances?.[0]?.InstanceId ?? '';
      return { call: () => net.stop(id), ids: { id } };
    },
    fault: "IncorrectInstanceState: Instance '{id}' cannot be stopped as it has never reached the 'running' state.",
  },
  {
    what: 'the termination of a protected instance',
    asks: onInstance(
      (net, id) => net.terminate(id),
      (net, id) => protect(net, id, { DisableApiTermination: { Value: true } }),
    ),
    fault:
      "OperationNotPermitted: The instance '{id}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.",
  },
  {
    what: 'another type for a running instance',
    asks: onInstance((net, id) => protect(net, id, { InstanceType: { Value: 't3.xlarge' } })),
    fault: "IncorrectInstanceState: The instance '{id}' is not in the 'stopped' state.",
  },
  {
    what: 'a type of another architecture',
    asks: onInstance(
      (net, id) => protect(net, id, { InstanceType: { Value: 'm6g.large' } }),
      (net, id) => net.stop(id),
    ),
    fault: 'InvalidInstanceAttributeValue: Modifying the instance type from t3.large to m6g.large is not allowed.',
  },
  {
    what: 'a change of nothing',
    asks: onInstance((net, id) => protect(net, id, {})),
    fault: 'InvalidParameterCombination: No attributes specified.',
  },
];

function protect({ account }: Lab, InstanceId: string, change: Partial<RequestOf<'ModifyInstanceAttribute'>>): void {
  account.call('ModifyInstanceAttribute', { InstanceId, ...change });
}

testRefusals([...COMBINATIONS, ...PARAMETERS, ...STATES]);
