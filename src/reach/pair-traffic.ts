/** The traffic of single pairs, for questions about few of many, or about all in an order of their own. */
import {
  admitted,
  groupsOf,
  LaneTable,
  type PairSource,
  type PreparedGate,
  prepared,
  type SeenSender,
} from './all-pairs.ts';
import type { Lane } from './lanes.ts';
import type { Party } from './parties.ts';
import type { SetId } from './traffic-sets.ts';

/** What two parties send each other, worked out when it is asked for; what `eachFlow` finds, pair by pair. */
export class PairTraffic {
  readonly #source: PairSource;
  readonly #lanes: LaneTable;
  readonly #gates = new Map<Lane, Map<Party, readonly PreparedGate[]>>();
  readonly #senders = new Map<Party, SeenSender>();

  constructor(source: PairSource) {
    this.#source = source;
    this.#lanes = new LaneTable(source);
  }

  /** What of one party's packets for another one gets there, and to nobody in its place. The two are different ends. */
  between(from: Party, to: Party): SetId {
    const { sets } = this.#source;
    let traffic = sets.none;
    for (const lane of this.#lanes.between(from.place, to.place)) {
      if (lane.via) continue;
      const admits = admitted(
        this.#source,
        lane,
        this.#gatesOf(lane, to),
        this.#seen(from),
        groupsOf('sender', from, to),
      );
      traffic = sets.or(traffic, admits);
    }
    return traffic;
  }

  #gatesOf(lane: Lane, to: Party): readonly PreparedGate[] {
    const ofLane = this.#gates.get(lane) ?? new Map<Party, readonly PreparedGate[]>();
    this.#gates.set(lane, ofLane);
    const known = ofLane.get(to) ?? lane.gates.map((gate) => prepared(this.#source, gate, to));
    ofLane.set(to, known);
    return known;
  }

  #seen(from: Party): SeenSender {
    const known = this.#senders.get(from);
    if (known) return known;
    const egress = this.#source.groupSets.admission(groupsOf('sender', from, from), 'egress');
    const made = { ...from, egress };
    this.#senders.set(from, made);
    return made;
  }
}
