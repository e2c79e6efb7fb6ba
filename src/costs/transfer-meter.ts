/**
 * The meter of data transfer: turns what the data plane counted into bytes of resources and hours.
 *
 * The data plane is asked now and then, so an interface may be gone by the time that its bytes are counted: where it was
 * is remembered until then. Bytes on which the data plane has not been asked are lost with it, a minute's at most.
 */
import type { Row } from '../model/kind.ts';
import { NatGateway, type NatGatewayZone } from '../model/resources/nat-gateway.ts';
import { NetworkInterface } from '../model/resources/network-interface.ts';
import { type Scope, scopeKey } from '../model/scope.ts';
import type { RowChange, Transaction } from '../model/transaction.ts';
import type { World } from '../model/world.ts';
import type { TrafficCount, TrafficEnd } from '../tables/data-plane.ts';
import { HOUR_MS } from './hourly-usage.ts';
import { chargesOf, type Place, type TransferCharge } from './transfer-charges.ts';
import { TransferredBytes } from './transferred-bytes.ts';

/** Where interfaces were that are gone. */
export type Departed = ReadonlyMap<string, Omit<Place, 'resourceId'>>;

/** Knows where interfaces are, and were until a moment ago. */
export class TransferMeter {
  /** Interfaces that are gone and may have bytes that were not asked for yet. */
  #gone = new Map<string, Omit<Place, 'resourceId'>>();

  /** To be told of every transaction's changes. */
  note(changes: readonly RowChange[]): void {
    for (const { kind, id, scope, before, after } of changes) {
      if (kind.name === NatGateway.name) {
        for (const { interfaceId, zone } of zonesOf(before)) this.#gone.set(interfaceId, { scope, zone });
        continue;
      }
      if (kind.name !== NetworkInterface.name || before === undefined || after !== undefined) continue;
      this.#gone.set(id, { scope, zone: (before as NetworkInterface).zone });
    }
  }

  /** Those that have gone so far, once: to be called before the data plane is asked, and handed to `charges`. */
  takeDeparted(): Departed {
    const departed = this.#gone;
    this.#gone = new Map();
    return departed;
  }

  /** The charges of what was counted, by the account and Region in which each is recorded. */
  charges(
    world: World,
    counts: readonly TrafficCount[],
    departed: Departed,
  ): readonly (readonly [Scope, readonly TransferCharge[]])[] {
    const scopes = world.accountScopes();
    const placeOf = ({ interfaceId, owner }: Exclude<TrafficEnd, 'internet'>): Place | undefined => {
      const where =
        standingAt(world, scopes, interfaceId, owner.id) ?? departed.get(interfaceId) ?? this.#gone.get(interfaceId);
      return where && { ...where, resourceId: owner.id };
    };
    const byScope = new Map<string, [Scope, TransferCharge[]]>();
    for (const charge of counts.flatMap((count) => chargesOf(count, placeOf))) {
      const key = scopeKey(charge.place.scope);
      const entry = byScope.get(key) ?? [charge.place.scope, []];
      byScope.set(key, entry);
      entry[1].push(charge);
    }
    return [...byScope.values()];
  }
}

/** Where a regional NAT gateway stands; the changes of a kind hold rows of that kind. */
const zonesOf = (row: Row | undefined): readonly NatGatewayZone[] =>
  (row as NatGateway | undefined)?.regional?.zones ?? [];

function standingAt(
  world: World,
  scopes: readonly Scope[],
  id: string,
  ownerId: string,
): Omit<Place, 'resourceId'> | undefined {
  for (const scope of scopes) {
    const zones = zonesOf(world.table(scope, NatGateway).get(ownerId));
    const row = world.table(scope, NetworkInterface).get(id) ?? zones.find(({ interfaceId }) => interfaceId === id);
    if (row) return { scope, zone: row.zone };
  }
  return undefined;
}

/** Adds the bytes to those of the present hour. */
export function recordTransfer(tx: Transaction, charges: readonly TransferCharge[]): void {
  const hourMs = tx.nowMs - (tx.nowMs % HOUR_MS);
  for (const { place, measure, otherRegion, bytes } of charges) {
    const { resourceId } = place;
    const id = `${resourceId}@${hourMs}/${measure}${otherRegion === undefined ? '' : `/${otherRegion}`}`;
    const before = tx.find(TransferredBytes, id)?.bytes ?? 0;
    tx.put(TransferredBytes, { id, resourceId, hourMs, measure, otherRegion, bytes: before + bytes });
  }
}
