/**
 * What an analysis sees: resources of the caller's account and of the AdditionalAccounts that he names, in his Region.
 *
 * The pipeline knows every account. So a way is cut where it leaves what is seen, and the analysis ends there: nothing
 * that it says may follow from what lies beyond. AWS asks for an organisation with trusted access before it takes
 * additional accounts; here all accounts are of one that has it.
 *
 * Sources: Reachability Analyzer guide (explanation codes, cross-account analyses); API reference,
 * StartNetworkInsightsAnalysis. Which code stands for which place is told by AWS in a sentence each; what these leave open
 * is unconfirmed.
 */
import { kindNameOf } from '../../model/analysed-resources.ts';
import { kindNamed } from '../../model/kind.ts';
import type { AnalysisExplanation } from '../../model/reachability.ts';
import { SecurityGroup } from '../../model/resources/security-group.ts';
import { TransitGatewayAttachment } from '../../model/resources/transit-gateway.ts';
import { Vpc } from '../../model/resources/vpc.ts';
import { VpcEndpoint } from '../../model/resources/vpc-endpoint.ts';
import { type PeeringSide, VpcPeeringConnection } from '../../model/resources/vpc-peering-connection.ts';
import type { Scope } from '../../model/scope.ts';
import { parseAddress } from '../../net/address.ts';
import { contains } from '../../net/cidr.ts';
import type { Explanation, TraceStep } from '../../tables/data-plane.ts';
import type { SecurityGroupRuleRow } from '../../tables/tables.ts';
import type { Resources } from './analysis-components.ts';
import type { Which } from './path-ends.ts';
import { attachmentsOn } from './transit-components.ts';

/** Both sides can describe these, and everybody a transit gateway, which here is shared with all accounts. */
const OF_TWO_SIDES: ReadonlySet<string | undefined> = new Set(['transit-gateway-attachment', 'vpc-peering-connection']);
const SHARED: ReadonlySet<string | undefined> = new Set(['transit-gateway']);

/**
 * Why an end cannot be looked at: it is of an account that is not seen, or its ARN names the wrong one. An id without an
 * ARN is the caller's own (API reference: "If the resource is in another account, you must specify an ARN").
 */
export function unseenEnd(
  resources: Resources,
  { id, arn }: { readonly id: string; readonly arn: string },
  which: Which,
): AnalysisExplanation | undefined {
  const owner = ownerIn(arn);
  const name = kindNameOf(id);
  const kind = name === undefined ? undefined : kindNamed(name);
  if (!owner || !kind || SHARED.has(name)) return undefined;
  if (OF_TWO_SIDES.has(name) && resources.isSeen(kind, id)) return undefined;
  if (!resources.sees(owner)) return { explanationCode: 'UNKNOWN_RESOURCE', component: { id, arn }, ...placeOf(owner) };
  if (resources.isIn(owner, kind, id)) return undefined;
  return { explanationCode: 'NO_SOURCE_OR_DESTINATION', component: { id, arn }, missingComponent: which };
}

function ownerIn(arn: string): Scope | undefined {
  const [, , , region, account] = arn.split(':');
  return region === undefined || account === undefined ? undefined : { account, region };
}

const placeOf = ({ account, region }: Scope) => ({ componentAccount: account, componentRegion: region });

/** Accounts that are not seen and stand in the way: `SuggestedAccounts` of the analysis. */
export const suggestedAccounts = (
  resources: Resources,
  explanations: readonly AnalysisExplanation[],
): readonly string[] => [
  ...new Set(
    explanations.flatMap(({ componentAccount: one }) => (one === undefined || resources.seesAccount(one) ? [] : [one])),
  ),
];

/** Where a way leaves what is seen, and what the analysis says there. */
export interface Unseen {
  /** Steps before it. */
  readonly depth: number;
  readonly explanation: AnalysisExplanation;
}

/** @param isEnded true where the last step is the gateway that the path is for: what lies beyond it is not asked */
export function unseenOn(resources: Resources, explanation: Explanation, isEnded: boolean): Unseen | undefined {
  const { path } = explanation;
  const transit = new TransitCrossings(resources, attachmentsOn(explanation));
  for (const [depth, step] of path.slice(0, isEnded ? -1 : undefined).entries()) {
    // A stage that hands a packet over may look at the interface beyond already, so the place comes last.
    const found =
      unseenPeer(resources, step, depth === path.length - 1 ? explanation.reason : undefined) ??
      (step.stage === 'transit-gateway' || step.stage === 'gateway-arrival' ? transit.next() : undefined) ??
      unseenPlace(resources, step);
    if (found) return { depth, explanation: { ...found, ...addressOf(step) } };
  }
  return undefined;
}

