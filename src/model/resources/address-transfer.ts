/** An offer of an Elastic IP to another account; stands in the scope of the account that offers. */
import type { Ipv4 } from '../../net/address.ts';
import { kind, type Row } from '../kind.ts';

export interface AddressTransfer extends Row {
  /** Id of the allocation; a later offer of the same address replaces an earlier one. */
  readonly id: string;
  readonly publicIp: Ipv4;
  /** Twelve digits: who may accept. */
  readonly transferAccountId: string;
  /** Milliseconds since the epoch: when an offer that nobody accepted lapses. */
  readonly expiresAtMs: number;
  /** Milliseconds since the epoch. */
  readonly acceptedAtMs: number | undefined;
  /** Milliseconds since the epoch: when the owner took the offer back. */
  readonly disabledAtMs: number | undefined;
}

export const AddressTransfer = kind<AddressTransfer>()({ name: 'address-transfer' });
