/** Key pairs: names, and the public halves of keys that were made here or brought along. */
import { Fault } from './fault.ts';
import type { Tags } from './kind.ts';
import { quota } from './quotas.ts';
import { KeyPair } from './resources/key-pair.ts';
import type { Transaction } from './transaction.ts';

const MAX_NAME_CHARACTERS = 255;

/** A new pair, with the private half that nobody keeps. */
export interface CreatedKeyPair {
  readonly keyPair: KeyPair;
  readonly privateKey: string;
}

/** Makes a key pair. @throws Fault InvalidParameterValue, InvalidKeyPair.Duplicate, ResourceLimitExceeded */
export function createKeyPair(tx: Transaction, name: string, keyType: KeyPair['keyType'], tags: Tags): CreatedKeyPair {
  checkNewName(tx, name);
  const { privateKey, publicKey, fingerprint } = tx.environment.keyGeneration.generate(keyType);
  return { keyPair: insert(tx, { name, keyType, publicKey, fingerprint, tags }), privateKey };
}

/** Keeps the public key in a text. @throws Fault InvalidKey.Format and those of `createKeyPair` */
export function importKeyPair(tx: Transaction, name: string, text: string, tags: Tags): KeyPair {
  checkNewName(tx, name);
  const key = tx.environment.keyGeneration.read(text);
  if (!key) throw new Fault('InvalidKey.Format');
  return insert(tx, { name, ...key, tags });
}

/** The name is the comment of the key, as the metadata service shows it. */
const insert = (tx: Transaction, fields: Omit<KeyPair, 'id' | 'createdAtMs'>): KeyPair =>
  tx.insert(KeyPair, { ...fields, publicKey: `${fields.publicKey} ${fields.name}`, createdAtMs: tx.nowMs });

/** The sentences are unconfirmed. */
function checkNewName(tx: Transaction, name: string): void {
  const refuse = (reason: string): never => {
    throw new Fault('InvalidParameterValue', { value: name, parameter: 'keyName', reason });
  };
  if (name === '') refuse('The value cannot be empty');
  if (name.length > MAX_NAME_CHARACTERS) refuse(`The name can have up to ${MAX_NAME_CHARACTERS} characters.`);
  if (!/^[\x20-\x7e]*$/.test(name)) refuse('The name can have ASCII characters only.');
  if (name !== name.trim()) refuse('The name cannot begin or end with a space.');
  if (findKeyPair(tx, name)) throw new Fault('InvalidKeyPair.Duplicate', { name });
  if (tx.size(KeyPair) >= quota(tx, 'keyPairsPerRegion')) {
    throw new Fault('ResourceLimitExceeded', 'The maximum number of key pairs has been reached.');
  }
}

/** The pair of this name, or undefined. */
export const findKeyPair = (tx: Transaction, name: string): KeyPair | undefined => tx.by(KeyPair, 'keyName', name)[0];

/** The pair of this name. @throws Fault InvalidKeyPair.NotFound */
export function keyPairNamed(tx: Transaction, name: string): KeyPair {
  const keyPair = findKeyPair(tx, name);
  if (!keyPair) throw new Fault('InvalidKeyPair.NotFound', { name });
  return keyPair;
}

/** The pair with this id. @throws Fault InvalidKeyPair.NotFound (sentence unconfirmed) */
export function keyPairWithId(tx: Transaction, id: string): KeyPair {
  const keyPair = tx.find(KeyPair, id);
  if (!keyPair) throw new Fault('InvalidKeyPair.NotFound', `The key pair ID '${id}' does not exist`);
  return keyPair;
}
