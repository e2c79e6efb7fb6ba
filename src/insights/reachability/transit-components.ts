/**
 * Transit gateways on a way as components of a path: the gateway, the attachment that a packet comes by, the route of the table,
 * the attachment that it leaves by, and over a peering the same of the next gateway.
 *
 * AWS documents the members of a component and no example of such a path. Attachments as components of their own, in this order, are
 * those of a path of AWS's that a reader published; it has no gateway itself, and none over a peering is known (unconfirmed).
 */
import type { AnalysisPathComponent } from '../../model/reachability.ts';
import { TransitGatewayAttachment } from '../../model/resources/transit-gateway.ts';
import type { Explanation, TraceComponent, TraceCrossing } from '../../tables/data-plane.ts';
import type { Resources } from './analysis-components.ts';
import { transitRouteOf } from './transit-explanations.ts';

type Part = Omit<AnalysisPathComponent, 'sequenceNumber'>;

/**
 * What a packet passes of the gateways that it met in one step.
 * @param isRouted whether the first of them is the target of a route, and shown as such
 */
export function crossingParts(
  resources: Resources,
  crossings: readonly TraceCrossing[],
  isRouted: boolean,
): readonly Part[] {
  return crossings.flatMap((crossing, index): readonly Part[] => {
    const { transitGatewayId, enteredBy, route, leftBy } = crossing;
    const transitGateway = resources.component(transitGatewayId);
    const routePart = (one: TraceComponent): Part => ({
      component: resources.component(one.id),
      transitGateway,
      transitGatewayRouteTableRoute: transitRouteOf(resources, one),
    });
    return [
      // The two ends of a peering have one id, but for two gateways of one account in one Region.
      ...(crossings[index - 1]?.leftBy === enteredBy ? [] : [attachmentPart(resources, crossing, enteredBy)]),
      ...(index === 0 && isRouted ? [] : [{ component: transitGateway }]),
      ...(route ? [routePart(route)] : []),
      ...(leftBy === undefined ? [] : [attachmentPart(resources, crossing, leftBy)]),
    ];
  });
}

function attachmentPart(resources: Resources, { transitGatewayId }: TraceCrossing, id: string): Part {
  const resource = resources.find(TransitGatewayAttachment, id)?.row.resource;
  return {
    component: resources.component(id),
    transitGateway: resources.component(transitGatewayId),
    ...(resource?.kind === 'vpc' && { vpc: resources.component(resource.vpcId) }),
  };
}

/** The transit gateways of a way, as far as it is shown. */
const crossingsOf = ({ transitCrossings, path }: Explanation): readonly TraceCrossing[] =>
  transitCrossings.filter(({ step }) => step < path.length);

/** Whether it passes the route table of a transit gateway. */
export const passesTransitTable = (explanation: Explanation): boolean =>
  crossingsOf(explanation).some(({ route }) => route !== undefined);

/** Everything of transit gateways that a packet passes, by id. */
export const transitIdsOn = (explanation: Explanation): readonly string[] =>
  crossingsOf(explanation).flatMap(({ transitGatewayId, enteredBy, route, leftBy }) =>
    [transitGatewayId, enteredBy, route?.id, leftBy].filter((id) => id !== undefined),
  );

/** Attachments that it came by or was led to, in order. */
export const attachmentsOn = (explanation: Explanation): readonly string[] =>
  crossingsOf(explanation).flatMap(({ enteredBy, leftBy }) => [enteredBy, ...(leftBy === undefined ? [] : [leftBy])]);

/** The way of a packet as far as an attachment that joins two transit gateways; undefined where it did not come there. */
export function asFarAsPeering(id: string, explanation: Explanation): Explanation | undefined {
  const { transitCrossings, path, deliveredTo } = explanation;
  if (deliveredTo === id) return explanation;
  const left = transitCrossings.findIndex(({ leftBy }) => leftBy === id);
  // The end of the next gateway, where that has an id of its own.
  const count = left >= 0 ? left + 1 : transitCrossings.findIndex(({ enteredBy }) => enteredBy === id);
  const last = transitCrossings[count - 1];
  if (!last) return undefined;
  return {
    ...explanation,
    verdict: 'delivered',
    deliveredTo: id,
    deliveredAs: undefined,
    path: path.slice(0, last.step + 1),
    transitCrossings: transitCrossings.slice(0, count),
  };
}
