import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { Fault } from '../model/fault.ts';
import { kind, type Row } from '../model/kind.ts';
import { World } from '../model/world.ts';
import { type AnyAction, action } from './action.ts';
import { createEndpoint, type EndpointHost } from './dispatch.ts';
import type { HttpRequest, HttpResponse } from './http.ts';
import { MAX_BODY_BYTES } from './http.ts';

interface Note extends Row {
  readonly text: string;
}
const Note = kind<Note>()({ name: 'note-of-the-dispatch-test' });

const createSubnet = action('CreateSubnet', (request, tx) => {
  if (request.CidrBlock === 'taken') throw new Fault('InvalidSubnet.Conflict', { cidr: 'taken & <more>' });
  tx.put(Note, { id: `subnet-${tx.size(Note)}`, text: request.VpcId });
  if (request.CidrBlock === 'broken') throw new Error('a mistake of ours');
  return { Subnet: { SubnetId: `subnet-${tx.size(Note)}`, OwnerId: tx.account } };
});
const deleteSubnet = action('DeleteSubnet', () => undefined);
const createRouteTable = action('CreateRouteTable', (request, tx) => {
  tx.put(Note, { id: `rtb-${tx.size(Note)}`, text: request.VpcId });
  return { RouteTable: { RouteTableId: `rtb-${tx.size(Note)}` } };
});
const actions: readonly AnyAction[] = [createSubnet, deleteSubnet, createRouteTable];

interface TestEndpoint {
  ask(form: string, changes?: Partial<HttpRequest>): Promise<HttpResponse>;
  /** Notes that the model holds. */
  notes(): number;
  readonly mistakes: unknown[];
  nowMs: number;
}

const SCOPE = { account: '123456789012', region: 'us-east-1' };

function testEndpoint(credentials?: ReadonlyMap<string, string>): TestEndpoint {
  const world = new World({ integer: () => 0 }, () => undefined);
  const mistakes: unknown[] = [];
  const host: EndpointHost = {
    actions,
    execute: async (scope, work) => world.transact(scope, test.nowMs, work).result,
    dryRun: (scope, work) => world.transact(scope, test.nowMs, work, { dryRun: true }).result,
    hash: {
      sha256: (data) => createHash('sha256').update(data).digest(),
      hmacSha256: (key, data) => createHmac('sha256', key).update(data).digest(),
    },
    newRequestId: () => 'the-request-id',
    credentials,
    mistake: (error) => mistakes.push(error),
  };
  const endpoint = createEndpoint(host);
  const test: TestEndpoint = {
    ask: (form, changes = {}) =>
      endpoint({
        method: 'POST',
        target: '/',
        headers: { host: '127.0.0.1:4566' },
        body: new TextEncoder().encode(form),
        nowMs: test.nowMs,
        ...changes,
      }),
    notes: () => world.transact(SCOPE, 0, (tx) => tx.size(Note)).result,
    mistakes,
    nowMs: Date.UTC(2024, 0, 2),
  };
  return test;
}

const VERSION = 'Version=2016-11-15';

async function faultCode(asked: Promise<HttpResponse>): Promise<string> {
  const { status, body } = await asked;
  return `${status} ${/<Code>(.*)<\/Code>/.exec(body)?.[1]}`;
}

test('an answer is EC2’s document with the request id first', async () => {
  const { status, headers, body } = await testEndpoint().ask(`Action=CreateSubnet&${VERSION}&VpcId=vpc-1`);
  assert.equal(status, 200);
  assert.equal(headers['content-type'], 'text/xml;charset=UTF-8');
  assert.equal(
    body,
    '<?xml version="1.0" encoding="UTF-8"?><CreateSubnetResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>the-request-id</requestId><subnet><ownerId>123456789012</ownerId><subnetId>subnet-1</subnetId></subnet></CreateSubnetResponse>',
  );
});

