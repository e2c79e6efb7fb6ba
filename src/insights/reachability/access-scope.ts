/**
 * Network Access Analyzer: which paths are there that fit a scope?
 *
 * Every pair of an interface or gateway with another is asked about with one packet for each interval of
 * destination ports in which all packets fare alike, one way, through the pipeline itself. Like AWS's findings they are
 * representative: one for each pair, protocol and path of the scope.
 */
import type { AnalyseAccess } from '../../model/reachability.ts';
import { InternetGateway } from '../../model/resources/internet-gateway.ts';
import type { AccessFinding, AccessScopePath } from '../../model/resources/network-insights-scopes.ts';
import { NetworkInterface } from '../../model/resources/network-interface.ts';
import { TransitGatewayAttachment } from '../../model/resources/transit-gateway.ts';
import { VpnGateway } from '../../model/resources/vpn.ts';
import type { Transaction } from '../../model/transaction.ts';
import { TCP, UDP } from '../../net/protocol.ts';
import type { Explanation, PacketEnds, TraceRequest } from '../../tables/data-plane.ts';
import type { NetworkCopy } from '../network-copy.ts';
import { type FoundAccess, fitsPath, fitsResources, portsOf } from './access-statements.ts';
import { Resources } from './analysis-components.ts';
import type { AnalyserParts } from './analysis-question.ts';
import { ANY_PORT, intervalsOf, type PortInterval, portBounds } from './headers.ts';
import { pathComponents } from './path-components.ts';
import { addressesFromOutside, endOf, isEnd, type PathEnd, privateAddressesOf } from './path-ends.ts';

/** Most packets of one analysis: what lies beyond is not looked at, and the warning says so. */
const MAX_PACKETS = 50_000;
const CLIENT_PORT = 32_768;
const PROTOCOLS = [TCP, UDP] as const;

/** An end with all resources that it is or belongs to. */
interface ScopeEnd {
  readonly end: PathEnd;
  readonly ids: ReadonlySet<string>;
}

/** An analyser of access on these tables. */
export const accessAnalyserOf =
  (parts: AnalyserParts): AnalyseAccess =>
  (tx, { matchPaths, excludePaths }) => {
    const resources = new Resources(tx, parts.scopes(), []);
    const copy = parts.copy();
    const ends = endsIn(tx, resources);
    const bounds = [...portBounds(resources, vpcsOf(ends)).server, ...portsIn([...matchPaths, ...excludePaths])];
    const ports = intervalsOf(
      ANY_PORT,
      [...new Set(bounds)].sort((one, other) => one - other),
    );
    const findings: AccessFinding[] = [];
    let left = MAX_PACKETS;
    for (const match of matchPaths)
      for (const packet of packetsOf(parts, ends, match, ports)) {
        if (left-- <= 0) break;
        const found = accessOf(copy, tx, packet);
        if (!found || !fitsPath(resources, match, found.access)) continue;
        if (excludePaths.some((exclude) => fitsPath(resources, exclude, found.access))) continue;
        if (packet.pair.isFound) continue;
        packet.pair.isFound = true;
        findings.push(findingOf(resources, tx, packet, found.explanation));
      }
    return {
      findings,
      analyzedEniCount: ends.filter(({ end }) => end.kind === 'interfaces').length,
      warningMessage: left <= 0 ? `More than ${MAX_PACKETS} packets would have to be asked about.` : undefined,
    };
  };

function endsIn(tx: Transaction, resources: Resources): readonly ScopeEnd[] {
  const interfaces = tx.list(NetworkInterface, ({ attachment }) => attachment !== undefined);
  const gateways = [
    ...tx.list(InternetGateway, ({ vpcId }) => vpcId !== undefined),
    ...tx.list(VpnGateway, ({ vpcId }) => vpcId !== undefined),
    ...tx.list(TransitGatewayAttachment, ({ state }) => state === 'available'),
  ];
  return [...interfaces, ...gateways].flatMap(({ id }): ScopeEnd[] => {
    const end = endOf(resources, id, 'source');
    if (!isEnd(end)) return [];
    const rows = end.kind === 'interfaces' ? end.interfaces.map(({ row }) => row) : [];
    const belonging = rows.flatMap((row) => [
      row.subnetId,
      ...row.securityGroupIds,
      row.attachment?.instanceId ?? row.id,
    ]);
    return [{ end, ids: new Set([id, ...(end.vpcId === undefined ? [] : [end.vpcId]), ...belonging]) }];
  });
}

const vpcsOf = (ends: readonly ScopeEnd[]): readonly string[] => [
  ...new Set(ends.flatMap(({ end }) => (end.vpcId === undefined ? [] : [end.vpcId]))),
];

/** Where the scope itself begins to say something else. */
const portsIn = (paths: readonly AccessScopePath[]): readonly number[] =>
  paths
    .flatMap(({ source, destination }) => [source, destination])
    .flatMap((statement) => statement?.packetHeaderStatement?.destinationPorts ?? [])
    .flatMap((text) => [portsOf(text).from, portsOf(text).to + 1]);

