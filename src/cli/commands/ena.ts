/** `localvpc ena`: which kind of networking an instance has, and what exceeded its allowances. */
import { Command } from 'commander';
import { ENA_COUNTERS } from '../../tables/data-plane.ts';
import type { Context } from '../context.ts';
import { type EnaReport, enaReport } from '../contract.ts';
import { instanceId } from '../instance-name.ts';
import { ratesText } from '../rates-text.ts';
import { columns } from '../style.ts';

const HELP = `
The counters have the names that the ENA driver gives them (ethtool -S): packets
that were queued or dropped because the instance exceeded its bandwidth, its
packets a second, its tracked connections or its 1024 packets a second to
link-local services, since the interface was plugged in. Bandwidth and packets
are limited only where localvpc was started with --rates. In the instance itself
"ena-stat eth0" shows the same.

Examples:
  $ localvpc ena web
  $ localvpc ena web --json | jq '.interfaces[].counters'
`;

export const enaCommand = (context: () => Context): Command =>
  new Command('ena')
    .description("show an instance's kind of networking and its allowance counters")
    .argument('<instance>', 'instance id or Name tag')
    .option('--json', 'print JSON')
    .addHelpText('after', HELP)
    .action(async (instance: string, { json = false }: { json?: boolean }) => {
      const { endpoint, find, print } = context();
      const id = await instanceId(instance, find);
      const report = await endpoint.get(`instances/${encodeURIComponent(id)}/ena`, enaReport);
      for (const line of json ? [JSON.stringify(report, null, 2)] : enaLines(report)) print(line);
    });

const NETWORKING = {
  ena: 'Elastic Network Adapter',
  vf: 'Intel 82599 virtual function',
  none: 'paravirtual NIC, no enhanced networking',
} as const;

/** The report as text. */
export function enaLines({
  instanceId: id,
  instanceType,
  networking,
  rates,
  interfaces,
}: EnaReport): readonly string[] {
  const counted = interfaces.filter(({ counters }) => counters !== undefined);
  const heading = ['', ...counted.map((one) => one.id)];
  const place = ['network card, device', ...counted.map((one) => `${one.networkCardIndex}, ${one.deviceIndex}`)];
  const queues = ['ENA queues', ...counted.map((one) => String(one.queues ?? '-'))];
  const rows = ENA_COUNTERS.map((name) => [name, ...counted.map(({ counters }) => String(counters?.[name] ?? 0))]);
  return [
    `${id}, ${instanceType}: ${NETWORKING[networking]}; rates ${rates === undefined ? 'off' : ratesText(rates)}`,
    ...(counted.length === 0
      ? ['No guest has its interfaces now.']
      : columns([heading, place, ...(networking === 'ena' ? [queues] : []), ...rows])),
  ];
}
