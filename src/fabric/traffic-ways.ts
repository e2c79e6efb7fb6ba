/**
 * The ways that packets take between interfaces and with the outside world, and how much went on each.
 *
 * A way is what a bill is about: who sent, through which gateways, and who received. All flows on one way share an
 * account. Packets inside a subnet stay in its zone, cost nothing anywhere, and are not counted.
 */
import type { Interface } from '../pipeline/interface.ts';
import type { Passage, Passed } from '../pipeline/passage.ts';
import type { TrafficCount, TrafficEnd, TrafficLeg } from '../tables/data-plane.ts';
import { type FlowCounts, NO_ACCOUNT } from './flow-counts.ts';

type Place = Interface | 'internet';

interface Way {
  readonly from: TrafficEnd;
  readonly legs: readonly TrafficLeg[];
  readonly account: number;
  /** The last epoch in which a packet took it by the stages: entries of the flow cache are no younger. */
  epoch: number;
}

/** Accounts by way, opened as packets take them. */
export class TrafficWays {
  private readonly ways = new Map<Place, Map<Place, Way[]>>();

  constructor(private readonly counts: FlowCounts) {}

  /** The account of a packet that has just been delivered. */
  accountOf(passage: Passage): number {
    if (isFree(passage)) return NO_ACCOUNT;
    const known = this.between(passage.sender ?? 'internet', passage.to ?? 'internet');
    for (const way of known) {
      if (!isWayOf(way, passage)) continue;
      way.epoch = passage.network.epoch;
      return way.account;
    }
    const account = this.counts.open();
    const from = endOf(passage.sender ?? 'internet');
    known.push({ from, legs: legsOf(passage), account, epoch: passage.network.epoch });
    return account;
  }

  /** Counts since the last call; ways that no packet can be on any more are forgotten. */
  take(epoch: number): readonly TrafficCount[] {
    const taken: TrafficCount[] = [];
    for (const [from, byReceiver] of this.ways) {
      for (const [to, ways] of byReceiver) {
        for (const { from: sender, legs, account } of ways) {
          const counted = this.counts.take(account);
          if (counted.packets > 0) taken.push({ from: sender, legs, ...counted });
        }
        const kept = ways.filter((way) => way.epoch === epoch);
        for (const way of ways) if (way.epoch !== epoch) this.counts.close(way.account);
        if (kept.length > 0) byReceiver.set(to, kept);
        else byReceiver.delete(to);
      }
      if (byReceiver.size === 0) this.ways.delete(from);
    }
    return taken;
  }

  private between(from: Place, to: Place): Way[] {
    const byReceiver = this.ways.get(from) ?? new Map<Place, Way[]>();
    if (byReceiver.size === 0) this.ways.set(from, byReceiver);
    const ways = byReceiver.get(to) ?? [];
    if (ways.length === 0) byReceiver.set(to, ways);
    return ways;
  }
}

/** Inside a subnet, to or from the services or the customer's site. */
function isFree({ sender, arrivedBy, to, crossesSubnet, passed, edge }: Passage): boolean {
  if (!to) return sender === undefined || edge !== 'internet';
  return sender ? !crossesSubnet && passed.length === 0 : arrivedBy !== 'internet';
}

/** Ends are the same interfaces; what they belong to may have changed since, and so may what lies between. */
function isWayOf({ from, legs }: Way, passage: Passage): boolean {
  const { sender, to, passed, route } = passage;
  const last = legs[passed.length];
  if (legs.length !== passed.length + 1 || !isEnd(from, sender) || !last) return false;
  return (
    isEnd(last.to, to) &&
    last.by === route?.target.kind &&
    passed.every((gateway, index) => {
      const leg = legs[index];
      return leg !== undefined && isEnd(leg.to, standing(gateway)) && leg.by === gateway.route?.target.kind;
    })
  );
}

const isEnd = (end: TrafficEnd, place: Interface | undefined): boolean =>
  end === 'internet' ? place === undefined : end.interfaceId === place?.row.id && end.owner.id === place.row.owner.id;

const legsOf = ({ passed, route, to }: Passage): readonly TrafficLeg[] => [
  ...passed.map((gateway) => ({ by: gateway.route?.target.kind, to: endOf(standing(gateway)) })),
  { by: route?.target.kind, to: endOf(to ?? 'internet') },
];

/** Where a way ends a leg at a gateway: at its interface, of an interface endpoint and a load balancer always at the endpoint's. */
const standing = ({ holder, exit }: Passed): Interface => (exit.row.owner.kind === 'vpc-endpoint' ? exit : holder);

const endOf = (place: Place): TrafficEnd =>
  place === 'internet' ? place : { interfaceId: place.row.id, owner: place.row.owner };
