/** A key pair: the public half, by name. The private half is shown once and never kept. */
import type { KeyPairId } from '../../net/identifiers.ts';
import { kind, type TaggedRow } from '../kind.ts';

export interface KeyPair extends TaggedRow {
  readonly id: KeyPairId;
  readonly name: string;
  readonly keyType: 'rsa' | 'ed25519';
  readonly fingerprint: string;
  /** OpenSSH form, as the metadata service hands it out. */
  readonly publicKey: string;
  readonly createdAtMs: number;
}

export const KeyPair = kind<KeyPair>()({
  name: 'key-pair',
  prefix: 'key',
  indexes: { keyName: (row) => row.name },
});
