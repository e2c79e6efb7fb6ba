import { deepEqual, equal, notEqual, ok } from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { ipv4, ipv6 } from '../net/address.ts';
import type { Ipv6Cidr } from '../net/cidr.ts';
import { formatMac } from '../net/mac.ts';
import { instanceId, interfaceId, NOW_MS, primary, viewWith } from '../testing/metadata-view.ts';
import { answerMetadata, type MetadataParts, type MetadataRequest, type MetadataResponse } from './metadata.ts';
import type { TokenHash } from './metadata-token.ts';
import type { MetadataInterface, MetadataView } from './metadata-view.ts';

const LIFETIME = 'x-aws-ec2-metadata-token-ttl-seconds';
const TOKEN = 'x-aws-ec2-metadata-token';
const ID = '/latest/meta-data/instance-id';

const hash: TokenHash = {
  hmacSha256: (key, data) => Uint8Array.from(createHmac('sha256', key).update(data).digest()),
};

let drawn = 0;
const partsAt = (nowMs: number): MetadataParts => ({
  signer: { signature: (document) => `signature of ${document}`, pkcs7: (document) => `pkcs7 of ${document}` },
  hash,
  secret: Uint8Array.of(1, 2, 3),
  nowMs,
  randomHex: (digits) => String(drawn++).padStart(digits, '0'),
});

interface Asked {
  readonly view?: MetadataView | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly family?: MetadataRequest['family'];
  readonly nowMs?: number;
}

const ask = (method: string, path: string, asked: Asked = {}): MetadataResponse => {
  const { headers = {}, family = 'ipv4', nowMs = NOW_MS } = asked;
  const request: MetadataRequest = { kind: 'metadata', family, interfaceId: interfaceId(), method, path, headers };
  return answerMetadata(request, 'view' in asked ? asked.view : viewWith(), partsAt(nowMs));
};
const tokenFor = (seconds: number, view: MetadataView = viewWith()): string =>
  String(ask('PUT', '/latest/api/token', { view, headers: { [LIFETIME]: String(seconds) } }).body);
/** Status with a good token. */
const read = (path: string, view: MetadataView = viewWith()): MetadataResponse =>
  ask('GET', path, { view, headers: { [TOKEN]: tokenFor(60, view) } });

test('over IPv6 the service refuses unless that is enabled', () => {
  equal(ask('GET', '/latest/meta-data/mac', { family: 'ipv6' }).status, 403);
  const enabled = viewWith({}, { httpProtocolIpv6: 'enabled' });
  notEqual(ask('GET', '/latest/meta-data/mac', { family: 'ipv6', view: enabled }).status, 403);
});

test('beside AWS’s paths a guest reads driver and ENA counters of its interfaces, and of no others', () => {
  const counters = {
    bw_in_allowance_exceeded: 1,
    bw_out_allowance_exceeded: 2,
    pps_allowance_exceeded: 3,
    conntrack_allowance_exceeded: 4,
    linklocal_allowance_exceeded: 5,
    conntrack_allowance_available: 6,
  };
  const view = viewWith();
  const [one] = view.interfaces();
  ok(one);
  const mac = formatMac(one.mac);
  const headers = { [TOKEN]: tokenFor(60, view) };
  const from = (path: string, of: MetadataView, headers: Readonly<Record<string, string>>): MetadataResponse =>
    answerMetadata({ kind: 'metadata', family: 'ipv4', interfaceId: interfaceId(), method: 'GET', path, headers }, of, {
      ...partsAt(NOW_MS),
      enaCounters: { [one.id]: counters },
    });
  equal(
    from('/localvpc/ena', view, headers).body,
    view
      .interfaces()
      .map((each) => formatMac(each.mac))
      .join('\n'),
  );
  equal(
    from(`/localvpc/ena/${mac}`, view, headers).body,
    [
      'driver: ena',
      'NIC statistics:',
      '     bw_in_allowance_exceeded: 1',
      '     bw_out_allowance_exceeded: 2',
      '     pps_allowance_exceeded: 3',
      '     conntrack_allowance_exceeded: 4',
      '     linklocal_allowance_exceeded: 5',
      '     conntrack_allowance_available: 6',
    ].join('\n'),
  );
  equal(from(`/localvpc/ena/${mac}`, { ...view, driver: 'vif' }, headers).body, 'driver: vif');
  equal(from('/localvpc/ena/02:00:00:00:00:ff', view, headers).status, 404);
  equal(from(`/localvpc/ena/${mac}`, view, {}).status, 401, 'without a token');
});

