/** The row of an attached network interface as the fabric needs it. */
import { awsServiceBehind } from '../model/aws-services.ts';
import { instanceHostName, ipName, isPrimary } from '../model/dns-names.ts';
import { isFlowLogged } from '../model/flow-log-lifecycle.ts';
import { gatewayLoadBalancerOf } from '../model/gateway-load-balancer-services.ts';
import { failureUnder } from '../model/hosts.ts';
import { instanceOfInterface } from '../model/instance-interfaces.ts';
import { instanceTypeNamed } from '../model/instance-type-table.ts';
import { balancerOfNode } from '../model/load-balancers.ts';
import type { Owned } from '../model/owned.ts';
import { publicAddressesOf } from '../model/public-addresses.ts';
import type { Instance, InstanceStateName } from '../model/resources/instance.ts';
import { LoadBalancer } from '../model/resources/load-balancer.ts';
import { NatGateway } from '../model/resources/nat-gateway.ts';
import type { NetworkInterface } from '../model/resources/network-interface.ts';
import { TransitGatewayAttachment } from '../model/resources/transit-gateway.ts';
import { VpcEndpoint } from '../model/resources/vpc-endpoint.ts';
import type { Transaction } from '../model/transaction.ts';
import type { EndpointDestination, InterfaceOwner, InterfaceRow, TrackingTimeoutsRow } from '../tables/tables.ts';
import { allowanceRow } from './allowance-row.ts';
import { mirrorSessionsOf } from './mirror-sessions.ts';
import { placeRow } from './place-row.ts';

/** States in which a guest may send or be sent packets. */
const WITH_GUEST: ReadonlySet<InstanceStateName> = new Set(['pending', 'running', 'stopping', 'shutting-down']);

/** Row of an interface; undefined while neither a guest on a host with power has it nor a gateway, endpoint or load balancer that is available. */
export function interfaceRow(tx: Transaction, one: NetworkInterface): InterfaceRow | undefined {
  const owner = ownerOf(tx, one);
  if (!owner) return undefined;
  const instance = instanceOfInterface(tx, one);
  return {
    kind: 'interface',
    id: one.id,
    owner,
    vpcId: one.vpcId,
    subnetId: one.subnetId,
    mac: one.mac,
    ipv4Addresses: one.ipv4Addresses,
    ipv4Prefixes: one.ipv4Prefixes,
    ipv6Addresses: one.ipv6Addresses,
    ipv6Prefixes: one.ipv6Prefixes,
    publicAddresses: publicAddressesOf(tx, one).map(({ publicAddress, privateAddress }) => ({
      publicAddress,
      privateAddress,
    })),
    securityGroupIds: one.securityGroupIds,
    sourceDestCheck: one.sourceDestCheck,
    hostName: instance ? firstLabel(hostNameOf(one, instance)) : '',
    timeouts: timeoutsOf(one, instance?.row),
    mirrorSessions: mirrorSessionsOf(tx, one),
    isFlowLogged: isFlowLogged(tx, one),
    isPassthrough: one.attachment?.nic?.kind === 'passthrough',
    allowance: instance && allowanceRow(instance, one),
    place: instance && placeRow(instance),
  };
}

function ownerOf(tx: Transaction, networkInterface: NetworkInterface): InterfaceOwner | undefined {
  const { id, interfaceType } = networkInterface;
  if (interfaceType === 'natGateway') {
    const gateway = tx.by(NatGateway, 'networkInterfaceId', id).find(({ state }) => state === 'available');
    return gateway && { kind: 'nat-gateway', id: gateway.id };
  }
  if (interfaceType === 'transit_gateway') {
    const [row] = tx.by(TransitGatewayAttachment, 'networkInterfaceId', id);
    return row && { kind: 'transit-gateway-attachment', id: row.id };
  }
  if (interfaceType === 'vpc_endpoint') return endpointOwner(tx, id);
  if (interfaceType === 'gateway_load_balancer_endpoint') return inspectionOwner(tx, id);
  if (interfaceType === 'gateway_load_balancer') {
    const [balancer] = tx.by(LoadBalancer, 'networkInterfaceId', id);
    return balancer && { kind: 'gateway-load-balancer', id: balancer.id };
  }
  if (interfaceType === 'network_load_balancer' || interfaceType === 'load_balancer') {
    const arn = balancerOfNode(tx, id);
    return arn && { kind: 'load-balancer', id: arn };
  }
  const found = instanceOfInterface(tx, networkInterface);
  if (!found || !WITH_GUEST.has(found.row.state) || failureUnder(found.owner, found.row.id)) return undefined;
  return { kind: 'instance', id: found.row.id };
}

