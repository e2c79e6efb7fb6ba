/**
 * The shaper: whether a frame that was delivered may go now, has to wait, or is too much.
 *
 * Every limit that holds for a frame is a token bucket: the sender's and the receiver's bandwidth, credits, packets, the
 * limit beyond the Region, the flow. It waits for the slowest of them, and where one of them has too long a queue it is
 * dropped and takes nothing from any. So the time at which it leaves is known when it comes, and one list of frames, in the
 * order of these times, serves for all queues (held-frames.ts).
 *
 * Without a row that has an allowance, `isActive` is false and nobody asks.
 */
import type { Drop } from '../pipeline/verdict.ts';
import type { EnaCounters } from '../tables/data-plane.ts';
import type { AllowanceRow } from '../tables/tables.ts';
import { readUint16 } from '../wire/big-endian.ts';
import { ETHER_TYPE, ETHER_TYPE_IPV6, ETHERNET_HEADER_LENGTH } from '../wire/ethernet.ts';
import { IPV4_PROTOCOL } from '../wire/ipv4.ts';
import { IPV6_HEADER_LENGTH, IPV6_NEXT_HEADER } from '../wire/ipv6.ts';
import {
  GSO_NONE,
  gsoSize,
  gsoType,
  segmentHeadersLength,
  VIRTIO_NET_HEADER_LENGTH,
} from '../wire/virtio-net-header.ts';
import { FlowRates } from './flow-rates.ts';
import { type FlowEntry, MOST_LIMITS } from './flow-slots.ts';
import { Loans } from './loans.ts';
import { type DirectionBuckets, NO_BUCKET, RateAccount } from './rate-account.ts';
import { BEYOND_REGION, CLUSTER_FLOW, EXPRESS_FLOW, UNLIMITED } from './rate-terms.ts';
import { type BucketLimits, TokenBuckets } from './token-buckets.ts';

/** Frames that exceed a rate for longer than its queue is. */
export const rateDrops = {
  'bandwidth-out': rateDrop(
    'bandwidth-out',
    'the instance sends more than its bandwidth, and what waits already is enough',
  ),
  'bandwidth-in': rateDrop(
    'bandwidth-in',
    'the instance is sent more than its bandwidth, and what waits already is enough',
  ),
  packets: rateDrop('packets', 'the instance exceeds its packets a second, and what waits already is enough'),
  flow: rateDrop('flow', 'the flow exceeds what one flow may have, and what waits already is enough'),
  'no-room': rateDrop('no-room', 'too many frames wait, of all instances together'),
} as const;

function rateDrop(reason: string, when: string): Drop {
  return { kind: 'drop', stage: 'rate', reason, id: `rate/${reason}`, when };
}

/** What a limit is of, and what exceeds it is counted as. */
const OUT = 0;
const IN = 1;
const PACKETS_OUT = 2;
const PACKETS_IN = 3;
const FLOW = 4;
const DROPS = [
  rateDrops['bandwidth-out'],
  rateDrops['bandwidth-in'],
  rateDrops.packets,
  rateDrops.packets,
  rateDrops.flow,
];
/** What `admit` says of a frame that is dropped. */
export const TOO_MUCH = -1;

/** Counted packets of a port: bandwidth in, bandwidth out, packets. */
const BW_IN = 0;
const BW_OUT = 1;
const PPS = 2;

/** Those of ENA's counters that are of rates. */
export type Exceeded = Pick<EnaCounters, `${'bw_in' | 'bw_out' | 'pps'}_allowance_exceeded`>;

interface Party {
  readonly account: RateAccount;
  readonly exceeded: Float64Array;
}

/** An interface, as far as it has an allowance. */
export interface Limited {
  readonly row: { readonly allowance: AllowanceRow | undefined };
}

/** The instance that an allowance is of. */
const instanceOf = ({ id }: Pick<AllowanceRow, 'id'>): string => id.slice(0, id.indexOf('/'));

/**
 * Accounts of ports, and what they let pass.
 *
 * An account outlives its ports while its instance runs: who detaches an interface and attaches it again, or reboots, has
 * used what it has used. At a start credits are full, as at a launch (unconfirmed: AWS tells of the launch alone).
 */
export class Shaper {
  /** True while some port has an allowance. */
  isActive = false;
  /** Why the last frame was TOO_MUCH, and whether that was at its receiver. */
  drop: Drop = rateDrops.flow;
  isDroppedAtReceiver = false;

  /** Once a flow switch borrows from the buckets. */
  loans: Loans | undefined = undefined;

