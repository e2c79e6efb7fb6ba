/**
 * Reachability Analyzer: is there a packet among those that a path speaks of which arrives, and whose answer comes back?
 *
 * Every candidate is run through the pipeline itself, on a copy of the tables. The first that arrives is the path that
 * is shown; where none does, the one that came farthest explains why. Like AWS's it looks at IPv4 and configuration only.
 */
import type { AnalyseReachability, AnalysisExplanation, ReachabilityResult } from '../../model/reachability.ts';
import { Vpc } from '../../model/resources/vpc.ts';
import { VpcPeeringConnection } from '../../model/resources/vpc-peering-connection.ts';
import { formatAddress, isIpv4, isRfc1918, isRfc6598, parseIpv4 } from '../../net/address.ts';
import { ANY_IPV4, contains, formatCidr } from '../../net/cidr.ts';
import { TCP } from '../../net/protocol.ts';
import type { Explanation } from '../../tables/data-plane.ts';
import type { NetworkCopy } from '../network-copy.ts';
import { replyTo } from '../trace-question.ts';
import { AddressClasses } from './addresses-beyond.ts';
import { Resources } from './analysis-components.ts';
import type { AnalyserParts, AskedPath, Question } from './analysis-question.ts';
import { type Candidate, candidatesOf, headerWith } from './candidates.ts';
import { explanationsOf, routesThatDoNotHelp } from './explanations.ts';
import { filterObjections, relaxations } from './filters.ts';
import { appliancesOnlyPassed } from './gateway-balancers.ts';
import { targetsThatDoNotHelp } from './load-balancers.ts';
import { idsOf, pathComponents } from './path-components.ts';
import { oneWayMarked, zoneCrossingsMarked } from './path-details.ts';
import { endsOf, isEnd, type NamedEnd, type PathEnd } from './path-ends.ts';
import { passesTransitTable } from './transit-components.ts';
import { transitRoutesThatDoNotHelp } from './transit-explanations.ts';
import { zonesThatDoNotHelp } from './transit-zones.ts';
import {
  asFarAsInternet,
  asFarAsService,
  namesOneOf,
  suggestedAccounts,
  unknownPeeredGroups,
  unseenGroups,
  unseenOn,
} from './visibility.ts';

/** Most candidates that are run for one path. */
const MAX_CANDIDATES = 4096;

/** What became of a candidate. */
interface Attempt {
  readonly candidate: Candidate;
  readonly forward: Explanation;
  readonly reply: Explanation | undefined;
  /** None where it arrives as the path wants it. */
  readonly objections: readonly AnalysisExplanation[];
  /** How far it came. */
  readonly depth: number;
}

/** An analyser on these tables. */
export const analyserOf =
  (parts: AnalyserParts): AnalyseReachability =>
  (tx, path, filters, additionalAccounts) => {
    const resources = new Resources(tx, parts.scopes(), additionalAccounts);
    const { source, destination } = endsOf(resources, ...namedEnds(path));
    const refusals = [source, destination].flatMap((end) => (end && !isEnd(end) ? [end] : []));
    if (refusals.length > 0 || !isEnd(source) || (destination && !isEnd(destination)))
      return notFound(resources, refusals);
    const addresses = new AddressClasses(() => parts.copy().rows());
    const question: Question = { parts, tx, resources, addresses, path, filters, source, destination };
    const impossible = impossibilities(question);
    return impossible.length > 0 ? notFound(resources, impossible) : answer(question);
  };

function namedEnds({ source, sourceArn, destination, destinationArn }: AskedPath): [NamedEnd, NamedEnd | undefined] {
  const isNamed = destination !== undefined && destinationArn !== undefined;
  return [{ id: source, arn: sourceArn }, isNamed ? { id: destination, arn: destinationArn } : undefined];
}

function notFound(resources: Resources, explanations: readonly AnalysisExplanation[]): ReachabilityResult {
  const suggested = suggestedAccounts(resources, explanations);
  return {
    networkPathFound: false,
    forwardPathComponents: [],
    returnPathComponents: [],
    explanations,
    alternatePathHints: [],
    ...(suggested.length > 0 && { suggestedAccounts: suggested }),
  };
}

