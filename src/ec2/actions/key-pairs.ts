/** Key pairs. */
import type * as sdk from '@aws-sdk/client-ec2';
import { Fault } from '../../model/fault.ts';
import { createKeyPair, findKeyPair, importKeyPair, keyPairNamed, keyPairWithId } from '../../model/key-pairs.ts';
import { KeyPair } from '../../model/resources/key-pair.ts';
import { tagsOf } from '../../model/tags.ts';
import type { Transaction } from '../../model/transaction.ts';
import { action } from '../action.ts';
import { choice } from '../choice.ts';
import { compileFilters, type FilterTable } from '../filter.ts';
import { describeTags } from '../tag-set.ts';

/** CreateKeyPair. The private key is shown this once. */
export const CreateKeyPair = action('CreateKeyPair', (request, tx) => {
  const keyType = choice(request.KeyType, ['rsa', 'ed25519'], 'keyType') ?? 'rsa';
  if (choice(request.KeyFormat, ['pem', 'ppk'], 'keyFormat') === 'ppk') {
    throw new Fault('UnsupportedOperation', 'localvpc makes keys in PEM form only; puttygen converts them to ppk.');
  }
  const tags = tagsOf(request.TagSpecifications, 'key-pair');
  const { keyPair, privateKey } = createKeyPair(tx, request.KeyName, keyType, tags);
  return {
    KeyPairId: keyPair.id,
    KeyName: keyPair.name,
    KeyFingerprint: keyPair.fingerprint,
    KeyMaterial: privateKey,
    Tags: describeTags(keyPair.tags),
  };
});

/** ImportKeyPair. */
export const ImportKeyPair = action('ImportKeyPair', (request, tx) => {
  const tags = tagsOf(request.TagSpecifications, 'key-pair');
  const text = new TextDecoder().decode(request.PublicKeyMaterial);
  const keyPair = importKeyPair(tx, request.KeyName, text, tags);
  return {
    KeyPairId: keyPair.id,
    KeyName: keyPair.name,
    KeyFingerprint: keyPair.fingerprint,
    Tags: describeTags(keyPair.tags),
  };
});

/** DeleteKeyPair succeeds for a pair that is not there. Instances keep the key that they were launched with. */
export const DeleteKeyPair = action('DeleteKeyPair', (request, tx) => {
  const { KeyName: name, KeyPairId: id } = request;
  if (name === undefined && id === undefined) throw new Fault('MissingParameter', { parameter: 'KeyName' });
  const byId = id === undefined ? undefined : tx.find(KeyPair, id);
  const keyPair = byId ?? (name === undefined ? undefined : findKeyPair(tx, name));
  if (!keyPair) return { Return: true };
  tx.remove(KeyPair, keyPair.id);
  return { Return: true, KeyPairId: keyPair.id };
});

const FILTERS: FilterTable<KeyPair> = {
  'key-pair-id': (row) => row.id,
  fingerprint: (row) => row.fingerprint,
  'key-name': (row) => row.name,
};

/** DescribeKeyPairs; public keys only for those who ask. */
export const DescribeKeyPairs = action('DescribeKeyPairs', (request, tx) => {
  const holds = compileFilters(request.Filters, FILTERS);
  const rows = chosen(tx, request.KeyNames, request.KeyPairIds).filter((row) => holds(row, tx));
  return { KeyPairs: rows.map((row) => describeKeyPair(row, request.IncludePublicKey ?? false)) };
});

function chosen(tx: Transaction, names?: readonly string[], ids?: readonly string[]): readonly KeyPair[] {
  if (!names && !ids) return tx.list(KeyPair);
  const byName = (names ?? []).map((name) => keyPairNamed(tx, name));
  const byId = (ids ?? []).map((id) => keyPairWithId(tx, id));
  return [...new Set([...byName, ...byId])];
}

const describeKeyPair = (row: KeyPair, withPublicKey: boolean): sdk.KeyPairInfo => ({
  KeyPairId: row.id,
  KeyName: row.name,
  KeyType: row.keyType,
  KeyFingerprint: row.fingerprint,
  CreateTime: new Date(row.createdAtMs),
  Tags: describeTags(row.tags),
  PublicKey: withPublicKey ? row.publicKey : undefined,
});

/** What this file serves. */
export const keyPairActions = [CreateKeyPair, ImportKeyPair, DeleteKeyPair, DescribeKeyPairs];
