/** An image that an account made. It runs the guest of the image that it was made from. */
import type { Image } from '../image-catalogue.ts';
import { kind, type TaggedRow } from '../kind.ts';

/** Who besides its owner may launch an image: accounts by their twelve digits, and everybody. */
export interface LaunchPermissions {
  readonly isPublic: boolean;
  readonly accounts: readonly string[];
}

export interface RegisteredImage extends Image, TaggedRow {
  readonly id: Image['id'];
  readonly launchPermissions: LaunchPermissions;
  /** The image it was copied or made from, and the Region of that. */
  readonly source: { readonly imageId: string; readonly region: string } | undefined;
}

export const RegisteredImage = kind<RegisteredImage>()({
  name: 'image',
  prefix: 'ami',
  notFound: 'InvalidAMIID.NotFound',
  malformed: 'InvalidAMIID.Malformed',
  indexes: { name: (row) => row.name },
});
