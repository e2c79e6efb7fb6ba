/** Volumes, as far as launches and those who read them need: records without a disk. */
import type * as sdk from '@aws-sdk/client-ec2';
import { Fault } from '../../model/fault.ts';
import { imageOfSnapshot } from '../../model/images.ts';
import { regionNamed, zoneNamed } from '../../model/regions.ts';
import { Instance } from '../../model/resources/instance.ts';
import { VOLUME_TYPES, Volume, type VolumeAttachment } from '../../model/resources/volume.ts';
import { requestedZone } from '../../model/subnet-zones.ts';
import { tagsOf } from '../../model/tags.ts';
import type { Transaction } from '../../model/transaction.ts';
import { attachVolume, createVolume, deleteVolume, detachVolume, volumeSpec } from '../../model/volumes.ts';
import { action, recordOnly } from '../action.ts';
import { choice } from '../choice.ts';
import { describe, select } from '../describe.ts';
import type { FilterTable } from '../filter.ts';
import { describeTags } from '../tag-set.ts';

const NO_DISK = recordOnly('Volumes are records: guests see no disk of theirs, and nothing is stored on them.');

const stateOf = ({ attachments }: Volume): 'in-use' | 'available' => (attachments.length > 0 ? 'in-use' : 'available');

const describeAttachment = (
  { id }: Volume,
  one: VolumeAttachment,
  state: sdk.VolumeAttachmentState = 'attached',
): sdk.VolumeAttachment => ({
  VolumeId: id,
  InstanceId: one.instanceId,
  Device: one.device,
  State: state,
  AttachTime: new Date(one.attachedAtMs),
  DeleteOnTermination: one.deleteOnTermination,
});

/** A volume as DescribeVolumes shows it. */
export function describeVolume(row: Volume, tx: Transaction): sdk.Volume {
  return {
    VolumeId: row.id,
    VolumeArn: `arn:${regionNamed(tx.region).partition.name}:ec2:${tx.region}:${tx.account}:volume/${row.id}`,
    OwnerId: tx.account,
    AvailabilityZone: row.zone,
    AvailabilityZoneId: zoneNamed(tx.region, row.zone).id,
    State: stateOf(row),
    Size: row.sizeGib,
    VolumeType: row.volumeType,
    Iops: row.iops,
    Throughput: row.throughput,
    Encrypted: row.encrypted,
    KmsKeyId: row.kmsKeyId,
    SnapshotId: row.snapshotId,
    MultiAttachEnabled: row.multiAttachEnabled,
    CreateTime: new Date(row.createdAtMs),
    Attachments: row.attachments.map((one) => describeAttachment(row, one)),
    Tags: describeTags(row.tags),
  };
}

/** CreateVolume. The answer shows `creating`; the volume is available at once. */
export const CreateVolume = action(
  'CreateVolume',
  (request, tx) => {
    const { AvailabilityZone: zoneName, AvailabilityZoneId: zoneId, SnapshotId: snapshotId = '' } = request;
    if (request.OutpostArn !== undefined) throw new Fault('UnsupportedOperation', 'localvpc does not serve Outposts.');
    const tags = tagsOf(request.TagSpecifications, 'volume');
    const zone = requestedZone(tx, zoneName, zoneId);
    if (!zone) throw new Fault('MissingParameter', { parameter: 'AvailabilityZone' });
    // The only snapshots are those of images.
    if (snapshotId !== '') imageOfSnapshot(tx, snapshotId);
    const spec = volumeSpec({
      sizeGib: request.Size,
      volumeType: choice(request.VolumeType, VOLUME_TYPES, 'volumeType'),
      iops: request.Iops,
      throughput: request.Throughput,
      encrypted: request.Encrypted ?? false,
      kmsKeyId: request.KmsKeyId,
      snapshotId,
      multiAttachEnabled: request.MultiAttachEnabled ?? false,
    });
    return { ...describeVolume(createVolume(tx, zone.name, spec, tags), tx), State: 'creating' };
  },
  NO_DISK,
);

/** DeleteVolume. */
export const DeleteVolume = action(
  'DeleteVolume',
  (request, tx) => deleteVolume(tx, tx.get(Volume, request.VolumeId)),
  NO_DISK,
);

/** AttachVolume. The answer shows `attaching`. */
export const AttachVolume = action(
  'AttachVolume',
  (request, tx) => {
    const volume = tx.get(Volume, request.VolumeId);
    const instance = tx.get(Instance, request.InstanceId);
    return describeAttachment(volume, attachVolume(tx, volume, instance, request.Device), 'attaching');
  },
  NO_DISK,
);

