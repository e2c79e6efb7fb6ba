/** Where an instance is, as the fabric needs it to know how far its packets go. */
import { hostOf } from '../model/hosts.ts';
import type { Owned } from '../model/owned.ts';
import type { Instance } from '../model/resources/instance.ts';
import type { PlaceRow } from '../tables/place-row.ts';

/** Undefined where distances make no difference, or the instance is on no host. */
export function placeRow({ row, owner: tx }: Owned<Instance>): PlaceRow | undefined {
  const { latencies } = tx.environment;
  const host = latencies && hostOf(tx, row.id);
  return host && { host: host.id, rack: `${host.zone}-r${host.rack}`, zone: host.zone, region: tx.region, latencies };
}
