/**
 * The interfaces of an attachment by which a packet could not come out of a transit gateway, because it came out of another.
 *
 * "Traffic from a VPC attachment in the default mode can't be forwarded to the network interface in this Availability Zone
 * because it comes from an Availability Zone where the attachment has a different network interface. Traffic from a VPC
 * attachment in appliance mode can't be forwarded to the network interface in this Availability Zone because on the forward
 * path it used a different Availability Zone" (Reachability Analyzer guide, TGW_ATTACH_VPC_AZ_RESTRICTION). That the zone
 * from which the packet comes has no interface at all is another code, TGW_ROUTE_AZ_RESTRICTION, at the route into the
 * gateway.
 */
import type { AnalysisExplanation } from '../../model/reachability.ts';
import { NetworkInterface } from '../../model/resources/network-interface.ts';
import { TransitGatewayAttachment } from '../../model/resources/transit-gateway.ts';
import type { Explanation, TracePlace, TraceStep } from '../../tables/data-plane.ts';
import type { Resources } from './analysis-components.ts';

/** Of each transit gateway that a packet has come through which was lost behind it or led astray. */
export function zonesThatDoNotHelp(
  resources: Resources,
  { path }: Explanation,
  isReply: boolean,
): readonly AnalysisExplanation[] {
  return path.slice(0, -1).flatMap((step, index) => {
    const entry = path[index - 1]?.at;
    return step.stage === 'transit-gateway' && entry ? otherExits(resources, entry, step, isReply) : [];
  });
}

/** @param entry the gateway's interface by which the packet entered */
function otherExits(
  resources: Resources,
  entry: TracePlace,
  { component, at: exit }: TraceStep,
  isReply: boolean,
): readonly AnalysisExplanation[] {
  const left = component?.rule?.kind === 'route' ? attachmentOf(resources, component.rule.target) : undefined;
  if (!left || !exit || left.resource.kind !== 'vpc') return [];
  const { applianceModeSupport, subnets } = left.resource;
  const zoneOf = (interfaceId: string) => resources.find(NetworkInterface, interfaceId)?.row.zone;
  // In the attachment's own subnet the packet is at its receiver's interface already, which is in the same zone.
  const used = zoneOf(exit.interfaceId);
  const isBound = applianceModeSupport
    ? isReply
    : used === zoneOf(entry.interfaceId) &&
      attachmentOf(resources, entry.ownerId)?.transitGatewayId === left.transitGatewayId;
  if (!isBound) return [];
  return subnets.flatMap(({ networkInterfaceId: id }): AnalysisExplanation[] => {
    const zone = id && zoneOf(id);
    if (!id || !zone || zone === used) return [];
    return [
      {
        explanationCode: 'TGW_ATTACH_VPC_AZ_RESTRICTION',
        availabilityZones: [zone],
        component: resources.component(id),
        networkInterface: resources.component(id),
        transitGateway: resources.component(left.transitGatewayId),
        transitGatewayAttachment: resources.component(left.id),
      },
    ];
  });
}

const attachmentOf = (resources: Resources, id: string): TransitGatewayAttachment | undefined =>
  resources.find(TransitGatewayAttachment, id)?.row;
