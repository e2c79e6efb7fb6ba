/** The tour: a network built through the EC2 API, and what programs inside its instances see of it. */
import { DescribeVpcsCommand, type EC2Client, EC2ServiceException } from '@aws-sdk/client-ec2';
import { health } from '../contract.ts';
import { ec2Client } from '../ec2.ts';
import type { Endpoint } from '../endpoint.ts';
import { CommandFailure } from '../failure.ts';
import type { Colours } from '../style.ts';
import { revokeRule, showGroups } from './database.ts';
import { launchInstances } from './instances.ts';
import { moveInterface } from './moving-interface.ts';
import { buildNetwork, DATABASE_PORT } from './network.ts';
import { Show } from './show.ts';
import { showStopAndStart } from './stop-and-start.ts';
import { giveElasticIp, showOwnAddresses } from './web-server.ts';

/** What the tour is given. */
export interface TourOptions {
  readonly endpoint: Endpoint;
  readonly colours: Colours;
  print(line: string): void;
}

/** @throws CommandFailure where something is not as the tour promises. */
export async function runTour({ endpoint, colours, print }: TourOptions): Promise<void> {
  const { dataPlane } = await endpoint.get('health', health);
  if (!dataPlane.drivers.includes('namespace')) {
    print('The tour shows programs inside instances, and on this machine no programs can run in them.');
    print(dataPlane.notice ?? 'Why, says: localvpc status');
    return;
  }
  // Not the shell's own credentials and Region: everybody's tour is the same, and `localvpc env` leads to it.
  const ec2 = ec2Client(endpoint.url, {});
  await refuseSecondTour(ec2);
  const guide = new Show(ec2, endpoint, colours, print);
  const elasticIp = await show(guide).catch((error: unknown) => {
    throw error instanceof CommandFailure ? error : guide.failure(causeOf(error));
  });
  for (const line of farewell(endpoint.url, elasticIp, colours)) print(line);
}

/** An EC2 error says by its name what it is; anything else needs its stack. */
function causeOf(error: unknown): string {
  if (error instanceof EC2ServiceException) return `${error.name}: ${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** Two tours in one account would have every Name tag twice. */
async function refuseSecondTour(ec2: EC2Client): Promise<void> {
  const filter = { Name: 'tag:Name', Values: ['tour'] };
  const { Vpcs = [] } = await ec2.send(new DescribeVpcsCommand({ Filters: [filter] }));
  if (Vpcs.length === 0) return;
  throw new CommandFailure(
    `The tour's network is here already (${Vpcs[0]?.VpcId}).`,
    'To see the tour again, remove everything first: localvpc reset',
  );
}

async function show(guide: Show): Promise<string> {
  const network = await buildNetwork(guide);
  const instances = await launchInstances(guide, network);
  const elasticIp = await giveElasticIp(guide, instances.web);
  await showOwnAddresses(guide, instances.web, elasticIp);
  await showGroups(guide, instances);
  await revokeRule(guide, network, instances);
  await moveInterface(guide, network, instances);
  await showStopAndStart(guide, instances, elasticIp);
  return elasticIp;
}

const farewell = (url: string, elasticIp: string, colours: Colours): readonly string[] => [
  '',
  colours.good('That was the tour: every line above came from the EC2 API or a program in a guest.'),
  `The network is still there, in a browser at ${url}/_localvpc/console`,
  'and in another terminal, in this folder:',
  '',
  '  eval "$(npx localvpc env)"',
  '  aws ec2 describe-instances --output table',
  '  npx localvpc exec web -- ip address',
  `  npx localvpc internet -- curl -s http://${elasticIp}/`,
  `  npx localvpc trace web db --tcp ${DATABASE_PORT}`,
  '  npx localvpc capture db | tcpdump -n -r -',
  '  npx localvpc status',
  '  npx localvpc down',
  '',
];
