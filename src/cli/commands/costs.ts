/** `localvpc costs`: what AWS would have charged for the network that runs here. */
import { Command, Option } from 'commander';
import type { Context } from '../context.ts';
import { type CostLine, type Costs, costs, type ResourceCost, type UselessAddress } from '../costs-answer.ts';
import { columns, WIDTH, wrap } from '../style.ts';

const HELP = `
Metered are public IPv4 addresses, in use and idle, NAT gateways, interface
endpoints, attachments of transit gateways and VPN connections, from creation to
deletion, also while localvpc is down; and the bytes of packets that were
delivered between zones, between Regions, to and from the internet and through
NAT gateways, transit gateways and interface endpoints, once a minute and
whenever somebody asks. Free tiers and the lower prices of much data transfer
are not applied; the public addresses of VPN tunnels are not counted, nor is
what goes between VPCs and the customer's site.

Months are those of the calendar in UTC. Each hour has the price of its own
day; with --pricing-date, the price of that day. Until 2024-01-31 an address in
use was free, but for further Elastic IPs of one instance.

--json has everything, the source and evidence of each price included. Test
suites get the same by HTTP: GET /_localvpc/costs?month=2026-01&hourly=true

Examples:
  $ localvpc costs
  $ localvpc costs --pricing-date 2023-06-01
  $ localvpc costs --month 2026-01 --region eu-west-1
  $ localvpc costs --json | jq .forNothing
  $ localvpc costs --hourly | jq .hourly
`;

interface Options {
  readonly json?: boolean;
  readonly hourly?: boolean;
  readonly month?: string;
  readonly pricingDate?: string;
  readonly account?: string;
  readonly region?: string;
}

export const costsCommand = (context: () => Context): Command =>
  new Command('costs')
    .description('say what AWS would charge for public addresses, NAT gateways and data transfer')
    .option('--month <YYYY-MM>', 'the month of the bill (default: the current one)')
    .option('--pricing-date <YYYY-MM-DD>', 'apply the prices of this day')
    .option('--account <digits>', 'only this account')
    .option('--region <name>', 'only this Region')
    .option('--json', 'print JSON')
    .addOption(
      new Option('--hourly', 'print JSON, with the usage of each resource in each hour').implies({ json: true }),
    )
    .addHelpText('after', HELP)
    .action(async (options: Options) => {
      const { endpoint, print } = context();
      const path = `costs${queryOf(options)}`;
      if (options.json) print(JSON.stringify(await (await endpoint.request(path)).json(), null, 2));
      else for (const line of costLines(await endpoint.get(path, costs))) print(line);
    });

function queryOf({ month, pricingDate, account, region, hourly }: Options): string {
  const given = { month, 'pricing-date': pricingDate, account, region, hourly: hourly ? 'true' : undefined };
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(given)) if (value !== undefined) query.set(name, value);
  return query.size === 0 ? '' : `?${query}`;
}

/** The bill in 80 columns. */
export const costLines = (bill: Costs): readonly string[] => [
  `${day(bill.from)} to ${minute(bill.until)} UTC, at ${pricesOf(bill)}, in USD`,
  '',
  ...usageTypeLines(bill),
  '',
  ...resourceLines(bill.byResource),
  ...uselessLines(bill.forNothing),
  ...wrap(`Not metered: ${bill.notMetered.join('; ')}.`, WIDTH),
  ...caveats(bill),
];

const pricesOf = ({ pricingDate }: Costs): string =>
  pricingDate === undefined ? "AWS's prices" : `AWS's prices of ${pricingDate}`;

const day = (time: string): string => time.slice(0, 10);
const minute = (time: string): string => time.slice(0, 16).replace('T', ' ');

/** One row per usage type: what was used, what it costs, and what a month like the present state costs. */
function usageTypeLines({ byUsageType, projected, usd }: Costs): readonly string[] {
  const names = [...new Set([...byUsageType, ...projected.byUsageType].map(({ usageType }) => usageType))].sort();
  const rows = names.map((name) => {
    const used = byUsageType.find(({ usageType }) => usageType === name);
    const monthly = projected.byUsageType.find(({ usageType }) => usageType === name);
    return [name, used ? quantity(used) : '', money(used?.usd ?? 0), dollars(monthly?.usd ?? 0)];
  });
  const heading = ['USAGE TYPE', 'QUANTITY', 'COST', `${projected.hours} H AS NOW`];
  return table([heading, ...rows, ['total', '', money(usd), dollars(projected.usd)]]);
}

