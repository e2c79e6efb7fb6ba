/** The console: the network in a browser, what would happen to a packet, and nothing that a stranger could use. */
import { equal, match, ok } from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateTagsCommand,
  DescribeSubnetsCommand,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import { LocalVpc } from './fixture/localvpc.ts';

let localvpc: LocalVpc;
/** Virtual guests in the default VPC's default group, and the id of that group. */
let web: { readonly instance: string; readonly interface: string };
let group: string;

before(async () => {
  localvpc = await LocalVpc.start();
  const { Subnets } = await localvpc.ec2.send(new DescribeSubnetsCommand({}));
  const { Instances } = await localvpc.ec2.send(
    new RunInstancesCommand({
      ImageId: 'ami-virtual',
      MinCount: 1,
      MaxCount: 1,
      SubnetId: Subnets?.[0]?.SubnetId,
      TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'Name', Value: 'web' }] }],
    }),
  );
  const [launched] = Instances ?? [];
  const [networkInterface] = launched?.NetworkInterfaces ?? [];
  web = { instance: launched?.InstanceId ?? '', interface: networkInterface?.NetworkInterfaceId ?? '' };
  group = networkInterface?.Groups?.[0]?.GroupId ?? '';
});
after(async () => await localvpc.close());

interface Page {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

async function get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Page> {
  const response = await fetch(`${localvpc.url}/_localvpc/${path}`, { headers });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

const asked = (from: string, to: string, port = '80'): string =>
  new URLSearchParams({ from, to, protocol: 'tcp', port }).toString();

test('the map has each interface with its instance, addresses and groups, in its subnet', async () => {
  const { status, text } = await get('console/map');
  equal(status, 200);
  const [, card = ''] = new RegExp(`<button[^>]*data-end="${web.interface}">(.*?)</button>`, 's').exec(text) ?? [];
  match(card, /<b>web<\/b> eth0/);
  match(card, /172\.31\.\d+\.\d+/);
  match(card, new RegExp(`title="${group}">default<`));
  match(text, /<td>0\.0\.0\.0\/0<\/td><td>igw-[0-9a-f]{17}<\/td>/);
});

test('a lost packet is explained with the rule that is missing, and arrives once there is one', async () => {
  const { text: before } = await get(`console/answer?${asked('internet', 'web')}`);
  match(before, /security-group-in\/no-rule/);
  match(before, /aws ec2 authorize-security-group-ingress/);
  match(before, new RegExp(`data-lost="[^"]*${web.interface}`));
  await localvpc.ec2.send(
    new AuthorizeSecurityGroupIngressCommand({
      GroupId: group,
      IpPermissions: [{ IpProtocol: 'tcp', FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
    }),
  );
  const { text: now } = await get(`console/answer?${asked('internet', 'web')}`);
  match(now, /Arrives, and is answered/);
  match(now, /data-lost=""/);
});

test('the page is whole without its script: map, question and answer', async () => {
  const { text, headers } = await get(`console?${asked('internet', 'web')}`);
  match(text, new RegExp(`data-end="${web.interface}"`));
  match(text, /<input name="from" value="internet"/);
  match(text, /class="verdict good"/);
  match(headers.get('content-type') ?? '', /^text\/html/);
  equal(
    (await get('')).text,
    (await get('console')).text,
    'the console is what a browser gets at localvpc’s own paths',
  );
  for (const part of ['console/style.css', 'console/script.js']) equal((await get(part)).status, 200);
});

test('a question that makes no sense is refused in the page, in words', async () => {
  for (const [query, why] of [
    [asked('nobody', 'web'), /nobody/],
    [asked('web', 'internet', '70000'), /70000/],
    ['from=eni-1&to=web&protocol=tcp', /eni-1/],
  ] as const) {
    const { status, text } = await get(`console/answer?${query}`);
    equal(status, 200);
    match(text, /class="bad"/);
    match(text, why);
  }
  equal((await get('console?region=atlantis-1')).status, 404);
  equal((await get('console?account=me')).status, 400);
});

test('a name that is a script is text, and the page runs none but its own', async () => {
  const name = '<script>alert(1)</script>';
  await localvpc.ec2.send(new CreateTagsCommand({ Resources: [web.instance], Tags: [{ Key: 'Name', Value: name }] }));
  const { text, headers } = await get('console');
  ok(!text.includes(name));
  match(text, /&lt;script&gt;alert\(1\)/);
  match(headers.get('content-security-policy') ?? '', /default-src 'none'.*script-src 'self'.*frame-ancestors 'none'/);
  const ofRequest = await get(`console?${asked('"><script>alert(2)</script>', 'x')}`);
  ok(!ofRequest.text.includes('<script>alert'));
});

test('a page of another site does not get it', async () => {
  equal((await get('console', { origin: 'https://example.com' })).status, 403);
  equal((await get('console/map', { 'sec-fetch-site': 'cross-site' })).status, 403);
});
