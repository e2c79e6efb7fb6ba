/** A firewall on a path: its endpoint, itself, and the rule of it that decided (API_PathComponent, API_Explanation). */
import { idOfArn } from '../../model/analysed-resources.ts';
import type { AnalysisComponent, AnalysisExplanation, AnalysisPathComponent } from '../../model/reachability.ts';
import { VpcEndpoint } from '../../model/resources/vpc-endpoint.ts';
import type { TraceStep } from '../../tables/data-plane.ts';
import type { Resources } from './analysis-components.ts';
import { firewallRuleMembers } from './firewall-rules.ts';

const INSPECTION = 'inspection';

/** The endpoint of a firewall at which a step looks at the packet. */
function endpointAt(resources: Resources, { stage, at }: TraceStep) {
  const row = stage === INSPECTION && at ? resources.find(VpcEndpoint, at.ownerId)?.row : undefined;
  return row?.firewallArn === undefined ? undefined : { row, arn: row.firewallArn };
}

/** The firewall that looks at the packet in this step, as an analysis names it: by its name (unconfirmed) and its ARN. */
export function firewallAt(resources: Resources, step: TraceStep): AnalysisComponent | undefined {
  const endpoint = endpointAt(resources, step);
  return endpoint && { id: idOfArn(endpoint.arn), arn: endpoint.arn };
}

/** What a path shows of a firewall. That the endpoint comes first, and then the firewall with its rule, is unconfirmed. */
export function firewallParts(
  resources: Resources,
  step: TraceStep,
): readonly Omit<AnalysisPathComponent, 'sequenceNumber'>[] {
  const endpoint = endpointAt(resources, step);
  const component = firewallAt(resources, step);
  if (!endpoint || !component || !step.at) return [];
  const [subnet, vpc] = [resources.component(step.at.subnetId), resources.component(step.at.vpcId)];
  const rule = step.component ? firewallRuleMembers(step.component) : {};
  const attached = { attachedTo: resources.component(endpoint.row.id), subnet, vpc };
  return [
    { component: resources.component(step.at.interfaceId), ...attached },
    { component: resources.component(endpoint.row.id), serviceName: endpoint.row.serviceName, subnet, vpc },
    { component, ...rule, vpc },
  ];
}

/** What an explanation says of a firewall that has dropped a packet; nothing where it was something else. */
export function firewallMembers(resources: Resources, step: TraceStep): Partial<AnalysisExplanation> | undefined {
  const component = firewallAt(resources, step);
  const kind = step.component?.kind;
  if (!component || !step.at || !step.component || (kind !== 'firewall' && kind !== 'firewall-rule-group'))
    return undefined;
  return {
    component,
    vpcEndpoint: resources.component(step.at.ownerId),
    ...firewallRuleMembers(step.component),
  };
}
