/** What the process was started with and the rules of the model ask for: the same for every account and Region. */
import { type Ipv4Cidr, parseIpv4Cidr } from '../net/cidr.ts';
import { BUILT_IN_IMAGES, ImageCatalogue } from './image-catalogue.ts';
import { type KeyGeneration, NO_KEY_GENERATION } from './key-generation.ts';

/** Settings of a world; they do not change while it lives. */
export interface Environment {
  /** The images that instances can be launched from. */
  readonly images: ImageCatalogue;
  /** Where auto-assigned public addresses and Elastic IPs come from. */
  readonly publicPool: Ipv4Cidr;
  /** Makes and reads keys: the model knows no cryptography. */
  readonly keyGeneration: KeyGeneration;
}

/** 198.18.0.0/15 is reserved for benchmarks (RFC 2544), so it is never somebody's address. */
export const DEFAULT_PUBLIC_POOL: Ipv4Cidr = parsePool('198.18.0.0/15');

/** The built-in images and the default pool; no keys can be made. */
export const DEFAULT_ENVIRONMENT: Environment = {
  images: new ImageCatalogue(BUILT_IN_IMAGES),
  publicPool: DEFAULT_PUBLIC_POOL,
  keyGeneration: NO_KEY_GENERATION,
};

function parsePool(text: string): Ipv4Cidr {
  const pool = parseIpv4Cidr(text);
  if (!pool) throw new Error(`not a pool of addresses: ${text}`);
  return pool;
}
