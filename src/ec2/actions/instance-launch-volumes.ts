/** The volumes of a launch: those of the image, changed and joined by BlockDeviceMapping.N of the request. */
import { Fault } from '../../model/fault.ts';
import { type Image, snapshotIdOf } from '../../model/image-catalogue.ts';
import { VOLUME_TYPES } from '../../model/resources/volume.ts';
import type { LaunchVolume, VolumeAsk } from '../../model/volumes.ts';
import { isDeviceName, volumeSpec } from '../../model/volumes.ts';
import { choice } from '../choice.ts';
import type { RequestOf } from '../operation.ts';

type Mappings = NonNullable<RequestOf<'RunInstances'>['BlockDeviceMappings']>;
type EbsRequest = NonNullable<Mappings[number]['Ebs']>;

/**
 * @throws Fault InvalidBlockDeviceMapping (no device, the same device twice, a root device that is taken away), and
 *   those of each volume. Sentences unconfirmed.
 */
export function launchVolumes(mappings: Mappings | undefined, image: Image): readonly LaunchVolume[] {
  const devices = new Map<string, EbsRequest>([[image.rootDeviceName, {}]]);
  const named = new Set<string>();
  for (const { DeviceName: device = '', Ebs: ebs, NoDevice: noDevice, VirtualName: virtualName } of mappings ?? []) {
    if (!isDeviceName(device)) throw invalid(`'${device}' is not a valid device name`);
    if (named.has(device)) throw invalid(`Duplicate device name: ${device}`);
    named.add(device);
    if (noDevice !== undefined) {
      if (device === image.rootDeviceName) throw invalid('The root device cannot be suppressed');
    } else if (ebs) devices.set(device, ebs);
    // Instance store volumes are no resources: there is nothing to record of them.
    else if (virtualName === undefined) throw invalid(`The mapping of ${device} names no volume`);
  }
  return [...devices].map(([device, ebs]) => launchVolume(device, ebs, image));
}

function launchVolume(device: string, ebs: EbsRequest, image: Image): LaunchVolume {
  const isRoot = device === image.rootDeviceName;
  const snapshotId = isRoot ? (ebs.SnapshotId ?? snapshotIdOf(image)) : (ebs.SnapshotId ?? '');
  if (snapshotId !== '' && snapshotId !== snapshotIdOf(image))
    throw new Fault('InvalidSnapshot.NotFound', { id: snapshotId });
  const spec = volumeSpec({ ...volumeAsk(ebs), snapshotId, ...(isRoot && { volumeType: volumeType(ebs) ?? 'gp3' }) });
  // User guide, preserving-volumes-on-termination.
  return { device, deleteOnTermination: ebs.DeleteOnTermination ?? isRoot, spec };
}

const volumeType = (ebs: EbsRequest) => choice(ebs.VolumeType, VOLUME_TYPES, 'volumeType');

const volumeAsk = (ebs: EbsRequest): VolumeAsk => ({
  sizeGib: ebs.VolumeSize,
  volumeType: volumeType(ebs),
  iops: ebs.Iops,
  throughput: ebs.Throughput,
  encrypted: ebs.Encrypted ?? false,
  kmsKeyId: ebs.KmsKeyId,
  snapshotId: ebs.SnapshotId ?? '',
  multiAttachEnabled: false,
});

const invalid = (reason: string): Fault => new Fault('InvalidBlockDeviceMapping', reason);
