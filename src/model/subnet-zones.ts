/** The Availability Zone that a request for a subnet names. */
import { Fault } from './fault.ts';
import { findZone, findZoneById, type Zone, zonesOf } from './regions.ts';
import type { Transaction } from './transaction.ts';

/**
 * The zone with this name or AZ id, undefined where the request names none.
 * @throws Fault InvalidParameterValue (sentence unconfirmed), InvalidParameterCombination for both
 */
export function requestedZone(tx: Transaction, name: string | undefined, id: string | undefined): Zone | undefined {
  if (name !== undefined && id !== undefined) {
    throw new Fault('InvalidParameterCombination', { parameter: 'availabilityZone', other: 'availabilityZoneId' });
  }
  if (name !== undefined) {
    return findZone(tx.region, name) ?? refuse(tx, 'availabilityZone', name, (zone) => zone.name);
  }
  if (id === undefined) return undefined;
  return findZoneById(tx.region, id) ?? refuse(tx, 'availabilityZoneId', id, (zone) => zone.id);
}

function refuse(tx: Transaction, parameter: string, value: string, textOf: (zone: Zone) => string): never {
  const zones = zonesOf(tx.region).map(textOf).join(', ');
  const reason = `Subnets can currently only be created in the following availability zones: ${zones}.`;
  throw new Fault('InvalidParameterValue', { value, parameter, reason });
}