const addressOf = ({ before }: TraceStep) => (before ? { address: before.destination } : {});

/** An interface in a VPC that cannot be described, by whatever way the packet came there. */
function unseenPlace(resources: Resources, { at }: TraceStep): AnalysisExplanation | undefined {
  const owner = at && resources.find(Vpc, at.vpcId)?.tx.scope;
  if (!at || !owner || resources.sees(owner)) return undefined;
  const component = resources.component(at.interfaceId);
  return { explanationCode: 'UNKNOWN_RESOURCE', component, vpc: resources.component(at.vpcId), ...placeOf(owner) };
}

/**
 * A peering connection shows the blocks of the other VPC, and no more: "the network component sent traffic to a
 * destination in another account or Region".
 */
function unseenPeer(
  resources: Resources,
  { stage, component, at }: TraceStep,
  lostFor: string | undefined,
): AnalysisExplanation | undefined {
  if (stage !== 'gateway' || component?.kind !== 'peering' || !at) return undefined;
  if (lostFor !== undefined && lostFor !== 'gateway/no-interface') return undefined;
  const far = farSide(resources, component.id, at.vpcId);
  if (!far || resources.sees(far)) return undefined;
  const named = resources.component(component.id);
  return {
    explanationCode: 'NO_POSSIBLE_DESTINATION',
    direction: 'egress',
    component: named,
    vpcPeeringConnection: named,
    vpc: resources.component(at.vpcId),
    destinationVpc: resources.component(far.vpcId),
    ...placeOf(far),
  };
}

function farSide(resources: Resources, peeringId: string, nearVpcId: string): PeeringSide | undefined {
  const row = resources.find(VpcPeeringConnection, peeringId)?.row;
  return row && [row.requester, row.accepter].find(({ vpcId }) => vpcId !== nearVpcId);
}

/** Attachments by which a packet has crossed transit gateways, in order; a stage takes those of its own crossing. */
class TransitCrossings {
  readonly #resources: Resources;
  readonly #left: string[];

  constructor(resources: Resources, attachmentIds: readonly string[]) {
    this.#resources = resources;
    this.#left = [...attachmentIds];
  }

  /** Tables belong to the gateway's owner, what is attached to its own. */
  next(): AnalysisExplanation | undefined {
    let owner = this.#ownerOf(this.#left[0]);
    for (;;) {
      const entered = this.#left.shift();
      const left = this.#left.shift();
      if (!owner || entered === undefined) return undefined;
      if (!this.#resources.sees(owner.scope)) return this.#unknownRoutes(owner, entered);
      const row = left === undefined ? undefined : this.#resources.find(TransitGatewayAttachment, left)?.row;
      if (!row) return undefined;
      const { resource } = row;
      const region = resource.kind === 'peering' ? resource.region : owner.scope.region;
      const beyond = { account: resource.account, region };
      if (resource.kind !== 'peering')
        return this.#resources.sees(beyond) ? undefined : this.#unknownDestination(row, beyond);
      owner = { id: resource.transitGatewayId, scope: beyond };
    }
  }

  #ownerOf(attachmentId: string | undefined): Gateway | undefined {
    const found = attachmentId === undefined ? undefined : this.#resources.find(TransitGatewayAttachment, attachmentId);
    return (
      found && {
        id: found.row.transitGatewayId,
        scope: { account: found.row.transitGatewayOwner, region: found.tx.region },
      }
    );
  }

