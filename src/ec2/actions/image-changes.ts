/** Images of an account: registered, made from instances, copied, changed, given up. */
import { Fault } from '../../model/fault.ts';
import {
  changeLaunchPermissions,
  deregisterImage,
  imageNamed,
  imageOfSnapshot,
  isRegistered,
  ownImage,
  type PermissionChange,
  registerImage,
  resetLaunchPermissions,
} from '../../model/images.ts';
import { reboot } from '../../model/instance-lifecycle.ts';
import { findRegion } from '../../model/regions.ts';
import { Instance } from '../../model/resources/instance.ts';
import { RegisteredImage } from '../../model/resources/registered-image.ts';
import { tagsByType, tagsOf } from '../../model/tags.ts';
import { action, recordOnly } from '../action.ts';
import { choice } from '../choice.ts';
import type { RequestOf } from '../operation.ts';
import { rootDevice } from './images.ts';

const NO_DISK = recordOnly('The new image runs the guest of the one it came from; files are not copied.');

/**
 * RegisterImage: the snapshot of the root device says from which image the guest comes. ENA only where it is said, as
 * on AWS.
 */
export const RegisterImage = action(
  'RegisterImage',
  (request, tx) => {
    if (request.ImageLocation ?? request.KernelId ?? request.RamdiskId ?? request.UefiData ?? request.TpmSupport) {
      const message = 'localvpc registers images from snapshots only, without kernels, UEFI data and TPM.';
      throw new Fault('UnsupportedOperation', message);
    }
    const virtualization = choice(request.VirtualizationType, ['hvm', 'paravirtual'], 'virtualizationType');
    if (virtualization === 'paravirtual' && (request.EnaSupport || request.SriovNetSupport !== undefined)) {
      // Documented; code and sentence are unconfirmed.
      const message = 'Enhanced networking is supported only for images of the virtualization type hvm.';
      throw new Fault('InvalidParameterCombination', message);
    }
    const { RootDeviceName: rootDeviceName = '/dev/xvda', BlockDeviceMappings: mappings = [] } = request;
    const root = mappings.find(({ DeviceName: device }) => device === rootDeviceName)?.Ebs?.SnapshotId;
    if (root === undefined) {
      // Sentence unconfirmed.
      throw new Fault('InvalidBlockDeviceMapping', `A root device ${rootDeviceName} with a snapshot is required.`);
    }
    const base = imageOfSnapshot(tx, root);
    const tags = tagsOf(request.TagSpecifications, 'image');
    const bootMode = choice(request.BootMode, ['legacy-bios', 'uefi', 'uefi-preferred'], 'bootMode');
    const changes = {
      name: request.Name,
      description: request.Description ?? '',
      rootDeviceName,
      architecture: choice(request.Architecture, ['x86_64', 'arm64'], 'architecture') ?? base.architecture,
      enaSupport: request.EnaSupport ?? false,
      sriovNetSupport: choice(request.SriovNetSupport, ['simple'], 'sriovNetSupport'),
      bootMode,
      imdsSupport: choice(request.ImdsSupport, ['v2.0'], 'imdsSupport'),
      source: undefined,
    };
    return { ImageId: registerImage(tx, base, changes, tags).id };
  },
  NO_DISK,
);

/** CreateImage: reboots a running instance unless asked not to. */
export const CreateImage = action(
  'CreateImage',
  (request, tx) => {
    const instance = tx.get(Instance, request.InstanceId);
    if (instance.state !== 'running' && instance.state !== 'stopped') {
      const message = `The instance '${instance.id}' is not in the 'running' or 'stopped' states.`;
      throw new Fault('IncorrectInstanceState', message);
    }
    const tags = tagsByType(request.TagSpecifications, ['image', 'snapshot']).get('image') ?? {};
    const base = imageNamed(tx, instance.imageId);
    const source = { imageId: base.id, region: tx.region };
    const changes = {
      name: request.Name,
      description: request.Description ?? '',
      enaSupport: instance.enaSupport,
      sriovNetSupport: instance.sriovNetSupport,
      source,
    };
    const { id } = registerImage(tx, base, changes, tags);
    if (instance.state === 'running' && !request.NoReboot) reboot(tx, instance);
    return { ImageId: id };
  },
  NO_DISK,
);

/** CopyImage, from another Region of the account or the same. */
export const CopyImage = action(
  'CopyImage',
  (request, tx) => {
    const { Name: name, SourceImageId: imageId, SourceRegion: region, CopyImageTags: copyTags } = request;
    if (request.DestinationOutpostArn !== undefined) {
      throw new Fault('UnsupportedOperation', 'localvpc does not serve Outposts.');
    }
    if (!findRegion(region)) {
      throw new Fault('InvalidParameterValue', { value: region, parameter: 'sourceRegion', reason: '' });
    }
    const base = imageNamed(tx.in({ account: tx.account, region }), imageId);
    const given = tagsByType(request.TagSpecifications, ['image', 'snapshot']).get('image') ?? {};
    const tags = { ...(copyTags && isRegistered(base) && base.tags), ...given };
    const description = request.Description ?? base.description;
    return { ImageId: registerImage(tx, base, { name, description, source: { imageId: base.id, region } }, tags).id };
  },
  NO_DISK,
);

