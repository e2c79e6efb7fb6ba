/**
 * What a guest may ask of its NICs beside AWS's metadata, under `/localvpc/ena/`: the MACs of its interfaces, and for each what
 * `ethtool -i` and `ethtool -S` show of an ENA device on AWS. Here the device is another, and ethtool(8) knows nothing of it.
 */
import { formatMac } from '../net/mac.ts';
import { ENA_COUNTERS, type EnaCounters } from '../tables/data-plane.ts';
import type { MetadataView } from './metadata-view.ts';

/** The first name of these paths. */
export const OWN_PATHS = 'localvpc';

/** Whether the answer to this path needs the counters. */
export const asksForCounters = (path: string): boolean => path.startsWith(`/${OWN_PATHS}/ena`);

/** The text at a path below `/localvpc/`; undefined where there is nothing. `counters`: by the id of the interface. */
export function enaText(
  [topic, mac, ...more]: readonly string[],
  view: MetadataView,
  counters: Readonly<Record<string, EnaCounters>>,
): string | undefined {
  if (topic !== 'ena' || more.length > 0) return undefined;
  const interfaces = view.interfaces();
  if (mac === undefined) return interfaces.map((one) => formatMac(one.mac)).join('\n');
  const asked = interfaces.find((one) => formatMac(one.mac) === mac);
  if (!asked) return undefined;
  const own = view.driver === 'ena' ? counters[asked.id] : undefined;
  return [`driver: ${view.driver}`, ...(own ? statistics(own) : [])].join('\n');
}

const statistics = (counters: EnaCounters): readonly string[] => [
  'NIC statistics:',
  ...ENA_COUNTERS.map((name) => `     ${name}: ${counters[name]}`),
];
