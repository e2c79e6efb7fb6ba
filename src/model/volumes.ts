/** Volumes: what may be asked of a new one, and how they come to instances and go. Records only: no guest sees a disk. */
import { Fault } from './fault.ts';
import type { Tags } from './kind.ts';
import { Instance } from './resources/instance.ts';
import { Volume, type VolumeAttachment, type VolumeType } from './resources/volume.ts';
import type { Transaction } from './transaction.ts';

/** A volume that was asked for, with AWS's defaults filled in. */
export type VolumeSpec = Pick<
  Volume,
  'sizeGib' | 'volumeType' | 'iops' | 'throughput' | 'encrypted' | 'kmsKeyId' | 'snapshotId' | 'multiAttachEnabled'
>;

/** What a request says of a volume. */
export interface VolumeAsk {
  readonly sizeGib: number | undefined;
  readonly volumeType: VolumeType | undefined;
  readonly iops: number | undefined;
  readonly throughput: number | undefined;
  readonly encrypted: boolean;
  readonly kmsKeyId: string | undefined;
  readonly snapshotId: string;
  readonly multiAttachEnabled: boolean;
}

interface Range {
  readonly min: number;
  readonly max: number;
}

/** Sizes in GiB and IOPS by type (EBS user guide, ebs-volume-types). */
const SIZES: Readonly<Record<VolumeType, Range>> = {
  standard: { min: 1, max: 1024 },
  gp2: { min: 1, max: 16_384 },
  gp3: { min: 1, max: 65_536 },
  io1: { min: 4, max: 16_384 },
  io2: { min: 4, max: 65_536 },
  st1: { min: 125, max: 16_384 },
  sc1: { min: 125, max: 16_384 },
};
const IOPS: Readonly<Partial<Record<VolumeType, Range>>> = {
  gp3: { min: 3000, max: 80_000 },
  io1: { min: 100, max: 64_000 },
  io2: { min: 100, max: 256_000 },
};
const GP3_THROUGHPUT: Range = { min: 125, max: 2000 };

/** Size in GiB of the disk that every image has. */
export const IMAGE_VOLUME_GIB = 8;

/**
 * The volume that a request describes. CreateVolume defaults to gp2; images here say gp3.
 * @throws Fault InvalidParameterValue, InvalidParameterCombination, MissingParameter (most sentences unconfirmed)
 */
export function volumeSpec(ask: VolumeAsk): VolumeSpec {
  const { volumeType = 'gp2', snapshotId, encrypted, multiAttachEnabled } = ask;
  if (ask.sizeGib === undefined && snapshotId === '') {
    throw new Fault('MissingParameter', 'The request must contain the parameter size/snapshot');
  }
  const sizeGib = ask.sizeGib ?? IMAGE_VOLUME_GIB;
  checkSize(volumeType, sizeGib, snapshotId);
  if (ask.kmsKeyId !== undefined && !encrypted) {
    throw new Fault('InvalidParameterDependency', { parameter: 'KmsKeyId', other: 'Encrypted' });
  }
  if (multiAttachEnabled && volumeType !== 'io1' && volumeType !== 'io2') {
    throw new Fault('InvalidParameterCombination', 'Multi-Attach is supported for io1 and io2 volumes only.');
  }
  return {
    sizeGib,
    volumeType,
    iops: iopsOf(volumeType, sizeGib, ask.iops),
    throughput: throughputOf(volumeType, ask.throughput),
    encrypted,
    kmsKeyId: ask.kmsKeyId,
    snapshotId,
    multiAttachEnabled,
  };
}

function checkSize(volumeType: VolumeType, sizeGib: number, snapshotId: string): void {
  const { min, max } = SIZES[volumeType];
  if (sizeGib < min || sizeGib > max) {
    const message = `Volume of ${sizeGib}GiB is ${sizeGib < min ? 'smaller' : 'larger'} than the ${sizeGib < min ? 'minimum' : 'maximum'} size for the volume type ${volumeType}: ${sizeGib < min ? min : max}GiB`;
    throw new Fault('InvalidParameterValue', message);
  }
  if (snapshotId !== '' && sizeGib < IMAGE_VOLUME_GIB) {
    const message = `Volume of size ${sizeGib}GB is smaller than snapshot '${snapshotId}', expect size>= ${IMAGE_VOLUME_GIB}GB`;
    throw new Fault('InvalidBlockDeviceMapping', message);
  }
}