test('a token opens the metadata until its time is over', () => {
  const headers = { [TOKEN]: tokenFor(60) };
  equal(ask('GET', ID, { headers }).body, instanceId('a'));
  equal(ask('GET', ID, { headers, nowMs: NOW_MS + 59_999 }).status, 200);
  equal(ask('GET', ID, { headers, nowMs: NOW_MS + 60_000 }).status, 401);
});

test('answers repeat how long the token is still good', () => {
  const granted = ask('PUT', '/latest/api/token', { headers: { [LIFETIME]: '21600' } });
  equal(granted.headers[LIFETIME], '21600');
  const later = ask('GET', ID, { headers: { [TOKEN]: tokenFor(60) }, nowMs: NOW_MS + 10_000 });
  equal(later.headers[LIFETIME], '50');
});

test('a token made within a second lives as long as was asked, and never claims to live longer', () => {
  for (const startedMs of [0, 1, 500, 999]) {
    const headers = { [LIFETIME]: '60' };
    const token = String(ask('PUT', '/latest/api/token', { headers, nowMs: NOW_MS + startedMs }).body);
    const after = (ms: number) => ask('GET', ID, { headers: { [TOKEN]: token }, nowMs: NOW_MS + startedMs + ms });
    equal(after(0).headers[LIFETIME], '60', `started ${startedMs} ms into a second`);
    equal(after(59_999).headers[LIFETIME], '1', `started ${startedMs} ms into a second`);
    equal(after(61_000).status, 401, `started ${startedMs} ms into a second`);
  }
});

test('an instance may hold several tokens at a time', () => {
  const [one, other] = [tokenFor(60), tokenFor(60)];
  notEqual(one, other);
  for (const token of [one, other]) equal(ask('GET', ID, { headers: { [TOKEN]: token } }).status, 200);
});

test('a token of one instance does not work for another', () => {
  const view = viewWith({ instanceId: instanceId('b') });
  equal(ask('GET', ID, { view, headers: { [TOKEN]: tokenFor(60) } }).status, 401);
});

test('a token with any one character changed is refused', () => {
  const token = tokenFor(60);
  for (let index = 0; index < token.length; index++) {
    const changed = `${token.slice(0, index)}${token[index] === 'B' ? 'C' : 'B'}${token.slice(index + 1)}`;
    if (index !== 53) equal(ask('GET', ID, { headers: { [TOKEN]: changed } }).status, 401, `character ${index}`);
  }
});

test('without a token the service answers where tokens are optional, and 401 where they are required', () => {
  equal(ask('GET', ID, { view: viewWith({}, { httpTokens: 'optional' }) }).status, 200);
  equal(ask('GET', ID).status, 401);
  equal(ask('GET', '/').status, 401);
});

test('a bad token is refused even where tokens are optional', () => {
  const view = viewWith({}, { httpTokens: 'optional' });
  for (const token of ['', 'nonsense', 'A'.repeat(54)]) {
    equal(ask('GET', ID, { view, headers: { [TOKEN]: token } }).status, 401, token);
  }
});

const BAD_LIFETIMES = ['0', '21601', '-1', '1.5', '1e2', ' 60', '', 'x', '99999999999999999999', '60, 60'];
for (const lifetime of BAD_LIFETIMES) {
  test(`a token for "${lifetime}" seconds is a bad request`, () => {
    equal(ask('PUT', '/latest/api/token', { headers: { [LIFETIME]: lifetime } }).status, 400);
  });
}

test('PUT of a token is refused without a lifetime, through a proxy and under a dated version', () => {
  const headers = { [LIFETIME]: '60' };
  equal(ask('PUT', '/latest/api/token').status, 400);
  equal(ask('PUT', '/latest/api/token', { headers: { ...headers, 'x-forwarded-for': '10.0.0.9' } }).status, 403);
  equal(ask('PUT', '/2021-03-23/api/token', { headers }).status, 403);
});

test('only answers to PUT carry the hop limit, refusals too', () => {
  const view = viewWith({}, { httpPutResponseHopLimit: 3 });
  equal(ask('PUT', '/latest/api/token', { view, headers: { [LIFETIME]: '60' } }).hopLimit, 3);
  equal(ask('PUT', '/latest/api/token', { view }).hopLimit, 3);
  equal(read(ID, view).hopLimit, undefined);
});

test('a disabled endpoint forbids everything', () => {
  const view = viewWith({}, { httpEndpoint: 'disabled', httpTokens: 'optional' });
  for (const [method, path] of [
    ['GET', ID],
    ['GET', '/'],
    ['PUT', '/latest/api/token'],
    ['POST', '/'],
  ] as const) {
    equal(ask(method, path, { view, headers: { [LIFETIME]: '60' } }).status, 403, `${method} ${path}`);
  }
});