test('an operation without output answers true, by POST and by GET', async () => {
  const endpoint = testEndpoint();
  const form = `Action=DeleteSubnet&${VERSION}&SubnetId=subnet-1`;
  assert.match((await endpoint.ask(form)).body, /<return>true<\/return><\/DeleteSubnetResponse>$/);
  const got = await endpoint.ask('', { method: 'GET', target: `/?${form}` });
  assert.match(got.body, /<return>true<\/return>/);
});

test('a fault is EC2’s error document, escaped, and leaves nothing behind', async () => {
  const endpoint = testEndpoint();
  const { status, body } = await endpoint.ask(`Action=CreateSubnet&${VERSION}&VpcId=v&CidrBlock=taken`);
  assert.equal(status, 400);
  assert.equal(
    body,
    '<?xml version="1.0" encoding="UTF-8"?><Response><Errors><Error><Code>InvalidSubnet.Conflict</Code><Message>The CIDR &apos;taken &amp; &lt;more&gt;&apos; conflicts with another subnet</Message></Error></Errors><RequestID>the-request-id</RequestID></Response>',
  );
  assert.equal(endpoint.notes(), 0);
});

test('a mistake of ours is InternalError, is reported, and undoes what the action did', async () => {
  const endpoint = testEndpoint();
  const asked = endpoint.ask(`Action=CreateSubnet&${VERSION}&VpcId=v&CidrBlock=broken`);
  assert.equal(await faultCode(asked), '500 InternalError');
  assert.equal(endpoint.mistakes.length, 1);
  assert.equal(endpoint.notes(), 0);
});

test('what is wrong with action and version is said', async () => {
  const { ask } = testEndpoint();
  assert.equal(await faultCode(ask('')), '400 MissingAction');
  assert.equal(await faultCode(ask(`Action=CreateSubnets&${VERSION}`)), '400 InvalidAction');
  assert.equal(await faultCode(ask(`Action=createSubnet&${VERSION}`)), '400 InvalidAction');
  assert.equal(await faultCode(ask('Action=CreateSubnet')), '400 MissingParameter');
  assert.equal(await faultCode(ask('Action=CreateSubnet&Version=1999-01-01')), '400 NoSuchVersion');
  const { body } = await ask(`Action=CreateFleet&${VERSION}`);
  assert.match(body, /UnsupportedOperation.*does not serve CreateFleet.*localvpc coverage/);
});

test('a dry run answers 412 after the action’s own checks, and changes nothing', async () => {
  const endpoint = testEndpoint();
  const asked = (more: string) => endpoint.ask(`Action=CreateSubnet&${VERSION}&VpcId=v&DryRun=true${more}`);
  assert.equal(await faultCode(asked('')), '412 DryRunOperation');
  assert.equal(await faultCode(asked('&CidrBlock=taken')), '400 InvalidSubnet.Conflict');
  assert.equal(endpoint.notes(), 0);
});

test('a call repeated with its token does nothing again and gets the first answer', async () => {
  const endpoint = testEndpoint();
  const asked = (vpc: string, token = 't') =>
    endpoint.ask(`Action=CreateRouteTable&${VERSION}&VpcId=${vpc}&ClientToken=${token}`);
  const first = await asked('vpc-1');
  assert.deepEqual(await asked('vpc-1'), first);
  assert.equal(endpoint.notes(), 1);
  assert.equal(await faultCode(asked('vpc-2')), '400 IdempotentParameterMismatch');
  assert.notEqual((await asked('vpc-1', 'other')).body, first.body);
  assert.equal(await faultCode(asked('vpc-1', 'x'.repeat(65))), '400 InvalidParameterValue');
  endpoint.nowMs += 25 * 60 * 60 * 1000;
  assert.notEqual((await asked('vpc-1')).body, first.body);
});

test('a token of a call that failed or ran dry is free', async () => {
  const endpoint = testEndpoint();
  const asked = (more: string) => endpoint.ask(`Action=CreateRouteTable&${VERSION}&VpcId=v&ClientToken=t${more}`);
  assert.equal(await faultCode(asked('&DryRun=true')), '412 DryRunOperation');
  assert.equal((await asked('')).status, 200);
});

