/**
 * From the model to forwarding tables, as far as something changed.
 *
 * A transaction's changes name the rows that may be others now; those are made again and, where they really differ from
 * what the fabric has, sent. So a change costs what it touches, however large the world is.
 */
import { kindNamed } from '../model/kind.ts';
import { NatGateway } from '../model/resources/nat-gateway.ts';
import { NetworkAcl } from '../model/resources/network-acl.ts';
import { Firewall } from '../model/resources/network-firewall.ts';
import { NetworkInterface } from '../model/resources/network-interface.ts';
import { PrefixList } from '../model/resources/prefix-list.ts';
import { RouteTable } from '../model/resources/route-table.ts';
import { SecurityGroup } from '../model/resources/security-group.ts';
import { Subnet } from '../model/resources/subnet.ts';
import { TransitGatewayRouteTable } from '../model/resources/transit-gateway.ts';
import { Vpc } from '../model/resources/vpc.ts';
import { VpcEndpoint } from '../model/resources/vpc-endpoint.ts';
import { VpcEndpointService } from '../model/resources/vpc-endpoint-service.ts';
import { VpcPeeringConnection } from '../model/resources/vpc-peering-connection.ts';
import { VpnConnection } from '../model/resources/vpn.ts';
import { type Scope, scopeKey } from '../model/scope.ts';
import type { RowChange, Transaction } from '../model/transaction.ts';
import type { World } from '../model/world.ts';
import { TABLE_KINDS, type TableRow, type TableUpdate } from '../tables/tables.ts';
import { affectedRows, compiledKinds } from './affected-rows.ts';
import { endpointServiceRow, gatewayEndpointRow } from './endpoint-rows.ts';
import { firewallRow } from './firewall-rows.ts';
import { gatewayLoadBalancerRow } from './gateway-load-balancer-row.ts';
import { interfaceRow } from './interface-row.ts';
import { loadBalancerRow } from './load-balancer-row.ts';
import {
  networkAclRow,
  peeringRow,
  prefixListRow,
  routeTableRow,
  securityGroupRow,
  subnetRow,
  vpcRow,
} from './network-rows.ts';
import { regionalNatGatewayRow } from './regional-nat-gateway-row.ts';
import { transitGatewayAttachmentRow, transitGatewayRouteTableRow } from './transit-gateway-rows.ts';
import { vpnConnectionRow } from './vpn-rows.ts';

/** Makes one row anew; undefined where there is none (any more). */
function compileRow(tx: Transaction, kind: TableRow['kind'], id: string): TableRow | undefined {
  switch (kind) {
    case 'vpc':
      return from(tx.find(Vpc, id), (vpc) => vpcRow(tx, vpc));
    case 'subnet':
      return from(tx.find(Subnet, id), (subnet) => subnetRow(tx, subnet));
    case 'route-table':
      return from(tx.find(RouteTable, id), (table) => routeTableRow(tx, table));
    case 'network-acl':
      return from(tx.find(NetworkAcl, id), networkAclRow);
    case 'security-group':
      return from(tx.find(SecurityGroup, id), securityGroupRow);
    case 'interface':
      return from(tx.find(NetworkInterface, id), (one) => interfaceRow(tx, one));
    case 'peering':
      return from(tx.find(VpcPeeringConnection, id), (one) => peeringRow(tx, one));
    case 'transit-gateway-route-table':
      return from(tx.find(TransitGatewayRouteTable, id), (one) => transitGatewayRouteTableRow(tx, one));
    case 'vpn-connection':
      return from(tx.find(VpnConnection, id), (one) => vpnConnectionRow(tx, one));
    case 'transit-gateway-attachment':
      return transitGatewayAttachmentRow(tx, id);
    case 'gateway-endpoint':
      return from(tx.find(VpcEndpoint, id), gatewayEndpointRow);
    case 'regional-nat-gateway':
      return from(tx.find(NatGateway, id), (gateway) => regionalNatGatewayRow(tx, gateway));
    case 'endpoint-service':
      return from(tx.find(VpcEndpointService, id), endpointServiceRow);
    case 'firewall':
      return from(tx.find(Firewall, id), (firewall) => firewallRow(tx, firewall));
    case 'load-balancer':
      return loadBalancerRow(tx, id);
    case 'gateway-load-balancer':
      return gatewayLoadBalancerRow(tx, id);
    case 'prefix-list':
      return from(tx.find(PrefixList, id), prefixListRow);
  }
}

const from = <R, T>(row: R | undefined, make: (row: R) => T): T | undefined =>
  row === undefined ? undefined : make(row);

/** Remembers what the fabric has, and says what it needs. */
export class Compiler {
  readonly #now: () => number;
  /** The fabric's rows by kind and id. Ids are unique over all accounts and Regions. */
  readonly #rows = new Map<TableRow['kind'], Map<string, TableRow>>(TABLE_KINDS.map((kind) => [kind, new Map()]));

