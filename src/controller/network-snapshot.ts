/** The network of a model as it is now: its tables, and the names of its instances, interfaces and load balancers. */
import { Compiler } from '../compile/compiler.ts';
import { Instance } from '../model/resources/instance.ts';
import { LoadBalancer } from '../model/resources/load-balancer.ts';
import { NetworkInterface } from '../model/resources/network-interface.ts';
import type { World } from '../model/world.ts';
import type { NetworkSnapshot } from '../tables/network-snapshot.ts';

/** Everything of all accounts and Regions. */
export function snapshotOf(world: World, now: () => number): NetworkSnapshot {
  const updates = new Compiler(now).compileAll(world);
  const names: Record<string, string> = {};
  for (const scope of world.scopes()) {
    const named = [...world.table(scope, Instance).values(), ...world.table(scope, NetworkInterface).values()];
    for (const { id, tags } of named) if (tags.Name) names[id] = tags.Name;
    for (const { id, name } of world.table(scope, LoadBalancer).values()) names[id] = name;
  }
  return { rows: updates.flatMap((update) => (update.change === 'put' ? [update.row] : [])), names };
}
