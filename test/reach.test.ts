/** `localvpc reach` as a user types it: on the localvpc that runs, on saved files and on a data folder. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { AuthorizeSecurityGroupIngressCommand, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { LocalVpc } from './fixture/localvpc.ts';
import { createGroup, createSubnet, createVpc } from './fixture/vpc.ts';

const PLANS = fileURLToPath(new URL('../examples/plans', import.meta.url));

describe('reach', () => {
  const folder = mkdtempSync(join(tmpdir(), 'localvpc-test-'));
  const saved = join(folder, 'before.json');
  let localvpc: LocalVpc;
  let database = '';

  before(async () => {
    localvpc = await LocalVpc.start();
    const { ec2 } = localvpc;
    const vpcId = await createVpc(ec2, '10.0.0.0/16');
    const subnetId = await createSubnet(ec2, vpcId, '10.0.1.0/24');
    database = await createGroup(ec2, vpcId);
    const groups = { web: await createGroup(ec2, vpcId), db: database };
    for (const [name, groupId] of Object.entries(groups))
      await ec2.send(
        new RunInstancesCommand({
          ImageId: 'ami-virtual',
          MinCount: 1,
          MaxCount: 1,
          SubnetId: subnetId,
          SecurityGroupIds: [groupId],
          TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'Name', Value: name }] }],
        }),
      );
  });
  after(async () => {
    try {
      await localvpc.close();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('says who reaches a machine, by which rule, and what a change has opened', async () => {
    equal((await localvpc.command(['reach', 'save', saved])).status, 0);
    const closed = await localvpc.command(['reach', '--to', 'db']);
    match(closed.stdout, /Nobody reaches anybody/);

    const rule = { IpProtocol: 'tcp', FromPort: 5432, ToPort: 5432, IpRanges: [{ CidrIp: '10.0.0.0/8' }] };
    await localvpc.ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId: database, IpPermissions: [rule] }));
    const open = await localvpc.command(['reach', '--to', 'db']);
    match(open.stdout, /tcp 5432 from web \([\s\S]*tcp 5432, peer 10\.0\.0\.0\/8/);

    const check = await localvpc.command(['reach', 'diff', saved, 'running']);
    match(check.stdout, /opens tcp 5432 from 1 interface to 1 interface/);
    equal(check.status, 2);
    equal((await localvpc.command(['reach', 'diff', saved, 'running', '--fail-on', 'internet'])).status, 0);
    equal((await localvpc.command(['reach', 'diff', saved, join(folder, 'missing.json')])).status, 1);
    const json = await localvpc.command(['reach', 'diff', saved, saved, '--json']);
    equal(json.stdout.trim(), JSON.stringify({ changes: [] }, null, 2));
  });

  test('compares Terraform plans, of which nothing runs, and fails the check of a pull request', async () => {
    const [main = '', branch = ''] = ['main', 'branch'].map((name) => join(PLANS, `${name}.json`));
    const check = await localvpc.command(['reach', 'diff', main, branch, '--fail-on', 'internet']);
    match(check.stdout, /opens tcp 22 from the internet to 1 interface\n\s+from 0\.0\.0\.0\/0\n\s+to orders/);
    equal(check.status, 2);
    equal((await localvpc.command(['reach', 'diff', branch, main, '--fail-on', 'internet'])).status, 0);
    const asked = await localvpc.command(['reach', '--network', main, '--from', 'internet', '--json']);
    deepEqual(
      JSON.parse(asked.stdout).flows.map(({ to }: { to: { name: string } }) => to.name),
      ['shop'],
    );
    const other = join(folder, 'other.json');
    writeFileSync(other, '{"Clusters": []}');
    const refused = await localvpc.command(['reach', '--network', other]);
    equal(refused.status, 1);
    match(refused.stderr, /Clusters: localvpc does not read this kind of resource/);
  });

  test('says of a file that describes no network what it expected, in one sentence, and does not call it a change', async () => {
    const main = join(PLANS, 'main.json');
    for (const [name, text] of Object.entries({
      'package.json': '{"name": "shop", "files": ["dist"]}',
      '0.json': '{}',
    })) {
      const other = join(folder, name);
      writeFileSync(other, text);
      for (const files of [
        [main, other],
        [other, main],
        [main, other, '--partial'],
      ]) {
        const { status, stdout, stderr } = await localvpc.command(['reach', 'diff', ...files, '--fail-on', 'internet']);
        deepEqual([status, stdout], [1, '']);
        match(stderr, /^[\w.]+ describes no network: it should be .+, or what "localvpc reach save" wrote\.\n$/);
        equal(stderr.startsWith(name), true, stderr);
      }
    }
  });
});
