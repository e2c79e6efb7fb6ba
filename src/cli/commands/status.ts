/** `localvpc status`: what is running, what it holds, and what became of the frames. */
import { Command } from 'commander';
import type { FabricCounters } from '../../tables/data-plane.ts';
import type { Context } from '../context.ts';
import { type AccountSummary, type NicSummary, type Status, status } from '../contract.ts';
import { ratesText } from '../rates-text.ts';
import { columns, WIDTH, wrap } from '../style.ts';

const HELP = `
What it counts stands at /metrics of localvpc's endpoint too, for Prometheus.

Examples:
  $ localvpc status
  $ localvpc status --json | jq .fabric.drops
`;

export const statusCommand = (context: () => Context): Command =>
  new Command('status')
    .description('say what is running and how it fares')
    .option('--json', 'print JSON')
    .addHelpText('after', HELP)
    .action(async ({ json = false }: { json?: boolean }) => {
      const { endpoint, print } = context();
      const now = await endpoint.get('status', status);
      for (const line of json ? [JSON.stringify(now, null, 2)] : statusLines(now)) print(line);
    });

/** The status in 80 columns. */
export const statusLines = (now: Status): readonly string[] => [
  `localvpc ${now.version} at ${now.endpoint}, pid ${now.pid}, up ${duration(now.uptimeSeconds)}`,
  ...indented('guests', `${now.dataPlane.preferred}${others(now)}`),
  ...(now.dataPlane.notice === undefined ? [] : indented('', now.dataPlane.notice)),
  ...indented('state', now.dataDirectory ?? 'in memory only'),
  ...(now.rates === undefined ? [] : indented('rates', ratesText(now.rates))),
  '',
  ...accountLines(now.accounts),
  ...nicLines(now.nics),
  '',
  ...fabricLines(now.fabric),
];

function others({ dataPlane }: Status): string {
  const also = dataPlane.drivers.filter((driver) => driver !== dataPlane.preferred);
  return also.length === 0 ? '' : `, also ${also.join(', ')}`;
}

function indented(label: string, text: string): readonly string[] {
  return wrap(text, WIDTH - 10).map((line, index) => `  ${(index === 0 ? label : '').padEnd(8)}${line}`);
}

function accountLines(accounts: readonly AccountSummary[]): readonly string[] {
  if (accounts.length === 0) return ['No account has been used yet.'];
  const heading = ['ACCOUNT', 'REGION', 'VPCS', 'SUBNETS', 'INTERFACES', 'INSTANCES'];
  const rows = accounts.map((one) => [
    one.account,
    one.region,
    String(one.vpcs),
    String(one.subnets),
    String(one.interfaces),
    instancesText(one.instances),
  ]);
  return columns([heading, ...rows]);
}

function instancesText(instances: AccountSummary['instances']): string {
  const parts = Object.entries(instances).filter(([, count]) => count > 0);
  return parts.length === 0 ? '0' : parts.map(([state, count]) => `${count} ${state}`).join(', ');
}

/** Nothing, as long as no guest has an interface. */
function nicLines({ policy, paths, notOffloaded }: NicSummary): readonly string[] {
  const parts = Object.entries(paths).filter(([, count]) => count > 0);
  if (parts.length === 0) return [];
  const ways = parts.map(([path, count]) => `${count} ${path}`).join(', ');
  const why = notOffloaded === undefined ? '' : `; no flow is offloaded: ${notOffloaded}`;
  return ['', ...wrap(`Interfaces of guests (--nic ${policy}): ${ways}${why}. See localvpc nics.`, WIDTH)];
}

function fabricLines(fabric: FabricCounters): readonly string[] {
  const drops = Object.entries(fabric.drops)
    .filter(([, frames]) => frames > 0)
    .sort(([, a], [, b]) => b - a);
  const looked = fabric.flowCacheHits + fabric.flowCacheMisses;
  const hitPart = looked === 0 ? '' : `, ${((100 * fabric.flowCacheHits) / looked).toFixed(1)} % from the flow cache`;
  return [
    `${fabric.ports} ports, ${fabric.trackedConnections} tracked connections`,
    `${fabric.framesReceived} frames received${hitPart}`,
    ...switchLines(fabric.offloaded),
    `${fabric.framesDelivered} delivered, ${fabric.framesAnswered} answered, ${sum(drops)} dropped`,
    ...columns(drops.map(([reason, frames]) => [`  ${reason}`, String(frames)])),
  ];
}

/** Nothing, as long as the kernel has forwarded nothing. */
function switchLines(offloaded: FabricCounters['offloaded']): readonly string[] {
  if (offloaded === undefined || offloaded.packets === 0) return [];
  const { flows, packets, bytes } = offloaded;
  return [`${packets} packets (${bytes} bytes) forwarded by the kernel, which knows ${flows} flows now`];
}

const sum = (entries: readonly (readonly [string, number])[]): number =>
  entries.reduce((total, [, count]) => total + count, 0);

/** Seconds as a person says them: "3 min 20 s". */
export function duration(seconds: number): string {
  const whole = Math.floor(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
