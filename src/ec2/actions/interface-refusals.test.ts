/** Every refusal of calls on network interfaces, with its code and sentence. */
import { given, type Lab } from '../../testing/instance-parts.ts';
import { type Refusal, testRefusals } from '../../testing/refusals.ts';
import type { RequestOf } from '../operation.ts';

const NO_ENI = 'eni-0123456789abcdef0';
const NO_INSTANCE = 'i-0123456789abcdef0';

const describe = (ids: readonly string[]) => (net: Lab) => ({
  call: () => net.account.call('DescribeNetworkInterfaces', { NetworkInterfaceIds: [...ids] }),
});
const create =
  (request: Partial<RequestOf<'CreateNetworkInterface'>>) =>
  (net: Lab): ReturnType<Refusal['asks']> => ({ call: () => net.eni(request), ids: { subnet: net.subnetId } });
const assign =
  (request: Omit<RequestOf<'AssignPrivateIpAddresses'>, 'NetworkInterfaceId'>) =>
  (net: Lab): ReturnType<Refusal['asks']> => {
    net.eni({ PrivateIpAddress: '10.0.1.50' });
    const eni = net.eni();
    return {
      call: () => net.account.call('AssignPrivateIpAddresses', { NetworkInterfaceId: eni, ...request }),
      ids: { eni },
    };
  };
const unassign =
  (address: (own: string) => string) =>
  (net: Lab): ReturnType<Refusal['asks']> => {
    const eni = net.eni({ PrivateIpAddress: '10.0.1.50' });
    const request = { NetworkInterfaceId: eni, PrivateIpAddresses: [address('10.0.1.50')] };
    return { call: () => net.account.call('UnassignPrivateIpAddresses', request), ids: { eni } };
  };
/** Six groups of the VPC. */
const groups = ({ account, vpcId }: Lab): string[] =>
  Array.from({ length: 6 }, (_, index) =>
    given(account.call('CreateSecurityGroup', { VpcId: vpcId, GroupName: `g${index}`, Description: 'g' }).GroupId),
  );
/** A group of another VPC. */
function foreignGroup({ account }: Lab): string {
  const VpcId = given(account.call('CreateVpc', { CidrBlock: '10.9.0.0/16' }).Vpc?.VpcId);
  return given(account.call('CreateSecurityGroup', { VpcId, GroupName: 'there', Description: 'g' }).GroupId);
}
const attach = (net: Lab, NetworkInterfaceId: string, InstanceId: string, DeviceIndex = 1) => ({
  call: () => net.account.call('AttachNetworkInterface', { NetworkInterfaceId, InstanceId, DeviceIndex }),
  ids: { eni: NetworkInterfaceId, instance: InstanceId },
});

