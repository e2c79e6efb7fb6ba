/** What a route may lead to: which targets exist, and which of them belong to the table's network. */
import { isId, type NetworkInterfaceId, type VpnGatewayId } from '../net/identifiers.ts';
import type { RouteTarget } from '../net/route-target.ts';
import { Fault, type IdFaultCode } from './fault.ts';
import { interfacesOfInstance } from './instance-interfaces.ts';
import { mayBeRouteTarget, peeringState } from './peering-state.ts';
import { Instance } from './resources/instance.ts';
import { EgressOnlyInternetGateway, InternetGateway } from './resources/internet-gateway.ts';
import { NatGateway } from './resources/nat-gateway.ts';
import { NetworkInterface } from './resources/network-interface.ts';
import type { RouteTable } from './resources/route-table.ts';
import { VpcEndpoint } from './resources/vpc-endpoint.ts';
import { VpcPeeringConnection } from './resources/vpc-peering-connection.ts';
import { VpnGateway } from './resources/vpn.ts';
import { attachmentTo } from './route-state.ts';
import type { Transaction } from './transaction.ts';

/** The target parameters of CreateRoute and ReplaceRoute, as a request has them. */
export interface RequestedTarget {
  readonly GatewayId?: string | undefined;
  readonly EgressOnlyInternetGatewayId?: string | undefined;
  readonly NatGatewayId?: string | undefined;
  readonly InstanceId?: string | undefined;
  readonly NetworkInterfaceId?: string | undefined;
  readonly VpcPeeringConnectionId?: string | undefined;
  readonly TransitGatewayId?: string | undefined;
  readonly VpcEndpointId?: string | undefined;
  readonly CarrierGatewayId?: string | undefined;
  readonly LocalGatewayId?: string | undefined;
  readonly CoreNetworkArn?: string | undefined;
  readonly OdbNetworkArn?: string | undefined;
  /** ReplaceRoute only: back to the local route. */
  readonly LocalTarget?: boolean | undefined;
}

/** Finds a target, or faults. `id` is the value of the parameter. */
type FindTarget = (tx: Transaction, table: RouteTable, id: string) => RouteTarget;

/** There is none of its kind, so every id is unknown, as it would be at AWS. */
function unknown(code: IdFaultCode): FindTarget {
  return (_tx, _table, id) => {
    throw new Fault(code, { id });
  };
}

function unserved(what: string): FindTarget {
  return () => {
    throw new Fault('UnsupportedOperation', `localvpc has no ${what}, so no route can lead to one.`);
  };
}

/** Every parameter that names a target, in the order of the sentence that a request without any gets. */
const TARGETS: readonly (readonly [keyof RequestedTarget, FindTarget])[] = [
  ['GatewayId', internetGatewayTarget],
  ['EgressOnlyInternetGatewayId', egressOnlyTarget],
  ['NatGatewayId', natGatewayTarget],
  ['InstanceId', instanceTarget],
  ['NetworkInterfaceId', (tx, table, id) => interfaceTarget(tx, table, tx.get(NetworkInterface, id).id)],
  ['VpcPeeringConnectionId', peeringTarget],
  ['TransitGatewayId', transitGatewayTarget],
  ['VpcEndpointId', inspectionEndpointTarget],
  ['CarrierGatewayId', unknown('InvalidCarrierGatewayID.NotFound')],
  ['LocalGatewayId', unserved('local gateways')],
  ['CoreNetworkArn', unserved('core networks')],
  ['OdbNetworkArn', unserved('Oracle database networks')],
  ['LocalTarget', () => ({ kind: 'local' })],
];

/**
 * Reads which one target a request names; what it answers finds that target for a table. The sentences for none and for
 * several are unconfirmed.
 * @throws Fault MissingParameter, InvalidParameterCombination; when looking, the target's NotFound or Malformed fault,
 *   InvalidParameterValue for a target of another network, InvalidInstanceID for an instance with several interfaces
 */
export function readTarget(request: RequestedTarget): (tx: Transaction, table: RouteTable) => RouteTarget {
  const [first, second] = TARGETS.filter(([name]) => request[name] !== undefined && request[name] !== false);
  if (first === undefined) {
    const names = TARGETS.map(([name]) => lowerFirst(name)).filter((name) => name !== 'localTarget');
    throw new Fault('MissingParameter', `The request must contain exactly one of: ${names.join(', ')}`);
  }
  const [parameter, find] = first;
  if (second !== undefined) {
    throw new Fault('InvalidParameterCombination', { parameter: lowerFirst(parameter), other: lowerFirst(second[0]) });
  }
  return (tx, table) => find(tx, table, String(request[parameter]));
}

/** An internet gateway or a virtual private gateway. */
function internetGatewayTarget(tx: Transaction, table: RouteTable, id: string): RouteTarget {
  if (isId('vgw', id)) return vpnGatewayTarget(tx, table, id);
  const gateway = tx.find(InternetGateway, id);
  if (!gateway) throw new Fault('InvalidGatewayID.NotFound', { id });
  if (gateway.vpcId !== table.vpcId) throw belongsElsewhere(table, `network gateway ${gateway.id}`);
  return { kind: 'internet-gateway', id: gateway.id };
}

