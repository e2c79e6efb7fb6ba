/** Rates in the forwarding tables. */

/**
 * What an instance, or one of its network cards, may send and receive. Interfaces whose rows name one id share it. Rates
 * hold for each direction by itself, packets for both together.
 */
export interface AllowanceRow {
  /** `i-…/0`: the instance and the number of its card. */
  readonly id: string;
  /** Always. */
  readonly baselineBytesPerSecond: number;
  /** While there are credits. */
  readonly peakBytesPerSecond: number;
  /** Bytes beyond the baseline that an instance may send, and receive, once it was started; unused baseline fills it up again. */
  readonly creditBytes: number;
  readonly packetsPerSecond: number;
  /** Through an internet gateway, and to other Regions. */
  readonly internetBytesPerSecond: number;
  /** Of one flow with anybody. */
  readonly flowBytesPerSecond: number;
  /** Of one flow with an interface of the same cluster placement group. */
  readonly cluster: { readonly groupId: string; readonly flowBytesPerSecond: number } | undefined;
  /** Of one flow with an interface of the same zone that has this too; UDP only where both have it on for UDP. */
  readonly express: { readonly carriesUdp: boolean; readonly flowBytesPerSecond: number } | undefined;
}
