/** The images that instances can be launched from: the built-in ones and those of the user's catalogue. */
import { type ImageId, isId } from '../net/identifiers.ts';
import { Fault } from './fault.ts';

export type GuestDriver = 'namespace' | 'virtual';
export type Architecture = 'x86_64' | 'arm64';

/** An image, with all that DescribeImages says of it and the guest that runs for it. */
export interface Image {
  readonly id: ImageId;
  readonly guestDriver: GuestDriver;
  readonly name: string;
  readonly description: string;
  readonly architecture: Architecture;
  /** Twelve digits. */
  readonly ownerId: string;
  readonly ownerAlias: string | undefined;
  /** ISO 8601 in UTC, milliseconds included, as EC2 prints it. */
  readonly creationDate: string;
  readonly rootDeviceName: string;
  readonly bootMode: 'legacy-bios' | 'uefi' | 'uefi-preferred' | undefined;
  readonly imdsSupport: 'v2.0' | undefined;
  /** Whether its guests have drivers for ENA and for the Intel 82599. */
  readonly enaSupport: boolean;
  readonly sriovNetSupport: 'simple' | undefined;
  readonly platformDetails: string;
  /** SSM parameter whose value is the image's id: what `resolve:ssm:` in RunInstances looks up. */
  readonly ssmParameter: string | undefined;
  /** Short names: RunInstances and DescribeImages take them in place of the id. */
  readonly shortName: string | undefined;
}

/** The snapshot of an image's disk, which exists in name only. */
export const snapshotIdOf = ({ id }: Pick<Image, 'id'>): string => id.replace('ami-', 'snap-');

/** The account that owns Amazon Linux 2023 in the `aws` partition. */
const AMAZON_LINUX_OWNER = '137112412989';
const CREATED = '2025-01-14T22:33:44.000Z';
const VERSION = '2023.6.20250115.0';

const builtIn = (id: string, guestDriver: GuestDriver, architecture: Architecture, shortName?: string): Image => {
  if (!isId('ami', id)) throw new Error(`not an image id: ${id}`);
  const family = guestDriver === 'namespace' ? 'al2023-ami-localvpc-host' : 'al2023-ami-localvpc-virtual';
  const what = guestDriver === 'namespace' ? "the host's own tools in a namespace" : 'a responder inside localvpc';
  return {
    id,
    guestDriver,
    name: `${family}-${VERSION}-kernel-6.1-${architecture}`,
    description: `Amazon Linux 2023 AMI ${VERSION} ${architecture} HVM kernel-6.1, played by ${what}`,
    architecture,
    ownerId: AMAZON_LINUX_OWNER,
    ownerAlias: 'amazon',
    creationDate: CREATED,
    rootDeviceName: '/dev/xvda',
    bootMode: architecture === 'arm64' ? 'uefi' : 'uefi-preferred',
    imdsSupport: 'v2.0',
    enaSupport: true,
    sriovNetSupport: 'simple',
    platformDetails: 'Linux/UNIX',
    ssmParameter:
      guestDriver === 'namespace'
        ? `/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-${architecture}`
        : undefined,
    shortName,
  };
};

/** One image for each guest and architecture. Instructions are the host's own whatever the architecture says. */
export const BUILT_IN_IMAGES: readonly Image[] = [
  builtIn('ami-0a1b2c3d4e5f60001', 'namespace', 'x86_64', 'ami-host'),
  builtIn('ami-0a1b2c3d4e5f60002', 'namespace', 'arm64', 'ami-host-arm64'),
  builtIn('ami-0a1b2c3d4e5f60003', 'virtual', 'x86_64', 'ami-virtual'),
  builtIn('ami-0a1b2c3d4e5f60004', 'virtual', 'arm64', 'ami-virtual-arm64'),
];

const SSM_PREFIX = 'resolve:ssm:';

/** Finds images. Immutable. */
export class ImageCatalogue {
  /** In order of the catalogue. */
  readonly images: readonly Image[];
  readonly #byId = new Map<string, Image>();

  constructor(images: readonly Image[]) {
    this.images = images;
    for (const image of images) this.#add(image);
  }

  /**
   * The image of an id, a short name (`ami-host`) or an SSM parameter (`resolve:ssm:/aws/service/…`). An image that was
   * asked for by its short name has that name for an id, so that tools which compare find what they wrote.
   * @throws Fault InvalidAMIID.Malformed, InvalidAMIID.NotFound, InvalidParameterValue (unknown SSM parameter)
   */
  get(text: string): Image {
    const image = this.#byId.get(text);
    if (image) return image;
    if (text.startsWith(SSM_PREFIX)) {
      // Code and sentence are unconfirmed.
      throw new Fault('InvalidParameterValue', `Invalid value '${text}' for ImageId: the SSM parameter is not known.`);
    }
    if (!isId('ami', text)) throw new Fault('InvalidAMIID.Malformed', { id: text });
    throw new Fault('InvalidAMIID.NotFound', { id: text });
  }

