/** What an interface of an instance may send and receive, as the fabric needs it: bytes, and scaled as localvpc was started. */
import { instanceTypeNamed } from '../model/instance-type-table.ts';
import { FLOW_BITS, networkAllowance } from '../model/network-allowance.ts';
import { networkingOf } from '../model/networking.ts';
import type { Owned } from '../model/owned.ts';
import type { Instance } from '../model/resources/instance.ts';
import type { NetworkInterface } from '../model/resources/network-interface.ts';
import { PlacementGroup } from '../model/resources/placement-group.ts';
import type { AllowanceRow } from '../tables/tables.ts';

/** Undefined where rates are off. */
export function allowanceRow(
  { row: instance, owner }: Owned<Instance>,
  { attachment }: Pick<NetworkInterface, 'attachment'>,
): AllowanceRow | undefined {
  const { rates } = owner.environment;
  if (rates === undefined || !attachment) return undefined;
  const type = instanceTypeNamed(instance.instanceType);
  const { networkCardIndex, enaSrd } = attachment;
  const group = instance.placementGroupId && owner.find(PlacementGroup, instance.placementGroupId);
  const cluster = group && group.strategy === 'cluster' ? group.id : undefined;
  const allowance = networkAllowance({
    type,
    networkCardIndex,
    weighting: instance.bandwidthWeighting,
    isInClusterGroup: cluster !== undefined,
  });
  const bytes = (bits: number): number => (rates * bits) / 8;
  const isEnhanced = networkingOf(instance) !== 'none';
  return {
    id: `${instance.id}/${networkCardIndex}`,
    baselineBytesPerSecond: bytes(allowance.baselineBits),
    peakBytesPerSecond: bytes(allowance.peakBits),
    creditBytes: bytes(allowance.creditBits),
    packetsPerSecond: rates * allowance.packets,
    internetBytesPerSecond: bytes(allowance.internetBits),
    flowBytesPerSecond: bytes(FLOW_BITS.ordinary),
    cluster:
      cluster !== undefined && isEnhanced
        ? { groupId: cluster, flowBytesPerSecond: bytes(FLOW_BITS.cluster) }
        : undefined,
    express:
      enaSrd?.enabled && type.NetworkInfo.EnaSrdSupported
        ? { carriesUdp: enaSrd.udpEnabled, flowBytesPerSecond: bytes(FLOW_BITS.express) }
        : undefined,
  };
}
