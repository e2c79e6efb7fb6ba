/** Every refusal of calls on Elastic IPs, with its code and sentence. */
import { given, type Lab } from '../../testing/instance-parts.ts';
import { type Refusal, testRefusals } from '../../testing/refusals.ts';
import type { RequestOf } from '../operation.ts';

const NO_ALLOCATION = 'eipalloc-0123456789abcdef0';
const NO_ADDRESS = '198.18.0.99';
const THERE = '210987654321';

const associate = ({ account }: Lab, request: RequestOf<'AssociateAddress'>): string =>
  given(account.call('AssociateAddress', request).AssociationId);
const asks =
  (call: (net: Lab) => unknown): Refusal['asks'] =>
  (net) => ({ call: () => call(net) });
const publicIpOf = ({ account }: Lab, id: string): string =>
  given(account.call('DescribeAddresses', { AllocationIds: [id] }).Addresses?.[0]?.PublicIp);

/** An address that is offered to another account, which accepts it. */
const accepted =
  (before: (net: Lab, AllocationId: string) => void): Refusal['asks'] =>
  (net) => {
    const AllocationId = net.elasticIp();
    const Address = publicIpOf(net, AllocationId);
    net.account.call('EnableAddressTransfer', { AllocationId, TransferAccountId: THERE });
    before(net, AllocationId);
    const there = net.account.in({ account: THERE });
    return { call: () => there.call('AcceptAddressTransfer', { Address }), ids: { ip: Address } };
  };

