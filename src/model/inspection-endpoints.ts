/**
 * Endpoints of type GatewayLoadBalancer, to which routes lead packets so that somebody looks at them: AWS Network Firewall
 * makes such endpoints for its firewalls.
 *
 * Sources: AWS PrivateLink guide, gateway-load-balancer-endpoints; Network Firewall guide, firewall endpoints.
 */
import { Fault } from './fault.ts';
import type { Tags } from './kind.ts';
import { removeIfThere } from './load-balancers.ts';
import { createServiceInterface } from './network-interface-creation.ts';
import { RouteTable } from './resources/route-table.ts';
import type { Subnet } from './resources/subnet.ts';
import { type EndpointPlace, VpcEndpoint } from './resources/vpc-endpoint.ts';
import type { Transaction } from './transaction.ts';

/** Which addresses an endpoint's interface has (API_CreateVpcEndpoint, IpAddressType). */
export type EndpointAddressType = 'ipv4' | 'ipv6' | 'dualstack';

/** Who AWS says made the interface. That it is this text is unconfirmed. */
const REQUESTER = 'amazon-aws';

/** What a service wants of an endpoint that it makes in somebody's subnet. */
export interface FirewallEndpointSpec {
  readonly subnet: Subnet;
  readonly firewallArn: string;
  /** "com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0": the service's own, which nobody else can connect to. */
  readonly serviceName: string;
  readonly addressType: EndpointAddressType;
  readonly tags: Tags;
}

/**
 * Makes the endpoint of a firewall in one of its subnets: the account that has it sees it and cannot change it.
 * @throws Fault of addresses, NetworkInterfaceLimitExceeded
 */
export function createFirewallEndpoint(tx: Transaction, spec: FirewallEndpointSpec): VpcEndpoint {
  const { subnet, firewallArn, serviceName, addressType, tags } = spec;
  const endpoint = tx.insert(VpcEndpoint, {
    vpcId: subnet.vpcId,
    serviceName,
    type: 'GatewayLoadBalancer',
    state: 'available',
    policyDocument: '',
    service: undefined,
    places: [],
    firewallArn,
    privateDnsEnabled: false,
    nameSuffix: '',
    createdAtMs: tx.nowMs,
    tags,
  });
  return tx.update(VpcEndpoint, endpoint.id, { places: [openInspectionPlace(tx, endpoint, subnet, addressType)] });
}

/** Takes the endpoint of a firewall away. @throws Fault InvalidParameter while routes lead to it */
export function deleteFirewallEndpoint(tx: Transaction, endpoint: VpcEndpoint): void {
  refuseWhileRouted(tx, endpoint);
  for (const { networkInterfaceId } of endpoint.places) removeIfThere(tx, networkInterfaceId);
  tx.remove(VpcEndpoint, endpoint.id);
}

/** Makes the endpoint's one interface, which has no groups. */
export function openInspectionPlace(
  tx: Transaction,
  endpoint: VpcEndpoint,
  subnet: Subnet,
  addressType: EndpointAddressType,
): EndpointPlace {
  checkAddressType(subnet, addressType);
  const { id: networkInterfaceId } = createServiceInterface(tx, {
    subnet,
    description: `VPC Endpoint Interface ${endpoint.id}`,
    interfaceType: 'gateway_load_balancer_endpoint',
    ipv6Count: addressType === 'ipv4' ? 0 : 1,
    requesterId: REQUESTER,
  });
  return { subnetId: subnet.id, zone: subnet.zone, networkInterfaceId };
}

/** IPv4 wants a subnet that has it, IPv6 one that has nothing else (PrivateLink guide). Code and sentences are unconfirmed. */
function checkAddressType({ id, cidr, ipv6CidrBlocks, ipv6Native }: Subnet, addressType: EndpointAddressType): void {
  const hasIpv6 = ipv6CidrBlocks.length > 0;
  const fits =
    addressType === 'ipv6' ? ipv6Native : cidr !== undefined && !ipv6Native && (addressType === 'ipv4' || hasIpv6);
  if (!fits)
    throw new Fault('InvalidParameter', `The subnet ${id} does not support the IP address type ${addressType}.`);
}

/** Code and sentence are AWS's, as clients quote them. @throws Fault InvalidParameter while routes lead to the endpoint */
export function refuseWhileRouted(tx: Transaction, { id }: VpcEndpoint): void {
  if (tx.count(RouteTable, 'targetId', id) === 0) return;
  throw new Fault('InvalidParameter', 'Endpoint must be removed from route table before deletion');
}

/** Only the service may change what it made. Code and sentence are unconfirmed. */
export function refuseIfManaged({ id, firewallArn }: VpcEndpoint): void {
  if (firewallArn === undefined) return;
  throw new Fault('OperationNotPermitted', `The VPC endpoint ${id} is managed by the service that created it.`);
}