interface ScopePacket {
  readonly request: TraceRequest;
  readonly from: ScopeEnd;
  readonly to: ScopeEnd;
  readonly ports: PortInterval;
  /** One for all packets of a pair and protocol: one finding is enough. */
  readonly pair: { isFound: boolean };
}

function* packetsOf(
  parts: AnalyserParts,
  ends: readonly ScopeEnd[],
  { source, destination }: AccessScopePath,
  intervals: readonly PortInterval[],
): Generator<ScopePacket> {
  const sources = ends.filter(({ ids }) => fitsResources(source?.resourceStatement, ids));
  const destinations = ends.filter(({ ids }) => fitsResources(destination?.resourceStatement, ids));
  for (const from of sources)
    for (const to of destinations) {
      // From gateway to gateway AWS looks at nothing, nor at an interface's packets to itself.
      if (from === to || (from.end.kind !== 'interfaces' && to.end.kind !== 'interfaces')) continue;
      for (const protocol of PROTOCOLS) {
        const pair = { isFound: false };
        for (const ports of intervals) {
          if (pair.isFound) break;
          const request = requestOf(parts, from.end, to.end, protocol, ports.from);
          if (request) yield { request, from, to, ports, pair };
        }
      }
    }
}

function requestOf(
  parts: AnalyserParts,
  from: PathEnd,
  to: PathEnd,
  protocol: number,
  destinationPort: number,
): TraceRequest | undefined {
  const origin = originOf(parts, from);
  const destination = destinationOf(parts, from, to);
  if (origin === undefined || destination === undefined) return undefined;
  return {
    ...origin,
    destination,
    protocol,
    sourcePort: CLIENT_PORT,
    destinationPort,
    icmp: undefined,
  };
}

function originOf(parts: AnalyserParts, end: PathEnd): Pick<TraceRequest, 'from' | 'source'> | undefined {
  if (end.kind === 'internet-gateway') return { from: { kind: 'internet' }, source: parts.internet() };
  const id = end.kind === 'interfaces' ? end.interfaces[0]?.row.id : undefined;
  const from = end.kind === 'gateway' ? end.origins[0] : id && { kind: 'interface' as const, id };
  const source = end.kind === 'gateway' ? end.beyond[0] : privateAddressesOf(end.interfaces)[0];
  return from && source !== undefined ? { from, source } : undefined;
}

function destinationOf(parts: AnalyserParts, from: PathEnd, to: PathEnd) {
  if (to.kind === 'internet-gateway') return parts.internet();
  if (to.kind === 'gateway') return to.beyond[0];
  if (from.kind === 'internet-gateway') return addressesFromOutside(to.interfaces)[0]?.outside;
  return privateAddressesOf(to.interfaces)[0];
}

/** What the packet passes, if it arrives where it is for. */
function accessOf(
  copy: NetworkCopy,
  tx: Transaction,
  { request, from, to }: ScopePacket,
): { readonly explanation: Explanation; readonly access: FoundAccess } | undefined {
  const explained = copy.explain(request, undefined, tx.nowMs);
  const explanation = (to.end.kind === 'gateway' ? to.end.reached(explained) : undefined) ?? explained;
  if (explanation.verdict !== 'delivered') return undefined;
  const passedIds = new Set(
    explanation.path.flatMap(({ component, at }) => [component?.id ?? '', at?.interfaceId ?? '']),
  );
  const comesThrough = from.end.kind !== 'internet-gateway' || passedIds.has(from.end.id);
  if (!isThere(to.end, explanation, passedIds) || !comesThrough) return undefined;
  return { explanation, access: { request, sourceIds: from.ids, destinationIds: to.ids, passedIds } };
}

function isThere(end: PathEnd, explanation: Explanation, passedIds: ReadonlySet<string>): boolean {
  switch (end.kind) {
    case 'interfaces':
      return explanation.deliveredTo === end.id;
    case 'internet-gateway':
      return passedIds.has(end.id) && explanation.deliveredTo === 'internet';
    case 'gateway':
      return end.reached(explanation) !== undefined;
  }
}

function findingOf(
  resources: Resources,
  tx: Transaction,
  { request, ports, from, to }: ScopePacket,
  { path }: Explanation,
): AccessFinding {
  const headerOf = ({ source, destination, protocol, sourcePort, destinationPort }: PacketEnds) => ({
    protocol: String(protocol),
    sourceAddresses: [`${source}/32`],
    destinationAddresses: [`${destination}/32`],
    sourcePortRanges: [sourcePort === request.sourcePort ? ANY_PORT : { from: sourcePort, to: sourcePort }],
    destinationPortRanges: [
      destinationPort === request.destinationPort ? ports : { from: destinationPort, to: destinationPort },
    ],
  });
  const gatewayId = ({ end }: ScopeEnd) => (end.kind === 'gateway' ? end.id : undefined);
  const gateways = { from: gatewayId(from), to: gatewayId(to) };
  return { findingId: tx.newId('nisaf'), findingComponents: pathComponents(resources, path, headerOf, gateways) };
}