testRefusals([
  {
    what: 'an unknown interface',
    asks: describe([NO_ENI]),
    fault: `InvalidNetworkInterfaceID.NotFound: The networkInterface ID '${NO_ENI}' does not exist`,
  },
  {
    what: 'an id that is none of an interface',
    asks: describe(['x']),
    fault: 'InvalidNetworkInterfaceId.Malformed: Invalid id: "x" (expecting "eni-...")',
  },
  {
    what: 'an unknown subnet',
    asks: create({ SubnetId: 'subnet-0123456789abcdef0' }),
    fault: "InvalidSubnetID.NotFound: The subnet ID 'subnet-0123456789abcdef0' does not exist",
  },
  {
    what: 'an unknown group',
    asks: create({ Groups: ['sg-0123456789abcdef0'] }),
    fault: "InvalidGroup.NotFound: The security group 'sg-0123456789abcdef0' does not exist",
  },
  {
    what: 'a group of another VPC',
    asks: (net) => {
      const group = foreignGroup(net);
      return { call: () => net.eni({ Groups: [group] }), ids: { group, subnet: net.subnetId } };
    },
    fault: 'InvalidParameter: Security group {group} and subnet {subnet} belong to different networks.',
  },
  {
    what: 'six groups at creation',
    asks: (net) => ({ call: () => net.eni({ Groups: groups(net) }) }),
    fault:
      'InvalidParameterValue: user 123456789012 exceeded limit 5 on the number of interface security group memberships',
  },
  {
    what: 'six groups later',
    asks: (net) => {
      const request = { NetworkInterfaceId: net.eni(), Groups: groups(net) };
      return { call: () => net.account.call('ModifyNetworkInterfaceAttribute', request) };
    },
    fault:
      'SecurityGroupsPerInterfaceLimitExceeded: The maximum number of security groups per interface has been reached.',
  },
  {
    what: 'an interface without a group',
    asks: (net) => {
      const request = { NetworkInterfaceId: net.eni(), Groups: [''] };
      return { call: () => net.account.call('ModifyNetworkInterfaceAttribute', request) };
    },
    fault: 'InvalidParameterValue: Value () for parameter groupId is invalid. The value cannot be empty',
  },
  {
    what: 'two attributes in one call',
    asks: (net) => {
      const request = { NetworkInterfaceId: net.eni(), Description: { Value: 'a' }, SourceDestCheck: { Value: false } };
      return { call: () => net.account.call('ModifyNetworkInterfaceAttribute', request) };
    },
    fault: 'InvalidParameterCombination: Fields for multiple attribute types specified.',
  },
  {
    what: 'an address that is taken',
    asks: (net) => {
      net.eni({ PrivateIpAddress: '10.0.1.50' });
      return { call: () => net.eni({ PrivateIpAddress: '10.0.1.50' }) };
    },
    fault: 'InvalidIPAddress.InUse: The specified address is already in use.',
  },
  {
    what: 'an address outside of the subnet',
    asks: create({ PrivateIpAddress: '10.0.2.50' }),
    fault: "InvalidParameterValue: Address does not fall within the subnet's address range",
  },
  {
    what: 'a reserved address',
    asks: create({ PrivateIpAddress: '10.0.1.3' }),
    fault: "InvalidParameterValue: Address is in subnet's reserved address range",
  },
  {
    what: 'what is no address',
    asks: create({ PrivateIpAddress: 'x' }),
    fault: 'InvalidParameterValue: invalid value for parameter address: x',
  },
  {
    what: 'IPv6 where the subnet has none',
    asks: create({ Ipv6AddressCount: 1 }),
    fault: "InvalidParameterValue: The subnet '{subnet}' does not have an associated IPv6 CIDR block.",
  },
  {
    what: 'an address of a full subnet',
    asks: (net) => {
      const SubnetId = net.subnet('10.0.2.0/28');
      net.eni({ SubnetId, SecondaryPrivateIpAddressCount: 10 });
      return { call: () => net.eni({ SubnetId }) };
    },
    fault:
      'InsufficientFreeAddressesInSubnet: The specified subnet does not have enough free addresses to satisfy the request.',
  },
  {
    what: 'a prefix of a subnet that has none left, at creation',
    asks: (net) => {
      const SubnetId = net.subnet('10.0.2.0/28');
      return { call: () => net.eni({ SubnetId, Ipv4PrefixCount: 1 }) };
    },
    fault: "InvalidParameterValue: There aren't sufficient free Ipv4 addresses or prefixes",
  },
  {
    what: 'a prefix of a subnet that has none left, later',
    asks: (net) => {
      const NetworkInterfaceId = net.eni({ SubnetId: net.subnet('10.0.2.0/28') });
      const request = { NetworkInterfaceId, Ipv4PrefixCount: 1 };
      return { call: () => net.account.call('AssignPrivateIpAddresses', request) };
    },
    fault: 'InsufficientCidrBlocks: The specified subnet does not have enough free cidr blocks to satisfy the request.',
  },
  {
    what: 'an address of another interface without AllowReassignment',
    asks: (net) => {
      const eni = net.eni();
      net.account.call('AssignPrivateIpAddresses', {
        NetworkInterfaceId: net.eni(),
        PrivateIpAddresses: ['10.0.1.60'],
      });
      const request = { NetworkInterfaceId: eni, PrivateIpAddresses: ['10.0.1.60'] };
      return { call: () => net.account.call('AssignPrivateIpAddresses', request) };
    },
    fault: 'InvalidParameterValue: [10.0.1.60] assigned, but move is not allowed.',
  },
  {
    what: 'more addresses than the type has room for',
    asks: (net) => {
      const eni = net.eni();
      net.attach(eni, net.instance({ InstanceType: 't3.small' }));
      const request = { NetworkInterfaceId: eni, SecondaryPrivateIpAddressCount: 4 };
      return { call: () => net.account.call('AssignPrivateIpAddresses', request) };
    },
    fault: 'PrivateIpAddressLimitExceeded: Number of private addresses will exceed limit.',
  },
  {
    what: 'a list and a count',
    asks: assign({ PrivateIpAddresses: ['10.0.1.60'], SecondaryPrivateIpAddressCount: 1 }),
    fault:
      'InvalidParameterCombination: The parameter privateIpAddresses cannot be used with the parameter secondaryPrivateIpAddressCount',
  },
  {
    what: 'an address to be taken from an interface that does not have it',
    asks: unassign(() => '10.0.1.99'),
    fault: 'InvalidParameterValue: Some of the specified addresses are not assigned to interface {eni}',
  },
  {
    what: 'the primary address to be taken away',
    asks: unassign((own) => own),
    fault: 'InvalidParameterValue: The primary IP address of a network interface cannot be unassigned.',
  },
  {
    what: 'an interface in use to be deleted',
    asks: (net) => {
      const eni = net.eni();
      net.attach(eni, net.instance());
      return { call: () => net.account.call('DeleteNetworkInterface', { NetworkInterfaceId: eni }), ids: { eni } };
    },
    fault: "InvalidParameterValue: Network interface '{eni}' is currently in use.",
  },
  {
    what: 'an interface in use to be attached',
    asks: (net) => {
      const eni = net.eni();
      net.attach(eni, net.instance());
      return attach(net, eni, net.instance());
    },
    fault: 'InvalidNetworkInterface.InUse: Interface: [{eni}] in use.',
  },
  {
    what: 'an interface for an unknown instance',
    asks: (net) => attach(net, net.eni(), NO_INSTANCE),
    fault: "InvalidInstanceID.NotFound: The instance ID '{instance}' does not exist",
  },
  {
    what: 'an interface of another zone',
    asks: (net) => attach(net, net.eni({ SubnetId: net.subnet('10.0.2.0/24', 'us-east-1b') }), net.instance()),
    fault:
      'InvalidParameterCombination: You may not attach a network interface to an instance if they are not in the same availability zone',
  },
  {
    what: 'more interfaces than the type has room for',
    asks: (net) => {
      const instance = net.instance({ InstanceType: 't3.medium' });
      net.attach(net.eni(), instance, 1);
      net.attach(net.eni(), instance, 2);
      return attach(net, net.eni(), instance, 3);
    },
    fault: 'AttachmentLimitExceeded: Interface count 4 exceeds the limit for t3.medium',
  },
  {
    what: 'a device index that is taken',
    asks: (net) => {
      const instance = net.instance();
      net.attach(net.eni(), instance, 1);
      return attach(net, net.eni(), instance, 1);
    },
    fault: "InvalidParameterValue: Instance '{instance}' already has an interface attached at device index '1'.",
  },
  {
    what: 'the primary interface to be detached',
    asks: (net) => {
      net.instance();
      const [primary] = net.account.call('DescribeNetworkInterfaces').NetworkInterfaces ?? [];
      const AttachmentId = given(primary?.Attachment?.AttachmentId);
      return { call: () => net.account.call('DetachNetworkInterface', { AttachmentId, Force: true }) };
    },
    fault: 'OperationNotPermitted: The network interface at device index 0 and networkCard index 0 cannot be detached.',
  },
  {
    what: "a service's interface to be detached",
    asks: (net) => {
      const request = { AttachmentId: 'ela-attach-0123456789abcdef0' };
      return { call: () => net.account.call('DetachNetworkInterface', request) };
    },
    fault: "OperationNotPermitted: You are not allowed to manage 'ela-attach' attachments.",
  },
  {
    what: 'an unknown attachment',
    asks: (net) => {
      const request = { AttachmentId: 'eni-attach-0123456789abcdef0' };
      return { call: () => net.account.call('DetachNetworkInterface', request) };
    },
    fault: "InvalidAttachmentID.NotFound: The interface attachment 'eni-attach-0123456789abcdef0' does not exist.",
  },
  {
    what: 'an interface id in the place of an attachment',
    asks: (net) => ({ call: () => net.account.call('DetachNetworkInterface', { AttachmentId: NO_ENI }) }),
    fault: `InvalidNetworkInterfaceAttachmentId.Malformed: Invalid id: "${NO_ENI}" (expecting "eni-attach-...")`,
  },
  {
    what: 'a change of groups by an instance with several interfaces',
    asks: (net) => {
      const instance = net.instance();
      net.attach(net.eni(), instance);
      const request = { InstanceId: instance, SourceDestCheck: { Value: false } };
      return { call: () => net.account.call('ModifyInstanceAttribute', request), ids: { instance } };
    },
    fault:
      "InvalidInstanceID: There are multiple interfaces attached to instance '{instance}'. Please specify an interface ID for the operation instead.",
  },
  {
    what: 'an Elastic Fabric Adapter for a type that has none',
    asks: (net) => attach(net, net.eni({ InterfaceType: 'efa' }), net.instance({ InstanceType: 't3.medium' })),
    fault: 'InvalidParameterCombination: t3.medium instances do not support Elastic Fabric Adapters.',
  },
  {
    what: 'an Elastic Fabric Adapter for a running instance',
    asks: (net) => attach(net, net.eni({ InterfaceType: 'efa' }), net.instance({ InstanceType: 'c5n.18xlarge' })),
    fault:
      'InvalidParameterCombination: An Elastic Fabric Adapter can only be attached to an instance in the stopped state.',
  },
  {
    what: 'a network card that the type does not have',
    asks: (net) => {
      const request = {
        NetworkInterfaceId: net.eni(),
        InstanceId: net.instance(),
        DeviceIndex: 1,
        NetworkCardIndex: 1,
      };
      return { call: () => net.account.call('AttachNetworkInterface', request) };
    },
    fault:
      "InvalidParameterValue: Value (1) for parameter networkCardIndex is invalid. The instance type 't3.large' has 1 network card(s).",
  },
  {
    what: "a change of a service's interface",
    asks: (net) => {
      net.account.call('CreateNatGateway', { SubnetId: net.subnetId, AllocationId: net.elasticIp() });
      const Filters = [{ Name: 'interface-type', Values: ['nat_gateway'] }];
      const [one] = net.account.call('DescribeNetworkInterfaces', { Filters }).NetworkInterfaces ?? [];
      const request = { NetworkInterfaceId: given(one?.NetworkInterfaceId), Description: { Value: 'mine' } };
      return { call: () => net.account.call('ModifyNetworkInterfaceAttribute', request) };
    },
    fault: 'AuthFailure: You do not have permission to access the specified resource.',
  },
  {
    what: 'one interface more than the quota of the Region',
    asks: (net) => {
      const SubnetId = net.subnet('10.0.32.0/19');
      for (let interfaces = 0; interfaces < 5000; interfaces++) net.eni({ SubnetId });
      return { call: () => net.eni({ SubnetId }) };
    },
    fault: 'NetworkInterfaceLimitExceeded: The maximum number of network interfaces has been reached.',
  },
  {
    what: 'pages and ids in one call',
    asks: (net) => {
      const NetworkInterfaceIds = [net.eni()];
      return { call: () => net.account.call('DescribeNetworkInterfaces', { NetworkInterfaceIds, MaxResults: 5 }) };
    },
    fault:
      'InvalidParameterCombination: The parameter networkInterfaceIds cannot be used with the parameter maxResults',
  },
]);
