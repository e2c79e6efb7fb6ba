/** Gateways other than those to the internet as ends of a path: where their packets come in, and when one has reached them. */
import { awsServicesOf } from '../../model/aws-services.ts';
import type { AnalysisExplanation } from '../../model/reachability.ts';
import { NetworkInterface } from '../../model/resources/network-interface.ts';
import { TransitGateway, TransitGatewayAttachment } from '../../model/resources/transit-gateway.ts';
import { VpcEndpoint } from '../../model/resources/vpc-endpoint.ts';
import { VpnConnection, VpnGateway } from '../../model/resources/vpn.ts';
import type { Transaction } from '../../model/transaction.ts';
import type { Ipv4 } from '../../net/address.ts';
import { siteAddressIn } from '../../net/site-address.ts';
import type { Explanation, TraceRequest, TraceStep } from '../../tables/data-plane.ts';
import { allBeyond, type Beyond, NOTHING_BEYOND } from './addresses-beyond.ts';
import type { Resources } from './analysis-components.ts';
import { peeringBeyond, transitPeeringEnd, vpcBeyond } from './joining-ends.ts';

/** A gateway that packets come from or go to. */
export interface GatewayEnd {
  readonly kind: 'gateway';
  readonly id: string;
  /** Undefined for a transit gateway whose VPC nothing says. */
  readonly vpcId: string | undefined;
  /** Where its packets enter; none of what sends none. */
  readonly origins: readonly TraceRequest['from'][];
  /** Addresses beyond it: of its packets, and of those for it, where the path names none. */
  readonly beyond: Beyond;
  /** The way of a packet as far as it, or undefined where it did not come there; such a way is its own. */
  reached(explanation: Explanation): Explanation | undefined;
  /** Why it sends no such packet; what carries packets for everybody has none of these two. */
  refusesToSend?(request: TraceRequest): AnalysisExplanation | undefined;
  /** Why the packet, which came to it, is not for it. */
  refuses?(explanation: Explanation): AnalysisExplanation | undefined;
}

/** An end, why there can be no path by it, or undefined where there is no such resource. */
export type Ended = GatewayEnd | AnalysisExplanation | undefined;

/** A virtual private gateway: the customer's site beyond it. */
export function vpnGatewayEnd(resources: Resources, id: string): Ended {
  const found = resources.find(VpnGateway, id);
  if (!found) return undefined;
  const { row, tx } = found;
  const component = resources.component(id);
  if (row.vpcId === undefined) return { explanationCode: 'UNASSOCIATED_COMPONENT', component };
  const connections = tx.by(VpnConnection, 'vpnGatewayId', row.id);
  const beyond = siteBeyond(connections);
  if (beyond.blocks.length === 0) return { explanationCode: 'BAD_STATE_VPN', component, vpnGateway: component };
  return siteEnd({ id, vpcId: row.vpcId, beyond }, [id, ...connections.map((one) => one.id)]);
}

/** The blocks that connections lead to. */
function siteBeyond(connections: readonly VpnConnection[]): Beyond {
  const blocks = connections
    .filter(({ state }) => state === 'available')
    .flatMap(({ staticRoutes }) => staticRoutes)
    .filter(({ length }) => length > 0);
  return { interfaces: [], addresses: blocks.map(siteAddressIn), blocks };
}

const siteEnd = (end: Pick<GatewayEnd, 'id' | 'vpcId' | 'beyond'>, passed: readonly string[]): GatewayEnd => ({
  kind: 'gateway',
  ...end,
  origins: [{ kind: 'site' }],
  reached: (explanation) =>
    explanation.deliveredTo === 'site' && explanation.path.some((step) => passed.some((one) => isAt(step, one)))
      ? explanation
      : undefined,
});

/** The component that decided, the target of the route, or who stands there. */
const isAt = ({ component, at }: TraceStep, id: string): boolean =>
  component?.id === id || at?.ownerId === id || (component?.rule?.kind === 'route' && component.rule.target === id);

/** A transit gateway, where the other end's VPC is attached to it. */
export function transitGatewayEnd(resources: Resources, id: string, otherVpcId: string | undefined): Ended {
  const found = resources.find(TransitGateway, id);
  if (!found) return undefined;
  const component = resources.component(id);
  const attachments = attachmentsOf(found.tx, id).filter(
    ({ resource }) => resource.kind === 'vpc' && (otherVpcId === undefined || resource.vpcId === otherVpcId),
  );
  if (attachments.length === 0)
    return { explanationCode: 'UNASSOCIATED_COMPONENT', component, transitGateway: component };
  return {
    kind: 'gateway',
    id,
    vpcId: otherVpcId,
    origins: attachments.flatMap((one) => originsOf(one)),
    beyond: attachedElsewhere(resources, found.tx, id, attachments),
    reached: (explanation) =>
      upTo(id, explanation, ({ stage, component: there }) => stage === 'gateway' && there?.id === id),
  };
}

