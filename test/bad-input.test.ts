/** What careless and hostile clients send: the answer says what is wrong, and the server lives on. */
import { equal, match, notEqual, ok } from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { DescribeVpcsCommand } from '@aws-sdk/client-ec2';
import fc from 'fast-check';
import { LocalVpc } from './fixture/localvpc.ts';

let localvpc: LocalVpc;
let pid = 0;

before(async () => {
  localvpc = await LocalVpc.start();
  ({ pid } = await localvpc.status());
});
after(async () => {
  equal((await localvpc.status()).pid, pid, 'the same process has answered everything');
  equal((await localvpc.ec2.send(new DescribeVpcsCommand({}))).Vpcs?.length, 1);
  await localvpc.close();
});

const VERSION = 'Version=2016-11-15';

interface Answer {
  readonly status: number;
  readonly body: string;
}

async function post(body: string | Uint8Array, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const response = await fetch(localvpc.url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: typeof body === 'string' ? body : new Blob([body]),
  });
  return { status: response.status, body: await response.text() };
}

/** An EC2 error document with this code. */
function isError({ status, body }: Answer, code: string): void {
  ok(status >= 400 && status < 500, `${status} ${body}`);
  match(body, /^<\?xml version="1\.0" encoding="UTF-8"\?>\s*<Response><Errors><Error>/);
  equal(/<Code>([^<]*)<\/Code>/.exec(body)?.[1], code, body);
  match(body, /<Message>[^<]+<\/Message>/);
  match(body, /<RequestID>[0-9a-f-]{36}<\/RequestID>/);
}

test('an unknown action, no action, another version: each has its error', async () => {
  isError(await post(`Action=MakeCoffee&${VERSION}`), 'InvalidAction');
  isError(await post(VERSION), 'MissingAction');
  isError(await post(''), 'MissingAction');
  isError(await post('Action=DescribeVpcs&Version=1999-01-01'), 'NoSuchVersion');
});

test('an operation that exists and is not served says so', async () => {
  const answer = await post(`Action=CreateFpgaImage&${VERSION}`);
  ok(answer.status >= 400 && answer.status < 600);
  match(answer.body, /localvpc does not serve CreateFpgaImage/);
});

test('missing, unknown and mistyped parameters have errors of their own', async () => {
  isError(await post(`Action=CreateSubnet&${VERSION}`), 'MissingParameter');
  isError(await post(`Action=DescribeVpcs&${VERSION}&Colour=green`), 'UnknownParameter');
  isError(await post(`Action=DescribeVpcs&${VERSION}&DryRun=perhaps`), 'InvalidParameterValue');
  isError(await post(`Action=CreateVpc&${VERSION}&CidrBlock=10.0.0.0/99`), 'InvalidParameterValue');
  isError(await post(`Action=DescribeVpcs&${VERSION}&VpcId.1=vpc-0123456789abcdef0`), 'InvalidVpcID.NotFound');
  isError(await post(`Action=DescribeVpcs&${VERSION}&VpcId.1=vpc-nonsense`), 'InvalidVpcID.Malformed');
});

test('a body that is cut off, no text or badly encoded is an error', async () => {
  isError(await post(new Uint8Array([0xff, 0xfe, 0x00, 0x80])), 'MalformedQueryString');
  isError(await post(`Action=DescribeVpcs&${VERSION}&Filter.1.Name=%E0%A4%A`), 'MalformedQueryString');
});

test('a huge body is refused with an error that is read, and the next call is answered', async () => {
  isError(await post(`Action=DescribeVpcs&${VERSION}&Padding=${'x'.repeat(20_000_000)}`), 'RequestEntityTooLarge');
  equal((await post(`Action=DescribeVpcs&${VERSION}`)).status, 200);
});

test('a client that promises a body and goes away leaves no trace', async () => {
  for (const cut of ['POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nAction=Desc', 'POST / HT', '\0\0\0']) {
    const { port, hostname } = new URL(localvpc.url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(cut);
    socket.destroySoon();
    await once(socket, 'close');
  }
  equal((await post(`Action=DescribeVpcs&${VERSION}`)).status, 200);
});

test('deep, many and contradictory list members do no harm', async () => {
  const deep = `A${'.1'.repeat(5000)}=x`;
  const many = Array.from({ length: 5000 }, (_, index) => `Filter.${index + 1}.Name=x`).join('&');
  for (const parameters of [deep, many, 'Filter.99999999999.Name=x', 'Filter=x&Filter.1.Name=y', '__proto__.x=1']) {
    const { status, body } = await post(`Action=DescribeVpcs&${VERSION}&${parameters}`);
    ok(status >= 400 && status < 500, `${parameters.slice(0, 40)}: ${status} ${body.slice(0, 300)}`);
  }
});

test('whatever bytes are sent, the answer is no 500 and the next call is served', async () => {
  const value = fc.oneof(fc.string(), fc.constantFrom('10.0.0.0/16', 'vpc-0123456789abcdef0', '-1', '%', 'true'));
  const name = fc.constantFrom(
    ...['VpcId', 'VpcId.1', 'Filter.1.Name', 'Filter.1.Value.1', 'CidrBlock', 'MaxResults', 'NextToken', 'DryRun'],
    ...[
      'GroupId',
      'IpPermissions.1.IpProtocol',
      'IpPermissions.1.FromPort',
      'SubnetId',
      'TagSpecification.1.Tag.1.Key',
    ],
  );
  const action = fc.constantFrom(
    ...['DescribeVpcs', 'CreateVpc', 'CreateSubnet', 'AuthorizeSecurityGroupIngress', 'RunInstances', 'CreateTags'],
    ...['DescribeInstances', 'CreateRoute', 'AssociateAddress', 'CreateNetworkAclEntry', 'AttachNetworkInterface'],
  );
  await fc.assert(
    fc.asyncProperty(action, fc.array(fc.tuple(name, value), { maxLength: 6 }), async (called, parameters) => {
      const query = parameters.map(([key, text]) => `${key}=${encodeURIComponent(text)}`);
      // Only what would change something is asked for as a rehearsal, so that the account stays as it was.
      const { status } = await post([`Action=${called}`, VERSION, 'DryRun=true', ...query].join('&'));
      ok(status === 200 || (status >= 400 && status < 500), `${status}`);
    }),
    { numRuns: 300 },
  );
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
      const { status } = await post(bytes);
      ok(status >= 400 && status < 500, `${status}`);
    }),
    { numRuns: 200 },
  );
});

test("localvpc's own paths refuse what they cannot read, with a reason", async () => {
  for (const [path, init] of [
    ['trace', { method: 'POST', body: '{' }],
    ['trace', { method: 'POST', body: '{"from":"i-nobody","to":"internet","protocol":"tcp","port":80}' }],
    ['instances/%00/entry', {}],
    ['capture?interface=eni-nobody', {}],
    ['nothing', {}],
  ] as const) {
    const response = await fetch(`${localvpc.url}/_localvpc/${path}`, init);
    ok(response.status >= 400 && response.status < 500, `${path}: ${response.status}`);
    notEqual(/"error":"(.+)"/.exec(await response.text())?.[1], undefined);
  }
});

test('a page of another site can neither change nor end anything', async () => {
  for (const path of ['_localvpc/reset', '_localvpc/shutdown']) {
    const headers = { origin: 'http://example.com' };
    equal((await fetch(`${localvpc.url}/${path}`, { method: 'POST', headers })).status, 403);
  }
});
