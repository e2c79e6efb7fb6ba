/**
 * AdditionalDetails of a path that was found: what AWS adds to components of it (Reachability Analyzer guide, additional
 * detail codes).
 *
 * FIREWALL_UNSUPPORTED codes have no cause here, because rules that are not decided are refused, and what could be missing of a
 * target group is always known. TRANSIT_GATEWAY_APPLIANCE_MODE_RECOMMENDED (a firewall in a VPC behind an attachment),
 * PATH_THROUGH_GWLB_NOT_CHECKED and RESPONSE_RTB_HAS_NO_ROUTE_TO_TRANSIT_GATEWAY (endpoints that a transit gateway's VPC routes to)
 * are not given yet.
 */
import { kindNameOf } from '../../model/analysed-resources.ts';
import type { AnalysisDetail, AnalysisPathComponent } from '../../model/reachability.ts';
import { Subnet } from '../../model/resources/subnet.ts';
import type { Resources } from './analysis-components.ts';

/**
 * AVAILABILITY_ZONE_CROSSED: "The network path crosses Availability Zones." It stands with the first interface in the other
 * zone, as in a path of AWS's that a reader published; that the way back has it too is unconfirmed.
 */
export function zoneCrossingsMarked(
  resources: Resources,
  components: readonly AnalysisPathComponent[],
): readonly AnalysisPathComponent[] {
  let last: string | undefined;
  return components.map((part) => {
    const zone = part.subnet && resources.find(Subnet, part.subnet.id)?.row.zone;
    if (zone === undefined) return part;
    const isCrossing = last !== undefined && zone !== last;
    last = zone;
    return isCrossing ? detailed(part, { additionalDetailType: 'AVAILABILITY_ZONE_CROSSED' }) : part;
  });
}

/**
 * UNIDIRECTIONAL_PATH_ANALYSIS_ONLY: "The results include forward path analysis from the source to the destination. There
 * might be a blocking configuration in the reverse path, which could not be analyzed." It stands with the cause, the first
 * route table of a transit gateway; AWS does not say with which component (unconfirmed).
 */
export function oneWayMarked(components: readonly AnalysisPathComponent[]): readonly AnalysisPathComponent[] {
  const cause = components.find(
    ({ component }) => component && kindNameOf(component.id) === 'transit-gateway-route-table',
  );
  return components.map((part) =>
    part === cause ? detailed(part, { additionalDetailType: 'UNIDIRECTIONAL_PATH_ANALYSIS_ONLY' }) : part,
  );
}

const detailed = (part: AnalysisPathComponent, detail: AnalysisDetail): AnalysisPathComponent => ({
  ...part,
  additionalDetails: [...(part.additionalDetails ?? []), detail],
});