  #unknownRoutes({ id, scope }: Gateway, enteredId: string): AnalysisExplanation {
    const transitGateway = this.#resources.component(id);
    return {
      explanationCode: 'TGW_RTB_ROUTES_ARE_UNKNOWN',
      component: transitGateway,
      transitGateway,
      transitGatewayAttachment: this.#resources.component(enteredId),
      ...placeOf(scope),
    };
  }

  #unknownDestination(
    { id, transitGatewayId, resource }: TransitGatewayAttachment,
    beyond: Scope,
  ): AnalysisExplanation {
    const transitGatewayAttachment = this.#resources.component(id);
    return {
      explanationCode: 'UNKNOWN_DESTINATION',
      component: transitGatewayAttachment,
      transitGatewayAttachment,
      transitGateway: this.#resources.component(transitGatewayId),
      ...(resource.kind === 'vpc' && { destinationVpc: this.#resources.component(resource.vpcId) }),
      ...placeOf(beyond),
    };
  }
}

/** A transit gateway and whose it is. */
interface Gateway {
  readonly id: string;
  readonly scope: Scope;
}

/** Of an endpoint's drops those that only the service's owner knows of; protocols and zones are no secret. */
const UNSEEN_AT_ENDPOINTS: ReadonlySet<string | undefined> = new Set(['endpoint/no-target', 'endpoint/no-free-port']);

/**
 * The way as far as an interface endpoint whose service's owner is not seen: an endpoint is all that a consumer has of a
 * service, so the packet has arrived (unconfirmed; AWS's own services are never seen, and are reached).
 */
export function asFarAsService(resources: Resources, explanation: Explanation): Explanation {
  const { path, verdict, reason } = explanation;
  const index = path.findIndex(({ stage, component }) => stage === 'endpoint' && isUnseenService(resources, component));
  const step = path[index];
  const isLostThere = index === path.length - 1 && verdict === 'dropped' && !UNSEEN_AT_ENDPOINTS.has(reason);
  if (!step || isLostThere) return explanation;
  // The stage has handed the packet over already: it stands at the endpoint's own interface, as in the step before.
  const handed = { ...step, at: path[index - 1]?.at };
  return {
    ...explanation,
    verdict: 'delivered',
    reason: undefined,
    code: undefined,
    explanation: undefined,
    deliveredTo: step.component?.id,
    deliveredAs: undefined,
    path: [...path.slice(0, index), handed],
  };
}

/**
 * The way as far as the internet gateway behind which the packet would come to an account that is not seen: to the caller
 * its public addresses are the internet's.
 */
export function asFarAsInternet(resources: Resources, explanation: Explanation): Explanation {
  const { path } = explanation;
  const index = path.findIndex(({ component }) => component?.kind === 'internet-gateway');
  if (index < 0 || !path.slice(index + 1).some((step) => unseenPlace(resources, step))) return explanation;
  return {
    ...explanation,
    verdict: 'delivered',
    reason: undefined,
    code: undefined,
    explanation: undefined,
    deliveredTo: 'internet',
    deliveredAs: undefined,
    path: path.slice(0, index + 1),
  };
}

function isUnseenService(resources: Resources, component: TraceStep['component']): boolean {
  const found = component && resources.find(VpcEndpoint, component.id);
  const account = found?.row.service?.account;
  return found !== undefined && account !== undefined && !resources.sees({ account, region: found.tx.region });
}

/** Groups of accounts that are not seen, which rules of those that are seen name. */
export const unseenGroups = (resources: Resources): ReadonlySet<string> =>
  new Set(
    resources
      .all(SecurityGroup)
      .flatMap(({ rules }) => rules)
      .flatMap(({ peer, peerOwnerId: owner }) =>
        peer.kind === 'security-group' && owner !== undefined && !resources.seesAccount(owner) ? [peer.id] : [],
      ),
  );

/** Whether a rule names one of these groups: "treated as inaccessible and deny traffic". */
export const namesOneOf =
  (groupIds: ReadonlySet<string>) =>
  ({ peer }: SecurityGroupRuleRow): boolean =>
    peer.kind === 'security-group' && groupIds.has(peer.id);

const GROUP_STAGES: Readonly<Record<string, 'ingress' | 'egress'>> = {
  'security-group-in': 'ingress',
  'security-group-out': 'egress',
};

/** A packet that groups have lost, of or for a VPC that is peered and not seen; undefined for every other loss. */
export function unknownPeeredGroups(
  resources: Resources,
  { verdict, path }: Explanation,
): AnalysisExplanation | undefined {
  const step = path.at(-1);
  const direction = step && GROUP_STAGES[step.stage];
  if (verdict !== 'dropped' || !step?.at || !step.before || !direction) return undefined;
  const { at, before } = step;
  const remote = parseAddress(direction === 'ingress' ? before.source : before.destination);
  const peerings = resources.near(Vpc, at.vpcId)?.by(VpcPeeringConnection, 'vpcId', at.vpcId) ?? [];
  for (const { id, state } of peerings) {
    const far = farSide(resources, id, at.vpcId);
    const isOfFar = remote !== undefined && far?.cidrs.some((block) => contains(block, remote));
    if (state !== 'active' || !far || !isOfFar || resources.sees(far)) continue;
    const vpcPeeringConnection = resources.component(id);
    return {
      explanationCode: 'UNKNOWN_PEERED_SGS',
      direction,
      component: vpcPeeringConnection,
      vpcPeeringConnection,
      vpc: resources.component(at.vpcId),
      networkInterface: resources.component(at.interfaceId),
      securityGroups: at.securityGroupIds.map((group) => resources.component(group)),
      ...placeOf(far),
    };
  }
  return undefined;
}