  private readonly pool = new TokenBuckets();
  private readonly flows = new FlowRates(this.pool);
  private readonly accounts = new Map<string, RateAccount>();
  private readonly parties: (Party | undefined)[] = [];
  /** Accounts that no port has at present. */
  private idle = 0;
  /** The limits of the frame that is looked at: bucket, tokens, what it is of. */
  private readonly buckets = new Int32Array(MOST_LIMITS);
  private readonly costs = new Float64Array(MOST_LIMITS);
  private readonly kinds = new Uint8Array(MOST_LIMITS);
  private limits = 0;
  /** Of the frame that is looked at, as it would be on a wire: IP packets and their bytes. */
  private wirePackets = 0;
  private wireBytes = 0;

  /**
   * Lets a flow switch take from the buckets, through this memory.
   * @param firstHeldMs when the first frame is due of those that wait; Infinity while none does
   */
  lendTo(memory: Int32Array, firstHeldMs: () => number): void {
    this.loans = new Loans(memory, this.pool, firstHeldMs);
  }

  /** What the interface at a port may do; undefined where nothing limits it, or none is there any more. */
  set(port: number, row: AllowanceRow | undefined, nowMs: number): void {
    const party = this.parties[port];
    if (party && party.account.row.id === row?.id) {
      party.account.change(row, nowMs);
      return;
    }
    if (party) this.leave(port, party.account);
    if (row) this.join(port, row, nowMs);
    this.isActive = this.accounts.size > this.idle;
  }

  /** Forgets what instances have used that have none of these interfaces any more; looks at none while all accounts are in use. */
  keepOnly(interfaces: Iterable<Limited>): void {
    if (this.idle === 0) return;
    const instances = new Set<string>();
    for (const { row } of interfaces) if (row.allowance) instances.add(instanceOf(row.allowance));
    for (const [id, account] of this.accounts) {
      if (account.holders > 0 || instances.has(instanceOf(account.row))) continue;
      account.close();
      this.accounts.delete(id);
      this.idle -= 1;
    }
  }

  /** What is at one port is at another now, with what it has used. */
  move(from: number, to: number): void {
    this.parties[to] = this.parties[from];
    this.parties[from] = undefined;
  }

  /** Packets that exceeded an allowance at a port since its interface came, by the names of ENA's counters. */
  exceededAt(port: number): Exceeded {
    const exceeded = this.parties[port]?.exceeded;
    return {
      bw_in_allowance_exceeded: exceeded?.[BW_IN] ?? 0,
      bw_out_allowance_exceeded: exceeded?.[BW_OUT] ?? 0,
      pps_allowance_exceeded: exceeded?.[PPS] ?? 0,
    };
  }

  /**
   * Milliseconds until the frame at `at` (virtio header first) may go from one port to another: 0 for now, TOO_MUCH for
   * one that is dropped. What it takes is then taken.
   */
  admit(from: number, to: number, terms: number, bytes: Uint8Array, at: number, length: number, nowMs: number): number {
    this.limits = 0;
    if ((terms & UNLIMITED) !== 0) return 0;
    const sender = this.parties[from];
    const receiver = this.parties[to];
    if (!sender && !receiver) return 0;
    this.measure(bytes, at, length);
    if (sender) this.askParty(sender.account, sender.account.out, terms, OUT, PACKETS_OUT);
    if (receiver) this.askParty(receiver.account, receiver.account.in, terms, IN, PACKETS_IN);
    const flow = flowLimitsOf(sender?.account, receiver?.account, terms);
    if (flow) this.ask(this.flows.bucketOf(bytes, at, to, flow, nowMs), this.wireBytes, FLOW);
    return this.decide(sender, receiver, nowMs);
  }

  /** Writes into a flow what limits it: what limited the frame that was just admitted. False where no more can be lent. */
  lend(flow: FlowEntry, nowMs: number): boolean {
    flow.isUnlimited();
    if (!this.loans) return this.limits === 0;
    for (let limit = 0; limit < this.limits; limit++) {
      const kind = this.kinds[limit];
      const isOfPackets = kind === PACKETS_OUT || kind === PACKETS_IN;
      if (!this.loans.lend(flow, limit, this.buckets[limit] ?? 0, isOfPackets)) return false;
    }
    this.loans.isWanted(nowMs);
    return true;
  }