testRefusals([
  {
    what: 'a sixth address',
    asks: asks((net) => {
      for (let address = 0; address < 6; address++) net.elasticIp();
    }),
    fault: 'AddressLimitExceeded: The maximum number of addresses has been reached.',
  },
  ...(['AssociateAddress', 'ReleaseAddress', 'ModifyAddressAttribute'] as const).map((name) => ({
    what: `an unknown allocation in ${name}`,
    asks: asks((net) =>
      net.account.call(name, {
        AllocationId: NO_ALLOCATION,
        ...(name === 'AssociateAddress' && { NetworkInterfaceId: net.eni() }),
      }),
    ),
    fault: `InvalidAllocationID.NotFound: The allocation ID '${NO_ALLOCATION}' does not exist`,
  })),
  {
    what: 'an unknown address in DescribeAddresses',
    asks: asks((net) => net.account.call('DescribeAddresses', { PublicIps: [NO_ADDRESS] })),
    fault: `InvalidAddress.NotFound: Address '${NO_ADDRESS}' not found.`,
  },
  {
    what: 'an unknown association',
    asks: asks((net) => net.account.call('DisassociateAddress', { AssociationId: 'eipassoc-0123456789abcdef0' })),
    fault: "InvalidAssociationID.NotFound: The association ID 'eipassoc-0123456789abcdef0' does not exist",
  },
  {
    what: 'an address of somebody else to be recovered',
    asks: (net) => {
      const other = net.account.in({ account: THERE });
      const Address = given(other.call('AllocateAddress').PublicIp);
      return { call: () => net.account.call('AllocateAddress', { Address }), ids: { ip: Address } };
    },
    fault: "AuthFailure: The address '{ip}' does not belong to you.",
  },
  {
    what: 'an address that is in use to be released',
    asks: (net) => {
      const AllocationId = net.elasticIp();
      associate(net, { AllocationId, NetworkInterfaceId: net.eni() });
      const ip = publicIpOf(net, AllocationId);
      return { call: () => net.account.call('ReleaseAddress', { AllocationId }), ids: { ip } };
    },
    fault: 'InvalidIPAddress.InUse: Address {ip} is in use.',
  },
  {
    what: 'an address with a reverse name to be released',
    asks: (net) => {
      const AllocationId = net.elasticIp();
      net.account.call('ModifyAddressAttribute', { AllocationId, DomainName: 'example.com' });
      return { call: () => net.account.call('ReleaseAddress', { AllocationId }), ids: { id: AllocationId } };
    },
    fault:
      'InvalidAddress.Locked: The address with allocation id {id} cannot be released because it is locked to your account',
  },
  {
    what: 'an address that is elsewhere, without AllowReassociation',
    asks: (net) => {
      const AllocationId = net.elasticIp();
      const association = associate(net, { AllocationId, NetworkInterfaceId: net.eni() });
      const request = { AllocationId, NetworkInterfaceId: net.eni(), AllowReassociation: false };
      return { call: () => associate(net, request), ids: { id: AllocationId, association } };
    },
    fault: 'Resource.AlreadyAssociated: resource {id} is already associated with associate-id {association}',
  },
  {
    what: 'a VPC without an internet gateway',
    asks: (net) => {
      const VpcId = given(net.account.call('CreateVpc', { CidrBlock: '10.9.0.0/16' }).Vpc?.VpcId);
      const SubnetId = given(net.account.call('CreateSubnet', { VpcId, CidrBlock: '10.9.1.0/24' }).Subnet?.SubnetId);
      const request = { AllocationId: net.elasticIp(), NetworkInterfaceId: net.eni({ SubnetId }) };
      return { call: () => associate(net, request), ids: { vpc: VpcId } };
    },
    fault: 'Gateway.NotAttached: Network {vpc} is not attached to any internet gateway',
  },
  {
    what: 'an instance with several interfaces',
    asks: (net) => {
      const InstanceId = net.instance();
      net.attach(net.eni(), InstanceId);
      const AllocationId = net.elasticIp();
      return { call: () => associate(net, { AllocationId, InstanceId }), ids: { instance: InstanceId } };
    },
    fault:
      "InvalidInstanceID: There are multiple interfaces attached to instance '{instance}'. Please specify an interface ID for the operation instead.",
  },
  {
    what: 'a terminated instance',
    asks: (net) => {
      const InstanceId = net.instance();
      net.terminate(InstanceId);
      const AllocationId = net.elasticIp();
      return { call: () => associate(net, { AllocationId, InstanceId }), ids: { instance: InstanceId } };
    },
    fault: "InvalidInstanceID: The terminated instance '{instance}' is not in a valid state for this operation.",
  },
  {
    what: 'the interface of a pending instance',
    asks: (net) => {
      const eni = net.eni();
      const NetworkInterfaces = [{ DeviceIndex: 0, NetworkInterfaceId: eni }];
      net.account.call('RunInstances', { ImageId: 'ami-virtual', MinCount: 1, MaxCount: 1, NetworkInterfaces });
      const request = { AllocationId: net.elasticIp(), NetworkInterfaceId: eni };
      return { call: () => associate(net, request), ids: { eni } };
    },
    fault:
      "IncorrectInstanceState: The pending-instance-creation instance to which '{eni}' is attached is not in a valid state for this operation",
  },
  {
    what: 'an instance and an interface',
    asks: asks((net) =>
      associate(net, {
        AllocationId: net.elasticIp(),
        InstanceId: 'i-0123456789abcdef0',
        NetworkInterfaceId: net.eni(),
      }),
    ),
    fault:
      'InvalidParameterCombination: You may specify InstanceId or NetworkInterfaceId, but not both in the same call',
  },
  {
    what: 'an association by the address alone',
    asks: asks((net) => associate(net, { PublicIp: NO_ADDRESS, NetworkInterfaceId: net.eni() })),
    fault: 'InvalidParameterCombination: You must specify an allocation id when mapping an address to a VPC instance',
  },
  {
    what: 'a release by the address alone',
    asks: asks((net) => net.account.call('ReleaseAddress', { PublicIp: NO_ADDRESS })),
    fault: 'InvalidParameterValue: You must specify an allocation id when releasing a VPC elastic IP address',
  },
  {
    what: 'a disassociation by the address alone',
    asks: asks((net) => net.account.call('DisassociateAddress', { PublicIp: NO_ADDRESS })),
    fault: 'InvalidParameterValue: You must specify an association id when unmapping an address from a VPC instance',
  },
  {
    what: 'a disassociation of nothing',
    asks: asks((net) => net.account.call('DisassociateAddress', {})),
    fault: 'MissingParameter: The request must contain the parameter AssociationId',
  },
  {
    what: 'a disassociation by what is no association',
    asks: asks((net) => net.account.call('DisassociateAddress', { AssociationId: NO_ALLOCATION })),
    fault: `InvalidAssociationID.NotFound: The association ID '${NO_ALLOCATION}' does not exist`,
  },
  {
    what: 'a disassociation that was made before',
    asks: (net) => {
      const AssociationId = associate(net, { AllocationId: net.elasticIp(), NetworkInterfaceId: net.eni() });
      net.account.call('DisassociateAddress', { AssociationId });
      return { call: () => net.account.call('DisassociateAddress', { AssociationId }), ids: { id: AssociationId } };
    },
    fault: "InvalidAssociationID.NotFound: The association ID '{id}' does not exist",
  },
  {
    what: "a disassociation of somebody else's address",
    asks: (net) => {
      const AssociationId = associate(net, { AllocationId: net.elasticIp(), NetworkInterfaceId: net.eni() });
      const there = net.account.in({ account: THERE });
      return { call: () => there.call('DisassociateAddress', { AssociationId }), ids: { id: AssociationId } };
    },
    fault: "InvalidAssociationID.NotFound: The association ID '{id}' does not exist",
  },
  {
    what: 'a disassociation of the address of a NAT gateway',
    asks: (net) => {
      const AllocationId = net.elasticIp();
      net.account.call('CreateNatGateway', { SubnetId: net.subnetId, AllocationId });
      const [address] = net.account.call('DescribeAddresses', { AllocationIds: [AllocationId] }).Addresses ?? [];
      const AssociationId = given(address?.AssociationId);
      return { call: () => net.account.call('DisassociateAddress', { AssociationId }) };
    },
    fault: 'AuthFailure: You do not have permission to access the specified resource.',
  },
  {
    what: 'the internet gateway of a VPC with public addresses to be detached',
    asks: (net) => {
      associate(net, { AllocationId: net.elasticIp(), InstanceId: net.instance() });
      const [gateway] =
        net.account.call('DescribeInternetGateways', {
          Filters: [{ Name: 'attachment.vpc-id', Values: [net.vpcId] }],
        }).InternetGateways ?? [];
      const request = { InternetGatewayId: given(gateway?.InternetGatewayId), VpcId: net.vpcId };
      return { call: () => net.account.call('DetachInternetGateway', request), ids: { vpc: net.vpcId } };
    },
    fault:
      'DependencyViolation: Network {vpc} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.',
  },
  {
    what: 'a transfer of an address that is associated',
    asks: accepted((net, AllocationId) => associate(net, { AllocationId, NetworkInterfaceId: net.eni() })),
    fault: 'InvalidTransfer.AddressAssociated: The address {ip} is associated with a resource.',
  },
  {
    what: 'a transfer of an address with a reverse name',
    asks: accepted((net, AllocationId) =>
      net.account.call('ModifyAddressAttribute', { AllocationId, DomainName: 'example.com' }),
    ),
    fault: 'InvalidTransfer.AddressCustomPtrSet: The address {ip} has a reverse DNS record.',
  },
]);
