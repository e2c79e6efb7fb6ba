/** What the process was started with and the rules of the model ask for: the same for every account and Region. */
import { type Ipv4Cidr, parseIpv4Cidr } from '../net/cidr.ts';
import type { InstanceId } from '../net/identifiers.ts';
import { BUILT_IN_IMAGES, ImageCatalogue } from './image-catalogue.ts';
import { type KeyGeneration, NO_KEY_GENERATION } from './key-generation.ts';
import type { Latencies } from './latencies.ts';
import type { NicPolicy } from './nic-modes.ts';
import { type AnalyseAccess, type AnalyseReachability, NO_ACCESS_ANALYSER, NO_ANALYSER } from './reachability.ts';
import { Topology } from './topology.ts';

/** Settings of a world; they do not change while it lives. */
export interface Environment {
  /** The images that instances can be launched from. */
  readonly images: ImageCatalogue;
  /** Where auto-assigned public addresses and Elastic IPs come from. */
  readonly publicPool: Ipv4Cidr;
  /** Makes and reads keys: the model knows no cryptography. */
  readonly keyGeneration: KeyGeneration;
  /** What guests wrote to their consoles; the model keeps none of it. */
  readonly consoles: ConsoleReader;
  /** Says whether packets arrive; the model knows none. */
  readonly analyseReachability: AnalyseReachability;
  readonly analyseAccess: AnalyseAccess;
  /** How much of AWS's rates instances have: 1 for all of it, 0.01 for a hundredth; undefined where nothing limits them. */
  readonly rates: number | undefined;
  /** How interfaces go to their guests where no tag says it. */
  readonly nicPolicy: NicPolicy;
  /** Why a network device of this machine cannot be handed to a guest, as the end of a sentence; undefined where it can. */
  readonly deviceRefusal: (device: string) => string | undefined;
  /** The hosts that instances are placed on. */
  readonly topology: Topology;
  /** How long packets take between hosts; undefined where distance makes no difference. */
  readonly latencies: Latencies | undefined;
}

/** What a console said when it was last looked at. */
export interface ConsoleText {
  readonly text: string;
  /** Milliseconds since the epoch. */
  readonly readAtMs: number;
}

/** Reads the console of an instance; undefined where nobody has looked at it. */
export type ConsoleReader = (instanceId: InstanceId) => ConsoleText | undefined;

/** 198.18.0.0/15 is reserved for benchmarks (RFC 2544), so it is never somebody's address. */
export const DEFAULT_PUBLIC_POOL: Ipv4Cidr = parsePool('198.18.0.0/15');

/** The built-in images and the default pool; no keys can be made, and consoles are silent. */
export const DEFAULT_ENVIRONMENT: Environment = {
  images: new ImageCatalogue(BUILT_IN_IMAGES),
  publicPool: DEFAULT_PUBLIC_POOL,
  keyGeneration: NO_KEY_GENERATION,
  consoles: () => undefined,
  analyseReachability: NO_ANALYSER,
  analyseAccess: NO_ACCESS_ANALYSER,
  rates: undefined,
  nicPolicy: 'auto',
  deviceRefusal: () => 'guests are virtual, so there is nothing to hand it to',
  topology: new Topology(),
  latencies: undefined,
};

function parsePool(text: string): Ipv4Cidr {
  const pool = parseIpv4Cidr(text);
  if (!pool) throw new Error(`not a pool of addresses: ${text}`);
  return pool;
}
