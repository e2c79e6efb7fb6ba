/**
 * Network Access Analyzer: which paths are there that fit a scope?
 *
 * Every pair of an interface or gateway with another is asked about, one way. Which packets between interfaces and the outside
 * world arrive is known as sets (access-sets.ts), so a trace is run for what is found and, where a gateway is to be
 * passed, for each way between two places; for other gateways' packets one for each interval of destination ports in
 * which all fare alike. Like AWS's findings they are representative: one for each pair, protocol and path of the scope.
 *
 * "Network Access Analyzer does not report paths that contain resources in accounts or Regions other than the account or
 * Region being analyzed" (guide, limitations).
 */
import { kindNameOf } from '../../model/analysed-resources.ts';
import type { AnalyseAccess } from '../../model/reachability.ts';
import type { AccessFinding } from '../../model/resources/network-insights-scopes.ts';
import type { Transaction } from '../../model/transaction.ts';
import { TCP, UDP } from '../../net/protocol.ts';
import type { Explanation, PacketEnds } from '../../tables/data-plane.ts';
import type { NetworkCopy } from '../network-copy.ts';
import { passedOn, type ScopeEnd, scopeEnds, vpcsOf } from './access-ends.ts';
import { type PairQuestion, packetsToTrace, type ScopePacket, type ScopePorts, scopePorts } from './access-packets.ts';
import { AccessSets } from './access-sets.ts';
import { PathStatements } from './access-statements.ts';
import { Resources } from './analysis-components.ts';
import type { AnalyserParts } from './analysis-question.ts';
import { type PortInterval, portBounds } from './headers.ts';
import { pathComponents } from './path-components.ts';
import { unseenOn } from './visibility.ts';

/** Most packets that are traced for one analysis, of gateways and of others: what lies beyond is not looked at, and the warning says so. */
const MAX_PACKETS = 50_000;
const PROTOCOLS = [TCP, UDP] as const;

/** An analyser of access on these tables. */
export const accessAnalyserOf =
  (parts: AnalyserParts): AnalyseAccess =>
  (tx, { matchPaths, excludePaths }) => {
    const resources = new Resources(tx, parts.scopes(), []);
    const ends = scopeEnds(tx, resources);
    const matches = matchPaths.map((path) => new PathStatements(resources, path));
    const excludes = excludePaths.map((path) => new PathStatements(resources, path));
    const search = new AccessSearch({ parts, tx, resources, ends, paths: [...matches, ...excludes] });
    return {
      findings: [...search.findings(matches, excludes)],
      analyzedEniCount: ends.filter(({ end }) => end.kind === 'interfaces').length,
      warningMessage: search.isExhausted ? `More than ${MAX_PACKETS} packets would have to be asked about.` : undefined,
    };
  };

interface SearchSource {
  readonly parts: AnalyserParts;
  readonly tx: Transaction;
  readonly resources: Resources;
  readonly ends: readonly ScopeEnd[];
  readonly paths: readonly PathStatements[];
}

/** Looks for packets that fit, and knows how many it may still trace. */
class AccessSearch {
  readonly #source: SearchSource;
  readonly #copy: NetworkCopy;
  readonly #ports: ScopePorts;
  readonly #sets: AccessSets;
  /** Whether groups are asked for on the way: then packets of one way do not pass the same. */
  readonly #groupsMatter: boolean;
  /** What packets pass on a way, but for both ends and their groups. */
  readonly #ways = new Map<string, ReadonlySet<string>>();
  /** Ways on which something is not seen: they use up no traces of others. */
  readonly #unseenWays = new Set<string>();
  /** Apart, so that gateways, of which each interval of ports is traced, leave something for the others. */
  readonly #left = { ofSets: MAX_PACKETS, ofGateways: MAX_PACKETS };
  #isExhausted = false;

