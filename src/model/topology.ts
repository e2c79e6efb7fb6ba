/**
 * What a Region is made of, underneath: zones of racks, racks of hosts, a NIC in each host. AWS shows none of it but by
 * its effects (capacity, placement, distance), so sizes are the user's, and large unless he says otherwise.
 */
import { findRegion, findZone } from './regions.ts';

declare const hostBrand: unique symbol;
/** Zone, rack and host: "us-east-1a-r2-h5". */
export type HostId = `${string}-r${number}-h${number}` & { readonly [hostBrand]: true };

/** A machine that runs instances. Its NIC has one physical function, which is the host's own, and virtual ones. */
export interface Host {
  readonly id: HostId;
  /** "us-east-1a" */
  readonly zone: string;
  /** From 1, in its zone. */
  readonly rack: number;
  /** From 1, in its rack. */
  readonly number: number;
  /** Virtual functions of its NIC: most interfaces with enhanced networking at once. */
  readonly virtualFunctions: number;
}

/** Hosts that share power and a switch. */
export interface Rack {
  readonly number: number;
  readonly hosts: readonly Host[];
}

/** Some equal hosts in one rack. */
export interface RackSize {
  readonly hosts: number;
  readonly virtualFunctions: number;
}

/** Sizes of zones; those without a name of their own have the size of `others`. */
export interface TopologySizes {
  readonly zones: Readonly<Record<string, readonly RackSize[]>>;
  readonly others: readonly RackSize[];
}

/** Racks of a zone: one more than a spread group may have instances there (user guide, placement-strategies). */
const DEFAULT_RACKS = 8;
const DEFAULT_HOSTS = 16;
/** As many as one PCIe bus addresses with ARI; current NICs have between 128 and 256. */
const DEFAULT_VIRTUAL_FUNCTIONS = 256;

const DEFAULT_RACK: RackSize = { hosts: DEFAULT_HOSTS, virtualFunctions: DEFAULT_VIRTUAL_FUNCTIONS };

/** Enough for more interfaces in one zone than an account may have in a Region: nobody meets its end unasked. */
export const DEFAULT_SIZES: TopologySizes = {
  zones: {},
  others: Array.from({ length: DEFAULT_RACKS }, () => DEFAULT_RACK),
};

interface ZoneHosts {
  readonly racks: readonly Rack[];
  readonly hosts: readonly Host[];
  readonly byId: ReadonlyMap<string, Host>;
}

/** The hosts of every zone. They follow from sizes alone, so that a restart finds the same ones. */
export class Topology {
  readonly #sizes: TopologySizes;
  readonly #zones = new Map<string, ZoneHosts>();
  /** Hosts that were asked for: their ids are taken apart once. */
  readonly #found = new Map<string, Host>();

  constructor(sizes: TopologySizes = DEFAULT_SIZES) {
    this.#sizes = sizes;
  }

  /** The racks of a zone. */
  racks(zone: string): readonly Rack[] {
    return this.#zone(zone).racks;
  }

  /** The hosts of a zone: the first of each rack, then the second of each, so that neighbours are of different racks. */
  hosts(zone: string): readonly Host[] {
    return this.#zone(zone).hosts;
  }

  /** The host of an id, undefined where there is none. */
  host(id: string): Host | undefined {
    const known = this.#found.get(id);
    if (known) return known;
    const host = this.#find(id);
    if (host) this.#found.set(id, host);
    return host;
  }

  #find(id: string): Host | undefined {
    const zone = /^(.+)-r\d+-h\d+$/.exec(id)?.[1];
    if (zone === undefined || !isZone(zone)) return undefined;
    return this.#zone(zone).byId.get(id);
  }

  #zone(zone: string): ZoneHosts {
    const known = this.#zones.get(zone);
    if (known) return known;
    const racks = (this.#sizes.zones[zone] ?? this.#sizes.others).map((size, index) => rackOf(zone, index + 1, size));
    const hosts = racks
      .flatMap((rack) => rack.hosts)
      .sort((one, other) => one.number - other.number || one.rack - other.rack);
    const made = { racks, hosts, byId: new Map(hosts.map((host) => [host.id, host])) };
    this.#zones.set(zone, made);
    return made;
  }
}

