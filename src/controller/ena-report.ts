/** What `localvpc ena` shows of an instance: its kind of networking, its interfaces and ENA's counters of them. */

import { enaQueueCountOf } from '../model/ena-queues.ts';
import { interfacesOfInstance } from '../model/instance-interfaces.ts';
import { instanceTypeNamed } from '../model/instance-type-table.ts';
import { type Networking, networkingOf } from '../model/networking.ts';
import type { Instance } from '../model/resources/instance.ts';
import type { Scope } from '../model/scope.ts';
import type { EnaCounters } from '../tables/data-plane.ts';
import type { Running } from './running.ts';

/** An interface of the report. */
interface EnaInterface {
  readonly id: string;
  readonly networkCardIndex: number;
  readonly deviceIndex: number;
  /** Of an ENA device. */
  readonly queues: number | null;
  /** Null while no guest has it. */
  readonly counters: EnaCounters | null;
}

/** The report. */
export interface EnaReport {
  readonly instanceId: string;
  readonly instanceType: string;
  readonly networking: Networking;
  /** How much of AWS's rates instances have; null where nothing limits them. */
  readonly rates: number | null;
  readonly interfaces: readonly EnaInterface[];
}

/** The report on an instance of this scope. */
export async function enaReport(
  { world, dataPlane, now }: Running,
  scope: Scope,
  instance: Instance,
): Promise<EnaReport> {
  const networking = networkingOf(instance);
  const type = instanceTypeNamed(instance.instanceType);
  const attached = world
    .transact(scope, now(), (tx) => interfacesOfInstance(tx, instance.id))
    .result.flatMap(({ row: { id, attachment } }) => (attachment ? [{ id, attachment }] : []));
  const counters = await dataPlane.enaCounters(attached.map(({ id }) => id));
  const interfaces = attached.map(({ id, attachment }) => ({
    id,
    networkCardIndex: attachment.networkCardIndex,
    deviceIndex: attachment.deviceIndex,
    queues: networking === 'ena' ? enaQueueCountOf(type, attachment) : null,
    counters: counters[id] ?? null,
  }));
  const place = (one: EnaInterface): number => one.networkCardIndex * 2 ** 16 + one.deviceIndex;
  return {
    instanceId: instance.id,
    instanceType: instance.instanceType,
    networking,
    rates: world.environment.rates ?? null,
    interfaces: interfaces.sort((one, other) => place(one) - place(other)),
  };
}