const attachmentsOf = (tx: Transaction, gatewayId: string): readonly TransitGatewayAttachment[] =>
  tx.list(TransitGatewayAttachment, (one) => one.transitGatewayId === gatewayId && one.state === 'available');

/** An attachment of a VPC or a VPN connection. */
export function attachmentEnd(resources: Resources, id: string): Ended {
  const found = resources.find(TransitGatewayAttachment, id);
  if (!found) return undefined;
  const { row, tx } = found;
  const { state, resource, transitGatewayId } = row;
  const component = resources.component(id);
  if (state !== 'available')
    return { explanationCode: 'BAD_STATE_ATTACHMENT', component, transitGatewayAttachment: component, state };
  if (resource.kind === 'peering') return transitPeeringEnd(tx, row);
  if (resource.kind === 'vpn') {
    const connection = tx.find(VpnConnection, resource.vpnConnectionId);
    const beyond = siteBeyond(connection ? [connection] : []);
    if (beyond.blocks.length === 0)
      return { explanationCode: 'TGW_BAD_STATE_VPN', component, transitGatewayAttachment: component };
    return siteEnd({ id, vpcId: undefined, beyond }, [id, resource.vpnConnectionId]);
  }
  return {
    kind: 'gateway',
    id,
    vpcId: resource.vpcId,
    origins: originsOf(row),
    beyond: attachedElsewhere(resources, tx, transitGatewayId, [row]),
    reached: (explanation) =>
      upTo(id, explanation, ({ stage, at }) => stage === 'network-acl-in' && at?.ownerId === id),
  };
}

/** Its interfaces in the VPC, by which packets come out of it. */
function originsOf({ resource }: TransitGatewayAttachment): readonly TraceRequest['from'][] {
  if (resource.kind !== 'vpc') return [];
  return resource.subnets.flatMap(({ networkInterfaceId: id }) => (id ? [{ kind: 'interface' as const, id }] : []));
}

/** What is attached to the gateway by others than these; over a peering, what routes lead there. */
function attachedElsewhere(
  resources: Resources,
  tx: Transaction,
  gatewayId: string,
  here: readonly TransitGatewayAttachment[],
): Beyond {
  const others = attachmentsOf(tx, gatewayId).filter((one) => !here.includes(one) || here.length > 1);
  return allBeyond(
    others.map((row) => {
      const { resource } = row;
      if (resource.kind === 'peering') return peeringBeyond(tx, row);
      if (resource.kind === 'vpc') return vpcBeyond(resources, tx, { ...resource, region: tx.region });
      const connection = tx.find(VpnConnection, resource.vpnConnectionId);
      return siteBeyond(connection ? [connection] : []);
    }),
  );
}

/** The way as far as the first such step, where the packet got past it: then it is delivered to the gateway. */
function upTo(id: string, explanation: Explanation, isThere: (step: TraceStep) => boolean): Explanation | undefined {
  const { path, deliveredTo } = explanation;
  if (deliveredTo === id) return explanation;
  const at = path.findIndex(isThere);
  if (at < 0 || at === path.length - 1) return undefined;
  return { ...explanation, verdict: 'delivered', deliveredTo: id, deliveredAs: undefined, path: path.slice(0, at + 1) };
}

/** A VPC endpoint: it opens no connections, and a packet for it must get through to the service. */
export function endpointEnd(resources: Resources, id: string, which: 'source' | 'destination'): Ended {
  const found = resources.find(VpcEndpoint, id);
  if (!found) return undefined;
  const { row, tx } = found;
  const component = resources.component(id);
  if (which === 'source') return { explanationCode: 'VPCE_INTRA_VPC_TRAFFIC', component, vpcEndpoint: component };
  if (row.state !== 'available')
    return { explanationCode: 'BAD_STATE', component, vpcEndpoint: component, state: row.state };
  return {
    kind: 'gateway',
    id,
    vpcId: row.vpcId,
    origins: [],
    beyond: { ...NOTHING_BEYOND, addresses: addressesOfEndpoint(tx, row) },
    reached: (explanation) => {
      // What is steered to an endpoint goes on from it to its destination.
      if (row.type === 'GatewayLoadBalancer')
        return upTo(id, explanation, ({ stage, at }) => stage === 'inspection' && at?.ownerId === id);
      const isServed = explanation.verdict === 'delivered' && explanation.path.some((step) => isAt(step, id));
      return isServed ? explanation : undefined;
    },
  };
}

function addressesOfEndpoint(tx: Transaction, { serviceName, places }: VpcEndpoint): readonly Ipv4[] {
  const service = awsServicesOf(tx.region).find(({ name }) => name === serviceName);
  if (service) return [service.address];
  return places.flatMap(({ networkInterfaceId: id }) => tx.find(NetworkInterface, id)?.ipv4Addresses ?? []);
}
