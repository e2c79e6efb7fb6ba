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

/** Who takes tokens away beside the pool's own callers, and has to know how many there are: the flow switch (loans.ts). */
export interface Borrower {
  /** What was taken from a bucket since this was asked last. */
  takenFrom(bucket: number): number;
  /** So many tokens are left, fewer than none while something waits; as many as `depth` in a full bucket. */
  left(bucket: number, tokens: number, depth: number): void;
  /** The bucket is no more, and another may have its number. */
  ended(bucket: number): void;
}

/** Buckets by number. */
export class TokenBuckets {
  private borrower: Borrower | undefined = undefined;
  private numbers = new Float64Array(INITIAL_BUCKETS * BUCKET_NUMBERS);
  private next = 0;
  private readonly free: number[] = [];

  lendTo(borrower: Borrower): void {
    this.borrower = borrower;
  }

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
    this.borrower?.ended(bucket);
    this.free.push(bucket);
  }

  /** Milliseconds until the bucket has so many tokens, 0 when it has them. */
  waitMs(bucket: number, cost: number, nowMs: number): number {
    const tokens = this.tokens(bucket, nowMs);
    return tokens >= cost ? 0 : (cost - tokens) / (this.numbers[bucket * BUCKET_NUMBERS + RATE] ?? 0);
  }

  /** What there is in the bucket now; less than nothing while something waits. */
  tokens(bucket: number, nowMs: number): number {
    const { numbers } = this;
    const at = bucket * BUCKET_NUMBERS;
    const sinceMs = nowMs - (numbers[at + COUNTED_AT_MS] ?? 0);
    let tokens = numbers[at + TOKENS] ?? 0;
    if (sinceMs > 0) {
      tokens = Math.min(numbers[at + DEPTH] ?? 0, tokens + sinceMs * (numbers[at + RATE] ?? 0));
      numbers[at + TOKENS] = tokens;
      numbers[at + COUNTED_AT_MS] = nowMs;
    }
    if (!this.borrower) return tokens;
    tokens -= this.borrower.takenFrom(bucket);
    numbers[at + TOKENS] = tokens;
    return tokens;
  }

  /** Milliseconds until the bucket would be full. */
  fullInMs(bucket: number): number {
    const at = bucket * BUCKET_NUMBERS;
    return ((this.numbers[at + DEPTH] ?? 0) - (this.numbers[at + TOKENS] ?? 0)) / (this.numbers[at + RATE] ?? 1);
  }

  /** Tells the borrower how many tokens there are, as they were counted last. */
  tell(bucket: number): void {
    const at = bucket * BUCKET_NUMBERS;
    this.borrower?.left(bucket, this.numbers[at + TOKENS] ?? 0, this.numbers[at + DEPTH] ?? 0);
  }

  /** Whether what waits so long may still wait. */
  mayWait(bucket: number, waitMs: number): boolean {
    return waitMs <= (this.numbers[bucket * BUCKET_NUMBERS + LONGEST_WAIT_MS] ?? 0);
  }

  /** Takes tokens, of which there may be fewer. */
  take(bucket: number, cost: number): void {
    const at = bucket * BUCKET_NUMBERS + TOKENS;
    this.numbers[at] = (this.numbers[at] ?? 0) - cost;
    if (this.borrower) this.tell(bucket);
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
