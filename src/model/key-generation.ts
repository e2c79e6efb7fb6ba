/** What the model needs to have of cryptography: whoever builds a world hands it in. */
import type { KeyPair } from './resources/key-pair.ts';

/** A key pair that was made just now. */
export interface GeneratedKey {
  /** PEM: PKCS #1 for RSA, OpenSSH's own form for ed25519, as EC2 hands them out. With line breaks. */
  readonly privateKey: string;
  /** "ssh-rsa AAAA…" without a comment. */
  readonly publicKey: string;
  /** RSA: SHA-1 of the private key's PKCS #8 DER, hexadecimal with colons. Ed25519: see `ReadKey`. */
  readonly fingerprint: string;
}

/** A public key that somebody brought along. */
export interface ReadKey {
  readonly keyType: KeyPair['keyType'];
  /** "ssh-rsa AAAA…" without a comment. */
  readonly publicKey: string;
  /** RSA: MD5 of the public key's DER, hexadecimal with colons. Ed25519: SHA-256 of the SSH form, base64. */
  readonly fingerprint: string;
}

/** Makes and reads keys. Both answer at once: an action is synchronous. */
export interface KeyGeneration {
  /** A new pair: RSA of 2048 bits, or ed25519. */
  generate(keyType: KeyPair['keyType']): GeneratedKey;
  /** The key in the text (OpenSSH, RFC 4716, or base64 of DER); undefined when it holds none that EC2 takes. */
  read(text: string): ReadKey | undefined;
}

/** For worlds in which nobody makes keys. Both throw. */
export const NO_KEY_GENERATION: KeyGeneration = {
  generate: () => missing(),
  read: () => missing(),
};

function missing(): never {
  throw new Error('this world was built without key generation');
}
