/** Who reaches whom, as people and programs read it: ends by their names, traffic as ranges, and the rules that let it pass. */
import { formatAddress } from '../net/address.ts';
import { formatCidr } from '../net/cidr.ts';
import type { Interface } from '../pipeline/interface.ts';
import type { OutsideEdge } from '../pipeline/passage.ts';
import type { TraceComponent } from '../tables/data-plane.ts';
import type { NetworkSnapshot } from '../tables/network-snapshot.ts';
import { atomsText } from './address-atoms.ts';
import type { Flow } from './all-pairs.ts';
import { Analysis, type Space, spaceOf, type TrafficSpace } from './analysis.ts';
import { rulesOf } from './flow-rules.ts';
import type { Member } from './parties.ts';
import { type ReachQuestion, understand } from './question.ts';
import type { IpVersion } from './traffic-cells.ts';
import type { SetId } from './traffic-sets.ts';
import { askedSet, rangesOf, type TrafficRange } from './traffic-text.ts';

/** An end of what was found. */
export type ReachEnd =
  | {
      readonly kind: 'interface';
      readonly interfaceId: string;
      /** The instance or gateway whose interface it is. */
      readonly ownerId: string;
      /** Name tag of the interface, or of its owner. */
      readonly name: string | undefined;
      /** Addresses or, of delegated prefixes, blocks. */
      readonly addresses: readonly string[];
    }
  /** The outside world, or the customer's site behind VPN connections; `addresses` are blocks, "… except …". */
  | { readonly kind: OutsideEdge; readonly addresses: string };

/** Whether answers come back: to every client port from 1024 to 65535, to some of them, or to none. */
export type Answered = 'yes' | 'some' | 'no';

/** Each sender reaches each receiver with this traffic; none itself. */
export interface ReachFlow {
  readonly ipVersion: IpVersion;
  readonly from: readonly ReachEnd[];
  readonly to: ReachEnd;
  /** Who gets the packets in the receiver's place: an appliance, which has to pass them on, or the target of a load balancer. */
  readonly via: ReachEnd | undefined;
  readonly traffic: readonly TrafficRange[];
  readonly answered: Answered;
  /** Where not all answers come back: the ports of clients that get theirs. */
  readonly clientPorts: readonly TrafficRange[];
  /** Rules of groups and entries of ACLs that let some of it pass, those for answers not among them. */
  readonly rules: readonly TraceComponent[];
}

/** What was found. */
export interface ReachReport {
  readonly flows: readonly ReachFlow[];
}

/** Answers a question about a network. @throws ReachQuestionError */
export function reach(snapshot: NetworkSnapshot, question: ReachQuestion = {}): ReachReport {
  const { asked, cuts } = understand(snapshot, question);
  const space = spaceOf([snapshot.rows], cuts);
  const analysis = new Analysis(snapshot.rows, space, asked);
  const wanted = { 4: askedSet(space.traffic[4], question), 6: askedSet(space.traffic[6], question) };
  const collector = new Collector(snapshot, space);
  analysis.eachFlow((flow, version) => collector.add(flow, version, wanted[version]));
  return { flows: collector.flows() };
}

/** What is alike for one receiver, and all that send it. */
interface Collected {
  readonly version: IpVersion;
  readonly to: readonly Member[];
  readonly via: Interface | undefined;
  readonly traffic: SetId;
  readonly answered: Answered;
  readonly clientPorts: SetId;
  readonly from: Member[];
  readonly rules: Map<string, TraceComponent>;
}

class Collector {
  readonly #snapshot: NetworkSnapshot;
  readonly #space: Space;
  readonly #collected = new Map<string, Collected>();

  constructor(snapshot: NetworkSnapshot, space: Space) {
    this.#snapshot = snapshot;
    this.#space = space;
  }

