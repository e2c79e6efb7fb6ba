/**
 * The bucket of each flow whose rate is limited: TCP and UDP by addresses and ports, others by addresses and protocol (EC2
 * user guide, ec2-instance-network-bandwidth).
 *
 * A table of fixed size, found by hash. When all places of a flow are taken, the one that was quiet for longest loses its
 * bucket and begins with a full one when it comes again: with thousands of flows, none of them is near its limit.
 */
import { TCP, UDP } from '../net/protocol.ts';
import { readInt32, readUint16 } from '../wire/big-endian.ts';
import { ETHER_TYPE, ETHER_TYPE_IPV6, ETHERNET_HEADER_LENGTH } from '../wire/ethernet.ts';
import { FRAGMENT_OFFSET_MASK, IPV4_FRAGMENT, IPV4_PROTOCOL, IPV4_SOURCE, MORE_FRAGMENTS } from '../wire/ipv4.ts';
import { IPV6_HEADER_LENGTH, IPV6_NEXT_HEADER, IPV6_SOURCE } from '../wire/ipv6.ts';
import { VIRTIO_NET_HEADER_LENGTH } from '../wire/virtio-net-header.ts';
import type { BucketLimits, TokenBuckets } from './token-buckets.ts';

const PLACES = 4096;
/** Places that a flow may have. */
const WINDOW = 8;
const NO_BUCKET = -1;
const NETWORK = VIRTIO_NET_HEADER_LENGTH + ETHERNET_HEADER_LENGTH;

/** Buckets of flows. */
export class FlowRates {
  /** Two hashes of the flow at each place: what has both is taken for it. */
  private readonly marks = new Int32Array(2 * PLACES);
  private readonly buckets = new Int32Array(PLACES).fill(NO_BUCKET);
  private first = 0;
  private second = 0;

  constructor(private readonly pool: TokenBuckets) {}

  /**
   * The bucket, with these limits, of the flow of a frame that lies behind a virtio header at `at`. `way`: tells flows apart
   * whose addresses are the same in two VPCs.
   */
  bucketOf(bytes: Uint8Array, at: number, way: number, limits: BucketLimits, nowMs: number): number {
    this.hash(bytes, at, way);
    const home = this.first >>> 0;
    let quietest = home % PLACES;
    for (let step = 0; step < WINDOW; step++) {
      const place = (home + step) % PLACES;
      const bucket = this.buckets[place] ?? NO_BUCKET;
      if (bucket === NO_BUCKET) return this.settle(place, limits, nowMs);
      if (this.marks[2 * place] === this.first && this.marks[2 * place + 1] === this.second) {
        if (!this.pool.hasRate(bucket, limits.perSecond)) this.pool.change(bucket, limits);
        return bucket;
      }
      if (this.quietSinceMs(place) < this.quietSinceMs(quietest)) quietest = place;
    }
    this.pool.close(this.buckets[quietest] ?? 0);
    return this.settle(quietest, limits, nowMs);
  }

  private quietSinceMs(place: number): number {
    return this.pool.countedAtMs(this.buckets[place] ?? 0);
  }

  private settle(place: number, limits: BucketLimits, nowMs: number): number {
    const bucket = this.pool.open(limits, nowMs);
    this.buckets[place] = bucket;
    this.marks[2 * place] = this.first;
    this.marks[2 * place + 1] = this.second;
    return bucket;
  }

  private hash(bytes: Uint8Array, at: number, way: number): void {
    this.first = 0x811c9dc5;
    this.second = 0x2545f491;
    this.mix(way);
    const network = at + NETWORK;
    if (readUint16(bytes, at + VIRTIO_NET_HEADER_LENGTH + ETHER_TYPE) === ETHER_TYPE_IPV6) {
      for (let word = 0; word < 8; word++) this.mix(readInt32(bytes, network + IPV6_SOURCE + 4 * word));
      this.mixPorts(bytes[network + IPV6_NEXT_HEADER] ?? 0, bytes, network + IPV6_HEADER_LENGTH, true);
      return;
    }
    this.mix(readInt32(bytes, network + IPV4_SOURCE));
    this.mix(readInt32(bytes, network + IPV4_SOURCE + 4));
    const isWhole = (readUint16(bytes, network + IPV4_FRAGMENT) & (FRAGMENT_OFFSET_MASK | MORE_FRAGMENTS)) === 0;
    const transport = network + 4 * ((bytes[network] ?? 0) & 0x0f);
    this.mixPorts(bytes[network + IPV4_PROTOCOL] ?? 0, bytes, transport, isWhole);
  }

  private mixPorts(protocol: number, bytes: Uint8Array, transport: number, isWhole: boolean): void {
    this.mix(protocol);
    if (isWhole && (protocol === TCP || protocol === UDP)) this.mix(readInt32(bytes, transport));
  }

  private mix(word: number): void {
    this.first = Math.imul(this.first ^ word, 0x9e3779b1);
    this.first ^= this.first >>> 15;
    this.second = Math.imul(this.second ^ word, 0x85ebca6b);
    this.second ^= this.second >>> 13;
  }
}
