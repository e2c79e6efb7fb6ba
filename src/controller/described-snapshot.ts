/** The network that files describe, as it would be once it is imported: nothing that runs is touched. */
import { DEFAULT_ACCOUNT, DEFAULT_REGION } from '../ec2/caller.ts';
import { SystemRandom, wallClock } from '../host/clock.ts';
import type { DescribeFile } from '../import/describe-files.ts';
import type { LeftOut } from '../import/description.ts';
import { importNetwork } from '../import/import-network.ts';
import { readDescription } from '../import/read-description.ts';
import { yamlAsJson } from '../import/yaml-as-json.ts';
import { DEFAULT_ENVIRONMENT } from '../model/environment.ts';
import { prepareScope } from '../model/first-state.ts';
import { completeOrder } from '../model/instance-lifecycle.ts';
import { World } from '../model/world.ts';
import { snapshotText } from '../tables/network-snapshot.ts';
import { snapshotOf } from './network-snapshot.ts';

/** A snapshot, and what of the description is not in it. */
export interface DescribedSnapshot {
  readonly text: string;
  readonly leftOut: readonly LeftOut[];
}

/** Instances that run, or will once the description has come true, are taken to run. */
export async function describedSnapshot(
  files: readonly DescribeFile[],
  parameters: Readonly<Record<string, string>> = {},
): Promise<DescribedSnapshot> {
  const otherwise = { account: DEFAULT_ACCOUNT, region: DEFAULT_REGION };
  const json = await yamlAsJson(files);
  const description = readDescription(json.files, otherwise, parameters);
  const world = new World(new SystemRandom(), prepareScope, DEFAULT_ENVIRONMENT);
  const scope = description.scopes[0]?.scope ?? otherwise;
  const { leftOut } = world.transact(scope, wallClock(), (tx) => {
    const imported = importNetwork(tx, description, true);
    for (const { scope: of, order } of tx.orders()) completeOrder(tx.in(of), order, { ok: true });
    return imported;
  }).result;
  return { text: snapshotText(snapshotOf(world, wallClock)), leftOut: [...json.leftOut, ...leftOut] };
}