function iopsOf(volumeType: VolumeType, sizeGib: number, asked: number | undefined): number | undefined {
  const range = IOPS[volumeType];
  if (range) {
    if (asked === undefined && volumeType !== 'gp3') {
      throw new Fault('MissingParameter', `The parameter iops must be specified for ${volumeType} volumes.`);
    }
    const iops = asked ?? range.min;
    if (iops >= range.min && iops <= range.max) return iops;
    const message = `Volume iops of ${iops} is out of range: ${volumeType} volumes have ${range.min} to ${range.max}.`;
    throw new Fault('InvalidParameterValue', message);
  }
  if (asked !== undefined) {
    const message = `The parameter iops is not supported for ${volumeType} volumes.`;
    throw new Fault('InvalidParameterCombination', message);
  }
  // gp2: three a GiB, between 100 and 16,000.
  return volumeType === 'gp2' ? Math.min(16_000, Math.max(100, 3 * sizeGib)) : undefined;
}

function throughputOf(volumeType: VolumeType, asked: number | undefined): number | undefined {
  if (volumeType !== 'gp3') {
    if (asked === undefined) return undefined;
    const message = `The parameter throughput is not supported for ${volumeType} volumes.`;
    throw new Fault('InvalidParameterCombination', message);
  }
  const throughput = asked ?? GP3_THROUGHPUT.min;
  if (throughput >= GP3_THROUGHPUT.min && throughput <= GP3_THROUGHPUT.max) return throughput;
  const message = `Volume throughput of ${throughput} is out of range: gp3 volumes have ${GP3_THROUGHPUT.min} to ${GP3_THROUGHPUT.max}.`;
  throw new Fault('InvalidParameterValue', message);
}

/** A volume that a launch makes, and where it goes. */
export interface LaunchVolume {
  readonly device: string;
  readonly deleteOnTermination: boolean;
  readonly spec: VolumeSpec;
}

/** A new volume in a zone, attached to nothing. */
export const createVolume = (tx: Transaction, zone: string, spec: VolumeSpec, tags: Tags): Volume =>
  tx.insert(Volume, { ...spec, zone, autoEnableIo: false, createdAtMs: tx.nowMs, attachments: [], tags });

/** Makes and attaches the volumes of a new instance. */
export function launchVolumes(
  tx: Transaction,
  { id: instanceId, zone }: Pick<Instance, 'id' | 'zone'>,
  volumes: readonly LaunchVolume[],
  tags: Tags,
): void {
  for (const { device, deleteOnTermination, spec } of volumes) {
    const { id } = createVolume(tx, zone, spec, tags);
    tx.update(Volume, id, { attachments: [{ instanceId, device, deleteOnTermination, attachedAtMs: tx.nowMs }] });
  }
}

/** DeleteVolume. @throws Fault VolumeInUse */
export function deleteVolume(tx: Transaction, { id, attachments }: Volume): void {
  const [attached] = attachments;
  if (attached) throw new Fault('VolumeInUse', `Volume ${id} is currently attached to ${attached.instanceId}`);
  tx.remove(Volume, id);
}

/** Volumes of an instance with their attachments to it, the root device first. */
export function volumesOf(
  tx: Transaction,
  { id, rootDeviceName }: Pick<Instance, 'id' | 'rootDeviceName'>,
): readonly { readonly volume: Volume; readonly attachment: VolumeAttachment }[] {
  const found = tx.by(Volume, 'instanceId', id).flatMap((volume) => {
    const attachment = volume.attachments.find(({ instanceId }) => instanceId === id);
    return attachment ? [{ volume, attachment }] : [];
  });
  const isRoot = ({ attachment }: { readonly attachment: VolumeAttachment }): number =>
    attachment.device === rootDeviceName ? 0 : 1;
  return found.sort((one, other) => isRoot(one) - isRoot(other));
}

/** io1 and io2 with Multi-Attach go to so many instances at once. */
const MAX_ATTACHMENTS = 16;

/**
 * AttachVolume.
 * @throws Fault VolumeInUse, IncorrectState (state of the instance), InvalidVolume.ZoneMismatch, InvalidParameterValue
 */
