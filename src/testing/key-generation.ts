/** Keys for tests: texts of the right shape that hold no key, one different from the other. */
import type { KeyGeneration } from '../model/key-generation.ts';

/** Counts the keys it makes. It reads "ssh-rsa X" and "ssh-ed25519 X" and nothing else. */
export function fakeKeyGeneration(): KeyGeneration {
  let made = 0;
  return {
    generate(keyType) {
      made++;
      return {
        privateKey: `-----BEGIN ${keyType} PRIVATE KEY-----\n${made}\n-----END ${keyType} PRIVATE KEY-----\n`,
        publicKey: `ssh-${keyType} AAAA${made}`,
        fingerprint: `fingerprint-${made}`,
      };
    },
    read(text) {
      const match = /^ssh-(rsa|ed25519) (\S+)/.exec(text);
      if (!match) return undefined;
      const [publicKey, , body = ''] = match;
      return { keyType: match[1] === 'rsa' ? 'rsa' : 'ed25519', publicKey, fingerprint: `fingerprint-of-${body}` };
    },
  };
}
