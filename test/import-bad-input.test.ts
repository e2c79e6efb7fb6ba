/** Descriptions that are half, contradict themselves or are no descriptions: each is named with its reason, and nothing is half taken. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { DescribeFile } from '../src/import/describe-files.ts';
import { DESCRIBED_KINDS } from '../src/import/description.ts';
import { ImportRefused, importNetwork } from '../src/import/import-network.ts';
import { readDescription } from '../src/import/read-description.ts';
import { yamlAsJson } from '../src/import/yaml-as-json.ts';
import { type TestAccount, testAccount } from '../src/testing/account.ts';

type Document = Record<string, Record<string, unknown>[]>;

/** A network of two instances as describe-JSON, to be broken. Ids are invented. */
const sound = (): Document => ({
  Vpcs: [{ VpcId: 'vpc-0a0a0a0a', CidrBlock: '10.0.0.0/16' }],
  Subnets: [
    { SubnetId: 'subnet-0a0a0a01', VpcId: 'vpc-0a0a0a0a', CidrBlock: '10.0.1.0/24', AvailabilityZone: 'us-east-1a' },
    { SubnetId: 'subnet-0a0a0a02', VpcId: 'vpc-0a0a0a0a', CidrBlock: '10.0.2.0/24', AvailabilityZone: 'us-east-1b' },
  ],
  SecurityGroups: [
    {
      GroupId: 'sg-0a0a0a0a',
      VpcId: 'vpc-0a0a0a0a',
      GroupName: 'web',
      IpPermissions: [{ IpProtocol: 'tcp', FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
    },
  ],
  RouteTables: [
    {
      RouteTableId: 'rtb-0a0a0a0a',
      VpcId: 'vpc-0a0a0a0a',
      Routes: [{ DestinationCidrBlock: '10.0.0.0/16', GatewayId: 'local' }],
      Associations: [{ RouteTableAssociationId: 'rtbassoc-0a0a0a0a', Main: true }],
    },
  ],
  NetworkInterfaces: [
    {
      NetworkInterfaceId: 'eni-0a0a0a0a',
      SubnetId: 'subnet-0a0a0a01',
      MacAddress: '02:00:00:00:00:01',
      PrivateIpAddress: '10.0.1.10',
      Groups: [{ GroupId: 'sg-0a0a0a0a' }],
      Attachment: { AttachmentId: 'eni-attach-0a0a0a0a', InstanceId: 'i-0a0a0a0a', DeviceIndex: 0 },
    },
  ],
  Reservations: [
    {
      ReservationId: 'r-0a0a0a0a',
      Instances: [
        {
          InstanceId: 'i-0a0a0a0a',
          ImageId: 'ami-0a0a0a0a',
          InstanceType: 't3.micro',
          Placement: { AvailabilityZone: 'us-east-1a' },
        },
      ],
    },
  ],
  Addresses: [
    {
      AllocationId: 'eipalloc-0a0a0a0a',
      PublicIp: '203.0.113.7',
      NetworkInterfaceId: 'eni-0a0a0a0a',
      PrivateIpAddress: '10.0.1.10',
    },
  ],
});

interface Outcome {
  readonly account: TestAccount;
  readonly before: string;
  readonly leftOut: readonly { readonly what: string; readonly why: string }[];
}

/** Everything that Describe shows of a world; in no order, for Describe promises none. */
const shown = ({ call }: TestAccount): string =>
  Object.values(DESCRIBED_KINDS)
    // Every operation of the table can be called without parameters.
    .flatMap(({ operation }) => Object.values((call as (name: string) => object)(operation)).flat())
    .map((one) =>
      (JSON.stringify(one) ?? '')
        .split(/[{}[\],]+/)
        .sort()
        .join(),
    )
    .sort()
    .join('\n');

/** Imports whole or, where it is asked for, in part; anything but a list of what was left out is a fault of ours. */
async function take(files: readonly DescribeFile[], partial = false): Promise<Outcome> {
  const account = testAccount();
  const before = shown(account);
  const json = await yamlAsJson(files);
  const read = readDescription(json.files, account.scope);
  const description = { ...read, leftOut: [...json.leftOut, ...read.leftOut] };
  try {
    const { leftOut } = account.transact((tx) => importNetwork(tx, description, partial));
    return { account, before, leftOut };
  } catch (error) {
    if (!(error instanceof ImportRefused)) throw error;
    return { account, before, leftOut: error.leftOut };
  }
}

const file = (document: unknown, path = 'network.json'): DescribeFile => ({ path, text: JSON.stringify(document) });

/** One fault in a sound network: what is done to it, and what is said of which resource. */
const FAULTS: readonly (readonly [fault: string, breaks: (document: Document) => void, what: RegExp, why: RegExp])[] = [
  ['a VPC that is not described', (d) => delete d.Vpcs, /Subnets subnet-0a0a0a01/, /vpc-0a0a0a0a is not there/],
  ['a subnet that is not described', (d) => d.Subnets?.shift(), /eni-0a0a0a0a/, /subnet-0a0a0a01 is not there/],
  ['a group that is not described', (d) => delete d.SecurityGroups, /eni-0a0a0a0a/, /sg-0a0a0a0a is not there/],
  ['a main table that is not described', (d) => delete d.RouteTables, /vpc-0a0a0a0a/, /main route table is not desc/],
  ['a kind that is not known', (d) => set(d, 'Clusters', [{}]), /Clusters/, /does not read this kind/],
  ['a list that is none', (d) => set(d, 'Vpcs', { VpcId: 'x' }), /Vpcs/, /should be a list/],
  ['an id of another kind', (d) => (at(d, 'Vpcs').VpcId = 'subnet-0a0a0a0a'), /Vpcs/, /not an id of the form vpc-/],
  ['an id that is none', (d) => (at(d, 'Subnets').SubnetId = '../../etc'), /Subnets/, /not an id of the form subnet-/],
  ['an id that is missing', (d) => delete at(d, 'Subnets').SubnetId, /Subnets/, /has no id subnet-/],
  ['a member of a wrong kind', (d) => (at(d, 'Vpcs').CidrBlock = 7), /Vpcs\[0\].*CidrBlock/, /should be a string/],
  ['a block that is none', (d) => (at(d, 'Vpcs').CidrBlock = '10.0.0.0/99'), /Vpcs/, /not an IPv4 block/],
  ['a subnet outside of its VPC', (d) => (at(d, 'Subnets').CidrBlock = '172.16.0.0/24'), /Subnets/, /lies outside/],
  ['subnets that overlap', (d) => (at(d, 'Subnets').CidrBlock = '10.0.2.0/25'), /Subnets/, /overlaps that of/],
  [
    'an address outside of its subnet',
    (d) => (at(d, 'NetworkInterfaces').PrivateIpAddress = '10.0.9.9'),
    /eni-/,
    /outside/,
  ],
  ['a MAC that is none', (d) => (at(d, 'NetworkInterfaces').MacAddress = 'zz'), /eni-/, /not a MAC address/],
  ['a zone that is not there', (d) => (at(d, 'Subnets').AvailabilityZone = 'mars-1a'), /Subnets/, /no zone mars-1a/],
  [
    'an address that two have',
    (d) => clone(d, 'NetworkInterfaces', { NetworkInterfaceId: 'eni-0b0b0b0b' }),
    /eni-0b/,
    /belongs to eni-0a0a0a0a too/,
  ],
  [
    'a public address that two have',
    (d) => clone(d, 'Addresses', { AllocationId: 'eipalloc-0b0b0b0b' }),
    /eipalloc-0b/,
    /belongs to somebody else/,
  ],
  ['one id for two resources', (d) => clone(d, 'Subnets', { CidrBlock: '10.0.7.0/24' }), /subnet-0a0a0a01/, /already/],
  [
    'an Elastic IP at an address that its interface has not',
    (d) => (at(d, 'Addresses').PrivateIpAddress = '10.0.1.99'),
    /eipalloc/,
    /does not have its private address/,
  ],
  [
    'a type of instance that is none',
    (d) => (instanceOf(d).InstanceType = 'x9.huge'),
    /i-0a0a0a0a/,
    /no instance type x9.huge/,
  ],
  [
    'a rule that no call would take',
    (d) =>
      (at(d, 'SecurityGroups').IpPermissions = [
        { IpProtocol: 'tcp', FromPort: 9, ToPort: 1, IpRanges: [{ CidrIp: '0.0.0.0/0' }] },
      ]),
    /SecurityGroups/,
    /./,
  ],
  [
    'a route to a kind that is not there',
    (d) => at(d, 'RouteTables').Routes && addRoute(d, { CarrierGatewayId: 'cagw-1' }),
    /route to 192\.0\.2\.0/,
    /kind that localvpc does not have/,
  ],
  [
    'an endpoint to a service that is not here',
    (d) =>
      set(d, 'VpcEndpoints', [{ VpcEndpointId: 'vpce-0a0a0a0a', VpcId: 'vpc-0a0a0a0a', VpcEndpointType: 'Interface' }]),
    /VpcEndpoints vpce-0a0a0a0a/,
    /is no service of us-east-1/,
  ],
  [
    'an endpoint of a type that is not here',
    (d) =>
      set(d, 'VpcEndpoints', [{ VpcEndpointId: 'vpce-0a0a0a0a', VpcId: 'vpc-0a0a0a0a', VpcEndpointType: 'Resource' }]),
    /VpcEndpoints vpce-0a0a0a0a/,
    /takes gateway and interface endpoints over/,
  ],
  [
    'a transit gateway’s table without its routes',
    (d) => set(d, 'TransitGatewayRouteTables', [{ TransitGatewayRouteTableId: 'tgw-rtb-0a0a0a0a' }]),
    /tgw-rtb-0a0a0a0a/,
    /its routes are not described/,
  ],
  [
    'an attachment of a kind that is not here',
    (d) => set(d, 'TransitGatewayAttachments', [attachment('connect')]),
    /tgw-attach-0a0a0a0a/,
    /attachments of type connect/,
  ],
  [
    'an attachment without its subnets',
    (d) => set(d, 'TransitGatewayAttachments', [attachment('vpc')]),
    /tgw-attach-0a0a0a0a/,
    /its subnets are not described/,
  ],
  ['routes of nobody', (d) => set(d, 'Routes', []), /network\.json: Routes/, /whose name has the id tgw-rtb-/],
  [
    'a VPN connection without its customer gateway',
    (d) => set(d, 'VpnConnections', [{ VpnConnectionId: 'vpn-0a0a0a0a', CustomerGatewayId: 'cgw-0a0a0a0a' }]),
    /vpn-0a0a0a0a/,
    /cgw-0a0a0a0a is not there/,
  ],
  ['a page of several', (d) => set(d, 'NextToken', 'more'), /network\.json/, /describe all pages/],
];

const attachment = (ResourceType: string): object => ({
  TransitGatewayAttachmentId: 'tgw-attach-0a0a0a0a',
  TransitGatewayId: 'tgw-0a0a0a0a',
  ResourceType,
  ResourceId: 'vpc-0a0a0a0a',
});
const at = (document: Document, kind: string): Record<string, unknown> => document[kind]?.[0] ?? {};
const set = (document: Document, name: string, value: unknown): void => void Object.assign(document, { [name]: value });
const clone = (document: Document, kind: string, changes: object): void =>
  void document[kind]?.push({ ...structuredClone(at(document, kind)), ...changes });
const instanceOf = (document: Document): Record<string, unknown> =>
  (at(document, 'Reservations').Instances as Record<string, unknown>[])[0] ?? {};
const addRoute = (document: Document, target: object): void =>
  void (at(document, 'RouteTables').Routes as object[]).push({ DestinationCidrBlock: '192.0.2.0/24', ...target });

describe('a description with one fault', () => {
  test('has none to begin with', async () => {
    const { account, leftOut } = await take([file(sound())]);
    deepEqual(leftOut, []);
    equal(account.call('DescribeInstances').Reservations?.length, 1);
  });

  for (const [fault, breaks, what, why] of FAULTS)
    test(`${fault} is named with its reason, and nothing is taken`, async () => {
      const document = sound();
      breaks(document);
      const { account, before, leftOut } = await take([file(document)]);
      ok(
        leftOut.some((one) => what.test(one.what) && why.test(one.why)),
        JSON.stringify(leftOut),
      );
      ok(shown(account) === before, 'something was taken');
    });
});

describe('files that are no descriptions', () => {
  const FILES: readonly (readonly [kind: string, text: string])[] = [
    ['nothing', ''],
    ['half a file', JSON.stringify(sound()).slice(0, -9)],
    ['a list', '[{"Vpcs": []}]'],
    ['a number', '7'],
    ['many brackets', '['.repeat(100_000)],
    ['bytes', '\u0000\u0001\ufffd'],
    ['a page of HTML', '<html><body>Not found</body></html>'],
    ['a prototype', '{"__proto__": {"Vpcs": []}, "constructor": []}'],
  ];
  for (const [kind, text] of FILES)
    for (const path of ['network.json', 'network.yaml'])
      test(`${kind} in ${path} is named`, async () => {
        const { account, before, leftOut } = await take([{ path, text }]);
        ok(leftOut.length > 0);
        match(leftOut[0]?.what ?? '', /^network\./);
        ok(shown(account) === before, 'something was taken');
      });

  test('ten thousand resources that cannot be taken are ten thousand lines, in a second or two', async () => {
    const Subnets = Array.from({ length: 10_000 }, (_, index) => ({ SubnetId: `subnet-${index}` }));
    const startedAtMs = performance.now();
    const { leftOut } = await take([file({ Subnets })]);
    equal(leftOut.length, 10_000);
    ok(performance.now() - startedAtMs < 30_000);
  });
});

const JUNK: readonly unknown[] = [null, 0, -1, 1e300, '', 'x', '0.0.0.0/0', '10.0.0.0/8', '::/0', [], {}, [null], true];

/** A sound document with a few values put in the place of others, taken away or repeated. */
const broken = fc
  .array(fc.tuple(fc.nat(), fc.constantFrom<'junk' | 'gone' | 'twice'>('junk', 'gone', 'twice'), fc.nat()), {
    minLength: 1,
    maxLength: 5,
  })
  .map((mutations) => {
    const document: unknown = sound();
    for (const [where, how, which] of mutations)
      mutate(document, where, how, structuredClone(JUNK[which % JUNK.length]));
    return document;
  });

function mutate(document: unknown, where: number, how: 'junk' | 'gone' | 'twice', junk: unknown): void {
  const places = placesIn(document);
  const place = places[where % Math.max(1, places.length)];
  if (!place) return;
  const [owner, key] = place;
  if (Array.isArray(owner)) {
    const index = Number(key);
    if (how === 'gone') owner.splice(index, 1);
    else owner.splice(index, how === 'junk' ? 1 : 0, how === 'junk' ? junk : structuredClone(owner[index]));
  } else if (how === 'gone') Reflect.deleteProperty(owner, key);
  else Reflect.set(owner, key, junk);
}

/** Every member and element, with what it belongs to. */
function placesIn(value: unknown): readonly (readonly [owner: object, key: string])[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.keys(value).flatMap((key) => [[value, key] as const, ...placesIn(Reflect.get(value, key))]);
}

describe('a description that is broken at random', () => {
  test('is taken whole, or refused with reasons and without a trace; its rest is taken where that is asked for', async () => {
    await fc.assert(
      fc.asyncProperty(broken, async (document) => {
        const whole = await take([file(document)]);
        if (whole.leftOut.length > 0) ok(shown(whole.account) === whole.before, 'something was taken');
        const rest = await take([file(document)], true);
        deepEqual(rest.leftOut, whole.leftOut);
        // What was taken can be described: no row names another that is not there.
        ok(shown(rest.account).length > 0);
      }),
      { numRuns: 60 },
    );
  });

  test('as a template it is understood or named, and never a crash', async () => {
    const template = fc
      .array(fc.tuple(fc.nat(), fc.constantFrom<'junk' | 'gone'>('junk', 'gone'), fc.nat()), {
        minLength: 1,
        maxLength: 4,
      })
      .map((mutations) => {
        const document: unknown = templateOf();
        for (const [where, how, which] of mutations)
          mutate(document, where, how, structuredClone(FUNCTIONS[which % FUNCTIONS.length]));
        return document;
      });
    await fc.assert(
      fc.asyncProperty(template, async (document) => {
        const { account, before, leftOut } = await take([file(document)]);
        if (leftOut.length > 0) ok(shown(account) === before, 'something was taken');
      }),
      { numRuns: 60 },
    );
  });
});

const FUNCTIONS: readonly unknown[] = [
  ...JUNK,
  { Ref: 'Vpc' },
  { Ref: 'AWS::NoValue' },
  { Ref: 'Nobody' },
  { 'Fn::GetAtt': ['Vpc', 'CidrBlock'] },
  { 'Fn::GetAtt': 'Host' },
  { 'Fn::Sub': ['{Vpc.CidrBlock}', '{Host.PrivateIp}', '{'].map((one) => `$${one}`).join('') },
  { 'Fn::Select': ['x', { 'Fn::GetAZs': 'mars-1' }] },
  { 'Fn::Cidr': ['10.0.0.0/16', 1e9, 0] },
  { 'Fn::If': ['Nothing', 1, 2] },
  { 'Fn::Join': [{}, []] },
  { 'Fn::Unknown': [] },
];

const templateOf = () => ({
  AWSTemplateFormatVersion: '2010-09-09',
  Parameters: { Block: { Type: 'String', Default: '10.0.0.0/16' } },
  Conditions: { Always: { 'Fn::Equals': ['a', 'a'] } },
  Resources: {
    Vpc: { Type: 'AWS::EC2::VPC', Condition: 'Always', Properties: { CidrBlock: { Ref: 'Block' } } },
    Net: {
      Type: 'AWS::EC2::Subnet',
      Properties: {
        VpcId: { Ref: 'Vpc' },
        CidrBlock: { 'Fn::Select': [0, { 'Fn::Cidr': [{ 'Fn::GetAtt': ['Vpc', 'CidrBlock'] }, 2, 8] }] },
      },
    },
    Group: {
      Type: 'AWS::EC2::SecurityGroup',
      Properties: {
        VpcId: { Ref: 'Vpc' },
        SecurityGroupIngress: [{ IpProtocol: 'tcp', FromPort: 1, ToPort: 2, CidrIp: '0.0.0.0/0' }],
      },
    },
    Host: {
      Type: 'AWS::EC2::Instance',
      Properties: { SubnetId: { Ref: 'Net' }, SecurityGroupIds: [{ Ref: 'Group' }], InstanceType: 't3.micro' },
    },
    Address: { Type: 'AWS::EC2::EIP', Properties: { InstanceId: { Ref: 'Host' } } },
  },
});