/** How many resources a terminal is shown; JSON has all. */
const SHOWN_RESOURCES = 40;

function resourceLines(resources: readonly ResourceCost[]): readonly string[] {
  const shown = resources.slice(0, SHOWN_RESOURCES);
  const rows = shown.flatMap(resourceRows);
  if (rows.length === 0) return [];
  const more = resources.length - shown.length;
  const rest = more > 0 ? [`and ${more} more, all of them cheaper or as cheap (--json has them)`] : [];
  return [...table([['RESOURCE', 'USAGE TYPE', 'QUANTITY', 'COST'], ...rows], 2), ...rest, ''];
}

/** A row per usage type; the id stands in the first, the address in the next. */
function resourceRows({ resourceId, publicIp, lines }: ResourceCost): readonly (readonly string[])[] {
  const names = [resourceId, ...(publicIp === undefined ? [] : [`  ${publicIp}`])];
  return Array.from({ length: Math.max(names.length, lines.length) }, (_, index) => {
    const line = lines[index];
    return [names[index] ?? '', ...(line ? [line.usageType, quantity(line), money(line.usd)] : ['', '', ''])];
  });
}

function uselessLines(addresses: readonly UselessAddress[]): readonly string[] {
  if (addresses.length === 0) return [];
  const lines = addresses.flatMap((address) => {
    const { publicIp, allocationId, associationId, usdPerMonth, region, idleSince } = address;
    const reason = `${publicIp} ${reasonOf(address)}: ${dollars(usdPerMonth)} a month, since ${minute(idleSince)} UTC`;
    return [
      ...wrap(reason, WIDTH - 2).map((text) => `  ${text}`),
      ...(associationId === undefined
        ? []
        : awsCommand('disassociate-address', region, `--association-id ${associationId}`)),
      ...awsCommand('release-address', region, `--allocation-id ${allocationId}`),
    ];
  });
  return ['Elastic IPs that cost money for nothing:', ...lines, ''];
}

/** A command that can be copied as it stands, and fits. */
const awsCommand = (operation: string, region: string, parameter: string): readonly string[] => [
  `    aws ec2 ${operation} --region ${region} \\`,
  `        ${parameter}`,
];

function reasonOf({ why, at }: UselessAddress): string {
  switch (why) {
    case 'not-associated':
      return 'is not associated';
    case 'interface-not-attached':
      return `is on ${at}, which is not attached to an instance`;
    case 'instance-not-running':
      return `is on ${at}, which does not run`;
  }
}

/** Said where it matters: prices that may be others elsewhere or that AWS's own pages do not confirm. */
function caveats({ prices, byResource }: Costs): readonly string[] {
  const local = prices.filter(({ regions }) => regions === 'us-east-1').map(({ usageType }) => usageType);
  const elsewhere = byResource.some(({ region }) => region !== 'us-east-1');
  const doubtful = prices.filter(({ evidence }) => evidence !== 'documentation').map(({ usageType }) => usageType);
  return [
    ...(elsewhere && local.length > 0 ? wrap(`Prices of us-east-1: ${local.join(', ')}.`, WIDTH) : []),
    ...(doubtful.length > 0 ? wrap(`Prices not confirmed by AWS's own pages: ${doubtful.join(', ')}.`, WIDTH) : []),
  ];
}

/** A GB in a guest's life is much: six decimals show a kilobyte. */
const DECIMALS: Readonly<Record<string, number>> = { Hrs: 3, GB: 6 };

const quantity = ({ quantity: count, unit }: CostLine): string => `${count.toFixed(DECIMALS[unit] ?? 0)} ${unit}`;

const money = (usd: number): string => usd.toFixed(4);
const dollars = (usd: number): string => usd.toFixed(2);

/** Columns of which all but the first `texts` are numbers, set to the right. */
function table(rows: readonly (readonly string[])[], texts = 1): readonly string[] {
  const width = (column: number): number => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  return columns(rows.map((row) => row.map((cell, column) => (column < texts ? cell : cell.padStart(width(column))))));
}