function rackOf(zone: string, rack: number, { hosts, virtualFunctions }: RackSize): Rack {
  return {
    number: rack,
    hosts: Array.from({ length: hosts }, (_, index) => {
      const number = index + 1;
      return { id: `${zone}-r${rack}-h${number}` as HostId, zone, rack, number, virtualFunctions };
    }),
  };
}

/** A zone's name is its Region's and a letter. */
function isZone(name: string): boolean {
  const region = findRegion(name.slice(0, -1));
  return region !== undefined && findZone(region.name, name) !== undefined;
}

/** What a file of sizes may ask for, so that a slip does not fill the memory. */
const MOST_RACKS = 64;
const MOST_HOSTS = 256;
/** Routing ids of a PCIe domain. */
const MOST_VIRTUAL_FUNCTIONS = 65_535;

/**
 * Reads sizes: `{"others": {"racks": 2, "hosts": 4, "virtualFunctions": 8}, "zones": {"us-east-1a": {"racks": [{"hosts": 1}]}}}`.
 * What is not said is as without a file; `racks` is a number of equal racks or a list of them.
 * @throws Error that names the place and what is wrong with it
 */
export function parseSizes(document: unknown): TopologySizes {
  const { others, zones } = fieldsOf(document, 'the file', ['others', 'zones']);
  const sizes = Object.entries(zones === undefined ? {} : recordOf(zones, 'zones'));
  for (const [zone] of sizes) if (!isZone(zone)) throw new Error(`zones: AWS has no zone ${zone}`);
  return {
    others: others === undefined ? DEFAULT_SIZES.others : racksOf(others, 'others'),
    zones: Object.fromEntries(sizes.map(([zone, size]) => [zone, racksOf(size, `zones.${zone}`)])),
  };
}

function racksOf(value: unknown, place: string): readonly RackSize[] {
  const { racks, ...rest } = fieldsOf(value, place, ['racks', 'hosts', 'virtualFunctions']);
  const usual = rackSizeOf(rest, place, DEFAULT_RACK);
  if (!Array.isArray(racks)) {
    const count = wholeNumber(racks, `${place}.racks`, MOST_RACKS, DEFAULT_RACKS);
    return Array.from({ length: count }, () => usual);
  }
  if (racks.length < 1 || racks.length > MOST_RACKS)
    throw new Error(`${place}.racks has ${racks.length} racks, not 1 to ${MOST_RACKS}`);
  return racks.map((rack: unknown, index) => {
    const where = `${place}.racks[${index}]`;
    return rackSizeOf(fieldsOf(rack, where, ['hosts', 'virtualFunctions']), where, usual);
  });
}

const rackSizeOf = (fields: Readonly<Record<string, unknown>>, place: string, usual: RackSize): RackSize => ({
  hosts: wholeNumber(fields.hosts, `${place}.hosts`, MOST_HOSTS, usual.hosts),
  virtualFunctions: wholeNumber(
    fields.virtualFunctions,
    `${place}.virtualFunctions`,
    MOST_VIRTUAL_FUNCTIONS,
    usual.virtualFunctions,
    0,
  ),
});

function wholeNumber(value: unknown, place: string, most: number, usual: number, least = 1): number {
  if (value === undefined) return usual;
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new Error(`${place} is not a whole number from ${least} to ${most}: ${JSON.stringify(value)}`);
}

function fieldsOf(value: unknown, place: string, known: readonly string[]): Readonly<Record<string, unknown>> {
  const fields = recordOf(value, place);
  const strange = Object.keys(fields).find((key) => !known.includes(key));
  if (strange !== undefined) throw new Error(`${place} has a field ${strange}; known are ${known.join(', ')}`);
  return fields;
}

function recordOf(value: unknown, place: string): Readonly<Record<string, unknown>> {
  if (isRecord(value)) return value;
  throw new Error(`${place} is not an object`);
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
