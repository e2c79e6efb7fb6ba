/** Small zones of hosts, and who is where in them, for tests of placement. */
import { hostOf, placementOf } from '../model/hosts.ts';
import type { TopologySizes } from '../model/topology.ts';
import type { InstanceId } from '../net/identifiers.ts';
import type { TestAccountOptions } from './account.ts';
import { given, type Lab, lab } from './instance-parts.ts';

/** A lab whose zones have so many racks, hosts in each and virtual functions in each of those. */
export function labOf(
  racks: number,
  hosts: number,
  virtualFunctions: number,
  more: Omit<TestAccountOptions, 'hosts'> = {},
): Lab {
  const rack = { hosts, virtualFunctions };
  const sizes: TopologySizes = { zones: {}, others: Array.from({ length: racks }, () => rack) };
  return lab({ ...more, hosts: sizes });
}

/** "r2-h1" of an instance, "nowhere" without a host. */
export function placeOf({ account }: Lab, id: string): string {
  const host = account.transact((tx) => hostOf(tx, id as InstanceId));
  return host ? `r${host.rack}-h${host.number}` : 'nowhere';
}

/** The rack of an instance. */
export const rackOf = (net: Lab, id: string): number =>
  given(net.account.transact((tx) => hostOf(tx, id as InstanceId))).rack;

/** Numbers of the virtual functions that an instance's interfaces hold. */
export const functionsOf = ({ account }: Lab, id: string): readonly number[] =>
  account.transact((tx) => placementOf(tx, id as InstanceId))?.functions.map(({ number }) => number) ?? [];
