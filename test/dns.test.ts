/** Names, as resolvers in guests and outside see them. */
import { equal, match, notEqual } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ModifyVpcAttributeCommand } from '@aws-sdk/client-ec2';
import { skip } from './fixture/guests-here.ts';
import { describeInstance, launch, type RunningInstance } from './fixture/instances.ts';
import { LocalVpc } from './fixture/localvpc.ts';
import { present } from './fixture/present.ts';
import { createGroup, createSubnet, createVpc, makePublic } from './fixture/vpc.ts';

describe('names', { skip }, () => {
  let localvpc: LocalVpc;
  let vpcId = '';
  let named: RunningInstance;
  let asking: RunningInstance;

  before(async () => {
    localvpc = await LocalVpc.start();
    const { ec2 } = localvpc;
    vpcId = await createVpc(ec2, '10.0.0.0/16');
    await ec2.send(new ModifyVpcAttributeCommand({ VpcId: vpcId, EnableDnsHostnames: { Value: true } }));
    const subnetId = await createSubnet(ec2, vpcId, '10.0.1.0/24');
    await makePublic(ec2, vpcId, subnetId);
    // No ingress, and nothing is needed for answers of the resolver.
    const groups = [await createGroup(ec2, vpcId)];
    [named, asking] = await Promise.all([
      launch(localvpc, { subnetId, groups, isPublic: true }),
      launch(localvpc, { subnetId, groups }),
    ]);
  });
  after(() => localvpc.close());

  /** IPv4 addresses of a name, as busybox' nslookup prints them. */
  const lookUp = (name: string, resolver: string): readonly string[] =>
    ['timeout', '1', 'busybox', 'nslookup', '-type=a', name, resolver] as const;

  const addressIn = (output: string): string =>
    /Name:[\s\S]*?Address(?: 1)?: +([\d.]+)/.exec(output)?.[1] ?? `none: ${output}`;

  async function resolve(name: string, resolver: string): Promise<string> {
    return addressIn((await localvpc.exec(asking, ...lookUp(name, resolver))).stdout);
  }

  test('private names resolve at the base of the VPC plus two and at 169.254.169.253', async () => {
    const name = present((await describeInstance(localvpc.ec2, named)).PrivateDnsName, 'PrivateDnsName');
    equal(name, `ip-${named.address.replaceAll('.', '-')}.ec2.internal`);
    for (const resolver of ['10.0.0.2', '169.254.169.253']) equal(await resolve(name, resolver), named.address);
  });

  test('a program in the guest finds a name without being told a resolver', async () => {
    const name = `ip-${named.address.replaceAll('.', '-')}`;
    const found = await localvpc.sh(asking, `getent ahostsv4 ${name}.ec2.internal | awk '{print $1; exit}'`);
    equal(found, named.address);
    equal(
      await localvpc.sh(asking, `getent ahostsv4 ${name} | awk '{print $1; exit}'`),
      named.address,
      'search domain',
    );
  });

  test('a public name is private inside, and public outside', async () => {
    const { PublicDnsName, PublicIpAddress } = await describeInstance(localvpc.ec2, named);
    const name = present(PublicDnsName, 'PublicDnsName');
    equal(await resolve(name, '10.0.0.2'), named.address);
    const outside = await localvpc.internet('getent', 'ahostsv4', name);
    equal(outside.stdout.split(' ')[0], PublicIpAddress);
    notEqual(
      (await localvpc.internet('getent', 'ahostsv4', `ip-${named.address.replaceAll('.', '-')}.ec2.internal`)).status,
      0,
    );
  });

  test('addresses have names', async () => {
    const { stdout } = await localvpc.exec(asking, 'busybox', 'nslookup', named.address, '10.0.0.2');
    match(stdout, new RegExp(`ip-${named.address.replaceAll('.', '-')}\\.ec2\\.internal`));
  });

  test('a name that is not there is said not to be there, at once', async () => {
    const { stdout, stderr } = await localvpc.exec(asking, ...lookUp('nobody.example.com', '10.0.0.2'));
    match(stdout + stderr, /NXDOMAIN/);
  });

  test('a VPC without DNS support has no resolver, from the next question on', async () => {
    const { ec2 } = localvpc;
    const name = `ip-${named.address.replaceAll('.', '-')}.ec2.internal`;
    await ec2.send(new ModifyVpcAttributeCommand({ VpcId: vpcId, EnableDnsSupport: { Value: false } }));
    match(await resolve(name, '10.0.0.2'), /^none/);
    await ec2.send(new ModifyVpcAttributeCommand({ VpcId: vpcId, EnableDnsSupport: { Value: true } }));
    equal(await resolve(name, '10.0.0.2'), named.address);
  });
});
