/**
 * Which packets of an access scope arrive, as sets: worked out for all addresses and ports of two ends at once, so that only what is
 * found need be traced. Of interfaces and the outside world; other gateways are ends that the sets do not know.
 */
import { type IpAddress, isIpv4 } from '../../net/address.ts';
import { TCP, UDP } from '../../net/protocol.ts';
import { Analysis, spaceOf, type TrafficSpace } from '../../reach/analysis.ts';
import { PairTraffic } from '../../reach/pair-traffic.ts';
import type { Member, Party } from '../../reach/parties.ts';
import type { SetId } from '../../reach/traffic-sets.ts';
import type { TraceRequest } from '../../tables/data-plane.ts';
import type { InterfaceRow, TableRow } from '../../tables/tables.ts';
import type { ScopeEnd } from './access-ends.ts';
import type { PairQuestion, ScopePacket, ScopePorts } from './access-packets.ts';
import type { PathStatements } from './access-statements.ts';
import { type PortInterval, representative } from './headers.ts';
import type { PathEnd } from './path-ends.ts';

/** What the sets are made of. */
export interface SetSource {
  readonly rows: readonly TableRow[];
  readonly ends: readonly ScopeEnd[];
  /** Every path of the scope. */
  readonly paths: readonly PathStatements[];
  readonly ports: ScopePorts;
  /** The address of the outside world that is asked first. */
  readonly internet: IpAddress;
}

/** An address of an end, and the party that it is of. */
interface Place {
  readonly address: IpAddress;
  readonly party: Party;
  /** Undefined outside of the VPCs. */
  readonly row: InterfaceRow | undefined;
}

/** What arrives from an address at another. */
interface Arrival {
  readonly from: Place;
  readonly to: Place;
  readonly traffic: SetId;
}

/** Where packets are sent by whoever sends. */
interface Receiver {
  /** Addresses that others in the VPCs ask for. */
  readonly own: readonly Place[];
  /** Those that the outside world asks for, public ones first. */
  readonly all: readonly Place[];
}

const INTERNET = 'internet';
const NOWHERE: Receiver = { own: [], all: [] };

export class AccessSets {
  readonly #space: TrafficSpace;
  readonly #traffic: PairTraffic;
  readonly #senders: ReadonlyMap<string, readonly Place[]>;
  readonly #receivers: ReadonlyMap<string, Receiver>;
  readonly #ports: ScopePorts;
  /** Of each cell of ports, the interval in which it lies. */
  readonly #intervals: readonly (PortInterval | undefined)[];
  readonly #ofPaths = new Map<PathStatements, SetId>();
  #last: { readonly from: PathEnd; readonly to: PathEnd; readonly arrivals: readonly Arrival[] } | undefined;