/** What makes every packet impossible, before any is looked at. */
function impossibilities(question: Question): readonly AnalysisExplanation[] {
  const { resources, path, source, destination } = question;
  const privateAtGateway = [
    [source, path.sourceIp ?? path.filterAtSource?.sourceAddress],
    [source, path.filterAtSource?.destinationAddress],
    [destination, path.destinationIp ?? path.filterAtDestination?.destinationAddress],
  ] as const;
  const outside = outsideOf(question);
  if (outside) return [outside];
  const notPublic = privateAtGateway.flatMap(([end, address]): AnalysisExplanation[] => {
    if (end?.kind !== 'internet-gateway' || address === undefined || isPublic(address)) return [];
    return [{ explanationCode: 'IGW_EXPECTS_PUBLIC_ADDRESS', address, internetGateway: resources.component(end.id) }];
  });
  if (notPublic.length > 0) return notPublic;
  const [from, to] = [source.vpcId, destination?.vpcId];
  if (from === undefined || to === undefined || from === to || areConnected(question, from, to)) return [];
  return [
    {
      explanationCode: 'DISCONNECTED_VPCS',
      sourceVpc: resources.component(from),
      destinationVpc: resources.component(to),
    },
  ];
}

/** A gateway sends into its VPC alone: what arrives there as the packet's destination is in the VPC's blocks. */
function outsideOf({ resources, path, source }: Question): AnalysisExplanation | undefined {
  const address = path.destinationIp ?? path.filterAtDestination?.destinationAddress;
  const known = address === undefined ? undefined : parseIpv4(address);
  const vpc = source.kind === 'internet-gateway' ? resources.find(Vpc, source.vpcId)?.row : undefined;
  if (!vpc || address === undefined || known === undefined || isPublic(address)) return undefined;
  if (vpc.cidrBlocks.some(({ cidr }) => contains(cidr, known))) return undefined;
  return {
    explanationCode: 'IGW_DESTINATION_ADDRESS_IN_VPC_CIDRS',
    direction: 'ingress',
    internetGateway: resources.component(source.id),
    vpc: resources.component(vpc.id),
    cidrs: vpc.cidrBlocks.map(({ cidr }) => formatCidr(cidr)),
    address,
  };
}

function isPublic(text: string): boolean {
  const address = parseIpv4(text);
  return address !== undefined && !isRfc1918(address) && !isRfc6598(address);
}

/** By a peering connection, or by a transit gateway that both are attached to, directly or over others. */
function areConnected({ resources }: Question, one: string, other: string): boolean {
  const peerings = resources.near(Vpc, one)?.by(VpcPeeringConnection, 'vpcId', one) ?? [];
  const isPeered = peerings.some(({ requester, accepter }) => requester.vpcId === other || accepter.vpcId === other);
  return isPeered || (resources.isAttached(one) && resources.isAttached(other));
}

function answer(question: Question): ReachabilityResult {
  const attempts = attemptAll(question);
  const { found, farthest, isCut = false } = attempts;
  if (found) return pathFound(question, found);
  if (!farthest) return notFound(question.resources, [{ explanationCode: 'NO_PATH' }]);
  const unknown = unknownGroupsFor(question, farthest);
  return {
    ...notFound(question.resources, [...(unknown ?? farthest.objections), ...filterExplanations(question)]),
    alternatePathHints: hints(question),
    ...warningOf(question, isCut),
  };
}

interface Attempts {
  readonly found?: Attempt;
  readonly farthest?: Attempt;
  /** True when there were more packets than may be run. */
  readonly isCut?: boolean;
}

/** Rules that name groups which are not seen admit nothing. */
function attemptAll(question: Question): Attempts {
  const copy = question.parts.copy();
  const groups = unseenGroups(question.resources);
  if (groups.size === 0) return attemptOn(copy, question);
  const isUnseen = namesOneOf(groups);
  return copy.withRules(
    (rule) => (isUnseen(rule) ? undefined : rule),
    () => attemptOn(copy, question),
  );
}

/** Where groups have lost the packet, and would not have if those that are not seen had been the other end's. */
function unknownGroupsFor(
  { resources, parts, tx }: Question,
  { candidate, forward }: Attempt,
): readonly AnalysisExplanation[] | undefined {
  const groups = unseenGroups(resources);
  const unknown = groups.size === 0 ? undefined : unknownPeeredGroups(resources, forward);
  if (!unknown) return undefined;
  const isUnseen = namesOneOf(groups);
  const copy = parts.copy();
  const admitted = copy.withRules(
    (rule) => (isUnseen(rule) ? { ...rule, peer: ANYBODY } : rule),
    () => copy.explain(candidate.request, undefined, tx.nowMs),
  );
  return admitted.path.length > forward.path.length ? [unknown] : undefined;
}

const ANYBODY = { kind: 'cidr', cidr: ANY_IPV4 } as const;