function endpointOwner(tx: Transaction, id: NetworkInterface['id']): InterfaceOwner | undefined {
  const [endpoint] = tx.by(VpcEndpoint, 'networkInterfaceId', id);
  const place = endpoint?.places.find(({ networkInterfaceId }) => networkInterfaceId === id);
  if (!endpoint || !place || endpoint.state !== 'available') return undefined;
  const leadsTo = destinationOf(tx, endpoint, place.zone);
  return leadsTo && { kind: 'vpc-endpoint', id: endpoint.id, leadsTo };
}

/** The owner of a Gateway Load Balancer endpoint's interface: a firewall, or the load balancers of a service. */
function inspectionOwner(tx: Transaction, id: NetworkInterface['id']): InterfaceOwner | undefined {
  const [endpoint] = tx.by(VpcEndpoint, 'networkInterfaceId', id);
  const [place] = endpoint?.places ?? [];
  if (!endpoint || !place || endpoint.state !== 'available') return undefined;
  const { firewallArn, service } = endpoint;
  const owner = { kind: 'gateway-load-balancer-endpoint', id: endpoint.id } as const;
  if (firewallArn !== undefined) return { ...owner, inspector: { kind: 'firewall', arn: firewallArn } };
  if (!service) return undefined;
  const loadBalancerArn = gatewayLoadBalancerOf(tx, service, place.zone);
  return { ...owner, inspector: { kind: 'gateway-load-balancer', loadBalancerArn, zone: place.zone } };
}

function destinationOf(
  tx: Transaction,
  { service, serviceName }: VpcEndpoint,
  zone: string,
): EndpointDestination | undefined {
  if (service) return { kind: 'service', id: service.id, zone };
  const ofAws = awsServiceBehind(tx.region, serviceName);
  if (!ofAws) return undefined;
  return ofAws.address === undefined ? { kind: 'api' } : { kind: 'aws-service', address: ofAws.address };
}

function hostNameOf(one: NetworkInterface, { row, owner }: Owned<Instance>): string {
  const [address] = one.ipv4Addresses;
  return isPrimary(one) || address === undefined ? instanceHostName(owner, row) : ipName(owner.region, address);
}

const firstLabel = (name: string): string => name.split('.', 1)[0] ?? name;

/** Gateways have no groups, so nothing is tracked at their interfaces. */
const NOTHING_TRACKED: TrackingTimeoutsRow = { tcpEstablishedTimeoutMs: 0, udpTimeoutMs: 0, udpStreamTimeoutMs: 0 };

/** AWS's defaults for what is no instance; that they hold for endpoints and load balancers is unconfirmed. */
const ENDPOINT_TIMEOUTS: TrackingTimeoutsRow = {
  tcpEstablishedTimeoutMs: 432_000_000,
  udpTimeoutMs: 30_000,
  udpStreamTimeoutMs: 180_000,
};

/** The interface's own timeouts, else those of the instance type. */
function timeoutsOf(
  { connectionTracking: own, interfaceType }: NetworkInterface,
  instance: Instance | undefined,
): TrackingTimeoutsRow {
  if (interfaceType === 'vpc_endpoint' || interfaceType === 'network_load_balancer') return ENDPOINT_TIMEOUTS;
  if (!instance) return NOTHING_TRACKED;
  const defaults = instanceTypeNamed(instance.instanceType).NetworkInfo.ConnectionTrackingConfiguration;
  return {
    tcpEstablishedTimeoutMs: 1000 * (own.tcpEstablishedTimeoutSeconds ?? defaults.DefaultTcpEstablishedTimeout),
    udpTimeoutMs: 1000 * (own.udpTimeoutSeconds ?? defaults.DefaultUdpTimeout),
    udpStreamTimeoutMs: 1000 * (own.udpStreamTimeoutSeconds ?? defaults.DefaultUdpStreamTimeout),
  };
}