export function attachVolume(tx: Transaction, volume: Volume, instance: Instance, device: string): VolumeAttachment {
  const room = volume.multiAttachEnabled ? MAX_ATTACHMENTS : 1;
  if (volume.attachments.length >= room || volume.attachments.some(({ instanceId }) => instanceId === instance.id)) {
    throw new Fault('VolumeInUse', `${volume.id} is already attached to an instance`);
  }
  if (instance.state !== 'running' && instance.state !== 'stopped') {
    throw new Fault('IncorrectState', `Instance '${instance.id}' is not 'running' or 'stopped'.`);
  }
  if (volume.zone !== instance.zone) {
    const message = `The volume '${volume.id}' is not in the same availability zone as instance '${instance.id}'`;
    throw new Fault('InvalidVolume.ZoneMismatch', message);
  }
  checkDevice(tx, instance, device);
  const attachment = { instanceId: instance.id, device, attachedAtMs: tx.nowMs, deleteOnTermination: false };
  tx.update(Volume, volume.id, { attachments: [...volume.attachments, attachment] });
  return attachment;
}

function checkDevice(tx: Transaction, instance: Instance, device: string): void {
  if (!isDeviceName(device)) {
    throw new Fault(
      'InvalidParameterValue',
      `Value (${device}) for parameter device is invalid. ${device} is not a valid EBS device name.`,
    );
  }
  if (!volumesOf(tx, instance).some(({ attachment }) => attachment.device === device)) return;
  const message = `Invalid value '${device}' for unixDevice. Attachment point ${device} is already in use`;
  throw new Fault('InvalidParameterValue', message);
}

/** User guide, device_naming: sda to sdz and xvda to xvddx, with or without a number. */
export const isDeviceName = (text: string): boolean =>
  /^(\/dev\/)?(sd[a-z]|xvd[a-z]{1,2}|nvme\d{1,2}n1)\d{0,2}$/.test(text);

/**
 * DetachVolume; instance and device are only compared.
 * @throws Fault IncorrectState, InvalidAttachment.NotFound, OperationNotPermitted (root volume of a running instance)
 */
export function detachVolume(
  tx: Transaction,
  volume: Volume,
  asked: { readonly instanceId: string | undefined; readonly device: string | undefined },
): VolumeAttachment {
  const [only, second] = volume.attachments;
  if (!only) throw new Fault('IncorrectState', `Volume '${volume.id}' is in the 'available' state.`);
  if (second && asked.instanceId === undefined) {
    const message = `The volume '${volume.id}' is attached to several instances: name the one to detach it from.`;
    throw new Fault('InvalidParameterCombination', message);
  }
  const found = volume.attachments.find(
    ({ instanceId, device }) =>
      (asked.instanceId === undefined || instanceId === asked.instanceId) &&
      (asked.device === undefined || device === asked.device),
  );
  if (!found) {
    const message = `The volume '${volume.id}' is not attached to instance '${asked.instanceId ?? only.instanceId}'${asked.device === undefined ? '' : ` as device ${asked.device}`}`;
    throw new Fault('InvalidAttachment.NotFound', message);
  }
  refuseRoot(tx, volume, found);
  tx.update(Volume, volume.id, { attachments: volume.attachments.filter((one) => one !== found) });
  return found;
}

function refuseRoot(tx: Transaction, { id }: Volume, { instanceId, device }: VolumeAttachment): void {
  const instance = tx.get(Instance, instanceId);
  if (instance.state === 'stopped' || device !== instance.rootDeviceName) return;
  throw new Fault('OperationNotPermitted', `Unable to detach root volume '${id}' from instance '${instanceId}'`);
}

/** Changes `deleteOnTermination` of the volume at a device (ModifyInstanceAttribute). @throws Fault InvalidInstanceAttributeValue */
export function keepOrDelete(tx: Transaction, instance: Instance, device: string, deleteOnTermination: boolean): void {
  const found = volumesOf(tx, instance).find(({ attachment }) => attachment.device === device);
  // Code and sentence as they were seen once; unconfirmed.
  if (!found) throw new Fault('InvalidInstanceAttributeValue', `No device is currently mapped at ${device}`);
  const { volume, attachment } = found;
  const attachments = volume.attachments.map((one) => (one === attachment ? { ...one, deleteOnTermination } : one));
  tx.update(Volume, volume.id, { attachments });
}

/** A terminated instance's volumes go or become free, by their flags. */
export function releaseVolumes(tx: Transaction, instance: Pick<Instance, 'id' | 'rootDeviceName'>): void {
  for (const { volume, attachment } of volumesOf(tx, instance)) {
    const others = volume.attachments.filter((one) => one !== attachment);
    if (attachment.deleteOnTermination && others.length === 0) tx.remove(Volume, volume.id);
    else tx.update(Volume, volume.id, { attachments: others });
  }
}