test('methods that a path does not know are not allowed', () => {
  equal(ask('GET', '/latest/api/token').status, 405);
  equal(ask('POST', '/latest/api/token').status, 405);
  equal(ask('DELETE', ID).status, 405);
  equal(ask('PUT', ID).status, 405);
});

test('an interface without an instance has no metadata', () => {
  equal(ask('GET', ID, { view: undefined }).status, 404);
});

test('HEAD answers as GET does', () => {
  deepEqual(ask('HEAD', ID, { headers: { [TOKEN]: tokenFor(60) } }), read(ID));
});

test('every version holds the same, and what is no version holds nothing', () => {
  for (const version of ['latest', '1.0', '2007-01-19', '2021-03-23', '2039-01-01']) {
    equal(read(`/${version}/meta-data/instance-id`).body, instanceId('a'), version);
  }
  equal(read('/newest/meta-data/instance-id').status, 404);
  const versions = String(read('/').body).split('\n');
  equal(versions[0], '1.0');
  equal(versions.at(-1), 'latest');
});

test('a listing names what can be read and nothing else, directories with a slash', () => {
  const walk = (path: string): void => {
    for (const line of String(read(path).body).split('\n')) {
      const answer = read(`${path}${line}`);
      equal(answer.status, 200, `${path}${line}`);
      notEqual(answer.body, '', `${path}${line}`);
      if (line.endsWith('/')) walk(`${path}${line}`);
    }
  };
  walk('/latest/meta-data/');
  walk('/latest/dynamic/');
});

test('keys without a value are not found', () => {
  for (const key of ['public-ipv4', 'public-hostname', 'ipv6', 'public-keys/', 'tags/instance/', 'iam/info', 'spot/']) {
    equal(read(`/latest/meta-data/${key}`).status, 404, key);
  }
  for (const key of ['ipv6s', 'network-card', 'public-ipv4s', 'ipv4-associations/', 'subnet-ipv6-cidr-blocks']) {
    equal(read(`/latest/meta-data/network/interfaces/macs/0a:00:00:00:00:01/${key}`).status, 404, key);
  }
  equal(read('/latest/user-data').status, 404);
});

test('every leaf of an interface has its form', () => {
  const ipv6Cidr: Ipv6Cidr = { address: ipv6(0x2001_0db8n << 96n), length: 64 };
  const full: MetadataInterface = {
    ...primary,
    networkCardIndex: 1,
    publicHostName: 'ec2-198-18-0-9.compute-1.amazonaws.com',
    ipv4Addresses: [ipv4(0x0a000005), ipv4(0x0a000006)],
    ipv4Prefixes: [{ address: ipv4(0x0a000010), length: 28 }],
    ipv6Addresses: [ipv6((0x2001_0db8n << 96n) + 5n)],
    ipv6Prefixes: [{ ...ipv6Cidr, length: 80 }],
    publicAddresses: [{ publicAddress: ipv4(0xc612_0009), privateAddress: ipv4(0x0a000005) }],
    securityGroups: [...primary.securityGroups, { id: 'sg-2', name: 'ssh' }],
    subnet: { ...primary.subnet, ipv6Cidrs: [ipv6Cidr] },
    vpc: { ...primary.vpc, ipv6Cidrs: [{ ...ipv6Cidr, length: 56 }] },
  };
  const view = viewWith({ interfaces: () => [full] });
  const folder = '/latest/meta-data/network/interfaces/macs/0a:00:00:00:00:01';
  const leaves = String(read(folder, view).body).split('\n');
  deepEqual(Object.fromEntries(leaves.map((name) => [name, read(`${folder}/${name}`, view).body])), {
    'device-number': '0',
    'interface-id': full.id,
    'ipv4-associations/': '198.18.0.9',
    'ipv4-prefix': '10.0.0.16/28',
    'ipv6-prefix': '2001:db8::/80',
    ipv6s: '2001:db8::5',
    'local-hostname': 'ip-10-0-0-5.ec2.internal',
    'local-ipv4s': '10.0.0.5\n10.0.0.6',
    mac: '0a:00:00:00:00:01',
    'network-card': '1',
    'owner-id': '123456789012',
    'public-hostname': 'ec2-198-18-0-9.compute-1.amazonaws.com',
    'public-ipv4s': '198.18.0.9',
    'security-group-ids': 'sg-1\nsg-2',
    'security-groups': 'web\nssh',
    'subnet-id': 'subnet-1',
    'subnet-ipv4-cidr-block': '10.0.0.0/24',
    'subnet-ipv6-cidr-blocks': '2001:db8::/64',
    'vpc-id': 'vpc-1',
    'vpc-ipv4-cidr-block': '10.0.0.0/16',
    'vpc-ipv4-cidr-blocks': '10.0.0.0/16',
    'vpc-ipv6-cidr-blocks': '2001:db8::/56',
  });
  equal(read(`${folder}/ipv4-associations/198.18.0.9`, view).body, '10.0.0.5');
  equal(read('/latest/meta-data/public-ipv4', view).body, '198.18.0.9');
  equal(read('/latest/meta-data/ipv6', view).body, '2001:db8::5');
});

