/** What the meter records of data transfer: bytes of one resource in one hour, told apart as price lists do. */
import { kind, type Row } from '../model/kind.ts';

/** A way of moving data that some price list tells from others. */
export type TransferMeasure =
  /** Between Availability Zones, or by public addresses inside a Region: counted at both ends. */
  | 'transfer-inside-region'
  | 'transfer-to-internet'
  | 'transfer-from-internet'
  | 'transfer-to-region'
  | 'transfer-from-region'
  /** Processed by a NAT gateway, in either direction. */
  | 'nat-gateway-bytes'
  /** Sent into a transit gateway by an attachment. */
  | 'transit-gateway-bytes'
  /** Processed by an interface endpoint, in either direction. */
  | 'interface-endpoint-bytes';

/** Bytes that one resource moved in one hour in one measure. */
export interface TransferredBytes extends Row {
  /** `i-…@1704164400000/transfer-to-region/eu-west-1`. */
  readonly id: string;
  /** Instance, NAT gateway, interface endpoint or attachment of a transit gateway. */
  readonly resourceId: string;
  /** Beginning of the clock hour, in milliseconds since the epoch. */
  readonly hourMs: number;
  readonly measure: TransferMeasure;
  /** The Region on the other side, where it is another. */
  readonly otherRegion: string | undefined;
  readonly bytes: number;
}

export const TransferredBytes = kind<TransferredBytes>()({ name: 'transferred-bytes' });
