/** What `localvpc reach --json` prints is what docs/reach.md promises: every member that it names is there, and no other. */
import { deepEqual } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { type HostSpec, rowsOf } from '../testing/network-rows.ts';
import { difference } from './difference.ts';
import { reach } from './report.ts';
import { unusedRules } from './unused-rules.ts';

const PAGE = readFileSync(new URL('../../docs/reach.md', import.meta.url), 'utf8');

/** The members in the table under a heading. */
function promised(heading: string): readonly string[] {
  const section = PAGE.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  const cells = [...section.matchAll(/^\| (`[^|]+) \|/gm)].map(([, cell]) => cell ?? '');
  return cells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name ?? '')).sort();
}

/** The members that any of these have once they are JSON. */
const members = (all: readonly object[]): readonly string[] =>
  [...new Set(all.flatMap((one) => Object.keys(JSON.parse(JSON.stringify(one)))))].sort();

/** Something of everything: the outside world, an appliance in the way, ICMP, protocols by number, a rule without use. */
const HOSTS: Readonly<Record<string, HostSpec>> = {
  web: {
    ip: '10.0.1.10',
    public: '198.18.0.10',
    in: ['tcp 443 from 0.0.0.0/0', 'icmp from 0.0.0.0/0', 'protocol 47 from 0.0.0.0/0'],
  },
  db: { ip: '10.0.2.20', in: ['tcp 5432 from web', 'tcp 22 from 203.0.113.0/24'] },
  appliance: { ip: '10.0.3.30', in: ['all from 0.0.0.0/0'], check: false },
};
const ROUTES = {
  '10.0.1.0/24': ['0.0.0.0/0 internet', '10.0.2.0/24 to-host appliance'],
  '10.0.2.0/24': ['0.0.0.0/0 internet'],
};

const snapshot = (hosts: typeof HOSTS) => ({
  rows: rowsOf(hosts, { routes: ROUTES }),
  names: Object.fromEntries(Object.keys(hosts).map((name) => [`i-${name}`, name])),
});

describe('docs/reach.md names the members of', () => {
  const { flows } = reach(snapshot(HOSTS));
  const { changes } = difference(snapshot(HOSTS), snapshot({ ...HOSTS, web: { ip: '10.0.1.10' } }));
  const ends = flows.flatMap(({ from, to, via }) => [...from, to, ...(via ? [via] : [])]);

  for (const [heading, all] of Object.entries<readonly object[]>({
    Flows: flows,
    Ends: ends,
    Ranges: flows.flatMap(({ traffic }) => traffic),
    Components: flows.flatMap(({ rules }) => rules),
    Changes: changes,
    'Ends of a change': changes.flatMap(({ from, to }) => [...from, ...to]),
    'Unused rules': unusedRules(snapshot(HOSTS)),
  }))
    test(heading.toLowerCase(), () => deepEqual(members(all), promised(heading)));
});
