/** Images: those of the catalogue, which everybody has, and those that the account made. */
import { isId } from '../net/identifiers.ts';
import { Fault } from './fault.ts';
import { type Image, snapshotIdOf } from './image-catalogue.ts';
import type { Tags } from './kind.ts';
import { type LaunchPermissions, RegisteredImage } from './resources/registered-image.ts';
import type { Transaction } from './transaction.ts';

/** Catalogue first, then the account's own. Images of other accounts are not seen here, whatever their permissions. */
export const allImages = (tx: Transaction): readonly (Image | RegisteredImage)[] => [
  ...tx.environment.images.images,
  ...tx.list(RegisteredImage),
];

/** The image of an id, a short name or an SSM parameter. @throws Fault as `ImageCatalogue.get` */
export const imageNamed = (tx: Transaction, text: string): Image | RegisteredImage =>
  tx.find(RegisteredImage, text) ?? tx.environment.images.get(text);

/** The image that has this id or short name; undefined where there is none. */
export const findImage = (tx: Transaction, id: string): Image | RegisteredImage | undefined =>
  allImages(tx).find((image) => image.id === id || image.shortName === id);

/** The image whose disk a snapshot is. @throws Fault InvalidSnapshot.NotFound */
export function imageOfSnapshot(tx: Transaction, snapshotId: string): Image | RegisteredImage {
  const image = allImages(tx).find((one) => snapshotIdOf(one) === snapshotId);
  if (!image) throw new Fault('InvalidSnapshot.NotFound', { id: snapshotId });
  return image;
}

/** Whether the account made it: only such a one can be changed. */
export const isRegistered = (image: Image): image is RegisteredImage => 'launchPermissions' in image;

/** An image of the account. @throws Fault AuthFailure for one of somebody else (sentence unconfirmed) */
export function ownImage(tx: Transaction, id: string): RegisteredImage {
  const image = imageNamed(tx, id);
  if (!isRegistered(image)) throw new Fault('AuthFailure', `Not authorized for image:${id}`);
  return image;
}

/** What a new image has of its own; the rest is that of its source. */
export type ImageChanges = Partial<
  Pick<
    RegisteredImage,
    'description' | 'rootDeviceName' | 'bootMode' | 'imdsSupport' | 'enaSupport' | 'architecture' | 'sriovNetSupport'
  >
> &
  Pick<RegisteredImage, 'name' | 'source'>;

const PRIVATE: LaunchPermissions = { isPublic: false, accounts: [] };

/** A new image of the account, which runs the guest of `base`. @throws Fault InvalidAMIName.Malformed, InvalidAMIName.Duplicate */
export function registerImage(tx: Transaction, base: Image, changes: ImageChanges, tags: Tags): RegisteredImage {
  const { name } = changes;
  if (!/^[A-Za-z0-9()[\] ./\-'@_]{3,128}$/.test(name)) throw new Fault('InvalidAMIName.Malformed');
  const [taken] = tx.by(RegisteredImage, 'name', name);
  if (taken) throw new Fault('InvalidAMIName.Duplicate', { name, id: taken.id });
  const { id: _, ...like } = base;
  return tx.insert(RegisteredImage, {
    ...like,
    ...changes,
    ownerId: tx.account,
    ownerAlias: undefined,
    creationDate: tx.now.toISOString(),
    ssmParameter: undefined,
    shortName: undefined,
    launchPermissions: PRIVATE,
    tags,
  });
}

/** Who is added to and who is taken from the launch permissions of an image. */
export interface PermissionChange {
  readonly add: { readonly everybody: boolean; readonly accounts: readonly string[] };
  readonly remove: { readonly everybody: boolean; readonly accounts: readonly string[] };
}

/** @throws Fault InvalidAMIAttributeItemValue for what is no account */
export function changeLaunchPermissions(
  tx: Transaction,
  image: RegisteredImage,
  { add, remove }: PermissionChange,
): void {
  const wrong = [...add.accounts, ...remove.accounts].find((account) => !/^\d{12}$/.test(account));
  if (wrong !== undefined) {
    const message = `Invalid attribute item value "${wrong}" for userId item type.`;
    throw new Fault('InvalidAMIAttributeItemValue', message);
  }
  const { isPublic, accounts } = image.launchPermissions;
  const kept = [...new Set([...accounts, ...add.accounts])].filter((account) => !remove.accounts.includes(account));
  const launchPermissions = { isPublic: (isPublic || add.everybody) && !remove.everybody, accounts: kept };
  tx.update(RegisteredImage, image.id, { launchPermissions });
}

/** The image is private again. */
export const resetLaunchPermissions = (tx: Transaction, { id }: RegisteredImage): void => {
  tx.update(RegisteredImage, id, { launchPermissions: PRIVATE });
};

/** DeregisterImage. Instances that were launched from it live on. */
export function deregisterImage(tx: Transaction, id: string): void {
  const found = isId('ami', id) ? tx.find(RegisteredImage, id) : undefined;
  tx.remove(RegisteredImage, (found ?? ownImage(tx, id)).id);
}