function vpnGatewayTarget(tx: Transaction, table: RouteTable, id: VpnGatewayId): RouteTarget {
  const gateway = tx.find(VpnGateway, id);
  if (!gateway || gateway.state === 'deleted') throw new Fault('InvalidGatewayID.NotFound', { id });
  if (gateway.vpcId !== table.vpcId) throw belongsElsewhere(table, `network gateway ${gateway.id}`);
  return { kind: 'vpn-gateway', id };
}

function egressOnlyTarget(tx: Transaction, table: RouteTable, id: string): RouteTarget {
  const gateway = tx.find(EgressOnlyInternetGateway, id);
  // The code is unconfirmed; clients wait for this one.
  if (!gateway) throw new Fault('InvalidGatewayID.NotFound', { id });
  if (gateway.vpcId !== table.vpcId) throw belongsElsewhere(table, `network gateway ${gateway.id}`);
  return { kind: 'egress-only-internet-gateway', id: gateway.id };
}

function natGatewayTarget(tx: Transaction, table: RouteTable, id: string): RouteTarget {
  const gateway = tx.get(NatGateway, id);
  if (gateway.state !== 'available' && gateway.state !== 'pending') throw new Fault('NatGatewayNotFound', { id });
  if (gateway.vpcId !== table.vpcId) throw belongsElsewhere(table, `NAT gateway ${gateway.id}`);
  return { kind: 'nat-gateway', id: gateway.id };
}

/** A route to an instance is a route to its only interface. */
function instanceTarget(tx: Transaction, table: RouteTable, id: string): RouteTarget {
  const instance = tx.get(Instance, id);
  const [only, another] = interfacesOfInstance(tx, instance.id);
  if (!only) {
    // Code and sentence for an instance without interfaces, a terminated one, are unconfirmed.
    throw new Fault('InvalidInstanceID', `There are no interfaces attached to instance '${instance.id}'.`);
  }
  if (another) {
    throw new Fault(
      'InvalidInstanceID',
      `There are multiple interfaces attached to instance '${instance.id}'. Please specify an interface ID for the operation instead.`,
    );
  }
  return interfaceTarget(tx, table, only.row.id);
}

/** AWS's sentence has the digits of the interface's id behind the word interface. */
function interfaceTarget(tx: Transaction, table: RouteTable, id: NetworkInterfaceId): RouteTarget {
  if (tx.find(NetworkInterface, id)?.vpcId !== table.vpcId) {
    throw belongsElsewhere(table, `interface interface-${id.slice('eni-'.length)}`);
  }
  return { kind: 'interface', id };
}

/** A connection may be routed to before it is accepted; the route is a blackhole until then. */
function peeringTarget(tx: Transaction, table: RouteTable, id: string): RouteTarget {
  const connection = tx.get(VpcPeeringConnection, id);
  // The code for a connection that has ended is unconfirmed.
  if (!mayBeRouteTarget(peeringState(connection, tx.nowMs))) {
    throw new Fault('InvalidVpcPeeringConnectionID.NotFound', { id });
  }
  if (connection.requester.vpcId !== table.vpcId && connection.accepter.vpcId !== table.vpcId) {
    throw belongsElsewhere(table, `vpc peering connection ${connection.id}`);
  }
  return { kind: 'peering', id: connection.id };
}

/** The VPC has to be attached to it first; to AWS an id without an attachment is as unknown as one of nothing. */
function transitGatewayTarget(tx: Transaction, table: RouteTable, id: string): RouteTarget {
  if (!isId('tgw', id)) throw new Fault('InvalidTransitGatewayID.Malformed', { id });
  if (attachmentTo(tx, id, table.vpcId) === undefined) throw new Fault('InvalidTransitGatewayID.NotFound', { id });
  return { kind: 'transit-gateway', id };
}

/** One of type GatewayLoadBalancer that is available; gateway endpoints add their routes themselves. Codes and sentences are unconfirmed. */
function inspectionEndpointTarget(tx: Transaction, table: RouteTable, id: string): RouteTarget {
  const endpoint = tx.get(VpcEndpoint, id);
  if (endpoint.type !== 'GatewayLoadBalancer') {
    throw new Fault('InvalidParameterValue', `VPC endpoint ${id} is not a Gateway Load Balancer endpoint.`);
  }
  if (endpoint.vpcId !== table.vpcId) throw belongsElsewhere(table, `VPC endpoint ${id}`);
  if (endpoint.state !== 'available') {
    throw new Fault('InvalidParameterValue', `VPC endpoint ${id} is not available: its state is ${endpoint.state}.`);
  }
  return { kind: 'gateway-load-balancer-endpoint', id: endpoint.id };
}

/** The sentence of a thing of another VPC. Seen for interfaces and internet gateways. */
export const belongsElsewhere = (table: RouteTable, what: string): Fault =>
  new Fault('InvalidParameterValue', `route table ${table.id} and ${what} belong to different networks`);

const lowerFirst = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);
