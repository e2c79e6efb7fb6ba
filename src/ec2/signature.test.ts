/** Requests signed by the official SDK verify; tampered ones do not. */
import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { test } from 'node:test';
import { DescribeVpcsCommand, EC2Client } from '@aws-sdk/client-ec2';
import fc from 'fast-check';
import { Fault } from '../model/fault.ts';
import { scopeOf } from './caller.ts';
import type { Hash } from './hash.ts';
import type { HttpRequest } from './http.ts';
import { readClaim, verifyClaim } from './signature.ts';

const hash: Hash = {
  sha256: (data) => createHash('sha256').update(data).digest(),
  hmacSha256: (key, data) => createHmac('sha256', key).update(data).digest(),
};
const SECRETS = new Map([['AKIAEXAMPLE', 'secret/with+signs']]);
const NOW_MS = Date.UTC(2024, 0, 2, 3, 4, 5);

interface Sent {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

async function signedBySdk(secretAccessKey = 'secret/with+signs'): Promise<HttpRequest> {
  const sent: Sent[] = [];
  const client = new EC2Client({
    region: 'eu-west-1',
    endpoint: 'http://127.0.0.1:4566',
    systemClockOffset: NOW_MS - Date.now(),
    credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey },
    requestHandler: {
      async handle(request: Sent) {
        sent.push(request);
        return {
          response: { statusCode: 200, headers: {}, body: new TextEncoder().encode('<DescribeVpcsResponse/>') },
        };
      },
    },
  });
  await client.send(new DescribeVpcsCommand({ VpcIds: ['vpc-ü 1'] }));
  const [request] = sent;
  assert.ok(request);
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  return {
    method: request.method,
    target: '/',
    headers,
    body: new TextEncoder().encode(String(request.body)),
    nowMs: NOW_MS,
  };
}

const verify = (request: HttpRequest): void => verifyClaim(readClaim(request), request, SECRETS, hash);

test('a request signed by the SDK verifies, and names its key, Region and service', async () => {
  const request = await signedBySdk();
  verify(request);
  const claim = readClaim(request);
  assert.equal(claim?.accessKeyId, 'AKIAEXAMPLE');
  assert.equal(claim?.region, 'eu-west-1');
  assert.equal(claim?.service, 'ec2');
});

test('a request whose body, header, method, query or time was changed does not verify', async () => {
  const request = await signedBySdk();
  const changed: readonly HttpRequest[] = [
    { ...request, body: new TextEncoder().encode('Action=DeleteVpc&Version=2016-11-15&VpcId=vpc-1') },
    { ...request, headers: { ...request.headers, host: 'elsewhere:4566' } },
    { ...request, method: 'GET' },
    { ...request, target: '/?Action=DeleteVpc' },
    { ...request, target: '/other' },
    { ...request, headers: { ...request.headers, 'x-amz-date': '20240102T030406Z' } },
  ];
  for (const one of changed) assert.throws(() => verify(one), { code: 'AuthFailure' });
});

test('a wrong secret, an unknown key and no signature are refused', async () => {
  const forged = await signedBySdk('another secret');
  assert.throws(() => verify(forged), { code: 'AuthFailure' });
  const request = await signedBySdk();
  assert.throws(() => verifyClaim(readClaim(request), request, new Map(), hash), { code: 'AuthFailure' });
  const { authorization: _, ...headers } = request.headers;
  assert.throws(() => verify({ ...request, headers }), { code: 'MissingAuthenticationToken' });
});

test('a signature holds for fifteen minutes either way', async () => {
  const request = await signedBySdk();
  const minute = 60_000;
  for (const minutes of [-14, 14]) verify({ ...request, nowMs: NOW_MS + minutes * minute });
  for (const minutes of [-16, 16]) {
    assert.throws(() => verify({ ...request, nowMs: NOW_MS + minutes * minute }), { code: 'RequestExpired' });
  }
});

test('a signed URL is the example of AWS’s documentation, with its key and date, and verifies', () => {
  const query =
    'Action=ListUsers&Version=2010-05-08&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fus-east-1%2Fiam%2Faws4_request&X-Amz-Date=20150830T123600Z&X-Amz-Expires=60&X-Amz-SignedHeaders=content-type%3Bhost';
  const request = (signature: string): HttpRequest => ({
    method: 'GET',
    target: `/?${query}&X-Amz-Signature=${signature}`,
    headers: { host: 'iam.amazonaws.com', 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    body: new Uint8Array(),
    nowMs: Date.UTC(2015, 7, 30, 12, 36, 30),
  });
  const secrets = new Map([['AKIDEXAMPLE', 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY']]);
  const good = request('37ac2f4fde00b0ac9bd9eadeb459b1bbee224158d66e7ae5fcadb70b2d181d02');
  verifyClaim(readClaim(good), good, secrets, hash);
  const late = { ...good, nowMs: Date.UTC(2015, 7, 30, 12, 37, 1) };
  assert.throws(() => verifyClaim(readClaim(late), late, secrets, hash), { code: 'RequestExpired' });
  const bad = request('0'.repeat(64));
  assert.throws(() => verifyClaim(readClaim(bad), bad, secrets, hash), { code: 'AuthFailure' });
});

test('a broken signature is a fault, whatever it is', () => {
  const headers = (authorization: string) => ({ authorization, host: 'localhost' });
  const header = fc.oneof(
    fc.string(),
    fc.string().map((rest) => `AWS4-HMAC-SHA256 Credential=${rest}`),
  );
  fc.assert(
    fc.property(header, (authorization) => {
      const request = {
        method: 'POST',
        target: '/',
        headers: headers(authorization),
        body: new Uint8Array(),
        nowMs: 0,
      };
      assert.throws(() => readClaim(request), Fault);
    }),
  );
});

test('the account is an access key that has the form of one, and the Region that of the scope or the host', () => {
  const claim = (accessKeyId: string, region: string) => ({
    accessKeyId,
    region,
    date: '20240102',
    service: 'ec2',
    signedHeaders: [],
    signature: '',
    signedAt: undefined,
    expiresSeconds: undefined,
    in: 'header' as const,
  });
  assert.deepEqual(scopeOf(claim('111122223333', 'eu-west-1'), undefined), {
    account: '111122223333',
    region: 'eu-west-1',
  });
  assert.deepEqual(scopeOf(claim('AKIAEXAMPLE', 'us-west-2'), undefined), {
    account: '123456789012',
    region: 'us-west-2',
  });
  assert.deepEqual(scopeOf(undefined, undefined), { account: '123456789012', region: 'us-east-1' });
  assert.equal(scopeOf(undefined, 'ec2.eu-central-1.amazonaws.com').region, 'eu-central-1');
  assert.equal(scopeOf(undefined, 'ec2.nowhere-1.amazonaws.com').region, 'us-east-1');
  assert.throws(() => scopeOf(claim('test', 'nowhere-9'), undefined), { code: 'AuthFailure' });
});
