/**
 * What an instance may send and receive: bandwidth by its type, credits, packets, the limits of one flow.
 *
 * AWS says it in EC2's user guide (ec2-instance-network-bandwidth, configure-bandwidth-weighting, placement-strategies,
 * ena-express) and, by network card, in DescribeInstanceTypes. What it does not say is marked here.
 */
import type { InstanceType } from './instance-type-table.ts';
import type { Instance } from './resources/instance.ts';

/** What one network card of an instance may do, in each direction. Bits and packets a second. */
export interface NetworkAllowance {
  /** Always. */
  readonly baselineBits: number;
  /** While there are credits. */
  readonly peakBits: number;
  /** Credits of an instance that was just started: bits beyond the baseline. */
  readonly creditBits: number;
  /** To and from what is reached through an internet gateway, and other Regions. */
  readonly internetBits: number;
  /** In both directions together. */
  readonly packets: number;
}

const GIGABIT = 1e9;

/** Bits a second of one flow: usually, between members of one cluster placement group, with ENA Express. */
export const FLOW_BITS = { ordinary: 5 * GIGABIT, cluster: 10 * GIGABIT, express: 25 * GIGABIT } as const;

/** Of a small instance, and of any member of a cluster placement group. */
const INTERNET_BITS = 5 * GIGABIT;
/** From so many processors on, half of the bandwidth may go to the internet. */
const VCPUS_OF_LARGE = 32;
/** "Typically from 5 to 60 minutes"; of how long each type bursts AWS says nothing (unconfirmed). */
const BURST_SECONDS = 5 * 60;
/**
 * AWS publishes no packet rates. So many of this size as fill the bandwidth both ways is near what people measure
 * (unconfirmed), and lets every stream have its bandwidth.
 */
const PACKET_BITS = 1500 * 8;

/** How a weighting changes baseline and peak; the exact digits of `ebs-1` are those of the guide's table. */
const WEIGHTINGS = {
  default: { baseline: 1, peak: 1 },
  'vpc-1': { baseline: 1.25, peak: 1 },
  'ebs-1': { baseline: 5 / 6, peak: 0.8 },
} as const satisfies Record<Instance['bandwidthWeighting'], unknown>;

/** The instance, as far as its allowance depends on it. */
export interface AllowanceHolder {
  readonly type: InstanceType;
  readonly networkCardIndex: number;
  readonly weighting: Instance['bandwidthWeighting'];
  readonly isInClusterGroup: boolean;
}

/** The allowance of a network card, which all interfaces on it share. @throws Error for a card that the type does not have */
export function networkAllowance(holder: AllowanceHolder): NetworkAllowance {
  const { type, networkCardIndex } = holder;
  const card = type.NetworkInfo.NetworkCards.find((one) => one.NetworkCardIndex === networkCardIndex);
  if (!card) throw new Error(`${type.InstanceType} has no network card ${networkCardIndex}`);
  const weight = WEIGHTINGS[holder.weighting];
  const baselineBits = GIGABIT * card.BaselineBandwidthInGbps * weight.baseline;
  const bursts = card.PeakBandwidthInGbps > card.BaselineBandwidthInGbps;
  const peakBits = bursts ? Math.max(baselineBits, GIGABIT * card.PeakBandwidthInGbps * weight.peak) : baselineBits;
  return {
    baselineBits,
    peakBits,
    creditBits: (peakBits - baselineBits) * BURST_SECONDS,
    internetBits: Math.min(peakBits, internetBits(holder, peakBits)),
    // "PPS does not change" with the weighting.
    packets: (2 * GIGABIT * card.PeakBandwidthInGbps) / PACKET_BITS,
  };
}

function internetBits({ type, isInClusterGroup }: AllowanceHolder, bits: number): number {
  const isLarge = type.VCpuInfo.DefaultVCpus >= VCPUS_OF_LARGE;
  return isLarge && !isInClusterGroup ? Math.max(INTERNET_BITS, bits / 2) : INTERNET_BITS;
}
