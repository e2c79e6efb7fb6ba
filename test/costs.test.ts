/** The bill of a localvpc that runs, over kill -9 and restart, as its command prints it. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { AllocateAddressCommand } from '@aws-sdk/client-ec2';
import { type Costs, costs } from '../src/cli/costs-answer.ts';
import { LocalVpc } from './fixture/localvpc.ts';
import { present } from './fixture/present.ts';

describe('costs', () => {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'localvpc-test-'));
  let localvpc: LocalVpc;
  let allocationId = '';

  before(async () => {
    localvpc = await LocalVpc.start({ dataDirectory });
    const { AllocationId } = await localvpc.ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }));
    allocationId = present(AllocationId, 'AllocationId');
  });
  after(async () => {
    await localvpc.close();
    rmSync(dataDirectory, { recursive: true });
  });

  const bill = async (): Promise<Costs> => {
    const { status, stdout, stderr } = await localvpc.command(['costs', '--json']);
    equal(status, 0, stderr);
    return costs(JSON.parse(stdout), '');
  };
  test('an Elastic IP that nobody uses is on the bill and said to be useless', async () => {
    const { stdout } = await localvpc.command(['costs']);
    match(stdout, /USE1-PublicIPv4:IdleAddress/);
    match(stdout, new RegExp(`cost money for nothing:[\\s\\S]*release-address [^]*--allocation-id ${allocationId}`));
    match(stdout, /Not metered: .*free tiers/s);
  });

  test('prices of another day can be asked for, and a day that is none is refused', async () => {
    match((await localvpc.command(['costs', '--pricing-date', '2023-06-01'])).stdout, /^ElasticIP:IdleAddress /m);
    const { status, stderr } = await localvpc.command(['costs', '--pricing-date', '2023-02-30']);
    equal(status, 1);
    match(stderr, /pricing-date is not a date like 2023-06-01: 2023-02-30/);
  });

  test('after kill -9 the meter goes on where it was', async () => {
    const { forNothing } = await bill();
    equal(forNothing[0]?.allocationId, allocationId);
    await localvpc.kill9();
    await localvpc.restart();
    deepEqual((await bill()).forNothing, forNothing);
  });

  test('a reset begins a new bill', async () => {
    await localvpc.command(['reset']);
    deepEqual((await bill()).byResource, []);
  });
});
