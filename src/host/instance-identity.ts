/**
 * localvpc's own key, with which it signs instance identity documents as AWS does with its keys, and its certificate.
 *
 * AWS has a DSA, an RSA-1024 and an RSA-2048 certificate for the three signatures (user guide, verify-iid); here one
 * RSA-2048 key with SHA-256 signs all of them, so that one certificate verifies each. Key and certificate are made when
 * they are first asked for, which takes a tenth of a second, and the key is kept in the data folder.
 */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { IdentitySigner } from '../services/identity-signer.ts';
import { bits, context, nothing, objectIdentifier, octets, sequence, setOf, time, unsigned, utf8 } from './der.ts';

const KEY_FILE = 'instance-identity-key.pem';
const RSA_BITS = 2048;
const PEM_LINE_CHARACTERS = 64;

/** Object identifiers of RFC 5280, 5652 and 8017. */
const COMMON_NAME = '2.5.4.3';
const RSA_ENCRYPTION = '1.2.840.113549.1.1.1';
const SHA256_WITH_RSA = '1.2.840.113549.1.1.11';
const SHA256 = '2.16.840.1.101.3.4.2.1';
const DATA = '1.2.840.113549.1.7.1';
const SIGNED_DATA = '1.2.840.113549.1.7.2';

/** So that the same key always has the same certificate, it is not of the day on which it was made. */
const VALID_FROM = '20200101000000Z';
/** RFC 5280, 4.1.2.5: no well-defined end. */
const VALID_TO = '99991231235959Z';
const NAME = 'localvpc instance identity';

interface Identity {
  readonly key: KeyObject;
  readonly certificate: Buffer;
}

/** The key of one data folder, or of one run. */
export class InstanceIdentity implements IdentitySigner {
  #identity: Identity | undefined;

  /** @param directory where the key is kept; undefined to keep it in memory only */
  constructor(private readonly directory: string | undefined) {}

  /** The certificate that verifies the signatures, as PEM. */
  certificate(): string {
    const body = lines(this.#made().certificate);
    return `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`;
  }

  signature(document: string): string {
    return lines(rsaSignature(this.#made().key, Buffer.from(document)));
  }

  pkcs7(document: string): string {
    return lines(signedData(this.#made(), Buffer.from(document)));
  }

  #made(): Identity {
    if (!this.#identity) {
      const key = this.directory === undefined ? newKey() : keptKey(join(this.directory, KEY_FILE));
      this.#identity = { key, certificate: certificateOf(key) };
    }
    return this.#identity;
  }
}

const newKey = (): KeyObject => generateKeyPairSync('rsa', { modulusLength: RSA_BITS }).privateKey;

function keptKey(path: string): KeyObject {
  try {
    return createPrivateKey(readFileSync(path));
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'ENOENT') throw error;
  }
  const key = newKey();
  writeFileSync(path, key.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  return key;
}

const rsaSignature = (key: KeyObject, data: Uint8Array): Buffer => sign('sha256', data, key);

const algorithm = (identifier: string): Buffer => sequence(objectIdentifier(identifier), nothing());

const issuer = (): Buffer => sequence(setOf(sequence(objectIdentifier(COMMON_NAME), utf8(NAME))));

const publicKeyOf = (key: KeyObject): Buffer => createPublicKey(key).export({ type: 'spki', format: 'der' });

/** Eight bytes of the key's own hash: unique for whoever has several certificates of localvpc. */
const serialNumberOf = (key: KeyObject): Buffer =>
  unsigned(Buffer.concat([Buffer.of(1), createHash('sha256').update(publicKeyOf(key)).digest().subarray(0, 8)]));

/** A self-signed certificate of version 1 (RFC 5280, 4.1). */
function certificateOf(key: KeyObject): Buffer {
  const signed = sequence(
    serialNumberOf(key),
    algorithm(SHA256_WITH_RSA),
    issuer(),
    sequence(time(VALID_FROM), time(VALID_TO)),
    issuer(),
    publicKeyOf(key),
  );
  return sequence(signed, algorithm(SHA256_WITH_RSA), bits(rsaSignature(key, signed)));
}

/** PKCS #7 (RFC 5652, 5) with the document in it, and without the certificate, as on AWS. */
function signedData({ key }: Identity, document: Uint8Array): Buffer {
  const signer = sequence(
    unsigned(Buffer.of(1)),
    sequence(issuer(), serialNumberOf(key)),
    algorithm(SHA256),
    algorithm(RSA_ENCRYPTION),
    octets(rsaSignature(key, document)),
  );
  const content = sequence(objectIdentifier(DATA), context(0, octets(document)));
  const body = sequence(unsigned(Buffer.of(1)), setOf(algorithm(SHA256)), content, setOf(signer));
  return sequence(objectIdentifier(SIGNED_DATA), context(0, body));
}

/** Base64 in lines, as PEM has it. */
const lines = (bytes: Buffer): string =>
  (bytes.toString('base64').match(new RegExp(`.{1,${PEM_LINE_CHARACTERS}}`, 'g')) ?? []).join('\n');
