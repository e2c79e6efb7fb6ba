/** A volume: a disk, as far as records go. Guests keep their files where their driver keeps them, not here. */
import type { Id, InstanceId } from '../../net/identifiers.ts';
import { kind, type TaggedRow } from '../kind.ts';

export type VolumeId = Id<'vol'>;

/** API_Volume, volumeType. */
export const VOLUME_TYPES = ['standard', 'io1', 'io2', 'gp2', 'gp3', 'sc1', 'st1'] as const;
export type VolumeType = (typeof VOLUME_TYPES)[number];

/** The bond between a volume and an instance. */
export interface VolumeAttachment {
  readonly instanceId: InstanceId;
  /** "/dev/xvda" */
  readonly device: string;
  /** Milliseconds since the epoch. */
  readonly attachedAtMs: number;
  readonly deleteOnTermination: boolean;
}

export interface Volume extends TaggedRow {
  readonly id: VolumeId;
  readonly zone: string;
  readonly sizeGib: number;
  readonly volumeType: VolumeType;
  /** Undefined for the types that have none (st1, sc1, standard). */
  readonly iops: number | undefined;
  /** MiB a second; gp3 only. */
  readonly throughput: number | undefined;
  readonly encrypted: boolean;
  readonly kmsKeyId: string | undefined;
  /** Empty for a volume that was made of nothing. */
  readonly snapshotId: string;
  readonly multiAttachEnabled: boolean;
  readonly autoEnableIo: boolean;
  /** Milliseconds since the epoch. */
  readonly createdAtMs: number;
  /** More than one only with Multi-Attach. */
  readonly attachments: readonly VolumeAttachment[];
}

export const Volume = kind<Volume>()({
  name: 'volume',
  prefix: 'vol',
  notFound: 'InvalidVolume.NotFound',
  malformed: 'InvalidVolumeID.Malformed',
  indexes: { instanceId: (row) => row.attachments.map(({ instanceId }) => instanceId) },
});
