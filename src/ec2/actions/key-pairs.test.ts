import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { testAccount } from '../../testing/account.ts';
import type { RequestOf } from '../operation.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test('the private key is shown once, the public one to those who ask', () => {
  const account = testAccount();
  const created = account.call('CreateKeyPair', {
    KeyName: 'mine',
    KeyType: 'ed25519',
    TagSpecifications: [{ ResourceType: 'key-pair', Tags: [{ Key: 'a', Value: 'b' }] }],
  });
  match(created.KeyMaterial ?? '', /^-----BEGIN ed25519 PRIVATE KEY-----/);
  const [shown] = account.call('DescribeKeyPairs').KeyPairs ?? [];
  deepEqual(shown, {
    KeyPairId: created.KeyPairId,
    KeyName: 'mine',
    KeyType: 'ed25519',
    KeyFingerprint: created.KeyFingerprint,
    CreateTime: new Date(Date.UTC(2024, 0, 2, 3, 4, 5)),
    Tags: [{ Key: 'a', Value: 'b' }],
    PublicKey: undefined,
  });
  const [withKey] = account.call('DescribeKeyPairs', { IncludePublicKey: true }).KeyPairs ?? [];
  match(withKey?.PublicKey ?? '', /^ssh-ed25519 \S+ mine$/);
});

test('CreateKeyPair reports the faults of a request in order', () => {
  const account = testAccount();
  account.call('CreateKeyPair', { KeyName: 'taken' });
  const rows: [request: RequestOf<'CreateKeyPair'>, code: string][] = [
    [{ KeyName: '', KeyType: 'dsa' }, 'InvalidParameterValue'],
    [{ KeyName: '', KeyFormat: 'ppk' }, 'UnsupportedOperation'],
    [{ KeyName: '' }, 'InvalidParameterValue'],
    [{ KeyName: 'schlüssel' }, 'InvalidParameterValue'],
    [{ KeyName: ' x' }, 'InvalidParameterValue'],
    [{ KeyName: 'x'.repeat(256) }, 'InvalidParameterValue'],
    [{ KeyName: 'taken' }, 'InvalidKeyPair.Duplicate'],
  ];
  for (const [request, code] of rows)
    equal(
      account.faultCode(() => account.call('CreateKeyPair', request)),
      code,
    );
  ok(account.call('CreateKeyPair', { KeyName: 'x'.repeat(255) }).KeyPairId);
});

test('a public key is imported under a name, and what is no key is not', () => {
  const account = testAccount();
  const importKey = (KeyName: string, text: string) =>
    account.call('ImportKeyPair', { KeyName, PublicKeyMaterial: bytes(text) });
  equal(importKey('mine', 'ssh-rsa AAAAB3 me@here').KeyFingerprint, 'fingerprint-of-AAAAB3');
  equal(
    account.fault(() => importKey('other', 'hello')),
    'InvalidKey.Format: Key is not in valid OpenSSH public key format',
  );
  equal(
    account.faultCode(() => importKey('mine', 'ssh-rsa AAAAB3')),
    'InvalidKeyPair.Duplicate',
  );
});

test('a pair is deleted by name or id, also when it is not there', () => {
  const account = testAccount();
  account.call('CreateKeyPair', { KeyName: 'a' });
  const KeyPairId = account.call('CreateKeyPair', { KeyName: 'b' }).KeyPairId ?? '';
  equal(
    account.faultCode(() => account.call('DeleteKeyPair')),
    'MissingParameter',
  );
  ok(account.call('DeleteKeyPair', { KeyName: 'a' }).KeyPairId);
  equal(account.call('DeleteKeyPair', { KeyPairId }).KeyPairId, KeyPairId);
  deepEqual(account.call('DeleteKeyPair', { KeyName: 'a' }), { Return: true });
  equal(account.call('DescribeKeyPairs').KeyPairs?.length, 0);
});

test('pairs are described by name, id and filter', () => {
  const account = testAccount();
  account.call('CreateKeyPair', { KeyName: 'a' });
  const KeyPairId = account.call('CreateKeyPair', { KeyName: 'b' }).KeyPairId ?? '';
  const names = (request: RequestOf<'DescribeKeyPairs'>) =>
    account.call('DescribeKeyPairs', request).KeyPairs?.map((pair) => pair.KeyName);
  deepEqual(names({ KeyNames: ['a'] }), ['a']);
  deepEqual(names({ KeyPairIds: [KeyPairId] }), ['b']);
  deepEqual(names({ KeyNames: ['b'], KeyPairIds: [KeyPairId] }), ['b']);
  deepEqual(names({ Filters: [{ Name: 'key-name', Values: ['?'] }] }), ['a', 'b']);
  equal(
    account.fault(() => names({ KeyNames: ['c'] })),
    "InvalidKeyPair.NotFound: The key pair 'c' does not exist",
  );
  equal(
    account.faultCode(() => names({ KeyPairIds: ['key-0123456789abcdef0'] })),
    'InvalidKeyPair.NotFound',
  );
});
