import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict';
import { createHash, createPrivateKey, createPublicKey } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { keyGeneration } from './key-generation.ts';

/** A key that ssh-keygen made, with the fingerprint that ssh-keygen -l prints for it. */
const ED25519 = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPOLDk3E+YofZcu52RFzpmUMOcoMKfC8SYSX+R1/4b/o';
const ED25519_FINGERPRINT = 'aBWYq2O2RN+VWQ0AVbZ5TppfST4wZbyc1QUOfjhCr3E';

test('a new RSA key is a private key of 2048 bits with the SHA-1 of its PKCS #8 form', () => {
  const key = keyGeneration.generate('rsa');
  match(key.privateKey, /^-----BEGIN RSA PRIVATE KEY-----\n/);
  const object = createPrivateKey(key.privateKey);
  equal(object.asymmetricKeyDetails?.modulusLength, 2048);
  const sha1 = createHash('sha1')
    .update(object.export({ type: 'pkcs8', format: 'der' }))
    .digest('hex');
  equal(key.fingerprint.replaceAll(':', ''), sha1);
});

test('the public half of a new RSA key is read back, with an MD5 fingerprint', () => {
  const { privateKey, publicKey } = keyGeneration.generate('rsa');
  const read = keyGeneration.read(`${publicKey} somebody@somewhere`);
  const der = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  const md5 = createHash('md5').update(der).digest('hex');
  deepEqual(
    { ...read, fingerprint: read?.fingerprint.replaceAll(':', '') },
    { keyType: 'rsa', publicKey, fingerprint: md5 },
  );
  equal(keyGeneration.read(der.toString('base64'))?.publicKey, publicKey);
});

test('a new ed25519 key has one fingerprint, made here or brought along', () => {
  const { privateKey, publicKey, fingerprint } = keyGeneration.generate('ed25519');
  match(privateKey, /^-----BEGIN OPENSSH PRIVATE KEY-----\n[\s\S]*\n-----END OPENSSH PRIVATE KEY-----\n$/);
  deepEqual(keyGeneration.read(publicKey), { keyType: 'ed25519', publicKey, fingerprint });
  notEqual(keyGeneration.generate('ed25519').publicKey, publicKey);
});

test('the fingerprint of an ed25519 key is the one of ssh-keygen', () => {
  equal(keyGeneration.read(ED25519)?.fingerprint.replace(/=+$/, ''), ED25519_FINGERPRINT);
});

test('RFC 4716 text with headers holds the same key', () => {
  const body = ED25519.split(' ')[1] ?? '';
  const text = `---- BEGIN SSH2 PUBLIC KEY ----\nComment: "me \\\nand you"\n${body}\n---- END SSH2 PUBLIC KEY ----\n`;
  equal(keyGeneration.read(text)?.publicKey, ED25519);
});

test('a key that is cut off, of another kind, or no key at all is not read', () => {
  for (const text of ['', 'ssh-rsa', 'ssh-rsa AAAA', ED25519.slice(0, 60), 'ssh-dss AAAAB3NzaC1kc3M=', 'AAAA']) {
    equal(keyGeneration.read(text), undefined, text);
  }
});

test('no text makes reading throw', () => {
  const blob = fc.base64String({ maxLength: 400 }).map((body) => `ssh-rsa ${body}`);
  fc.assert(
    fc.property(fc.oneof(fc.string(), blob), (text) => {
      const key = keyGeneration.read(text);
      ok(key === undefined || key.publicKey.startsWith('ssh-'));
    }),
    { numRuns: 300 },
  );
});