  #add(image: Image): void {
    this.#byId.set(image.id, image);
    if (image.ssmParameter) this.#byId.set(`${SSM_PREFIX}${image.ssmParameter}`, image);
    // A short name has the prefix of an id and not its digits: the one place where such an id is made.
    if (image.shortName) this.#byId.set(image.shortName, { ...image, id: image.shortName as ImageId });
  }
}

/**
 * Reads a user's catalogue: JSON of the form
 * `{"images": [{"imageId": "ami-0abc…", "guest": "namespace", "name": "ubuntu/…", "architecture": "x86_64", …}]}`.
 * `guest` and one of `imageId` and `name` are required; an image without an id gets one that follows from its name.
 * @throws Error that names the entry and what is wrong with it
 */
export function parseImages(text: string): readonly Image[] {
  const document = parseJson(text);
  const entries = isRecord(document) ? document.images : undefined;
  if (!Array.isArray(entries)) throw new Error('the images file must be {"images": [ … ]}');
  return entries.map((entry: unknown, index) => parseImage(entry, `images[${index}]`));
}

/** The built-in images and those of the user; an id that both have is the user's. */
export const catalogueWith = (images: readonly Image[]): ImageCatalogue =>
  new ImageCatalogue([...BUILT_IN_IMAGES.filter(({ id }) => !images.some((image) => image.id === id)), ...images]);

const FIELDS = [
  'imageId',
  'guest',
  'name',
  'description',
  'architecture',
  'ownerId',
  'ownerAlias',
  'creationDate',
  'rootDeviceName',
  'bootMode',
  'imdsSupport',
  'enaSupport',
  'sriovNetSupport',
  'ssmParameter',
  'platformDetails',
] as const;
type Field = (typeof FIELDS)[number];

function parseImage(entry: unknown, place: string): Image {
  if (!isRecord(entry)) throw new Error(`${place} is not an object`);
  for (const key of Object.keys(entry)) {
    if (!FIELDS.some((field) => field === key)) throw new Error(`${place} has the unknown field "${key}"`);
  }
  const text = (field: Field): string | undefined => textOf(entry, field, place);
  const word = <const W extends string>(field: Field, words: readonly W[]): W | undefined =>
    wordOf(text(field), words, `${place}.${field}`);
  const guestDriver = word('guest', ['namespace', 'virtual']);
  if (!guestDriver) throw new Error(`${place}.guest is missing: "namespace" or "virtual"`);
  const id = imageIdOf(text('imageId'), text('name'), place);
  return {
    id,
    guestDriver,
    name: text('name') ?? id,
    description: text('description') ?? '',
    architecture: word('architecture', ['x86_64', 'arm64']) ?? 'x86_64',
    ownerId: ownerOf(text('ownerId'), place),
    ownerAlias: text('ownerAlias'),
    creationDate: text('creationDate') ?? CREATED,
    rootDeviceName: text('rootDeviceName') ?? '/dev/xvda',
    bootMode: word('bootMode', ['legacy-bios', 'uefi', 'uefi-preferred']),
    imdsSupport: word('imdsSupport', ['v2.0']),
    enaSupport: truthOf(entry, 'enaSupport', place) ?? true,
    sriovNetSupport: word('sriovNetSupport', ['simple', 'none']) === 'none' ? undefined : 'simple',
    platformDetails: text('platformDetails') ?? 'Linux/UNIX',
    ssmParameter: text('ssmParameter'),
    shortName: undefined,
  };
}

function imageIdOf(id: string | undefined, name: string | undefined, place: string): ImageId {
  const made = id ?? (name === undefined ? undefined : idFromName(name));
  if (made === undefined) throw new Error(`${place} has neither imageId nor name`);
  if (!isId('ami', made)) throw new Error(`${place}.imageId is not an image id: "${made}"`);
  return made;
}

/** Two FNV-1a sums of the name, so that the same catalogue has the same ids at every start. */
function idFromName(name: string): string {
  const sum = (start: number): string => {
    let hash = start;
    for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
    return (hash >>> 0).toString(16).padStart(8, '0');
  };
  return `ami-0${sum(0x811c9dc5)}${sum(0x050c5d1f)}`;
}

function ownerOf(text: string | undefined, place: string): string {
  if (text !== undefined && !/^\d{12}$/.test(text)) throw new Error(`${place}.ownerId is not twelve digits: "${text}"`);
  return text ?? AMAZON_LINUX_OWNER;
}

function textOf(entry: Readonly<Record<string, unknown>>, field: Field, place: string): string | undefined {
  const value = entry[field];
  if (value === undefined || typeof value === 'string') return value;
  throw new Error(`${place}.${field} is not a text`);
}

function truthOf(entry: Readonly<Record<string, unknown>>, field: Field, place: string): boolean | undefined {
  const value = entry[field];
  if (value === undefined || typeof value === 'boolean') return value;
  throw new Error(`${place}.${field} is neither true nor false`);
}

function wordOf<const W extends string>(text: string | undefined, words: readonly W[], place: string): W | undefined {
  const word = words.find((candidate) => candidate === text);
  if (text !== undefined && word === undefined)
    throw new Error(`${place} is not one of ${words.join(', ')}: "${text}"`);
  return word;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error('the images file is not JSON', { cause: error });
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