function attemptOn(copy: NetworkCopy, question: Question): Attempts {
  let farthest: Attempt | undefined;
  let left = MAX_CANDIDATES;
  for (const candidate of candidatesOf(question)) {
    if (left === 0) return { ...(farthest && { farthest }), isCut: true };
    const attempt = attemptOf(question, candidate, copy);
    if (attempt.objections.length === 0) return { found: attempt };
    if (!farthest || attempt.depth > farthest.depth) farthest = attempt;
    left -= 1;
  }
  return farthest ? { farthest } : {};
}

function attemptOf(question: Question, candidate: Candidate, copy: NetworkCopy): Attempt {
  const { tx, resources } = question;
  const whole = copy.explain(candidate.request, undefined, tx.nowMs);
  const explained = asFarAsInternet(resources, asFarAsService(resources, whole));
  const ended = asEndedAt(question.destination, explained);
  const forward = ended ?? explained;
  const attempt = { candidate, forward, reply: undefined };
  const unseen = unseenOn(resources, forward, ended !== undefined);
  if (unseen) return { ...attempt, depth: unseen.depth, objections: [unseen.explanation] };
  const depth = forward.path.length;
  const { source, destination } = question;
  const refusal = destination?.kind === 'gateway' ? destination.refuses?.(forward) : undefined;
  if (refusal) return { ...attempt, depth, objections: [refusal] };
  const unsent = source.kind === 'gateway' ? source.refusesToSend?.(candidate.request) : undefined;
  if (unsent) return { ...attempt, depth: 0, objections: [unsent] };
  if (forward.verdict === 'dropped') {
    return { ...attempt, depth, objections: lossOf(question, forward, false) };
  }
  const objections = [...arrivalObjections(question, forward), ...filterObjections(resources, question, forward)];
  if (objections.length > 0)
    return { ...attempt, depth, objections: [...objections, ...waysNotTaken(question, forward, false)] };
  const back = isOneWay(candidate, forward) ? undefined : replyTo(forward);
  const answered = back && copy.explain(back, candidate.request, tx.nowMs);
  const endedReply = answered && asEndedAt(question.source, answered);
  const reply = endedReply ?? answered;
  const isLost = reply?.verdict === 'dropped';
  const unseenReply = reply && unseenOn(resources, reply, endedReply !== undefined);
  if (unseenReply)
    return { ...attempt, reply, depth: depth + unseenReply.depth, objections: [unseenReply.explanation] };
  return {
    candidate,
    forward,
    reply,
    depth: depth + (reply?.path.length ?? 0),
    objections: isLost ? lossOf(question, reply, true) : [],
  };
}

/**
 * "With the TCP protocol, when a network path traverses a transit gateway route table, only forward traffic is analyzed"
 * (Reachability Analyzer guide, considerations). It says nothing of UDP, whose answers are asked about there as elsewhere
 * (unconfirmed).
 */
const isOneWay = ({ request }: Candidate, forward: Explanation): boolean =>
  request.protocol === TCP && passesTransitTable(forward);

const lossOf = (question: Question, lost: Explanation, isReply: boolean): readonly AnalysisExplanation[] => [
  ...explanationsOf(question.resources, lost),
  ...waysNotTaken(question, lost, isReply),
];

/** Where transit gateways and load balancers have a choice, why they chose nothing else. */
function waysNotTaken(
  { resources, destination }: Question,
  way: Explanation,
  isReply: boolean,
): readonly AnalysisExplanation[] {
  const wanted =
    destination?.kind === 'interfaces' ? new Set(destination.interfaces.map(({ row }) => row.id)) : undefined;
  return [
    ...zonesThatDoNotHelp(resources, way, isReply),
    ...targetsThatDoNotHelp(resources, way, wanted),
    ...appliancesOnlyPassed(resources, way, wanted),
  ];
}

/** A packet that has come to the gateway that it is for is there; what becomes of it beyond is not asked. */
const asEndedAt = (end: PathEnd | undefined, explanation: Explanation): Explanation | undefined =>
  end?.kind === 'gateway' ? end.reached(explanation) : undefined;

/** It was delivered, but to somebody else, or by a way that AWS does not analyse. */
function arrivalObjections(
  { resources, source, destination }: Question,
  forward: Explanation,
): readonly AnalysisExplanation[] {
  const gateway = forward.path.find(({ component }) => component?.kind === 'internet-gateway')?.component;
  const isReflected = gateway && source.kind !== 'internet-gateway' && forward.deliveredTo !== 'internet';
  if (isReflected) return [{ explanationCode: 'IGW_NAT_REFLECTION', internetGateway: resources.component(gateway.id) }];
  if (!destination) return [];
  if (isThere(destination, forward, gateway?.id)) return [];
  return [
    { explanationCode: 'NO_PATH', destination: resources.component(destination.id) },
    ...routesThatDoNotHelp(resources, forward.path),
    ...transitRoutesThatDoNotHelp(resources, forward.path),
  ];
}

