/** What joins networks as ends of a path: peering connections, peerings of transit gateways, and endpoint services. */
import { attachmentRowId } from '../../compile/transit-gateway-rows.ts';
import { NetworkInterface } from '../../model/resources/network-interface.ts';
import { type TransitGatewayAttachment, TransitGatewayRouteTable } from '../../model/resources/transit-gateway.ts';
import { VpcEndpoint, VpcEndpointConnection } from '../../model/resources/vpc-endpoint.ts';
import { VpcEndpointService } from '../../model/resources/vpc-endpoint-service.ts';
import { type PeeringSide, VpcPeeringConnection } from '../../model/resources/vpc-peering-connection.ts';
import type { Transaction } from '../../model/transaction.ts';
import { transitRoutes } from '../../model/transit-gateway-routes.ts';
import type { Explanation, TraceStep } from '../../tables/data-plane.ts';
import { allBeyond, type Beyond, blocksBeyond, NOTHING_BEYOND } from './addresses-beyond.ts';
import type { Resources } from './analysis-components.ts';
import { gatewayBalancersOfService, refusalOfAppliance } from './gateway-balancers.ts';
import type { Ended } from './gateway-ends.ts';
import { balancersOfService, refusalOfTarget } from './load-balancers.ts';
import { asFarAsPeering } from './transit-components.ts';

/**
 * A peering connection, seen from the VPC of the other end: it leads to the other VPC.
 * @param otherVpcId undefined where the path does not say it; then both sides are tried
 */
export function peeringEnd(resources: Resources, id: string, otherVpcId: string | undefined): Ended {
  const found = resources.find(VpcPeeringConnection, id);
  if (!found) return undefined;
  const { requester, accepter, state } = found.row;
  const component = resources.component(id);
  if (state !== 'active') return { explanationCode: 'BAD_STATE', component, vpcPeeringConnection: component, state };
  const sides = [requester, accepter];
  const near = sides.filter((side) => resources.sees(side) && (side.vpcId === otherVpcId || otherVpcId === undefined));
  const far = sides.filter(({ vpcId }) => otherVpcId === undefined || vpcId !== otherVpcId);
  return {
    kind: 'gateway',
    id,
    vpcId: undefined,
    origins: near.map(({ vpcId }) => ({ kind: 'peering', id, vpcId })),
    beyond: allBeyond(far.map((side) => vpcBeyond(resources, found.tx, side))),
    reached: (explanation) => asFarAs(id, explanation, (step) => step.stage === 'gateway' && step.component?.id === id),
  };
}

/** A VPC: its interfaces, as far as they are seen, and all of its blocks. */
export function vpcBeyond(
  resources: Resources,
  tx: Transaction,
  { account, region, vpcId, cidrs }: Pick<PeeringSide, 'account' | 'region' | 'vpcId' | 'cidrs'>,
): Beyond {
  const isSeen = resources.sees({ account, region });
  const interfaces = isSeen ? tx.in({ account, region }).by(NetworkInterface, 'vpcId', vpcId) : [];
  return { ...blocksBeyond(cidrs), interfaces };
}

/** The way as far as the gateway. That nobody beyond it has the address is not the gateway's: the packet has come there. */
function asFarAs(id: string, explanation: Explanation, isThere: (step: TraceStep) => boolean): Explanation | undefined {
  const { path, reason } = explanation;
  const at = path.findIndex(isThere);
  const isLost = at === path.length - 1 && explanation.verdict === 'dropped' && !reason?.endsWith('/no-interface');
  return at < 0 || isLost ? undefined : endedAt(id, explanation, at + 1);
}

const endedAt = (id: string, explanation: Explanation, length: number): Explanation => ({
  ...explanation,
  verdict: 'delivered',
  deliveredTo: id,
  deliveredAs: undefined,
  path: explanation.path.slice(0, length),
});

/** A transit gateway's peering with another one: beyond it lies what the tables send there. */
export function transitPeeringEnd(tx: Transaction, row: TransitGatewayAttachment): Ended {
  return {
    kind: 'gateway',
    id: row.id,
    vpcId: undefined,
    origins: [{ kind: 'transit-gateway-attachment', id: attachmentRowId(row) }],
    beyond: peeringBeyond(tx, row),
    reached: (explanation) => asFarAsPeering(row.id, explanation),
  };
}

/** Where routes of the gateway's tables lead over the peering: only static ones do. */
export function peeringBeyond(tx: Transaction, { id, transitGatewayId }: TransitGatewayAttachment): Beyond {
  const routes = tx
    .by(TransitGatewayRouteTable, 'transitGatewayId', transitGatewayId)
    .flatMap((table) => transitRoutes(tx, table));
  return blocksBeyond(routes.flatMap(({ attachment, cidr }) => (attachment?.id === id ? [cidr] : [])));
}

/** An endpoint service: its load balancers send to its targets, and it is reached by the endpoints that are connected to it. */
export function endpointServiceEnd(resources: Resources, id: string, which: 'source' | 'destination'): Ended {
  const found = resources.find(VpcEndpointService, id);
  if (!found) return undefined;
  const { row, tx } = found;
  const balancers = balancersOfService(tx, row);
  const ofGateways = gatewayBalancersOfService(tx, row);
  const nodes = [...balancers.flatMap((one) => one.row.nodes), ...ofGateways.flatMap((one) => one.nodes)].flatMap(
    ({ interfaceId }) => tx.find(NetworkInterface, interfaceId) ?? [],
  );
  const nodeIds = new Set<string>(nodes.map((node) => node.id));
  const [first] = nodes;
  if (!first) return { explanationCode: 'UNASSOCIATED_COMPONENT', component: resources.component(id) };
  const addresses = which === 'source' ? nodes : interfacesOfEndpoints(tx, row);
  return {
    kind: 'gateway',
    id,
    // Endpoints are in VPCs that nothing else need join with the service's.
    vpcId: which === 'source' ? first.vpcId : undefined,
    origins: nodes.map((node) => ({ kind: 'interface', id: node.id })),
    beyond: { ...NOTHING_BEYOND, addresses: addresses.flatMap(({ ipv4Addresses }) => ipv4Addresses) },
    refusesToSend: (request) => {
      if (request.from.kind !== 'interface') return undefined;
      const sent = { ...request, nodeId: request.from.id };
      return refusalOfTarget(resources, balancers, sent) ?? refusalOfAppliance(ofGateways, sent);
    },
    reached: (explanation) => {
      if (explanation.deliveredTo === id) return explanation;
      const at = explanation.path.findIndex((step) => nodeIds.has(step.at?.interfaceId ?? ''));
      return at < 0 ? undefined : endedAt(id, explanation, at + 1);
    },
  };
}

const interfacesOfEndpoints = (tx: Transaction, { id }: VpcEndpointService): readonly NetworkInterface[] =>
  tx.by(VpcEndpointConnection, 'serviceId', id).flatMap(({ id: endpointId, account }) => {
    const there = tx.in({ account, region: tx.region });
    const places = there.find(VpcEndpoint, endpointId)?.places ?? [];
    return places.flatMap(({ networkInterfaceId }) => there.find(NetworkInterface, networkInterfaceId) ?? []);
  });