  private decide(sender: Party | undefined, receiver: Party | undefined, nowMs: number): number {
    let longestMs = 0;
    let slowest = 0;
    for (let limit = 0; limit < this.limits; limit++) {
      const bucket = this.buckets[limit] ?? 0;
      const waitMs = this.pool.waitMs(bucket, this.costs[limit] ?? 0, nowMs);
      if (waitMs > 0 && !this.pool.mayWait(bucket, waitMs)) {
        this.refuse(this.kinds[limit] ?? 0, sender, receiver);
        return TOO_MUCH;
      }
      if (waitMs <= longestMs) continue;
      longestMs = waitMs;
      slowest = limit;
    }
    if (longestMs > 0) this.loans?.waits(this.buckets[slowest] ?? 0, nowMs + longestMs);
    for (let limit = 0; limit < this.limits; limit++) this.pool.take(this.buckets[limit] ?? 0, this.costs[limit] ?? 0);
    if (longestMs > 0) this.count(this.kinds[slowest] ?? 0, sender, receiver);
    return longestMs;
  }

  private refuse(kind: number, sender: Party | undefined, receiver: Party | undefined): void {
    this.drop = DROPS[kind] ?? rateDrops.flow;
    this.isDroppedAtReceiver = kind === IN || kind === PACKETS_IN;
    this.count(kind, sender, receiver);
  }

  /** Packets that were queued or dropped count alike. Nothing counts what exceeds the limit of a flow. */
  private count(kind: number, sender: Party | undefined, receiver: Party | undefined): void {
    const party = kind === IN || kind === PACKETS_IN ? receiver : sender;
    if (!party || kind === FLOW) return;
    const counter = kind === IN ? BW_IN : kind === OUT ? BW_OUT : PPS;
    party.exceeded[counter] = (party.exceeded[counter] ?? 0) + this.wirePackets;
  }

  private askParty(
    account: RateAccount,
    { peak, credits, beyondRegion }: DirectionBuckets,
    terms: number,
    kind: number,
    packetsKind: number,
  ): void {
    this.ask(peak, this.wireBytes, kind);
    if (credits !== NO_BUCKET) this.ask(credits, this.wireBytes, kind);
    if ((terms & BEYOND_REGION) !== 0) this.ask(beyondRegion, this.wireBytes, kind);
    this.ask(account.packets, this.wirePackets, packetsKind);
  }

  private ask(bucket: number, cost: number, kind: number): void {
    this.buckets[this.limits] = bucket;
    this.costs[this.limits] = cost;
    this.kinds[this.limits] = kind;
    this.limits += 1;
  }

  /** A segmentation-offload frame counts as its segments. */
  private measure(bytes: Uint8Array, at: number, length: number): void {
    const network = VIRTIO_NET_HEADER_LENGTH + ETHERNET_HEADER_LENGTH;
    this.wirePackets = 1;
    this.wireBytes = length - network;
    if (gsoType(bytes, at) === GSO_NONE) return;
    const isIpv6 = readUint16(bytes, at + VIRTIO_NET_HEADER_LENGTH + ETHER_TYPE) === ETHER_TYPE_IPV6;
    const start = at + network;
    const transport = start + (isIpv6 ? IPV6_HEADER_LENGTH : 4 * ((bytes[start] ?? 0) & 0x0f));
    const protocol = bytes[start + (isIpv6 ? IPV6_NEXT_HEADER : IPV4_PROTOCOL)] ?? 0;
    const headers = segmentHeadersLength(bytes, start, transport, protocol);
    this.wirePackets = Math.max(1, Math.ceil((this.wireBytes - headers) / gsoSize(bytes, at)));
    this.wireBytes += (this.wirePackets - 1) * headers;
  }

  private join(port: number, row: AllowanceRow, nowMs: number): void {
    const known = this.accounts.get(row.id);
    const account = known ?? new RateAccount(this.pool, row, nowMs);
    this.accounts.set(row.id, account);
    if (known?.holders === 0) this.idle -= 1;
    account.holders += 1;
    account.change(row, nowMs);
    this.parties[port] = { account, exceeded: new Float64Array(3) };
  }

  private leave(port: number, account: RateAccount): void {
    this.parties[port] = undefined;
    account.holders -= 1;
    if (account.holders === 0) this.idle += 1;
  }
}

/** The limits of the flow; undefined where the instances' own are no higher, so that they alone decide. */
function flowLimitsOf(
  sender: RateAccount | undefined,
  receiver: RateAccount | undefined,
  terms: number,
): BucketLimits | undefined {
  const account = sender ?? receiver;
  if (!account) return undefined;
  const { ordinary, cluster, express } = account.flowLimits;
  const limits = (terms & EXPRESS_FLOW) !== 0 ? express : (terms & CLUSTER_FLOW) !== 0 ? cluster : ordinary;
  const slower = Math.min(peakOf(sender), peakOf(receiver));
  return limits.perSecond < slower ? limits : undefined;
}

const peakOf = (account: RateAccount | undefined): number =>
  account?.row.peakBytesPerSecond ?? Number.POSITIVE_INFINITY;
