/** What ModifyInstanceAttribute changes, one attribute a call. */

import { onlyInterfaceOf, severalInterfaces } from './elastic-ip-association.ts';
import { checkEnaQueues } from './ena-queues.ts';
import { Fault } from './fault.ts';
import { interfacesOfInstance } from './instance-interfaces.ts';
import { cpuCreditsOf, cpuOptionsOf, refuseUnlessStopped } from './instance-options.ts';
import { findInstanceType, type InstanceType } from './instance-type-table.ts';
import { changeInterface } from './network-interface-attributes.ts';
import { checkAddressRoom, checkInterfaceRoom, usageOf } from './network-interface-limits.ts';
import { checkEnaSupport, checkSriovNetSupport, requiresEna } from './networking.ts';
import { checkPlacement } from './placement-groups.ts';
import { Instance } from './resources/instance.ts';
import type { NetworkInterface } from './resources/network-interface.ts';
import { PlacementGroup } from './resources/placement-group.ts';
import type { Transaction } from './transaction.ts';
import { keepOrDelete } from './volumes.ts';

/** Attributes that are only kept and shown, and may be set at any time. */
type FreeAttributes = Pick<Instance, 'disableApiTermination' | 'disableApiStop' | 'instanceInitiatedShutdownBehavior'>;
/** Attributes that may be set while the instance is stopped. */
type StoppedAttributes = Pick<Instance, 'ebsOptimized' | 'enaSupport' | 'userData' | 'sriovNetSupport'>;

/** An attribute with its new value. */
export type InstanceChange =
  | { readonly kind: 'free'; readonly fields: Partial<FreeAttributes> }
  | { readonly kind: 'stopped'; readonly fields: Partial<StoppedAttributes> }
  | { readonly kind: 'type'; readonly name: string }
  | { readonly kind: 'source-dest-check'; readonly value: boolean }
  | { readonly kind: 'groups'; readonly ids: readonly string[] }
  | {
      readonly kind: 'volumes';
      readonly flags: readonly { readonly device: string; readonly deleteOnTermination: boolean }[];
    };

/** Makes the change. @throws Fault IncorrectInstanceState, InvalidInstanceID (several interfaces), and those of the value */
export function changeInstance(tx: Transaction, instance: Instance, change: InstanceChange): void {
  switch (change.kind) {
    case 'free':
      tx.update(Instance, instance.id, change.fields);
      break;
    case 'stopped':
      refuseUnlessStopped(instance);
      if (change.fields.enaSupport !== undefined) checkEnaSupport(instance, change.fields.enaSupport);
      if (change.fields.sriovNetSupport !== undefined) checkSriovNetSupport(instance);
      tx.update(Instance, instance.id, change.fields);
      break;
    case 'type':
      setType(tx, instance, change.name);
      break;
    case 'source-dest-check':
      changeInterface(tx, onlyInterface(tx, instance), change);
      break;
    case 'groups':
      changeInterface(tx, onlyInterface(tx, instance), change);
      break;
    case 'volumes':
      for (const { device, deleteOnTermination } of change.flags)
        keepOrDelete(tx, instance, device, deleteOnTermination);
      break;
  }
}

function onlyInterface(tx: Transaction, instance: Instance): NetworkInterface {
  const [first, second] = interfacesOfInstance(tx, instance.id);
  if (second) throw severalInterfaces(instance.id);
  return first?.row ?? onlyInterfaceOf(tx, instance);
}

/** A resize keeps interfaces and addresses, so the new type must have room for them. */
function setType(tx: Transaction, instance: Instance, name: string): void {
  const type = findInstanceType(name);
  if (!type) throw new Fault('InvalidInstanceAttributeValue', `Invalid value '${name}' for InstanceType.`);
  refuseUnlessStopped(instance);
  const interfaces = interfacesOfInstance(tx, instance.id).map(({ row }) => row);
  const attachments = interfaces.flatMap(({ attachment }) => attachment ?? []);
  const needsExpress = attachments.some(({ enaSrd }) => enaSrd?.enabled);
  if (!canRun(type, instance) || (needsExpress && !type.NetworkInfo.EnaSrdSupported)) {
    const message = `Modifying the instance type from ${instance.instanceType} to ${name} is not allowed.`;
    throw new Fault('InvalidInstanceAttributeValue', message);
  }
  // Which code AWS has for a type with too little room, or with fewer queues, is unconfirmed.
  checkInterfaceRoom(type, attachments);
  checkEnaQueues(type, attachments);
  for (const one of interfaces) checkAddressRoom(type, usageOf(one), 'AssignPrivateIpAddresses');
  const group = instance.placementGroupId && tx.find(PlacementGroup, instance.placementGroupId);
  if (group) checkPlacement(tx, { group, partitionNumber: undefined }, { ...instance, type });
  tx.update(Instance, instance.id, {
    instanceType: name,
    cpuOptions: cpuOptionsOf(type, {}),
    cpuCredits: type.BurstablePerformanceSupported ? (instance.cpuCredits ?? cpuCreditsOf(type, undefined)) : undefined,
  });
}

function canRun(type: InstanceType, instance: Instance): boolean {
  const { ProcessorInfo, NetworkInfo } = type;
  const lacksEna = requiresEna(type) && !instance.enaSupport;
  const weighted = instance.bandwidthWeighting !== 'default';
  const lacksWeighting = weighted && !NetworkInfo.BandwidthWeightings?.includes(instance.bandwidthWeighting);
  return ProcessorInfo.SupportedArchitectures.includes(instance.architecture) && !lacksEna && !lacksWeighting;
}