  add(flow: Flow, version: IpVersion, wanted: SetId): void {
    const { sets } = this.#space.traffic[version];
    const traffic = sets.and(flow.traffic, wanted);
    for (const [answered, part] of byAnswer(this.#space.traffic[version], flow, traffic))
      if (part !== sets.none) this.#put(flow, version, answered, part);
  }

  flows(): readonly ReachFlow[] {
    return [...withOutsideAsOne(this.#collected.values())].flatMap((one) => this.#flowsOf(one));
  }

  #put(flow: Flow, version: IpVersion, answered: Answered, traffic: SetId): void {
    const { to, lane } = flow;
    const clientPorts = answered === 'some' ? lane.clientPorts : this.#space.traffic[version].sets.none;
    const via = lane.via?.row.id ?? '';
    const key = [
      version,
      to.place,
      to.atom,
      to.members[0]?.holder?.row.id,
      to.address,
      via,
      traffic,
      answered,
      clientPorts,
    ].join(' ');
    const made: Collected = {
      version,
      to: to.members,
      via: lane.via,
      traffic,
      answered,
      clientPorts,
      from: [],
      rules: new Map(),
    };
    const collected = this.#collected.get(key) ?? made;
    this.#collected.set(key, collected);
    for (const parties of flow.from)
      for (const party of parties) {
        collected.from.push(...party.members);
        for (const rule of rulesOf(this.#space.traffic[version], flow, party, traffic))
          collected.rules.set(`${rule.id} ${rule.detail}`, rule);
      }
  }

  /** One for each interface of the receiving party. */
  #flowsOf({ version, to, via, traffic, answered, clientPorts, from, rules }: Collected): readonly ReachFlow[] {
    const space = this.#space.traffic[version];
    const common = {
      ipVersion: version,
      via: via && this.#interfaceEnd(via, []),
      traffic: rangesOf(space, traffic),
      answered,
      clientPorts: answered === 'some' ? rangesOf(space, clientPorts) : [],
      rules: [...rules.values()],
    };
    const receivers = this.#ends(to);
    return receivers.flatMap((receiver) => {
      const senders = from.filter(
        ({ holder }) => !holder || receiver.kind !== 'interface' || holder.row.id !== receiver.interfaceId,
      );
      return senders.length === 0 ? [] : [{ ...common, from: this.#ends(senders), to: receiver }];
    });
  }

  /** Members as ends, those of one interface together, the site and the outside world last. */
  #ends(members: readonly Member[]): readonly ReachEnd[] {
    const byHolder = new Map<Interface, string[]>();
    const { atoms, outside } = this.#space;
    const beyond = { site: new Set<number>(), internet: new Set<number>() };
    for (const { holder, edge = 'internet', block } of members) {
      if (!holder) beyond[edge].add(atoms.within(block)[0] ?? 0);
      else byHolder.set(holder, [...(byHolder.get(holder) ?? []), blockText(block)]);
    }
    const ends = [...byHolder].map(([holder, addresses]) => this.#interfaceEnd(holder, [...new Set(addresses)]));
    const kinds = (['site', 'internet'] as const).filter((kind) => beyond[kind].size > 0);
    return [...ends, ...kinds.map((kind) => ({ kind, addresses: atomsText(atoms, beyond[kind], outside[kind]) }))];
  }

  #interfaceEnd({ row }: Interface, addresses: readonly string[]): ReachEnd {
    const { names } = this.#snapshot;
    const name = names[row.id] ?? names[row.owner.id];
    return { kind: 'interface', interfaceId: row.id, ownerId: row.owner.id, name, addresses };
  }
}

/** Parts of the outside world that the same senders reach in the same way are one receiver. */
function withOutsideAsOne(collected: Iterable<Collected>): Iterable<Collected> {
  const merged = new Map<string | Collected, Collected>();
  for (const one of collected) {
    const { version, to, via, traffic, answered, clientPorts, from, rules } = one;
    const isOutside = to.every(({ holder }) => !holder);
    const senders = from.map(({ holder, edge, block }) => `${holder?.row.id ?? edge} ${blockText(block)}`);
    const alike = [
      version,
      to[0]?.edge,
      via?.row.id,
      traffic,
      answered,
      clientPorts,
      ...senders,
      ...rules.keys(),
    ].join();
    const key = isOutside ? alike : one;
    const known = merged.get(key);
    merged.set(key, known ? { ...known, to: [...known.to, ...to] } : one);
  }
  return merged.values();
}

const blockText = (block: Member['block']): string => {
  const isSingle = block.length === (typeof block.address === 'number' ? 32 : 128);
  return isSingle ? formatAddress(block.address) : formatCidr(block);
};

/** The traffic of a flow by whether it is answered. */
function byAnswer({ sets }: TrafficSpace, { lane }: Flow, traffic: SetId): readonly (readonly [Answered, SetId])[] {
  const yes = sets.and(traffic, lane.answered);
  const perhaps = sets.and(traffic, lane.answeredForSome);
  return [
    ['yes', yes],
    ['some', sets.minus(perhaps, yes)],
    ['no', sets.minus(traffic, perhaps)],
  ];
}