test('an instance without IPv4 has no leaf for it', () => {
  const view = viewWith({ interfaces: () => [{ ...primary, ipv4Addresses: [] }] });
  for (const leaf of ['local-ipv4', 'network/interfaces/macs/0a:00:00:00:00:01/local-ipv4s']) {
    equal(read(`/latest/meta-data/${leaf}`, view).status, 404, leaf);
  }
});

test('the identity document has AWS’s keys, null where there is nothing', () => {
  const text = String(read('/latest/dynamic/instance-identity/document').body);
  ok(text.startsWith('{\n  "accountId" : "123456789012",\n'));
  const document: unknown = JSON.parse(text);
  deepEqual(
    document,
    Object.fromEntries([
      ['accountId', '123456789012'],
      ['architecture', 'x86_64'],
      ['availabilityZone', 'us-east-1a'],
      ['billingProducts', null],
      ['devpayProductCodes', null],
      ['marketplaceProductCodes', null],
      ['imageId', 'ami-1'],
      ['instanceId', instanceId('a')],
      ['instanceType', 't3.micro'],
      ['kernelId', null],
      ['pendingTime', '2024-01-02T03:04:05Z'],
      ['privateIp', '10.0.0.5'],
      ['ramdiskId', null],
      ['region', 'us-east-1'],
      ['version', '2017-09-30'],
    ]),
  );
});

test('names of JavaScript are names like any other', () => {
  for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
    equal(read(`/latest/meta-data/${name}`).status, 404, name);
  }
});

test('slashes too many and queries change nothing', () => {
  for (const path of ['//latest//meta-data/instance-id/', `${ID}?`, `${ID}?a=/b`, '/latest/meta%2Ddata/instance-id']) {
    equal(read(path).body, instanceId('a'), path);
  }
  equal(read('/latest/%zz').status, 404);
});

test('user data comes back byte for byte', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
  const answer = read('/latest/user-data', viewWith({ userData: () => bytes }));
  deepEqual(answer.body, bytes);
  equal(answer.headers['content-type'], 'application/octet-stream');
  equal(answer.headers['content-length'], '256');
});

test('tags are there only where the instance lets them be', () => {
  const tags = { Name: 'wéb', 'no/path': 'x' };
  equal(read('/latest/meta-data/tags/instance/Name', viewWith({ tags })).status, 404);
  const view = viewWith({ tags }, { instanceMetadataTags: 'enabled' });
  equal(read('/latest/meta-data/tags/instance/', view).body, 'Name');
  const answer = read('/latest/meta-data/tags/instance/Name', view);
  equal(answer.body, 'wéb');
  equal(answer.headers['content-length'], '4');
});

test('a key is listed with its number and name', () => {
  const view = viewWith({ publicKey: () => ({ name: 'mine', openSshKey: 'ssh-ed25519 AAAA mine' }) });
  equal(read('/latest/meta-data/public-keys/', view).body, '0=mine');
  equal(read('/latest/meta-data/public-keys/0/', view).body, 'openssh-key');
  equal(read('/latest/meta-data/public-keys/0/openssh-key', view).body, 'ssh-ed25519 AAAA mine');
});

test('whatever is asked, an answer comes that says how long it is', () => {
  const text = fc.string({ unit: 'binary' });
  const segments = fc.constantFrom(
    'latest',
    'meta-data',
    'network',
    'api',
    'token',
    '',
    '..',
    '%',
    '%00',
    '2021-03-23',
  );
  const path = fc.oneof(
    text,
    fc.array(fc.oneof(segments, text)).map((names) => `/${names.join('/')}`),
  );
  const names = fc.oneof(text, fc.constantFrom(TOKEN, LIFETIME, 'x-forwarded-for'));
  const method = fc.oneof(fc.constantFrom('GET', 'PUT', 'HEAD', 'POST'), text);
  const tokens = fc.constantFrom('optional', 'required');
  fc.assert(
    fc.property(method, path, fc.dictionary(names, text), tokens, (method, path, headers, httpTokens) => {
      const { status, body, headers: answered } = ask(method, path, { view: viewWith({}, { httpTokens }), headers });
      ok([200, 400, 401, 403, 404, 405].includes(status));
      const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
      equal(answered['content-length'], String(bytes.length));
    }),
  );
});
