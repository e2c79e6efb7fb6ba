/** The key that signs identity documents: kept where there is a folder, and its certificate a real one. */
import { equal, notEqual, ok } from 'node:assert/strict';
import { verify, X509Certificate } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { InstanceIdentity } from './instance-identity.ts';

test('the certificate is signed by its own key and verifies what the key signs', () => {
  const identity = new InstanceIdentity(undefined);
  const certificate = new X509Certificate(identity.certificate());
  ok(certificate.verify(certificate.publicKey));
  const signature = Buffer.from(identity.signature('a document'), 'base64');
  ok(verify('sha256', Buffer.from('a document'), certificate.publicKey, signature));
  ok(!verify('sha256', Buffer.from('another'), certificate.publicKey, signature));
});

test('key and certificate of a folder outlive the process, and nobody else may read the key', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'identity-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const made = new InstanceIdentity(folder).certificate();
  equal(new InstanceIdentity(folder).certificate(), made);
  const [file = ''] = readdirSync(folder);
  equal(statSync(join(folder, file)).mode & 0o777, 0o600);
  notEqual(new InstanceIdentity(undefined).certificate(), made);
});