/** DeregisterImage. Its snapshot exists in name only and goes with it. */
export const DeregisterImage = action('DeregisterImage', (request, tx) => {
  deregisterImage(tx, request.ImageId);
  return { Return: true };
});

type ModifyRequest = RequestOf<'ModifyImageAttribute'>;

/** ModifyImageAttribute: description, launch permissions, IMDS support; in either of the API's two forms. */
export const ModifyImageAttribute = action('ModifyImageAttribute', (request, tx) => {
  const image = ownImage(tx, request.ImageId);
  const attribute = choice(request.Attribute, ['description', 'launchPermission', 'imdsSupport'], 'attribute');
  const description = request.Description?.Value ?? (attribute === 'description' ? request.Value : undefined);
  const imdsSupport = request.ImdsSupport?.Value ?? (attribute === 'imdsSupport' ? request.Value : undefined);
  const permissions = permissionChange(request);
  if (description === undefined && imdsSupport === undefined && !permissions) {
    throw new Fault('InvalidParameterCombination', 'No attributes specified.');
  }
  if (request.OrganizationArns ?? request.OrganizationalUnitArns) {
    throw new Fault('UnsupportedOperation', 'localvpc does not serve organizations.');
  }
  if (description !== undefined) tx.update(RegisteredImage, image.id, { description });
  if (imdsSupport !== undefined) {
    tx.update(RegisteredImage, image.id, { imdsSupport: choice(imdsSupport, ['v2.0'], 'imdsSupport') });
  }
  if (permissions) changeLaunchPermissions(tx, image, permissions);
});

const NOBODY = { everybody: false, accounts: [] };

function permissionChange(request: ModifyRequest): PermissionChange | undefined {
  const { LaunchPermission: structured, OperationType: operation, UserIds: ids, UserGroups: groups } = request;
  if (structured) return { add: whom(structured.Add), remove: whom(structured.Remove) };
  if (!ids && !groups) return undefined;
  const asked = { everybody: (groups ?? []).includes('all'), accounts: ids ?? [] };
  return choice(operation, ['add', 'remove'], 'operationType') === 'remove'
    ? { add: NOBODY, remove: asked }
    : { add: asked, remove: NOBODY };
}

type Permissions = NonNullable<NonNullable<ModifyRequest['LaunchPermission']>['Add']>;

const whom = (permissions: Permissions = []) => ({
  everybody: permissions.some(({ Group: group }) => choice(group, ['all'], 'group') === 'all'),
  accounts: permissions.flatMap(({ UserId: id }) => id ?? []),
});

/** ResetImageAttribute. */
export const ResetImageAttribute = action('ResetImageAttribute', (request, tx) => {
  choice(request.Attribute, ['launchPermission'], 'attribute');
  resetLaunchPermissions(tx, ownImage(tx, request.ImageId));
});

const ATTRIBUTES = [
  'description',
  'kernel',
  'ramdisk',
  'launchPermission',
  'productCodes',
  'blockDeviceMapping',
  'sriovNetSupport',
  'bootMode',
  'tpmSupport',
  'uefiData',
  'lastLaunchedTime',
  'imdsSupport',
  'deregistrationProtection',
] as const;

/** DescribeImageAttribute: one attribute, an empty element where it is not set. Permissions are told to the owner only. */
export const DescribeImageAttribute = action('DescribeImageAttribute', (request, tx) => {
  const attribute = choice(request.Attribute, ATTRIBUTES, 'attribute');
  const image = imageNamed(tx, request.ImageId);
  const shown = { ImageId: image.id };
  const textValue = (value: string | undefined) => (value === undefined ? {} : { Value: value });
  switch (attribute) {
    case 'description':
      return { ...shown, Description: textValue(image.description) };
    case 'kernel':
      return { ...shown, KernelId: {} };
    case 'ramdisk':
      return { ...shown, RamdiskId: {} };
    case 'productCodes':
      return { ...shown, ProductCodes: [] };
    case 'blockDeviceMapping':
      return { ...shown, BlockDeviceMappings: [rootDevice(image)] };
    case 'sriovNetSupport':
      return { ...shown, SriovNetSupport: textValue(image.sriovNetSupport) };
    case 'bootMode':
      return { ...shown, BootMode: textValue(image.bootMode) };
    case 'imdsSupport':
      return { ...shown, ImdsSupport: textValue(image.imdsSupport) };
    case 'tpmSupport':
      return { ...shown, TpmSupport: {} };
    case 'uefiData':
      return { ...shown, UefiData: {} };
    case 'lastLaunchedTime':
      return { ...shown, LastLaunchedTime: {} };
    case 'deregistrationProtection':
      return { ...shown, DeregistrationProtection: { Value: 'disabled' } };
    case 'launchPermission': {
      const { isPublic, accounts } = ownImage(tx, image.id).launchPermissions;
      const everybody = isPublic ? [{ Group: 'all' as const }] : [];
      return { ...shown, LaunchPermissions: [...everybody, ...accounts.map((id) => ({ UserId: id }))] };
    }
    case undefined:
      throw new Fault('MissingParameter', { parameter: 'attribute' });
  }
});

export const imageChangeActions = [
  RegisterImage,
  CreateImage,
  CopyImage,
  DeregisterImage,
  ModifyImageAttribute,
  ResetImageAttribute,
  DescribeImageAttribute,
] as const;
