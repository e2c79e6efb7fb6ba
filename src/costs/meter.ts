/**
 * The meter: sees every change of the model and keeps one open interval for each resource that may cost.
 *
 * What it writes belongs to the transaction that it saw, so a restart or kill -9 loses nothing, and calls that touch no
 * such resource cost one pass over their changes. Time while localvpc does not run counts: the resources are there.
 */

import { interfacesOfInstance } from '../model/instance-interfaces.ts';
import { elasticIpsOn } from '../model/interface-elastic-ips.ts';
import type { Row } from '../model/kind.ts';
import { ElasticIp } from '../model/resources/elastic-ip.ts';
import { Instance } from '../model/resources/instance.ts';
import { allocationsOf, NatGateway } from '../model/resources/nat-gateway.ts';
import { NetworkInterface } from '../model/resources/network-interface.ts';
import { TransitGatewayAttachment } from '../model/resources/transit-gateway.ts';
import { VpcEndpoint } from '../model/resources/vpc-endpoint.ts';
import { VpnConnection } from '../model/resources/vpn.ts';
import type { RowChange, Transaction } from '../model/transaction.ts';
import type { ObserveChanges } from '../model/world.ts';
import { resourceIds, useOf } from './resource-use.ts';
import { TransferredBytes } from './transferred-bytes.ts';
import { isSameUse, monthOf, RemapCount, UsageInterval } from './usage-interval.ts';

/** The meter, as the observer of a world. */
export const meter: ObserveChanges = (tx, changes) => {
  // By id, which is unique over all accounts, in the scope of the owner.
  const affected = new Map<string, Transaction>();
  for (const change of changes) {
    if (!METERED.has(change.kind.name)) continue;
    const inScope = tx.in(change.scope);
    for (const { id, owner } of resourcesOf(inScope, change)) affected.set(id, owner);
    countRemap(inScope, change);
  }
  for (const [id, owner] of affected) record(owner, id);
};

/**
 * Opens intervals for resources that have none, such as those of a journal that was written before there was a meter,
 * and forgets what ended long ago.
 */
export function catchUp(tx: Transaction): void {
  const open = tx.list(UsageInterval, ({ endMs }) => endMs === undefined);
  for (const id of new Set([...resourceIds(tx), ...open.map(({ resourceId }) => resourceId)])) record(tx, id);
  forget(tx);
}

/** Kept as long as AWS's Cost Explorer shows costs: the current month and the 13 before it. */
const KEPT_MONTHS = 13;

/** Forgets what ended before the months that are kept. */
export function forget(tx: Transaction): void {
  const { now } = tx;
  const fromMs = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - KEPT_MONTHS);
  const old = tx.list(UsageInterval, ({ endMs }) => endMs !== undefined && endMs < fromMs);
  for (const { id } of old) tx.remove(UsageInterval, id);
  for (const { id } of tx.list(TransferredBytes, ({ hourMs }) => hourMs < fromMs)) tx.remove(TransferredBytes, id);
  for (const { id } of tx.list(RemapCount, ({ month }) => month < monthOf(fromMs))) tx.remove(RemapCount, id);
}

const METERED: ReadonlySet<string> = new Set(
  [ElasticIp, NetworkInterface, Instance, NatGateway, VpcEndpoint, TransitGatewayAttachment, VpnConnection].map(
    ({ name }) => name,
  ),
);

/** A resource that may cost, with the transaction in the scope of who pays for it. */
interface Resource {
  readonly id: string;
  readonly owner: Transaction;
}

/** Resources whose use may be another after this change. */
function resourcesOf(tx: Transaction, { kind, id, before, after }: RowChange): readonly Resource[] {
  switch (kind.name) {
    case NatGateway.name:
      return [id, ...natGatewaysOf(before, after).flatMap(regionalAllocations)].map((one) => ({ id: one, owner: tx }));
    case ElasticIp.name:
    case VpcEndpoint.name:
    case TransitGatewayAttachment.name:
    case VpnConnection.name:
      return [{ id, owner: tx }];
    case NetworkInterface.name:
      return withElasticIps(tx, id);
    default:
      // An instance. Interfaces that it lost, and Elastic IPs that lost their place, are changes of their own.
      return interfacesOfInstance(tx, id).flatMap(({ row, owner }) => withElasticIps(owner, row.id));
  }
}

/** Elastic IPs of a regional gateway, whose own rows do not change with it. */
const regionalAllocations = (row: NatGateway): readonly string[] =>
  row.regional ? allocationsOf(row).map(({ id }) => id) : [];

/** The changes of a kind hold rows of that kind. */
const natGatewaysOf = (...rows: readonly (Row | undefined)[]): readonly NatGateway[] =>
  rows.filter((row) => row !== undefined) as NatGateway[];

const withElasticIps = (tx: Transaction, networkInterfaceId: string): readonly Resource[] => [
  { id: networkInterfaceId, owner: tx },
  ...elasticIpsOn(tx, networkInterfaceId).map(({ row, owner }) => ({ id: row.id, owner })),
];

/** What counts as a remap is unconfirmed; here it is every association that an Elastic IP did not have before. */
function countRemap(tx: Transaction, { kind, id: resourceId, before }: RowChange): void {
  if (kind.name !== ElasticIp.name) return;
  const row = tx.find(ElasticIp, resourceId);
  if (!row?.association || row.association.id === elasticIpOf(before)?.association?.id) return;
  const month = monthOf(tx.nowMs);
  const id = `${resourceId}/${month}`;
  const count = 1 + (tx.find(RemapCount, id)?.count ?? 0);
  tx.put(RemapCount, { id, resourceId, month, publicIp: row.publicIp, count });
}

/** The changes of a kind hold rows of that kind. */
const elasticIpOf = (row: Row | undefined): ElasticIp | undefined => row as ElasticIp | undefined;

/** Closes the open interval of a resource and opens another, if its use has changed. */
function record(tx: Transaction, resourceId: string): void {
  const { nowMs } = tx;
  const [open] = tx.by(UsageInterval, 'open', resourceId);
  const use = useOf(tx, resourceId);
  if (open && use && isSameUse(open.use, use)) return;
  if (open) close(tx, open);
  if (use) tx.put(UsageInterval, { id: `${resourceId}@${nowMs}`, resourceId, startMs: nowMs, endMs: undefined, use });
}

/** An interval without length says nothing, and would be in the way of one that begins now. A clock may be set back. */
function close(tx: Transaction, { id, startMs }: UsageInterval): void {
  if (startMs >= tx.nowMs) tx.remove(UsageInterval, id);
  else tx.update(UsageInterval, id, { endMs: tx.nowMs });
}
