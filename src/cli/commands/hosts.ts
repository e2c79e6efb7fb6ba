/** `localvpc hosts`: what instances run on, and what happens when some of it is taken away. */
import { Command, InvalidArgumentError } from 'commander';
import type { Context } from '../context.ts';
import {
  type Departures,
  departures,
  type HostState,
  hosts,
  type PlacedInterface,
  type Resident,
  resident,
} from '../hosts-answer.ts';
import { instanceId } from '../instance-name.ts';
import { columns, WIDTH, wrap } from '../style.ts';

const HELP = `
AWS does not show the machines below its instances, only what follows from
them: capacity, placement groups, distance, and what happens when one fails.
Here each zone has racks of hosts, each with a NIC of some virtual functions;
an interface with enhanced networking holds one of them. How many there are is
said by a file: localvpc up --hosts FILE. Shown are hosts that have instances
or are not in service; --zone shows all of one zone.

drain moves what runs on a host to others and keeps connections. A placement
group stays obeyed: the members of a cluster group leave for another rack all
together or not at all, and who stays is said with the reason. fail takes a
host's power: nothing on it can be reached, status checks fail, and a minute
later instances whose recovery is not disabled come up elsewhere, with the same
interfaces. repair puts a drained or failed host back into service.

Examples:
  $ localvpc hosts
  $ localvpc hosts --instance web             where an instance is
  $ localvpc hosts --zone us-east-1a --json
  $ localvpc hosts drain us-east-1a-r1-h1
  $ localvpc hosts fail us-east-1a-r1-h1 --recover-after 0
  $ localvpc hosts repair us-east-1a-r1-h1
`;

interface Options {
  readonly instance?: string;
  readonly zone?: string;
  readonly json?: boolean;
}

export const hostsCommand = (context: () => Context): Command =>
  new Command('hosts')
    .description('say which host each instance is on; drain, fail and repair hosts')
    .option('--instance <instance>', 'only where this instance is, by id or Name tag')
    .option('--zone <name>', 'all hosts of this zone')
    .option('--json', 'print JSON')
    .addHelpText('after', HELP)
    .action(async (options: Options) => await show(context(), options))
    .addCommand(drainCommand(context))
    .addCommand(failCommand(context))
    .addCommand(repairCommand(context));

async function show({ endpoint, print, find }: Context, { instance, zone, json }: Options): Promise<void> {
  if (instance !== undefined) {
    const path = `hosts/of/${encodeURIComponent(await instanceId(instance, find))}`;
    if (json) print(JSON.stringify(await (await endpoint.request(path)).json(), null, 2));
    else for (const line of residentLines(await endpoint.get(path, resident))) print(line);
    return;
  }
  const path = zone === undefined ? 'hosts' : `hosts?zone=${encodeURIComponent(zone)}`;
  if (json) print(JSON.stringify(await (await endpoint.request(path)).json(), null, 2));
  else for (const line of hostLines(await endpoint.get(path, hosts))) print(line);
}

const drainCommand = (context: () => Context): Command =>
  new Command('drain')
    .description('move what runs on a host to others, and keep it empty')
    .argument('<host>', 'id of the host')
    .option('--json', 'print JSON')
    .action(async (host: string, { json }: { readonly json?: boolean }) => {
      const { endpoint, print, endWith } = context();
      const answer = await endpoint.post(`hosts/${encodeURIComponent(host)}/drain`, {}, departures);
      if (json) print(JSON.stringify(answer, null, 2));
      else for (const line of departureLines(host, answer)) print(line);
      if (answer.stayed.length > 0) endWith(1);
    });

const failCommand = (context: () => Context): Command =>
  new Command('fail')
    .description('take the power from a host')
    .argument('<host>', 'id of the host')
    .option('--recover-after <seconds>', 'until its instances are brought up elsewhere (default: 60)', parseSeconds)
    .action(async (host: string, { recoverAfter }: { readonly recoverAfter?: number }) => {
      const { endpoint, print } = context();
      const query = recoverAfter === undefined ? '' : `?recover-after=${recoverAfter}`;
      await endpoint.request(`hosts/${encodeURIComponent(host)}/fail${query}`, { method: 'POST' });
      print(`${host} has failed. To put it back into service, type: localvpc hosts repair ${host}`);
    });

const repairCommand = (context: () => Context): Command =>
  new Command('repair')
    .description('put a drained or failed host back into service')
    .argument('<host>', 'id of the host')
    .action(async (host: string) => {
      const { endpoint, print } = context();
      await endpoint.request(`hosts/${encodeURIComponent(host)}/repair`, { method: 'POST' });
      print(`${host} is in service.`);
    });

function parseSeconds(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('A time is a whole number of seconds.');
}

/** Hosts, then who is on them. */
export function hostLines(shown: readonly HostState[]): readonly string[] {
  if (shown.length === 0) return ['No instance is on a host, and all hosts are in service.'];
  const rows = shown.map(({ id, state, nic, instances }) => [
    id,
    state,
    String(instances.length),
    `${nic.held} of ${nic.virtualFunctions}`,
  ]);
  const residents = shown.flatMap(({ instances }) => instances);
  return [
    ...columns([['HOST', 'STATE', 'INSTANCES', 'VIRTUAL FUNCTIONS'], ...rows]),
    ...(residents.length === 0 ? [] : ['', ...residentTable(residents)]),
  ];
}

const residentTable = (residents: readonly Resident[]): readonly string[] =>
  columns([
    ['INSTANCE', 'NAME', 'HOST', 'TYPE', 'GROUP'],
    ...residents.map((one) => [one.instanceId, one.name ?? '', one.hostId, one.instanceType, groupText(one)]),
  ]);

function groupText({ placementGroup: group, partitionNumber }: Resident): string {
  if (!group) return '';
  return `${group.name} (${group.strategy}${partitionNumber === undefined ? '' : ` ${partitionNumber}`})`;
}

/** One instance, with its interfaces. */
export const residentLines = (one: Resident): readonly string[] => [
  `${one.instanceId}${one.name === undefined ? '' : ` (${one.name})`} is ${one.state} on ${one.hostId}`,
  ...columns([
    ['  type', one.instanceType],
    ...(one.placementGroup ? [['  group', groupText(one)]] : []),
    ...one.interfaces.map((each) => [`  eth${each.deviceIndex}`, `${each.interfaceId}, ${functionText(each)}`]),
  ]),
  ...wrap(one.pinned === undefined ? 'It can be moved while it runs.' : `It cannot be moved: ${one.pinned}.`, WIDTH),
];

function functionText({ mode, virtualFunction }: PlacedInterface): string {
  if (virtualFunction === undefined) return mode;
  return `virtual function ${virtualFunction}${mode === 'sriov' ? '' : ` (held, but its frames are ${mode})`}`;
}

/** What became of a host's instances. */
export function departureLines(host: string, { moved, stayed }: Departures): readonly string[] {
  if (moved.length + stayed.length === 0) return [`${host} is empty.`];
  return [
    ...moved.map(({ instanceId: id, to }) => `${id} runs on ${to} now.`),
    ...stayed.flatMap(({ instanceId: id, why }) => wrap(`${id} stays: ${why}.`, WIDTH)),
  ];
}
