/** Keys of key pairs with Node's cryptography: makes real ones, and reads those that people bring along. */
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import type { GeneratedKey, KeyGeneration, ReadKey } from '../model/key-generation.ts';

/** Bits of RSA keys that EC2 makes. */
const RSA_BITS = 2048;
/** Bits of RSA keys that EC2 takes (user guide, "Create a key pair using a third-party tool"). */
const IMPORTABLE_RSA_BITS = new Set([1024, 2048, 4096]);
/** No key that EC2 takes is longer as text. */
const MAX_TEXT_CHARACTERS = 16_384;
const ED25519_KEY_BYTES = 32;

/** Real keys; the randomness is the operating system's, not a seed's. */
export const keyGeneration: KeyGeneration = {
  generate: (keyType) => (keyType === 'rsa' ? generateRsa() : generateEd25519()),
  read: (text) => (text.length > MAX_TEXT_CHARACTERS ? undefined : readKey(text.trim())),
};

function generateRsa(): GeneratedKey {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: RSA_BITS });
  const der = privateKey.export({ type: 'pkcs8', format: 'der' });
  return {
    privateKey: privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
    publicKey: openSshText('ssh-rsa', rsaBlob(publicKey)),
    fingerprint: colons(createHash('sha1').update(der).digest()),
  };
}

function generateEd25519(): GeneratedKey {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const publicBytes = base64Url(publicKey.export({ format: 'jwk' }).x);
  const blob = ed25519Blob(publicBytes);
  return {
    privateKey: openSshPrivateKey(blob, publicBytes, base64Url(privateKey.export({ format: 'jwk' }).d)),
    publicKey: openSshText('ssh-ed25519', blob),
    fingerprint: sha256Fingerprint(blob),
  };
}

/**
 * OpenSSH's own form of an unencrypted private key (openssh-portable, PROTOCOL.key), which is the form EC2 hands out
 * ed25519 keys in.
 */
