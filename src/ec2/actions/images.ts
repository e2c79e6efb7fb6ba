/** Images: describe. They come from the catalogue that localvpc was started with. */
import type * as sdk from '@aws-sdk/client-ec2';
import { type Image, snapshotIdOf } from '../../model/image-catalogue.ts';
import type { Transaction } from '../../model/transaction.ts';
import { IMAGE_VOLUME_GIB } from '../../model/volumes.ts';
import { action } from '../action.ts';
import { compileFilters, type FilterTable } from '../filter.ts';
import { paginate } from '../paginate.ts';

/** Where an image "lies"; AWS shows owner and name. */
const locationOf = (image: Image): string => `${image.ownerAlias ?? image.ownerId}/${image.name}`;

/** The volume that the image would be copied to; the snapshot exists in name only. */
const rootDevice = (image: Image): sdk.BlockDeviceMapping => ({
  DeviceName: image.rootDeviceName,
  Ebs: {
    SnapshotId: snapshotIdOf(image),
    VolumeSize: IMAGE_VOLUME_GIB,
    VolumeType: 'gp3',
    Iops: 3000,
    Throughput: 125,
    DeleteOnTermination: true,
    Encrypted: false,
  },
});

const DAY_MS = 86_400_000;

/** AWS deprecates a public image two years after its creation. */
const deprecationTime = ({ creationDate }: Image): string =>
  new Date(Date.parse(creationDate) + 730 * DAY_MS).toISOString();

/** An image as the API shows it. */
export const describeImage = (image: Image): sdk.Image => ({
  ImageId: image.id,
  Name: image.name,
  Description: image.description,
  ImageLocation: locationOf(image),
  OwnerId: image.ownerId,
  ImageOwnerAlias: image.ownerAlias,
  Public: true,
  State: 'available',
  ImageType: 'machine',
  Architecture: image.architecture,
  CreationDate: image.creationDate,
  DeprecationTime: deprecationTime(image),
  PlatformDetails: image.platformDetails,
  UsageOperation: 'RunInstances',
  Hypervisor: 'xen',
  VirtualizationType: 'hvm',
  RootDeviceType: 'ebs',
  RootDeviceName: image.rootDeviceName,
  BlockDeviceMappings: [rootDevice(image)],
  EnaSupport: image.enaSupport,
  SriovNetSupport: 'simple',
  BootMode: image.bootMode,
  ImdsSupport: image.imdsSupport,
  PublicSsmParameterName: image.ssmParameter,
  DeregistrationProtection: 'disabled',
  Tags: [],
});

/** The image with this id as the API shows it; undefined where it is gone. */
export function imageOf(tx: Transaction, id: string): sdk.Image | undefined {
  const image = tx.environment.images.images.find((one) => one.id === id || one.shortName === id);
  return image && describeImage(image);
}

const filters: FilterTable<Image> = {
  architecture: (image) => image.architecture,
  'block-device-mapping.delete-on-termination': () => true,
  'block-device-mapping.device-name': (image) => image.rootDeviceName,
  'block-device-mapping.encrypted': () => false,
  'block-device-mapping.snapshot-id': (image) => rootDevice(image).Ebs?.SnapshotId,
  'block-device-mapping.volume-size': (image) => rootDevice(image).Ebs?.VolumeSize,
  'block-device-mapping.volume-type': (image) => rootDevice(image).Ebs?.VolumeType,
  'boot-mode': (image) => image.bootMode,
  'creation-date': (image) => image.creationDate,
  description: (image) => image.description,
  'ena-support': (image) => image.enaSupport,
  'free-tier-eligible': () => true,
  hypervisor: () => 'xen',
  'image-allowed': () => true,
  'image-id': (image) => image.id,
  'image-type': () => 'machine',
  'imds-support': (image) => image.imdsSupport,
  'is-public': () => true,
  'kernel-id': () => undefined,
  'manifest-location': locationOf,
  name: (image) => image.name,
  'owner-alias': (image) => image.ownerAlias,
  'owner-id': (image) => image.ownerId,
  platform: () => undefined,
  'platform-details': (image) => image.platformDetails,
  'product-code': () => undefined,
  'product-code.type': () => undefined,
  'ramdisk-id': () => undefined,
  'root-device-name': (image) => image.rootDeviceName,
  'root-device-type': () => 'ebs',
  'sriov-net-support': () => 'simple',
  state: () => 'available',
  'usage-operation': () => 'RunInstances',
  'virtualization-type': () => 'hvm',
};

/** DescribeImages. */
export const DescribeImages = action('DescribeImages', (request, tx) => {
  const { ImageIds: ids, Owners: owners, Filters } = request;
  const { images } = tx.environment;
  const holds = compileFilters(Filters, filters);
  const isOwned = (image: Image): boolean =>
    !owners ||
    owners.some((owner) => image.ownerId === (owner === 'self' ? tx.account : owner) || image.ownerAlias === owner);
  const { rows, nextToken } = paginate<Image>(
    {
      operation: 'DescribeImages',
      rows: ids && ids.length > 0 ? ids.map((id) => images.get(id)) : images.images,
      // All are public, so those whom `ExecutableUsers` names (self, all, an account) may run them.
      matches: (image) => isOwned(image) && holds(image, tx),
      keyOf: (image) => image.id,
      question: [ids, owners, Filters],
    },
    request,
  );
  return { Images: rows.map(describeImage), NextToken: nextToken };
});

export const imageActions = [DescribeImages] as const;