  constructor({ rows, ends, paths, ports, internet }: SetSource) {
    const matches = ports.destination.flatMap((range) =>
      ([TCP, UDP] as const).map((protocol) => ({ kind: 'ports' as const, protocol, ports: range })),
    );
    const space = spaceOf([rows], { ways: paths.flatMap(({ blocks }) => blocks), matches });
    const ids = new Set(ends.map(({ end }) => placeKey(end)));
    const isAsked = (member: Member): boolean => ids.has(memberKey(member));
    const analysis = new Analysis(rows, space, { isSender: isAsked, isReceiver: isAsked });
    const [source] = analysis.sources;
    if (!source) throw new Error('an analysis has no pairs of IPv4');
    this.#space = space.traffic[4];
    this.#traffic = new PairTraffic(source);
    this.#ports = ports;
    this.#intervals = this.#space.cells.cells.map((cell) =>
      cell.kind === 'ports' ? intervalAt(ports.destination, cell.ports.from) : undefined,
    );
    const outside = (places: readonly Place[]): readonly Place[] =>
      withAddressFirst(places, internet, space.atoms.atomOf(internet));
    this.#senders = new Map(
      [...placesOf(source.senders)].map(([key, places]) => [key, key === INTERNET ? outside(places) : inOrder(places)]),
    );
    this.#receivers = new Map(
      [...placesOf(source.receivers)].map(([key, places]) => [
        key,
        key === INTERNET ? { own: outside(places), all: [] } : receiverOf(places),
      ]),
    );
  }

  /** Whether packets between these two are all that the sets know. */
  know(from: PathEnd, to: PathEnd): boolean {
    return from.kind !== 'gateway' && to.kind !== 'gateway';
  }

  /** Whether packets that the path speaks of arrive, as far as their protocol and ports go. */
  mayFit(from: PathEnd, to: PathEnd, match: PathStatements): boolean {
    const { sets } = this.#space;
    const asked = this.#ofPath(match);
    return this.#arrivals(from, to).some(({ traffic }) => sets.and(traffic, asked) !== sets.none);
  }

  /** Packets that arrive and are asked for; which gateway they pass is not known. */
  *packets({ from, to, protocol, match, excludes }: PairQuestion): Generator<ScopePacket> {
    const { sets, kinds } = this.#space;
    const ofProtocol = kinds.get(protocol === TCP ? 'tcp' : 'udp') ?? sets.none;
    const asked = sets.and(ofProtocol, this.#ofPath(match));
    for (const arrival of this.#arrivals(from.end, to.end)) {
      const traffic = sets.and(arrival.traffic, asked);
      const [source, destination] = [arrival.from.address, arrival.to.address];
      if (traffic === sets.none || !match.fitsAddresses(source, destination)) continue;
      const excluding = excludes.filter((one) => one.fitsAddresses(source, destination));
      for (const sourcePorts of this.#ports.source) {
        const sourcePort = representative(sourcePorts);
        if (!match.fitsSourcePort(sourcePort)) continue;
        const wanted = excluding
          .filter((one) => one.fitsSourcePort(sourcePort))
          .reduce((set, one) => sets.minus(set, this.#ofPath(one)), traffic);
        for (const destinationPorts of this.#rangesOf(wanted))
          yield {
            request: {
              from: senderOf(arrival.from),
              source,
              destination,
              protocol,
              sourcePort,
              destinationPort: destinationPorts.from,
              icmp: undefined,
            },
            sourcePorts,
            destinationPorts,
            way: `${arrival.from.party.place} ${arrival.to.party.place} ${protocol}`,
          };
      }
    }
  }

  /** The same pair is asked about several times in succession. */
  #arrivals(from: PathEnd, to: PathEnd): readonly Arrival[] {
    if (this.#last?.from !== from || this.#last.to !== to)
      this.#last = { from, to, arrivals: this.#arrivalsBetween(from, to) };
    return this.#last.arrivals;
  }

  #arrivalsBetween(from: PathEnd, to: PathEnd): readonly Arrival[] {
    const receiver = this.#receivers.get(placeKey(to)) ?? NOWHERE;
    const receivers = from.kind === 'internet-gateway' ? receiver.all : receiver.own;
    const arrivals: Arrival[] = [];
    for (const sender of this.#senders.get(placeKey(from)) ?? [])
      for (const place of receivers) {
        const traffic = this.#traffic.between(sender.party, place.party);
        if (traffic !== this.#space.sets.none) arrivals.push({ from: sender, to: place, traffic });
      }
    return arrivals;
  }

  /** The traffic that a path speaks of. */
  #ofPath(path: PathStatements): SetId {
    const { cells, sets } = this.#space;
    const known =
      this.#ofPaths.get(path) ??
      sets.where((index) => {
        const cell = cells.cells[index];
        return cell?.kind === 'ports' && path.fitsTraffic(cell.protocol, cell.ports.from);
      });
    this.#ofPaths.set(path, known);
    return known;
  }

  /** The ports of a set of one protocol, cut where the intervals are. */
  *#rangesOf(set: SetId): Generator<PortInterval> {
    const { cells, sets } = this.#space;
    let open: { readonly from: number; readonly to: number; readonly interval: PortInterval | undefined } | undefined;
    for (const index of sets.cellsOf(set)) {
      const cell = cells.cells[index];
      if (cell?.kind !== 'ports') continue;
      const interval = this.#intervals[index];
      const { from, to } = cell.ports;
      if (open && open.interval === interval && open.to + 1 === from) {
        open = { ...open, to };
        continue;
      }
      if (open) yield { from: open.from, to: open.to };
      open = { from, to, interval };
    }
    if (open) yield { from: open.from, to: open.to };
  }
}

const placeKey = (end: PathEnd): string => (end.kind === 'internet-gateway' ? INTERNET : end.id);
const memberKey = ({ holder, edge }: Member): string => holder?.row.id ?? edge ?? '';

const senderOf = ({ row }: Place): TraceRequest['from'] =>
  row ? { kind: 'interface', id: row.id } : { kind: 'internet' };

const intervalAt = (intervals: readonly PortInterval[], port: number): PortInterval | undefined =>
  intervals.find(({ from, to }) => port >= from && port <= to);

/** Every address of parties by whose it is. */
function placesOf(parties: readonly Party[]): ReadonlyMap<string, readonly Place[]> {
  const places = new Map<string, Place[]>();
  for (const party of parties)
    for (const member of party.members) {
      const key = memberKey(member);
      const row = member.holder?.row;
      const place = { address: row ? member.block.address : party.address, party, row };
      const ofKey = places.get(key);
      if (ofKey) ofKey.push(place);
      else places.set(key, [place]);
    }
  return places;
}

/** The outside world, its named address before the others. `atom`: of that address. */
const withAddressFirst = (places: readonly Place[], address: IpAddress, atom: number): readonly Place[] => [
  ...places.filter(({ party }) => party.atom === atom).map((place) => ({ ...place, address })),
  ...places.filter(({ party }) => party.atom !== atom),
];

/** An interface's own addresses as its row has them, delegated prefixes behind. */
function inOrder(places: readonly Place[]): readonly Place[] {
  const rank = ({ address, row }: Place): number => {
    const own = row?.ipv4Addresses ?? [];
    const at = isIpv4(address) ? own.indexOf(address) : -1;
    return at < 0 ? own.length : at;
  };
  return places.toSorted((one, other) => rank(one) - rank(other));
}

function receiverOf(places: readonly Place[]): Receiver {
  const isPublic = ({ address, row }: Place): boolean =>
    row?.publicAddresses.some(({ publicAddress }) => publicAddress === address) ?? false;
  const own = inOrder(places.filter((place) => !isPublic(place)));
  return { own, all: [...places.filter(isPublic), ...own] };
}
