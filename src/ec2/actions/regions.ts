/** Regions and Availability Zones: what exists before anybody creates anything. */
import type * as sdk from '@aws-sdk/client-ec2';
import { Fault } from '../../model/fault.ts';
import { allRegions, type Region, regionNamed, type Zone, zonesOf } from '../../model/regions.ts';
import { action } from '../action.ts';
import { compileFilters, type FilterTable } from '../filter.ts';

/** Regions are switched on here, whether or not AWS has them on by default. */
const optInStatus = (region: Region): 'opt-in-not-required' | 'opted-in' =>
  region.enabledByDefault ? 'opt-in-not-required' : 'opted-in';

/** A Region with the `id` by which filters and Describe calls know a row. */
type RegionRow = Region & { readonly id: string };

const REGION_FILTERS: FilterTable<RegionRow> = {
  endpoint: (row) => row.endpoint,
  'opt-in-status': optInStatus,
  'region-name': (row) => row.name,
};

/** DescribeRegions: those of the caller's partition. AllRegions shows no more, for all of them are switched on. */
export const DescribeRegions = action('DescribeRegions', (request, tx) => {
  const { partition } = regionNamed(tx.region);
  const rows = allRegions()
    .filter((region) => region.partition === partition)
    .map((region): RegionRow => ({ ...region, id: region.name }));
  const holds = compileFilters(request.Filters, REGION_FILTERS);
  const named = chosen(rows, request.RegionNames, (row) => row.name, 'region-name');
  return { Regions: named.filter((row) => holds(row, tx)).map(describeRegion) };
});

const describeRegion = (region: Region): sdk.Region => ({
  RegionName: region.name,
  Endpoint: region.endpoint,
  OptInStatus: optInStatus(region),
  Geography: [{ Name: region.geography }],
});

const ZONE_FILTERS: FilterTable<Zone> = {
  'group-long-name': (row) => row.groupLongName,
  'group-name': (row) => row.groupName,
  message: () => undefined,
  'opt-in-status': () => 'opt-in-not-required',
  'parent-zone-id': () => undefined,
  'parent-zone-name': () => undefined,
  'region-name': (row) => row.region,
  state: () => 'available',
  'zone-id': (row) => row.id,
  'zone-name': (row) => row.name,
  'zone-type': () => 'availability-zone',
};

/** DescribeAvailabilityZones. Local Zones and Wavelength Zones do not exist here, so AllAvailabilityZones adds none. */
export const DescribeAvailabilityZones = action('DescribeAvailabilityZones', (request, tx) => {
  const holds = compileFilters(request.Filters, ZONE_FILTERS);
  const byName = chosen(zonesOf(tx.region), request.ZoneNames, (zone) => zone.name, 'availability-zone');
  const byId = chosen(zonesOf(tx.region), request.ZoneIds, (zone) => zone.id, 'availability-zone-id');
  const zones = byName.filter((zone) => byId.includes(zone) && holds(zone, tx));
  return { AvailabilityZones: zones.map(describeAvailabilityZone) };
});

const describeAvailabilityZone = (zone: Zone): sdk.AvailabilityZone => ({
  ZoneName: zone.name,
  ZoneId: zone.id,
  RegionName: zone.region,
  State: 'available',
  OptInStatus: 'opt-in-not-required',
  ZoneType: 'availability-zone',
  GroupName: zone.groupName,
  GroupLongName: zone.groupLongName,
  NetworkBorderGroup: zone.networkBorderGroup,
  Messages: [],
  Geography: [{ Name: regionNamed(zone.region).geography }],
});

/** The rows that a request names, all where it names none. The sentence of the fault is unconfirmed. */
function chosen<R>(rows: readonly R[], names: readonly string[] | undefined, nameOf: (row: R) => string, what: string) {
  if (names === undefined) return rows;
  const unknown = names.filter((name) => !rows.some((row) => nameOf(row) === name));
  if (unknown.length > 0) throw new Fault('InvalidParameterValue', `Invalid ${what}: [${unknown.join(', ')}]`);
  return rows.filter((row) => names.includes(nameOf(row)));
}

/** What this file serves. */
export const regionActions = [DescribeRegions, DescribeAvailabilityZones];