function openSshPrivateKey(blob: Buffer, publicBytes: Buffer, privateBytes: Buffer): string {
  const check = randomBytes(4);
  const secret = Buffer.concat([
    check,
    check,
    field('ssh-ed25519'),
    field(publicBytes),
    field(Buffer.concat([privateBytes, publicBytes])),
    field(''),
  ]);
  // Padded with 1, 2, 3 … to the block size of the cipher "none".
  const padding = Buffer.from(Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, index) => index + 1));
  const body = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    field('none'),
    field('none'),
    field(''),
    uint32(1),
    field(blob),
    field(Buffer.concat([secret, padding])),
  ]);
  const lines = body.toString('base64').replace(/.{1,70}/g, '$&\n');
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines}-----END OPENSSH PRIVATE KEY-----\n`;
}

function readKey(text: string): ReadKey | undefined {
  const openSsh = /^ssh-(?:rsa|ed25519)\s+([A-Za-z0-9+/=]+)(?:\s|$)/.exec(text);
  if (openSsh) return readBlob(Buffer.from(openSsh[1] ?? '', 'base64'));
  const rfc4716 = /^---- BEGIN SSH2 PUBLIC KEY ----\r?\n([\s\S]*?)\r?\n---- END SSH2 PUBLIC KEY ----/.exec(text);
  if (rfc4716) return readBlob(Buffer.from(rfc4716Body(rfc4716[1] ?? ''), 'base64'));
  return readDer(/^-----BEGIN PUBLIC KEY-----([\s\S]*?)-----END PUBLIC KEY-----/.exec(text)?.[1] ?? text);
}

/** The lines after the headers; a header goes on over lines that end with a backslash (RFC 4716 section 3.3). */
const rfc4716Body = (text: string): string =>
  text
    .replace(/\\\r?\n/g, '')
    .split(/\r?\n/)
    .filter((line) => !line.includes(':'))
    .join('');

/** A key in SSH's wire form (RFC 4253 section 6.6, RFC 8709). */
function readBlob(blob: Buffer): ReadKey | undefined {
  const [name, first, second, ...rest] = fieldsOf(blob);
  if (name === undefined || first === undefined || rest.length > 0) return undefined;
  if (name.toString() === 'ssh-ed25519' && second === undefined && first.length === ED25519_KEY_BYTES) {
    return readEd25519(first);
  }
  if (name.toString() !== 'ssh-rsa' || second === undefined) return undefined;
  const jwk = { kty: 'RSA', e: unsigned(first).toString('base64url'), n: unsigned(second).toString('base64url') };
  return readObject(() => createPublicKey({ key: jwk, format: 'jwk' }));
}

/** Base64 of a SubjectPublicKeyInfo. */
function readDer(text: string): ReadKey | undefined {
  const compact = text.replace(/\s/g, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(compact)) return undefined;
  const key = Buffer.from(compact, 'base64');
  return readObject(() => createPublicKey({ key, format: 'der', type: 'spki' }));
}

/** Whatever the cryptography refuses is no key. */
function readObject(make: () => KeyObject): ReadKey | undefined {
  let key: KeyObject;
  try {
    key = make();
  } catch {
    return undefined;
  }
  if (key.asymmetricKeyType === 'ed25519') return readEd25519(base64Url(key.export({ format: 'jwk' }).x));
  if (key.asymmetricKeyType !== 'rsa') return undefined;
  if (!IMPORTABLE_RSA_BITS.has(key.asymmetricKeyDetails?.modulusLength ?? 0)) return undefined;
  const der = key.export({ type: 'spki', format: 'der' });
  return {
    keyType: 'rsa',
    publicKey: openSshText('ssh-rsa', rsaBlob(key)),
    fingerprint: colons(createHash('md5').update(der).digest()),
  };
}

function readEd25519(publicBytes: Buffer): ReadKey {
  const blob = ed25519Blob(publicBytes);
  return { keyType: 'ed25519', publicKey: openSshText('ssh-ed25519', blob), fingerprint: sha256Fingerprint(blob) };
}

const openSshText = (name: string, blob: Buffer): string => `${name} ${blob.toString('base64')}`;

/** That EC2 leaves the padding of base64 in place is unconfirmed. */
const sha256Fingerprint = (blob: Buffer): string => createHash('sha256').update(blob).digest('base64');

const colons = (digest: Buffer): string => digest.toString('hex').replace(/..(?=.)/g, '$&:');

const ed25519Blob = (publicBytes: Buffer): Buffer => Buffer.concat([field('ssh-ed25519'), field(publicBytes)]);

function rsaBlob(key: KeyObject): Buffer {
  const { e, n } = key.export({ format: 'jwk' });
  return Buffer.concat([field('ssh-rsa'), field(signed(base64Url(e))), field(signed(base64Url(n)))]);
}

/** An "mpint" of RFC 4251: positive numbers whose first bit is set begin with a zero. */
const signed = (bytes: Buffer): Buffer => ((bytes[0] ?? 0) >= 128 ? Buffer.concat([Buffer.of(0), bytes]) : bytes);
const unsigned = (bytes: Buffer): Buffer => (bytes[0] === 0 ? bytes.subarray(1) : bytes);

const base64Url = (text: string | undefined): Buffer => Buffer.from(text ?? '', 'base64url');

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** A "string" of RFC 4251: its length, then its bytes. */
function field(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([uint32(bytes.length), bytes]);
}

/** The strings that a blob is made of; none when it is cut off. */
function fieldsOf(blob: Buffer): Buffer[] {
  const fields: Buffer[] = [];
  let offset = 0;
  while (offset < blob.length) {
    if (offset + 4 > blob.length) return [];
    const end = offset + 4 + blob.readUInt32BE(offset);
    if (end > blob.length) return [];
    fields.push(blob.subarray(offset + 4, end));
    offset = end;
  }
  return fields;
}