test('the caller of STS is the root user of his account', async () => {
  const { ask } = testEndpoint();
  const { status, body } = await ask('Action=GetCallerIdentity&Version=2011-06-15');
  assert.equal(status, 200);
  assert.match(body, /<Arn>arn:aws:iam::123456789012:root<\/Arn>.*<Account>123456789012<\/Account>/);
  const refused = await ask('Action=AssumeRole&Version=2011-06-15');
  assert.match(refused.body, /^<ErrorResponse .*<Type>Sender<\/Type><Code>InvalidAction<\/Code>/);
});

test('with credentials configured an unsigned request is refused', async () => {
  const { ask } = testEndpoint(new Map([['key', 'secret']]));
  assert.equal(await faultCode(ask(`Action=DeleteSubnet&${VERSION}&SubnetId=s`)), '403 MissingAuthenticationToken');
});

test('requests for other services, other methods and huge bodies are refused', async () => {
  const { ask } = testEndpoint();
  assert.equal(await faultCode(ask('', { target: '/bucket/key' })), '400 UnsupportedOperation');
  assert.equal(await faultCode(ask('', { headers: { 'x-amz-target': 'X.Y' } })), '400 UnsupportedOperation');
  assert.equal(await faultCode(ask('', { method: 'DELETE' })), '400 InvalidRequest');
  assert.equal(await faultCode(ask('', { body: new Uint8Array(MAX_BODY_BYTES + 1) })), '413 RequestEntityTooLarge');
  assert.equal(await faultCode(ask('', { body: Uint8Array.of(0xff, 0xfe) })), '400 MalformedQueryString');
});

test('a page of another site is not heard unless its signature is verified', async () => {
  const form = `Action=DeleteSubnet&${VERSION}&SubnetId=s`;
  const from = async (headers: Record<string, string>) =>
    (await testEndpoint().ask(form, { headers: { host: '127.0.0.1:4566', ...headers } })).status;
  assert.equal(await from({ origin: 'http://evil.example' }), 403);
  assert.equal(await from({ origin: 'null' }), 403);
  assert.equal(await from({ origin: 'http://localhost.evil.example' }), 403);
  assert.equal(await from({ 'sec-fetch-site': 'cross-site' }), 403);
  assert.equal(await from({ host: 'rebound.evil.example:4566' }), 403);
  assert.equal(await from({ origin: 'http://localhost:3000', 'sec-fetch-site': 'same-site' }), 200);
  assert.equal(await from({ host: 'ec2.eu-west-1.amazonaws.com' }), 200);
  assert.equal(await from({ host: 'localvpc:4566' }), 200);
});

test('a preflight is answered as EC2 does, and only to pages that are heard', async () => {
  const preflight = (endpoint: TestEndpoint, origin: string) =>
    endpoint.ask('', {
      method: 'OPTIONS',
      headers: { host: 'localhost', origin, 'access-control-request-headers': 'x-a' },
    });
  const allowed = await preflight(testEndpoint(new Map()), 'http://page.example');
  assert.deepEqual(allowed.headers, {
    'access-control-allow-origin': '*',
    'access-control-allow-methods': 'GET, POST, OPTIONS, DELETE, PUT',
    'access-control-allow-headers': 'x-a',
    'access-control-max-age': '1800',
  });
  assert.equal((await preflight(testEndpoint(), 'http://page.example')).status, 403);
});

test('whatever bytes come, the answer is a document with a status and no mistake of ours', async () => {
  const endpoint = testEndpoint();
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc
      .string({ unit: 'binary' })
      .map((text) => new TextEncoder().encode(`Action=CreateSubnet&${VERSION}&VpcId=${text}`)),
  );
  const targets = fc.oneof(
    fc.constant('/'),
    fc.string().map((text) => `/?${text}`),
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom('GET', 'POST', 'PUT', 'x'), targets, bytes, async (method, target, body) => {
      const response = await endpoint.ask('', { method, target, body });
      assert.ok([200, 400, 401, 403, 413].includes(response.status), response.body);
      assert.match(response.body, /^<[?A-Z]/i);
    }),
    { numRuns: 500 },
  );
  assert.deepEqual(endpoint.mistakes, []);
});