/** DetachVolume. The answer shows `detaching`. */
export const DetachVolume = action(
  'DetachVolume',
  (request, tx) => {
    const volume = tx.get(Volume, request.VolumeId);
    if (request.InstanceId !== undefined) tx.get(Instance, request.InstanceId);
    const asked = { instanceId: request.InstanceId, device: request.Device };
    return describeAttachment(volume, detachVolume(tx, volume, asked), 'detaching');
  },
  NO_DISK,
);

const eachAttachment =
  (read: (one: VolumeAttachment) => string | boolean | Date): FilterTable<Volume>[string] =>
  ({ attachments }) =>
    attachments.map(read);

const filters: FilterTable<Volume> = {
  'attachment.attach-time': eachAttachment((one) => new Date(one.attachedAtMs)),
  'attachment.delete-on-termination': eachAttachment((one) => one.deleteOnTermination),
  'attachment.device': eachAttachment((one) => one.device),
  'attachment.instance-id': eachAttachment((one) => one.instanceId),
  'attachment.status': eachAttachment(() => 'attached'),
  'availability-zone': (row) => row.zone,
  'availability-zone-id': (row, tx) => zoneNamed(tx.region, row.zone).id,
  'create-time': (row) => new Date(row.createdAtMs),
  encrypted: (row) => row.encrypted,
  'fast-restored': () => false,
  'multi-attach-enabled': (row) => row.multiAttachEnabled,
  'operator.managed': () => false,
  'operator.principal': () => undefined,
  size: (row) => row.sizeGib,
  'snapshot-id': (row) => row.snapshotId,
  status: stateOf,
  'volume-id': (row) => row.id,
  'volume-type': (row) => row.volumeType,
};

/** DescribeVolumes. */
export const DescribeVolumes = describe('DescribeVolumes', 'Volumes', {
  kind: Volume,
  ids: 'VolumeIds',
  filters,
  render: describeVolume,
  coverage: NO_DISK,
});

/** DescribeVolumeAttribute. */
export const DescribeVolumeAttribute = action(
  'DescribeVolumeAttribute',
  (request, tx) => {
    const attribute = choice(request.Attribute, ['autoEnableIO', 'productCodes'], 'attribute');
    const { id, autoEnableIo } = tx.get(Volume, request.VolumeId);
    return attribute === 'productCodes'
      ? { VolumeId: id, ProductCodes: [] }
      : { VolumeId: id, AutoEnableIO: { Value: autoEnableIo } };
  },
  NO_DISK,
);

/** ModifyVolumeAttribute. */
export const ModifyVolumeAttribute = action(
  'ModifyVolumeAttribute',
  (request, tx) => {
    const { id } = tx.get(Volume, request.VolumeId);
    const autoEnableIo = request.AutoEnableIO?.Value;
    if (autoEnableIo === undefined) throw new Fault('InvalidParameterCombination', 'No attributes specified.');
    tx.update(Volume, id, { autoEnableIo });
  },
  NO_DISK,
);

const statusFilters: FilterTable<Volume> = {
  'action.code': () => undefined,
  'action.description': () => undefined,
  'action.event-id': () => undefined,
  'availability-zone': (row) => row.zone,
  'availability-zone-id': (row, tx) => zoneNamed(tx.region, row.zone).id,
  'event.description': () => undefined,
  'event.event-id': () => undefined,
  'event.event-type': () => undefined,
  'event.not-after': () => undefined,
  'event.not-before': () => undefined,
  'operator.managed': () => false,
  'operator.principal': () => undefined,
  'volume-status.details-name': () => ['io-enabled', 'io-performance'],
  'volume-status.details-status': () => ['passed', 'not-applicable'],
  'volume-status.status': () => 'ok',
};

/** DescribeVolumeStatus: every volume is well. */
export const DescribeVolumeStatus = action(
  'DescribeVolumeStatus',
  (request, tx) => {
    const selection = { kind: Volume, ids: 'VolumeIds', filters: statusFilters };
    const { rows, nextToken } = select('DescribeVolumeStatus', selection, request, tx);
    const statuses = rows.map((row) => ({
      VolumeId: row.id,
      AvailabilityZone: row.zone,
      AvailabilityZoneId: zoneNamed(tx.region, row.zone).id,
      VolumeStatus: {
        Status: 'ok' as const,
        Details: [
          { Name: 'io-enabled' as const, Status: 'passed' },
          { Name: 'io-performance' as const, Status: 'not-applicable' },
        ],
      },
      Actions: [],
      Events: [],
    }));
    return { VolumeStatuses: statuses, NextToken: nextToken };
  },
  NO_DISK,
);

export const volumeActions = [
  CreateVolume,
  DeleteVolume,
  AttachVolume,
  DetachVolume,
  DescribeVolumes,
  DescribeVolumeAttribute,
  ModifyVolumeAttribute,
  DescribeVolumeStatus,
] as const;
