/** Options of instances with an operation of their own: names, processors, credits, bandwidth, maintenance, monitoring. */

import { primaryInterface } from './dns-names.ts';
import { Fault } from './fault.ts';
import { refuseHibernated } from './hibernation.ts';
import { type InstanceType, instanceTypeNamed } from './instance-type-table.ts';
import { Instance } from './resources/instance.ts';
import { type PrivateDnsNameOptions, Subnet } from './resources/subnet.ts';
import type { Transaction } from './transaction.ts';

/** @throws Fault IncorrectInstanceState */
export function refuseUnlessStopped(instance: Instance): void {
  const { id, state } = instance;
  refuseHibernated(instance);
  if (state !== 'stopped')
    throw new Fault('IncorrectInstanceState', `The instance '${id}' is not in the 'stopped' state.`);
}

/** @throws Fault IncorrectInstanceState for one that ends or has ended (sentence unconfirmed) */
export function refuseEnded({ id, state }: Instance): void {
  if (state === 'shutting-down' || state === 'terminated')
    throw new Fault('IncorrectInstanceState', `The instance '${id}' is in the '${state}' state.`);
}

/**
 * ModifyPrivateDnsNameOptions: records at any time, the kind of name of a stopped instance only.
 * @throws Fault IncorrectInstanceState, InvalidParameterCombination (ip-name without an IPv4 address; unconfirmed)
 */
export function changeDnsNameOptions(tx: Transaction, row: Instance, change: Partial<PrivateDnsNameOptions>): void {
  refuseEnded(row);
  const { hostnameType } = change;
  if (hostnameType !== undefined && hostnameType !== row.privateDnsNameOptions.hostnameType) refuseUnlessStopped(row);
  const subnetId = primaryInterface(tx, row.id)?.subnetId;
  if (hostnameType === 'ip-name' && subnetId && tx.get(Subnet, subnetId).ipv6Native) {
    const message = 'Instances in an IPv6-only subnet can only have the hostname type resource-name.';
    throw new Fault('InvalidParameterCombination', message);
  }
  tx.update(Instance, row.id, { privateDnsNameOptions: { ...row.privateDnsNameOptions, ...change } });
}

/** CPU options of a launch or a change; without them the type's defaults. Guests see the host's processors whatever they say. */
export function cpuOptionsOf(
  { InstanceType: name, VCpuInfo }: InstanceType,
  { coreCount, threadsPerCore }: Partial<Instance['cpuOptions']>,
): Instance['cpuOptions'] {
  const { DefaultCores, DefaultThreadsPerCore, ValidCores, ValidThreadsPerCore } = VCpuInfo;
  if (coreCount === undefined && threadsPerCore === undefined) {
    return { coreCount: DefaultCores, threadsPerCore: DefaultThreadsPerCore };
  }
  if (coreCount === undefined || threadsPerCore === undefined) {
    // Documented; the sentence is unconfirmed.
    throw new Fault('InvalidParameterCombination', 'CpuOptions must specify both CoreCount and ThreadsPerCore.');
  }
  const allowed = (value: number, values: readonly number[] | undefined, usual: number): boolean =>
    values ? values.includes(value) : value === usual;
  if (
    allowed(coreCount, ValidCores, DefaultCores) &&
    allowed(threadsPerCore, ValidThreadsPerCore, DefaultThreadsPerCore)
  )
    return { coreCount, threadsPerCore };
  const message = `CpuOptions with CoreCount ${coreCount} and ThreadsPerCore ${threadsPerCore} are not supported by the '${name}' instance type.`;
  throw new Fault('InvalidParameterValue', message);
}

/** ModifyInstanceCpuOptions. @throws Fault IncorrectInstanceState, InvalidParameterValue, InvalidParameterCombination */
export function changeCpuOptions(tx: Transaction, row: Instance, asked: Partial<Instance['cpuOptions']>): Instance {
  refuseUnlessStopped(row);
  return tx.update(Instance, row.id, { cpuOptions: cpuOptionsOf(instanceTypeNamed(row.instanceType), asked) });
}

export type CpuCredits = NonNullable<Instance['cpuCredits']>;

/** Credits of an instance of this type; undefined for one that does not burst. T2 is standard unless asked otherwise. */
export function cpuCreditsOf(type: InstanceType, asked: CpuCredits | undefined): CpuCredits | undefined {
  if (type.BurstablePerformanceSupported)
    return asked ?? (/^t[12]\./.test(type.InstanceType) ? 'standard' : 'unlimited');
  if (asked === undefined) return undefined;
  // Code and sentence are unconfirmed.
  const message = `The creditSpecification parameter is not supported for the instance type '${type.InstanceType}'.`;
  throw new Fault('InvalidParameterCombination', message);
}

/** @throws Fault InvalidParameterCombination for a weighting that the type does not have (sentence unconfirmed) */
export function checkBandwidthWeighting(type: InstanceType, weighting: Instance['bandwidthWeighting']): void {
  if (weighting === 'default' || type.NetworkInfo.BandwidthWeightings?.includes(weighting)) return;
  const message = `The instance type '${type.InstanceType}' does not support the bandwidth weighting '${weighting}'.`;
  throw new Fault('InvalidParameterCombination', message);
}

/** ModifyInstanceNetworkPerformanceOptions. @throws Fault IncorrectInstanceState, InvalidParameterCombination */
export function changeBandwidthWeighting(
  tx: Transaction,
  row: Instance,
  bandwidthWeighting: Instance['bandwidthWeighting'],
): void {
  refuseUnlessStopped(row);
  checkBandwidthWeighting(instanceTypeNamed(row.instanceType), bandwidthWeighting);
  tx.update(Instance, row.id, { bandwidthWeighting });
}
