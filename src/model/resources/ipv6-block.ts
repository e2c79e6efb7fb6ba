/** An Amazon-provided IPv6 block in use anywhere; lives in the WORLD, so that no two VPCs have the same one. */
import { kind, type Row } from '../kind.ts';

export interface Ipv6Block extends Row {
  /** The block as text. */
  readonly id: string;
  readonly account: string;
  readonly region: string;
}

export const Ipv6Block = kind<Ipv6Block>()({ name: 'ipv6-block' });
