/**
 * Every Region of every partition, with its Availability Zones: what exists before anybody creates anything.
 *
 * Sources: partition data of the AWS SDK (Regions, DNS suffixes); AWS Regions and Availability Zones guide (zones, AZ
 * ids, opt-in). On AWS some old Regions map letters to AZ ids differently in each account; here the mapping is the plain
 * one, which accounts made since November 2025 have. Local Zones and Wavelength Zones are not covered.
 */
import { PARTITIONS, type Partition, REGION_TABLE, type RegionEntry } from './region-table.ts';

export type { Partition } from './region-table.ts';

/** An Availability Zone. */
export interface Zone {
  /** "us-east-1a" */
  readonly name: string;
  /** "use1-az1" */
  readonly id: string;
  readonly region: string;
  /** "us-east-1-zg-1": the group that ModifyAvailabilityZoneGroup speaks of. */
  readonly groupName: string;
  /** "US East (N. Virginia) 1" */
  readonly groupLongName: string;
  readonly networkBorderGroup: string;
}

export interface Region {
  /** "us-east-1" */
  readonly name: string;
  /** "US East (N. Virginia)" */
  readonly description: string;
  /** Country or countries, as DescribeRegions and DescribeAvailabilityZones name them. */
  readonly geography: string;
  readonly partition: Partition;
  /** False for Regions that an account must switch on before use; localvpc serves them as switched on. */
  readonly enabledByDefault: boolean;
  /** Host name of EC2's endpoint at AWS. */
  readonly endpoint: string;
  readonly zones: readonly Zone[];
}

function zoneOf({ name, description, zoneIdPrefix }: RegionEntry, text: string): Zone {
  const [letter = '', number = ''] = text;
  return {
    name: `${name}${letter}`,
    id: `${zoneIdPrefix}-az${number}`,
    region: name,
    groupName: `${name}-zg-1`,
    groupLongName: `${description} 1`,
    networkBorderGroup: name,
  };
}

function regionOf(entry: RegionEntry): Region {
  const partition = PARTITIONS[entry.partition];
  return {
    name: entry.name,
    description: entry.description,
    geography: entry.geography,
    partition,
    enabledByDefault: entry.enabledByDefault,
    endpoint: `ec2.${entry.name}.${partition.dnsSuffix}`,
    zones: entry.zones.split(' ').map((zone) => zoneOf(entry, zone)),
  };
}

const regions: ReadonlyMap<string, Region> = new Map(REGION_TABLE.map((entry) => [entry.name, regionOf(entry)]));

/** Every Region of every partition. */
export const allRegions = (): readonly Region[] => [...regions.values()];

/** The Region of this name; undefined where AWS has none (the caller's fault: its credential scope is not valid). */
export const findRegion = (name: string): Region | undefined => regions.get(name);

/** The Region of a scope. @throws Error for an unknown name, which the wire layer refuses before. */
export function regionNamed(name: string): Region {
  const region = regions.get(name);
  if (!region) throw new Error(`no such Region: ${name}`);
  return region;
}

/** The zones of a Region in order of their names. */
export const zonesOf = (region: string): readonly Zone[] => regionNamed(region).zones;

/** The zone of the Region with this name ("us-east-1a"), or undefined. */
export const findZone = (region: string, name: string): Zone | undefined =>
  zonesOf(region).find((zone) => zone.name === name);

/** The zone of the Region with this AZ id ("use1-az1"), or undefined. */
export const findZoneById = (region: string, id: string): Zone | undefined =>
  zonesOf(region).find((zone) => zone.id === id);

/** The zone of this name, which a row holds. @throws Error when the Region has none. */
export function zoneNamed(region: string, name: string): Zone {
  const zone = findZone(region, name);
  if (!zone) throw new Error(`no zone ${name} in ${region}`);
  return zone;
}

/** `arn:aws:ec2:us-east-1:123456789012:subnet/subnet-…`; `type` is the tag resource type ("network-interface"). */
export const arnOf = (scope: { readonly account: string; readonly region: string }, type: string, id: string): string =>
  `arn:${regionNamed(scope.region).partition.name}:ec2:${scope.region}:${scope.account}:${type}/${id}`;

/** Domain of private DNS names: "ec2.internal" in us-east-1, "eu-west-1.compute.internal" elsewhere. */
export const privateDnsDomain = (region: string): string =>
  region === 'us-east-1' ? 'ec2.internal' : `${region}.compute.internal`;

/** Domain of public DNS names: "compute-1.amazonaws.com" in us-east-1, "eu-west-1.compute.amazonaws.com" elsewhere. */
export const publicDnsDomain = (region: string): string =>
  region === 'us-east-1' ? 'compute-1.amazonaws.com' : `${region}.compute.${regionNamed(region).partition.dnsSuffix}`;
