/** Options of instances with an operation of their own. */
import { Fault } from '../../model/fault.ts';
import { changeInstance } from '../../model/instance-attributes.ts';
import {
  changeBandwidthWeighting,
  changeCpuOptions,
  changeDnsNameOptions,
  refuseEnded,
  refuseUnlessStopped,
} from '../../model/instance-options.ts';
import { instanceTypeNamed } from '../../model/instance-type-table.ts';
import { changePlacement } from '../../model/placement-groups.ts';
import { Instance } from '../../model/resources/instance.ts';
import { PlacementGroup } from '../../model/resources/placement-group.ts';
import type { Transaction } from '../../model/transaction.ts';
import { action, recordOnly } from '../action.ts';
import { choice } from '../choice.ts';
import { askedCpuOptions, dnsNameOptions, placementAsk, weightingOf } from './instance-launch-request.ts';

/** ModifyPrivateDnsNameOptions. */
export const ModifyPrivateDnsNameOptions = action('ModifyPrivateDnsNameOptions', (request, tx) => {
  const row = tx.get(Instance, request.InstanceId);
  changeDnsNameOptions(tx, row, dnsNameOptions(request.PrivateDnsHostnameType, request));
  return { Return: true };
});

const setMonitoring = (tx: Transaction, ids: readonly string[], monitoring: boolean) => {
  const rows = ids.map((id) => tx.get(Instance, id));
  for (const row of rows) refuseEnded(row);
  return {
    InstanceMonitorings: rows.map(({ id }) => {
      tx.update(Instance, id, { monitoring });
      return { InstanceId: id, Monitoring: { State: monitoring ? ('pending' as const) : ('disabling' as const) } };
    }),
  };
};

const NO_MONITORING = recordOnly('Recorded; CloudWatch is not served, so there are no metrics to look at.');

/** MonitorInstances. The answer shows `pending`. */
export const MonitorInstances = action(
  'MonitorInstances',
  (request, tx) => setMonitoring(tx, request.InstanceIds, true),
  NO_MONITORING,
);

/** UnmonitorInstances. The answer shows `disabling`. */
export const UnmonitorInstances = action(
  'UnmonitorInstances',
  (request, tx) => setMonitoring(tx, request.InstanceIds, false),
  NO_MONITORING,
);

/** ResetInstanceAttribute: kernel and RAM disk have nothing to be reset to here. The sentences are unconfirmed. */
export const ResetInstanceAttribute = action('ResetInstanceAttribute', (request, tx) => {
  const row = tx.get(Instance, request.InstanceId);
  switch (request.Attribute) {
    case 'sourceDestCheck':
      return changeInstance(tx, row, { kind: 'source-dest-check', value: true });
    case 'kernel':
    case 'ramdisk':
      return refuseUnlessStopped(row);
    default: {
      const reason = 'Only kernel, ramdisk and sourceDestCheck can be reset.';
      throw new Fault('InvalidParameterValue', { value: request.Attribute, parameter: 'attribute', reason });
    }
  }
});

/** ModifyInstanceNetworkPerformanceOptions. Packets notice it where localvpc was started with rates. */
export const ModifyInstanceNetworkPerformanceOptions = action(
  'ModifyInstanceNetworkPerformanceOptions',
  (request, tx) => {
    const row = tx.get(Instance, request.InstanceId);
    const weighting = weightingOf(request.BandwidthWeighting) ?? 'default';
    changeBandwidthWeighting(tx, row, weighting);
    return { InstanceId: row.id, BandwidthWeighting: weighting };
  },
);

/** ModifyInstanceMaintenanceOptions. */
export const ModifyInstanceMaintenanceOptions = action(
  'ModifyInstanceMaintenanceOptions',
  (request, tx) => {
    const row = tx.get(Instance, request.InstanceId);
    refuseEnded(row);
    const words = ['default', 'disabled'] as const;
    const autoRecovery = choice(request.AutoRecovery, words, 'autoRecovery') ?? row.autoRecovery;
    const rebootMigration = choice(request.RebootMigration, words, 'rebootMigration') ?? row.rebootMigration;
    tx.update(Instance, row.id, { autoRecovery, rebootMigration });
    return { InstanceId: row.id, AutoRecovery: autoRecovery, RebootMigration: rebootMigration };
  },
  recordOnly('Recorded; hosts neither fail nor need maintenance here.'),
);

/** ModifyInstanceCpuOptions. */
export const ModifyInstanceCpuOptions = action(
  'ModifyInstanceCpuOptions',
  (request, tx) => {
    if (request.NestedVirtualization !== undefined) {
      throw new Fault('UnsupportedOperation', 'localvpc does not serve nested virtualization.');
    }
    const row = tx.get(Instance, request.InstanceId);
    const { coreCount, threadsPerCore } = changeCpuOptions(tx, row, askedCpuOptions(request)).cpuOptions;
    return { InstanceId: row.id, CoreCount: coreCount, ThreadsPerCore: threadsPerCore };
  },
  recordOnly('Recorded; guests see the processors of the machine.'),
);

/** ModifyInstancePlacement: group, partition and tenancy of a stopped instance; an empty group name takes it out. Its host follows at its next start. */
export const ModifyInstancePlacement = action('ModifyInstancePlacement', (request, tx) => {
  const row = tx.get(Instance, request.InstanceId);
  if (request.HostId ?? request.HostResourceGroupArn ?? request.Affinity) {
    throw new Fault('UnsupportedOperation', 'localvpc does not serve Dedicated Hosts.');
  }
  refuseUnlessStopped(row);
  const tenancy = choice(request.Tenancy, ['default', 'dedicated', 'host'], 'tenancy');
  if (tenancy !== undefined && tenancy !== row.tenancy) throw tenancyStays(row.tenancy, tenancy);
  const { GroupName, GroupId, PartitionNumber } = request;
  if (GroupName === undefined && GroupId === undefined && PartitionNumber === undefined) return { Return: true };
  const ask = placementAsk(tx, request);
  const stays = GroupName === undefined && GroupId === undefined && row.placementGroupId !== undefined;
  const group = stays ? tx.find(PlacementGroup, row.placementGroupId) : ask.group;
  changePlacement(tx, row, { ...ask, group }, instanceTypeNamed(row.instanceType));
  return { Return: true };
});

/** AWS changes only between dedicated and host, and Dedicated Hosts are not served. Code and sentence are unconfirmed. */
const tenancyStays = (from: string, to: string): Fault =>
  new Fault('InvalidParameterCombination', `The tenancy of an instance cannot be changed from '${from}' to '${to}'.`);

export const instanceOptionActions = [
  ModifyPrivateDnsNameOptions,
  MonitorInstances,
  UnmonitorInstances,
  ResetInstanceAttribute,
  ModifyInstanceNetworkPerformanceOptions,
  ModifyInstanceMaintenanceOptions,
  ModifyInstanceCpuOptions,
  ModifyInstancePlacement,
] as const;
