/** `localvpc import` and `export`, as somebody types them: files, a live account, and what is left out. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { DescribeInstancesCommand, DescribeSubnetsCommand, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { skip } from './fixture/guests-here.ts';
import { LocalVpc } from './fixture/localvpc.ts';
import { present } from './fixture/present.ts';
import { createGroup, createSubnet, createVpc, EVERYTHING } from './fixture/vpc.ts';

describe('a network that is exported and imported', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'localvpc-import-'));
  let original: LocalVpc;
  let copy: LocalVpc;
  let subnetId = '';
  const ids: string[] = [];

  before(async () => {
    [original, copy] = await Promise.all([LocalVpc.start(), LocalVpc.start()]);
    const vpcId = await createVpc(original.ec2, '10.0.0.0/16');
    subnetId = await createSubnet(original.ec2, vpcId, '10.0.1.0/24');
    const group = await createGroup(original.ec2, vpcId, EVERYTHING);
    const { Instances = [] } = await original.ec2.send(
      new RunInstancesCommand({
        ImageId: 'ami-virtual',
        InstanceType: 't3.micro',
        MinCount: 2,
        MaxCount: 2,
        SubnetId: subnetId,
        SecurityGroupIds: [group],
      }),
    );
    ids.push(...Instances.map(({ InstanceId: id }) => present(id, 'InstanceId')));
  });
  after(async () => {
    await Promise.all([original.close(), copy.close()]);
    rmSync(folder, { recursive: true });
  });

  test('runs in the other localvpc with its ids and addresses, and its packets are explained there', async () => {
    equal((await original.command(['export', join(folder, 'whole')])).status, 0);
    const written = readdirSync(join(folder, 'whole', '123456789012', 'us-east-1'));
    deepEqual(written.includes('describe-vpcs.json') && written.includes('describe-route-tables.json'), true);
    const { status, stdout } = await copy.command(['import', join(folder, 'whole')]);
    equal(status, 0, stdout);
    match(stdout, /123456789012 us-east-1: .*2 Instances/s);
    const { Reservations = [] } = await copy.ec2.send(new DescribeInstancesCommand({ InstanceIds: ids }));
    deepEqual(
      Reservations.flatMap(({ Instances = [] }) => Instances.map(({ State }) => State?.Name)),
      ['running', 'running'],
    );
    const [from = '', to = ''] = ids;
    equal((await copy.trace(from, to, { port: 80 })).forward.verdict, 'delivered');
  });

  test('can be taken from a live account as well, which is only read', async () => {
    const { status, stdout, stderr } = await copy.command([
      'import',
      '--live',
      '--endpoint-url',
      original.url,
      '--region',
      'eu-west-1',
      '--json',
    ]);
    equal(status, 0, stderr);
    deepEqual(JSON.parse(stdout).leftOut, []);
    deepEqual(
      JSON.parse(stdout).scopes.map(({ region }: { region: string }) => region),
      ['eu-west-1'],
    );
  });

  test('is not touched by an import that is not whole: the exit status is 1, and every reason is given', async () => {
    const broken = join(folder, 'broken');
    equal((await original.command(['export', broken])).status, 0);
    const path = join(broken, '123456789012', 'us-east-1', 'describe-subnets.json');
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll(subnetId, 'subnet-none'));
    await copy.command(['reset']);
    const { status, stdout } = await copy.command(['import', broken]);
    equal(status, 1);
    match(stdout, /Subnets subnet-none: subnet-none is not an id of the form subnet-…/);
    match(stdout, new RegExp(`${subnetId} is not\\s+there, or was left out`));
    match(stdout, /Nothing was changed\. --partial takes the rest\./);
    const { Subnets = [] } = await copy.ec2.send(new DescribeSubnetsCommand({}));
    equal(
      Subnets.every(({ DefaultForAz: isDefault }) => isDefault),
      true,
    );
    equal((await copy.command(['import', broken, '--partial'])).status, 1);
    const { Subnets: rest = [] } = await copy.ec2.send(new DescribeSubnetsCommand({}));
    equal(rest.length, 6);
  });
});
