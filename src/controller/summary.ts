/** What `status` and `health` say of a running localvpc. */
import { Instance } from '../model/resources/instance.ts';
import { NetworkInterface } from '../model/resources/network-interface.ts';
import { Subnet } from '../model/resources/subnet.ts';
import { Vpc } from '../model/resources/vpc.ts';
import type { World } from '../model/world.ts';

/** What one account has in one Region. */
export interface AccountSummary {
  readonly account: string;
  readonly region: string;
  readonly vpcs: number;
  readonly subnets: number;
  readonly interfaces: number;
  /** Instance state → how many. */
  readonly instances: Readonly<Record<string, number>>;
}

/** One summary per account and Region that was ever spoken to. */
export function summarise(world: World): readonly AccountSummary[] {
  return world.accountScopes().map((scope) => {
    const instances: Record<string, number> = {};
    for (const { state } of world.table(scope, Instance).values()) instances[state] = (instances[state] ?? 0) + 1;
    return {
      ...scope,
      vpcs: world.table(scope, Vpc).size,
      subnets: world.table(scope, Subnet).size,
      interfaces: world.table(scope, NetworkInterface).size,
      instances,
    };
  });
}