  constructor(source: SearchSource) {
    const { parts, resources, ends, paths } = source;
    this.#source = source;
    this.#copy = parts.copy();
    this.#ports = scopePorts(paths, portBounds(resources, vpcsOf(ends)).server);
    this.#sets = new AccessSets({
      rows: this.#copy.rows(),
      ends,
      paths,
      ports: this.#ports,
      internet: parts.internet(),
    });
    this.#groupsMatter = paths.some((one) => one.namesGroups);
  }

  /** True when something was not looked at. */
  get isExhausted(): boolean {
    return this.#isExhausted;
  }

  /** One for each pair, protocol and path of the scope, as long as packets may be traced. */
  *findings(matches: readonly PathStatements[], excludes: readonly PathStatements[]): Generator<AccessFinding> {
    for (const question of this.#questions(matches, excludes)) {
      const finding = this.#find(question);
      if (finding) yield finding;
    }
  }

  *#questions(matches: readonly PathStatements[], excludes: readonly PathStatements[]): Generator<PairQuestion> {
    const { ends } = this.#source;
    for (const match of matches) {
      const destinations = ends.filter(({ ids }) => match.fitsDestination(ids));
      for (const from of ends) {
        if (!match.fitsSource(from.ids)) continue;
        for (const to of destinations) {
          // From gateway to gateway AWS looks at nothing, nor at an interface's packets to itself.
          if (from === to || (from.end.kind !== 'interfaces' && to.end.kind !== 'interfaces')) continue;
          // Most pairs end here: a large network has a million of them.
          if (this.#sets.know(from.end, to.end) && !this.#sets.mayFit(from.end, to.end, match)) continue;
          const about = excludes.filter((one) => one.fitsSource(from.ids) && one.fitsDestination(to.ids));
          for (const protocol of PROTOCOLS) yield { from, to, protocol, match, excludes: about };
        }
      }
    }
  }

  /** The first packet that fits. */
  #find(question: PairQuestion): AccessFinding | undefined {
    const { from, to } = question;
    const known = { ...question, excludes: question.excludes.filter((one) => !one.leadsThrough) };
    const isKnown = this.#sets.know(from.end, to.end);
    const budget = isKnown ? 'ofSets' : 'ofGateways';
    const packets = isKnown
      ? this.#sets.packets(known)
      : packetsToTrace(this.#source.parts.internet(), this.#ports, known);
    for (const packet of packets) {
      if (packet.way !== undefined && this.#unseenWays.has(packet.way)) continue;
      const way = packet.way === undefined || this.#groupsMatter ? undefined : this.#ways.get(packet.way);
      if (way && !fitsWay(question, packet, new Set([...way, ...interfacesOf(question)]))) continue;
      if (this.#left[budget] === 0) {
        this.#isExhausted = true;
        return undefined;
      }
      this.#left[budget] -= 1;
      const explanation = this.#trace(question, packet);
      if (!explanation) continue;
      const passedIds = passedOn(explanation);
      if (packet.way !== undefined) this.#ways.set(packet.way, withoutEnds(question, passedIds));
      if (fitsWay(question, packet, passedIds)) return this.#finding(question, packet, explanation);
    }
    return undefined;
  }

  /** What the packet passes; undefined where it does not arrive at the end that it is for, or passes what is not seen. */
  #trace({ to }: PairQuestion, { request, way }: ScopePacket): Explanation | undefined {
    const { resources, tx } = this.#source;
    const arrived = arrivedAt(to, this.#copy.explain(request, undefined, tx.nowMs));
    if (!arrived || !unseenOn(resources, arrived, to.end.kind === 'gateway')) return arrived;
    if (way !== undefined) this.#unseenWays.add(way);
    return undefined;
  }

  #finding({ from, to }: PairQuestion, packet: ScopePacket, explanation: Explanation): AccessFinding {
    const { request, sourcePorts, destinationPorts } = packet;
    const rangeOf = (port: number, asked: number, range: PortInterval): PortInterval =>
      port === asked ? range : { from: port, to: port };
    const headerOf = ({ source, destination, protocol, sourcePort, destinationPort }: PacketEnds) => ({
      protocol: String(protocol),
      sourceAddresses: [`${source}/32`],
      destinationAddresses: [`${destination}/32`],
      sourcePortRanges: [rangeOf(sourcePort, request.sourcePort, sourcePorts)],
      destinationPortRanges: [rangeOf(destinationPort, request.destinationPort, destinationPorts)],
    });
    const gatewayId = ({ end }: ScopeEnd) => (end.kind === 'gateway' ? end.id : undefined);
    const gateways = { from: gatewayId(from), to: gatewayId(to) };
    const { resources, tx } = this.#source;
    return {
      findingId: tx.newId('nisaf'),
      findingComponents: pathComponents(resources, explanation, headerOf, gateways),
    };
  }
}

/** The way as far as the end that it is for; undefined where it does not arrive there. */
function arrivedAt({ end }: ScopeEnd, explained: Explanation): Explanation | undefined {
  if (end.kind === 'gateway') return end.reached(explained);
  const deliveredTo = end.kind === 'interfaces' ? end.id : 'internet';
  return explained.verdict === 'delivered' && explained.deliveredTo === deliveredTo ? explained : undefined;
}

/** Whether what a packet passes is what is asked for: also the internet gateway that is an end, of which there may be several. */
function fitsWay(
  { from, to, match, excludes }: PairQuestion,
  { request }: ScopePacket,
  passedIds: ReadonlySet<string>,
): boolean {
  const isPassed = ({ end }: ScopeEnd): boolean => end.kind !== 'internet-gateway' || passedIds.has(end.id);
  const access = { request, sourceIds: from.ids, destinationIds: to.ids, passedIds };
  return isPassed(from) && isPassed(to) && match.fitsWay(passedIds) && !excludes.some((one) => one.fits(access));
}

/** What others pass as well that take the same way. */
function withoutEnds(question: PairQuestion, passedIds: ReadonlySet<string>): ReadonlySet<string> {
  const own = interfacesOf(question);
  return new Set([...passedIds].filter((id) => !own.includes(id) && kindNameOf(id) !== 'security-group'));
}

/** A gateway that is an end is passed by some ways and not by others, an interface by its own. */
const interfacesOf = ({ from, to }: PairQuestion): readonly string[] =>
  [from, to].flatMap(({ end }) => (end.kind === 'interfaces' ? [end.id] : []));
