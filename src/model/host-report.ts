/** Hosts and who is on them, for people who want to see what AWS does not show. */
import type { InstanceId, NetworkInterfaceId } from '../net/identifiers.ts';
import { MEDIATED, type NicMode } from '../net/nic-mode.ts';
import { whyPinned } from './host-maintenance.ts';
import { conditionOf, placementOf, placementsOn } from './hosts.ts';
import { interfacesOfInstance } from './instance-interfaces.ts';
import { Instance, type InstanceStateName } from './resources/instance.ts';
import { HostCondition, Placement } from './resources/placement.ts';
import { PlacementGroup, type PlacementStrategy } from './resources/placement-group.ts';
import { WORLD } from './scope.ts';
import type { Host, HostId } from './topology.ts';
import type { Transaction } from './transaction.ts';

/** A host with those on it. */
export interface HostReport {
  readonly id: HostId;
  readonly zone: string;
  readonly rack: number;
  readonly state: 'available' | HostCondition['state'];
  /** ISO 8601: since when it is draining or has failed. */
  readonly since: string | null;
  /** ISO 8601: when instances of a failed host are next brought up elsewhere. */
  readonly recoversAt: string | null;
  readonly nic: {
    readonly virtualFunctions: number;
    readonly held: number;
  };
  readonly instances: readonly ResidentReport[];
}

/** An instance on a host. */
export interface ResidentReport {
  readonly instanceId: InstanceId;
  /** Its Name tag. */
  readonly name: string | null;
  readonly account: string;
  readonly region: string;
  readonly instanceType: string;
  readonly state: InstanceStateName;
  readonly hostId: HostId;
  readonly placementGroup: { readonly name: string; readonly strategy: PlacementStrategy } | null;
  readonly partitionNumber: number | null;
  readonly interfaces: readonly InterfaceReport[];
  /** Why it cannot be moved while it runs. */
  readonly pinned: string | null;
}

/** An interface of it. */
export interface InterfaceReport {
  readonly interfaceId: NetworkInterfaceId;
  readonly deviceIndex: number;
  /** How its frames go: by what was decided when its guest got it (nic-modes.ts). */
  readonly mode: NicMode['kind'];
  /** The virtual function that it holds, whether its frames use it or not; null where it holds none. */
  readonly virtualFunction: number | null;
}

/** Which hosts are asked about: those with instances or trouble, or all of a zone. */
export interface HostsAsked {
  readonly zone: string | undefined;
}

/** @throws never; a zone that nobody has is empty */
export function reportHosts(tx: Transaction, { zone }: HostsAsked): readonly HostReport[] {
  const { topology } = tx.environment;
  const hosts = zone === undefined ? hostsInUse(tx) : topology.racks(zone).flatMap((rack) => rack.hosts);
  return hosts.map((host) => reportHost(tx, host));
}

function hostsInUse(tx: Transaction): readonly Host[] {
  const { topology } = tx.environment;
  const world = tx.in(WORLD);
  const ids = new Set([
    ...world.list(Placement).map(({ hostId }) => hostId),
    ...world.list(HostCondition).map(({ id }) => id),
  ]);
  return [...ids].flatMap((id) => topology.host(id) ?? []).sort(inOrder);
}

const inOrder = (one: Host, other: Host): number =>
  one.zone === other.zone ? one.rack - other.rack || one.number - other.number : one.zone < other.zone ? -1 : 1;

/** A host as it is now. */
export function reportHost(tx: Transaction, host: Host): HostReport {
  const condition = conditionOf(tx, host.id);
  const placements = placementsOn(tx, host.id);
  return {
    id: host.id,
    zone: host.zone,
    rack: host.rack,
    state: condition?.state ?? 'available',
    since: timeOf(condition?.sinceMs),
    recoversAt: timeOf(condition?.recoverAtMs),
    nic: {
      virtualFunctions: host.virtualFunctions,
      held: placements.reduce((sum, { functions }) => sum + functions.length, 0),
    },
    instances: placements.flatMap((placement) => reportResident(tx, placement) ?? []),
  };
}

const timeOf = (ms: number | undefined): string | null => (ms === undefined ? null : new Date(ms).toISOString());

/** The instance of a place; undefined where it is gone. */
export function reportResident(tx: Transaction, placement: Placement): ResidentReport | undefined {
  const { id, account, region, hostId, functions } = placement;
  const owner = tx.in({ account, region });
  const instance = owner.find(Instance, id);
  if (!instance) return undefined;
  const group = instance.placementGroupId && owner.find(PlacementGroup, instance.placementGroupId);
  return {
    instanceId: id,
    name: instance.tags.Name ?? null,
    account,
    region,
    instanceType: instance.instanceType,
    state: instance.state,
    hostId,
    placementGroup: group ? { name: group.name, strategy: group.strategy } : null,
    partitionNumber: instance.partitionNumber ?? null,
    interfaces: interfacesOfInstance(owner, id)
      .map(({ row }) => ({
        interfaceId: row.id,
        deviceIndex: row.attachment?.deviceIndex ?? 0,
        mode: (row.attachment?.nic ?? MEDIATED).kind,
        virtualFunction: functions.find(({ interfaceId }) => interfaceId === row.id)?.number ?? null,
      }))
      .sort((one, other) => one.deviceIndex - other.deviceIndex),
    pinned: whyPinned(owner, instance) ?? null,
  };
}

/** The place of one instance; undefined where it is on no host. */
export function reportInstance(tx: Transaction, instanceId: InstanceId): ResidentReport | undefined {
  const placement = placementOf(tx, instanceId);
  return placement && reportResident(tx, placement);
}