  /** `now`: milliseconds since the epoch. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** What the fabric must be told after these changes, in an order in which it may apply them one by one. */
  compile(changes: readonly RowChange[], world: World): readonly TableUpdate[] {
    const [first] = changes;
    if (!first) return [];
    const { result: differences } = world.transact(first.scope, this.#now(), (tx) => this.#differences(tx, changes));
    for (const difference of differences) this.#keep(difference);
    return inOrder(differences.map((difference) => updateTo(difference, difference.after)));
  }

  /**
   * What the fabric would be told if this transaction were committed now, and what would take that back. Nothing is
   * remembered of it.
   */
  preview(tx: Transaction): { readonly updates: readonly TableUpdate[]; readonly undo: readonly TableUpdate[] } {
    const differences = this.#differences(tx, tx.changes());
    return {
      updates: inOrder(differences.map((difference) => updateTo(difference, difference.after))),
      undo: inOrder(differences.map((difference) => updateTo(difference, difference.before))),
    };
  }

  /** Every row that the fabric has, in an order in which one that has nothing may apply them. */
  rows(): readonly TableUpdate[] {
    return TABLE_KINDS.flatMap((kind) =>
      [...(this.#rows.get(kind)?.values() ?? [])].map((row): TableUpdate => ({ change: 'put', row })),
    );
  }

  /** Everything, for a fabric that has nothing. */
  compileAll(world: World): readonly TableUpdate[] {
    for (const rows of this.#rows.values()) rows.clear();
    const everything: RowChange[] = [];
    for (const scope of world.scopes())
      for (const name of compiledKinds()) {
        const kind = kindNamed(name);
        if (!kind) continue;
        for (const row of world.table(scope, kind).values())
          everything.push({ scope, kind, id: row.id, before: undefined, after: row });
      }
    return this.compile(everything, world);
  }

  /** Takes everything away, for a world that begins anew. */
  clear(): readonly TableUpdate[] {
    const updates: TableUpdate[] = [];
    for (const [kind, rows] of this.#rows) {
      for (const id of rows.keys()) updates.push({ change: 'remove', kind, id });
      rows.clear();
    }
    return inOrder(updates);
  }

  /** The rows that really are others after these changes. */
  #differences(tx: Transaction, changes: readonly RowChange[]): Difference[] {
    // By kind and id, in the scope that each is compiled in.
    const affected = new Map<TableRow['kind'], Map<string, Transaction>>();
    for (const [scope, ofScope] of byScope(changes)) {
      const ofChange = tx.in(scope);
      for (const { kind, id, before, after } of ofScope)
        affectedRows(kind, { id, before, after }, ofChange, (table, rowId, owner = ofChange) => {
          const ids = affected.get(table) ?? new Map();
          affected.set(table, ids.set(rowId, owner));
        });
    }
    const differences: Difference[] = [];
    for (const [kind, ids] of affected)
      for (const [id, owner] of ids) {
        const before = this.#rows.get(kind)?.get(id);
        const after = compileRow(owner, kind, id);
        if (!equal(before, after)) differences.push({ kind, id, before, after });
      }
    return differences;
  }

  #keep({ kind, id, after }: Difference): void {
    const rows = this.#rows.get(kind);
    if (after) rows?.set(id, after);
    else rows?.delete(id);
  }
}

/** A row as the fabric has it, and as it is to be. */
interface Difference {
  readonly kind: TableRow['kind'];
  readonly id: string;
  readonly before: TableRow | undefined;
  readonly after: TableRow | undefined;
}

const updateTo = ({ kind, id }: Difference, row: TableRow | undefined): TableUpdate =>
  row ? { change: 'put', row } : { change: 'remove', kind, id };

function byScope(changes: readonly RowChange[]): Iterable<readonly [Scope, readonly RowChange[]]> {
  const scopes = new Map<string, readonly [Scope, RowChange[]]>();
  let last: readonly [Scope, RowChange[]] | undefined;
  for (const change of changes) {
    // Mostly that of the change before: no text is made for each.
    if (last?.[0] !== change.scope) {
      const key = scopeKey(change.scope);
      last = scopes.get(key) ?? [change.scope, []];
      scopes.set(key, last);
    }
    last[1].push(change);
  }
  return scopes.values();
}

/** First what is named, then what names it; what goes, the other way round and last. */
function inOrder(updates: readonly TableUpdate[]): readonly TableUpdate[] {
  if (updates.length < 2) return updates;
  const rank = (update: TableUpdate): number =>
    update.change === 'put'
      ? TABLE_KINDS.indexOf(update.row.kind)
      : 2 * TABLE_KINDS.length - TABLE_KINDS.indexOf(update.kind);
  return [...updates].sort((one, other) => rank(one) - rank(other));
}

/** Deep equality of rows: plain objects, arrays and scalars. */
function equal(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const keys = Object.keys(one);
  if (keys.length !== Object.keys(other).length) return false;
  return keys.every((key) => equal(Reflect.get(one, key), Reflect.get(other, key)));
}
