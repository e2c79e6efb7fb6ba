/**
 * Token buckets, in one typed array: how much may pass in the long run, how much at once, and how long what exceeds it waits.
 *
 * A bucket fills at its rate up to its depth. What passes takes tokens away, and may take more than there are: then it
 * waits until the bucket would have had them, and so does what comes after it. Thus a bucket is a queue too, as far as its
 * order and its length go; the frames themselves are kept elsewhere (held-frames.ts). Units are the caller's, bytes or packets.
 */

/** Numbers of a bucket: tokens, when they were counted, tokens a millisecond, most tokens, longest wait in milliseconds. */
const TOKENS = 0;
const COUNTED_AT_MS = 1;
const RATE = 2;
const DEPTH = 3;
const LONGEST_WAIT_MS = 4;
const BUCKET_NUMBERS = 5;
const INITIAL_BUCKETS = 64;

/** What a bucket allows. */
export interface BucketLimits {
  readonly perSecond: number;
  /** What may pass at once after a pause. */
  readonly depth: number;
  /** What would wait longer does not pass at all. */
  readonly longestWaitMs: number;
}

/** Buckets by number. */
export class TokenBuckets {
  private numbers = new Float64Array(INITIAL_BUCKETS * BUCKET_NUMBERS);
  private next = 0;
  private readonly free: number[] = [];

  /** A full bucket. */
  open(limits: BucketLimits, nowMs: number): number {
    const bucket = this.free.pop() ?? this.next++;
    if (this.next * BUCKET_NUMBERS > this.numbers.length) this.grow();
    this.numbers[bucket * BUCKET_NUMBERS + TOKENS] = limits.depth;
    this.numbers[bucket * BUCKET_NUMBERS + COUNTED_AT_MS] = nowMs;
    this.change(bucket, limits);
    return bucket;
  }

  /** Other limits from now on. Tokens stay, as far as they fit. */
  change(bucket: number, { perSecond, depth, longestWaitMs }: BucketLimits): void {
    const { numbers } = this;
    const at = bucket * BUCKET_NUMBERS;
    numbers[at + RATE] = perSecond / 1000;
    numbers[at + DEPTH] = depth;
    numbers[at + LONGEST_WAIT_MS] = longestWaitMs;
    numbers[at + TOKENS] = Math.min(depth, numbers[at + TOKENS] ?? 0);
  }

  /** Whether this is its rate. */
  hasRate(bucket: number, perSecond: number): boolean {
    return this.numbers[bucket * BUCKET_NUMBERS + RATE] === perSecond / 1000;
  }

  close(bucket: number): void {
    this.free.push(bucket);
  }

  /** Milliseconds until the bucket has so many tokens, 0 when it has them. */
  waitMs(bucket: number, cost: number, nowMs: number): number {
    const { numbers } = this;
    const at = bucket * BUCKET_NUMBERS;
    const rate = numbers[at + RATE] ?? 0;
    const sinceMs = nowMs - (numbers[at + COUNTED_AT_MS] ?? 0);
    let tokens = numbers[at + TOKENS] ?? 0;
    if (sinceMs > 0) {
      tokens = Math.min(numbers[at + DEPTH] ?? 0, tokens + sinceMs * rate);
      numbers[at + TOKENS] = tokens;
      numbers[at + COUNTED_AT_MS] = nowMs;
    }
    return tokens >= cost ? 0 : (cost - tokens) / rate;
  }

  /** Whether what waits so long may still wait. */
  mayWait(bucket: number, waitMs: number): boolean {
    return waitMs <= (this.numbers[bucket * BUCKET_NUMBERS + LONGEST_WAIT_MS] ?? 0);
  }

  /** Takes tokens, of which there may be fewer. */
  take(bucket: number, cost: number): void {
    const at = bucket * BUCKET_NUMBERS + TOKENS;
    this.numbers[at] = (this.numbers[at] ?? 0) - cost;
  }

  /** When the bucket was looked at last, in milliseconds. */
  countedAtMs(bucket: number): number {
    return this.numbers[bucket * BUCKET_NUMBERS + COUNTED_AT_MS] ?? 0;
  }

  private grow(): void {
    const { numbers } = this;
    this.numbers = new Float64Array(numbers.length * 2);
    this.numbers.set(numbers);
  }
}
