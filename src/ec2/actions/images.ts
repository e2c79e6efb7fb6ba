/** Images: describe. They come from the catalogue that localvpc was started with, or were made by the account. */
import type * as sdk from '@aws-sdk/client-ec2';
import { type Image, snapshotIdOf } from '../../model/image-catalogue.ts';
import { allImages, findImage, imageNamed, isRegistered } from '../../model/images.ts';
import type { Transaction } from '../../model/transaction.ts';
import { IMAGE_VOLUME_GIB } from '../../model/volumes.ts';
import { action } from '../action.ts';
import { compileFilters, type FilterTable } from '../filter.ts';
import { paginate } from '../paginate.ts';
import { describeTags } from '../tag-set.ts';

/** Where an image "lies"; AWS shows owner and name. */
const locationOf = (image: Image): string => `${image.ownerAlias ?? image.ownerId}/${image.name}`;

/** The volume that the image would be copied to; the snapshot exists in name only. */
export const rootDevice = (image: Image): sdk.BlockDeviceMapping => ({
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

/** All of the catalogue are public. */
const isPublic = (image: Image): boolean => !isRegistered(image) || image.launchPermissions.isPublic;

/** An image as the API shows it. */
export const describeImage = (image: Image): sdk.Image => ({
  ImageId: image.id,
  Name: image.name,
  Description: image.description,
  ImageLocation: locationOf(image),
  OwnerId: image.ownerId,
  ImageOwnerAlias: image.ownerAlias,
  Public: isPublic(image),
  State: 'available',
  ImageType: 'machine',
  Architecture: image.architecture,
  CreationDate: image.creationDate,
  DeprecationTime: isRegistered(image) ? undefined : deprecationTime(image),
  PlatformDetails: image.platformDetails,
  UsageOperation: 'RunInstances',
  Hypervisor: 'xen',
  VirtualizationType: 'hvm',
  RootDeviceType: 'ebs',
  RootDeviceName: image.rootDeviceName,
  BlockDeviceMappings: [rootDevice(image)],
  EnaSupport: image.enaSupport,
  SriovNetSupport: image.sriovNetSupport,
  SourceImageId: isRegistered(image) ? image.source?.imageId : undefined,
  SourceImageRegion: isRegistered(image) ? image.source?.region : undefined,
  BootMode: image.bootMode,
  ImdsSupport: image.imdsSupport,
  PublicSsmParameterName: image.ssmParameter,
  DeregistrationProtection: 'disabled',
  Tags: isRegistered(image) ? describeTags(image.tags) : [],
});

/** The image with this id as the API shows it; undefined where it is gone. */
export function imageOf(tx: Transaction, id: string): sdk.Image | undefined {
  const image = findImage(tx, id);
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
  'is-public': isPublic,
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
  'source-image-id': (image) => describeImage(image).SourceImageId,
  'source-image-region': (image) => describeImage(image).SourceImageRegion,
  'sriov-net-support': (image) => image.sriovNetSupport,
  state: () => 'available',
  'usage-operation': () => 'RunInstances',
  'virtualization-type': () => 'hvm',
};

/** DescribeImages. */
export const DescribeImages = action('DescribeImages', (request, tx) => {
  const { ImageIds: ids, Owners: owners, ExecutableUsers: users, Filters } = request;
  const holds = compileFilters(Filters, filters);
  const isOwned = (image: Image): boolean =>
    !owners ||
    owners.some((owner) => image.ownerId === (owner === 'self' ? tx.account : owner) || image.ownerAlias === owner);
  const { rows, nextToken } = paginate<Image>(
    {
      operation: 'DescribeImages',
      rows: ids && ids.length > 0 ? ids.map((id) => imageNamed(tx, id)) : allImages(tx),
      matches: (image) =>
        isOwned(image) && (users ?? ['self']).some((user) => mayRun(image, user, tx)) && holds(image, tx),
      keyOf: (image) => image.id,
      question: [ids, owners, users, Filters],
    },
    request,
  );
  return { Images: rows.map(describeImage), NextToken: nextToken };
});

/** `self` may run what it owns too, `all` stands for public images only. */
function mayRun(image: Image, user: string, tx: Transaction): boolean {
  if (isPublic(image)) return true;
  if (user === 'all' || !isRegistered(image)) return false;
  return user === 'self' || user === tx.account || image.launchPermissions.accounts.includes(user);
}

export const imageActions = [DescribeImages] as const;
