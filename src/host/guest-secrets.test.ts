import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { secretsBelow } from './guest-secrets.ts';

test('what others may not read is a secret, down to the depth asked for, and links are not followed', () => {
  const top = mkdtempSync(join(tmpdir(), 'secrets-'));
  try {
    const put = (path: string, mode: number): void => {
      writeFileSync(join(top, path), '');
      chmodSync(join(top, path), mode);
    };
    for (const folder of ['open', 'open/deep', 'shut']) mkdirSync(join(top, folder));
    put('public', 0o644);
    put('key', 0o640);
    put('open/key', 0o600);
    put('open/deep/key', 0o600);
    put('shut/anything', 0o644);
    chmodSync(join(top, 'shut'), 0o750);
    symlinkSync('key', join(top, 'link'));
    const found = (depth: number): string[] =>
      secretsBelow(top, depth)
        .map((secret) => `${secret.kind} ${secret.path.slice(top.length)} ${secret.mode.toString(8)}`)
        .sort();
    assert.deepEqual(found(1), ['directory /shut 750', 'file /key 640']);
    assert.deepEqual(found(2), ['directory /shut 750', 'file /key 640', 'file /open/key 600']);
    assert.equal(found(3).length, 4);
    assert.deepEqual(secretsBelow(join(top, 'missing'), 3), []);
  } finally {
    rmSync(top, { recursive: true });
  }
});