function isThere(destination: PathEnd, forward: Explanation, internetGatewayId: string | undefined): boolean {
  switch (destination.kind) {
    case 'interfaces':
      return destination.interfaces.some(({ row }) => row.id === forward.deliveredTo);
    case 'internet-gateway':
      return forward.deliveredTo === 'internet' && internetGatewayId === destination.id;
    case 'gateway':
      return destination.reached(forward) !== undefined;
  }
}

function pathFound(question: Question, { candidate, forward, reply }: Attempt): ReachabilityResult {
  const { resources, source, destination } = question;
  const ends = [source.id, destination?.id];
  const trim = <
    Part extends { readonly component?: { readonly id: string } | undefined; readonly sequenceNumber: number },
  >(
    components: readonly Part[],
  ): readonly Part[] => withoutUnnamedInstances(components, ends);
  const gateways = { from: gatewayId(source), to: gatewayId(destination) };
  const there = pathComponents(resources, forward, headerWith(candidate, false), gateways);
  const swapped = { from: gateways.to, to: gateways.from };
  const back = reply ? pathComponents(resources, reply, headerWith(candidate, true), swapped) : [];
  const shown = isOneWay(candidate, forward) ? oneWayMarked(trim(there)) : trim(there);
  return {
    networkPathFound: true,
    forwardPathComponents: zoneCrossingsMarked(resources, shown),
    returnPathComponents: zoneCrossingsMarked(resources, trim(back)),
    explanations: [],
    alternatePathHints: [],
    ...warningOf(question),
  };
}

const gatewayId = (end: PathEnd | undefined): string | undefined => (end?.kind === 'gateway' ? end.id : undefined);

/** An interface that was named as an end is the first or last component itself; its instance is not shown. */
function withoutUnnamedInstances<
  Part extends { readonly component?: { readonly id: string } | undefined; readonly sequenceNumber: number },
>(components: readonly Part[], ends: readonly (string | undefined)[]): readonly Part[] {
  const kept = components.filter(({ component }) => !component?.id.startsWith('i-') || ends.includes(component.id));
  return kept.map((part, index) => ({ ...part, sequenceNumber: index + 1 }));
}

/** A filter is to blame where the path is found without it. */
function filterExplanations(question: Question): readonly AnalysisExplanation[] {
  return relaxations(question.path).flatMap(({ explanationCode, path }) =>
    attemptAll({ ...question, path }).found ? [{ explanationCode, packetField: fieldOf(explanationCode) }] : [],
  );
}

const fieldOf = (code: string): string =>
  code
    .replace(/^FILTER_AT_(SOURCE|DESTINATION)_/, '')
    .toLowerCase()
    .replaceAll('_', '-');

/** Components of the path that there would be without the filters by component. */
function hints(question: Question): ReachabilityResult['alternatePathHints'] {
  const { filterInArns, filterOutArns } = question.filters;
  if (filterInArns.length + filterOutArns.length === 0) return [];
  const { found } = attemptAll({ ...question, filters: { filterInArns: [], filterOutArns: [] } });
  if (!found) return [];
  const ids = idsOf(pathFound(question, found).forwardPathComponents);
  return [...ids].map((id) => ({ componentId: id, componentArn: question.resources.component(id).arn }));
}

function warningOf(question: Question, isCut = false): { readonly warningMessage?: string } {
  const warnings = [
    ...outsideWarnings(question),
    ...(isCut ? [`More than ${MAX_CANDIDATES} packets would have to be asked about; the others were not.`] : []),
  ];
  return warnings.length > 0 ? { warningMessage: warnings.join(' ') } : {};
}

function outsideWarnings({ source, destination, path, parts }: Question): readonly string[] {
  const isOpen =
    (source.kind === 'internet-gateway' &&
      path.sourceIp === undefined &&
      path.filterAtSource?.sourceAddress === undefined) ||
    (destination?.kind === 'internet-gateway' && path.destinationIp === undefined);
  if (!isOpen) return [];
  const internet = parts.internet();
  const address = isIpv4(internet) ? formatAddress(internet) : '';
  return [`The outside world was represented by ${address}; rules about other parts of it were not considered.`];
}
