/** The allowance of an instance or of one of its cards at work: a bucket for each of its limits, shared by its interfaces. */
import type { AllowanceRow } from '../tables/tables.ts';
import type { BucketLimits, TokenBuckets } from './token-buckets.ts';

/** How long a packet may wait that exceeds a rate. AWS queues for a time that it does not tell (unconfirmed). */
const LONGEST_WAIT_MS = 20;
/** But as long as so many bytes or packets take: two segmentation-offload frames must find room. */
const SHORTEST_QUEUE_BYTES = 128 * 1024;
const SHORTEST_QUEUE_PACKETS = 128;
/** What may pass at once after a pause: what a rate lets pass in this time, and one large frame at least. */
const BURST_MS = 5;
const SMALLEST_BURST_BYTES = 64 * 1024;
const SMALLEST_BURST_PACKETS = 64;

/** Limits of a rate in bytes, with a burst and a queue that suit it. */
export const byteLimits = (bytesPerSecond: number): BucketLimits => ({
  perSecond: bytesPerSecond,
  depth: Math.max(SMALLEST_BURST_BYTES, (bytesPerSecond * BURST_MS) / 1000),
  longestWaitMs: Math.max(LONGEST_WAIT_MS, (1000 * SHORTEST_QUEUE_BYTES) / bytesPerSecond),
});

const packetLimits = (perSecond: number): BucketLimits => ({
  perSecond,
  depth: Math.max(SMALLEST_BURST_PACKETS, (perSecond * BURST_MS) / 1000),
  longestWaitMs: Math.max(LONGEST_WAIT_MS, (1000 * SHORTEST_QUEUE_PACKETS) / perSecond),
});

/** The baseline as a bucket that is deep by the credits: full at launch, it fills up while less than the baseline is used. */
const creditLimits = ({ baselineBytesPerSecond, creditBytes }: AllowanceRow): BucketLimits => ({
  ...byteLimits(baselineBytesPerSecond),
  depth: Math.max(byteLimits(baselineBytesPerSecond).depth, creditBytes),
});

/** In the place of a bucket: no such limit. */
export const NO_BUCKET = -1;

/** Buckets of one direction. */
export interface DirectionBuckets {
  /** What it may do at its best. */
  readonly peak: number;
  /** What it may do in the long run, credits included; NO_BUCKET for what bursts no higher than its baseline. */
  readonly credits: number;
  readonly beyondRegion: number;
}

/** An allowance at work. */
export class RateAccount {
  /** Ports whose interfaces share it. */
  holders = 0;
  out: DirectionBuckets;
  in: DirectionBuckets;
  /** Of both directions. */
  readonly packets: number;
  private flows: { readonly ordinary: BucketLimits; readonly cluster: BucketLimits; readonly express: BucketLimits };

  constructor(
    private readonly pool: TokenBuckets,
    private content: AllowanceRow,
    nowMs: number,
  ) {
    const open = (): DirectionBuckets => ({
      peak: pool.open(byteLimits(content.peakBytesPerSecond), nowMs),
      credits: bursts(content) ? pool.open(creditLimits(content), nowMs) : NO_BUCKET,
      beyondRegion: pool.open(byteLimits(content.internetBytesPerSecond), nowMs),
    });
    this.out = open();
    this.in = open();
    this.packets = pool.open(packetLimits(content.packetsPerSecond), nowMs);
    this.flows = flowLimits(content);
  }

  get row(): AllowanceRow {
    return this.content;
  }

  /** The limits of an ordinary flow, of one in the cluster group, of one with ENA Express. */
  get flowLimits(): RateAccount['flows'] {
    return this.flows;
  }

  /** Other limits from now on; credits stay. */
  change(row: AllowanceRow, nowMs: number): void {
    this.content = row;
    this.out = this.changeDirection(this.out, row, nowMs);
    this.in = this.changeDirection(this.in, row, nowMs);
    this.pool.change(this.packets, packetLimits(row.packetsPerSecond));
    this.flows = flowLimits(row);
  }

  /** Gives its buckets back. */
  close(): void {
    const { out, in: into, packets } = this;
    const buckets = [out.peak, out.credits, out.beyondRegion, into.peak, into.credits, into.beyondRegion, packets];
    for (const bucket of buckets) if (bucket !== NO_BUCKET) this.pool.close(bucket);
  }

  private changeDirection(buckets: DirectionBuckets, row: AllowanceRow, nowMs: number): DirectionBuckets {
    const { peak, credits, beyondRegion } = buckets;
    this.pool.change(peak, byteLimits(row.peakBytesPerSecond));
    this.pool.change(beyondRegion, byteLimits(row.internetBytesPerSecond));
    if (!bursts(row)) {
      if (credits !== NO_BUCKET) this.pool.close(credits);
      return { ...buckets, credits: NO_BUCKET };
    }
    if (credits === NO_BUCKET) return { ...buckets, credits: this.pool.open(creditLimits(row), nowMs) };
    this.pool.change(credits, creditLimits(row));
    return buckets;
  }
}

const bursts = ({ peakBytesPerSecond, baselineBytesPerSecond }: AllowanceRow): boolean =>
  peakBytesPerSecond > baselineBytesPerSecond;

const flowLimits = ({ flowBytesPerSecond, cluster, express }: AllowanceRow) => ({
  ordinary: byteLimits(flowBytesPerSecond),
  cluster: byteLimits(cluster?.flowBytesPerSecond ?? flowBytesPerSecond),
  express: byteLimits(express?.flowBytesPerSecond ?? flowBytesPerSecond),
});
