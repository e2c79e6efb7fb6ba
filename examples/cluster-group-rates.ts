/**
 * A cluster placement group: refused for a type without enhanced networking, accepted for one with it, and what either gets.
 *
 * Start localvpc with rates that any machine can keep: `localvpc up --rates 0.01`, a hundredth of AWS's.
 */
import { CreatePlacementGroupCommand } from '@aws-sdk/client-ec2';
import { processContext } from '../src/cli/context.ts';
import { status } from '../src/cli/contract.ts';
import { messageOf } from '../src/cli/failure.ts';
import type { Show, TourInstance } from '../src/cli/tour/show.ts';
import { example, Lab } from './lab.ts';

const RATES = 0.01;
/** Gigabits a second of one flow on AWS. */
const AWS = { plain: 1.024, alone: 5, grouped: 10 };
/** Serves a file of a gigabyte without taking the room. */
const SERVER = `mkdir -p /srv/www
truncate -s 1G /srv/www/zeros
busybox httpd -p 80 -h /srv/www`;

/** Megabits a second of one TCP stream: two seconds' worth of data, of which a burst at the start is too little to matter. */
async function measure(show: Show, from: TourInstance, to: TourInstance, gigabits: number): Promise<number> {
  const bytes = Math.round((gigabits * RATES * 1e9 * 2) / 8);
  const url = `http://${to.privateAddress}/zeros`;
  const options = ['-sS', '--range', `0-${bytes}`, '--max-time', '15', '-o', '/dev/null'];
  const { output } = await show.runUntilItWorks(from, 'curl', ...options, '-w', '%{speed_download}', url);
  return (8 * Number(output)) / 1e6;
}

await example('A cluster placement group and the rates of its members', async (show) => {
  show.step('Rates are on');
  const now = await processContext().endpoint.get('status', status);
  show.expect(now.rates === RATES, `localvpc was started with --rates ${RATES}`);
  const lab = await Lab.open(show, '10.52.0.0/16');
  const subnet = await lab.subnet('10.52.1.0/24');
  await lab.ec2.send(new CreatePlacementGroupCommand({ GroupName: 'near', Strategy: 'cluster' }));
  show.called('CreatePlacementGroup near', 'strategy cluster');
  const Placement = { GroupName: 'near' };

  show.step('A type without enhanced networking is refused');
  const refusal: unknown = await lab
    .instance('refused', [subnet], '', { InstanceType: 't2.micro', Placement })
    .catch((error: unknown) => error);
  show.called('RunInstances t2.micro', messageOf(refusal));
  const isRefused = refusal instanceof Error && refusal.name === 'InvalidParameterCombination';
  show.expect(isRefused, 'the group does not take a t2.micro');

  show.step('A type with it is accepted');
  const plain = { InstanceType: 't2.micro' } as const;
  const enhanced = { InstanceType: 'c5.large' } as const;
  const plainServer = await lab.instance('plain-server', [subnet], SERVER, plain);
  const plainClient = await lab.instance('plain-client', [subnet], '', plain);
  const alone = await lab.instance('alone', [subnet], SERVER, enhanced);
  const member = await lab.instance('member', [subnet], SERVER, { ...enhanced, Placement });
  const client = await lab.instance('client', [subnet], '', { ...enhanced, Placement });

  show.step('One TCP stream each: paravirtual NICs, ENA, and ENA inside the group');
  const rows = [
    { what: 't2.micro', gigabits: AWS.plain, megabits: await measure(show, plainClient, plainServer, AWS.plain) },
    {
      what: 'c5.large, not in one group',
      gigabits: AWS.alone,
      megabits: await measure(show, client, alone, AWS.alone),
    },
    {
      what: 'c5.large in one group',
      gigabits: AWS.grouped,
      megabits: await measure(show, client, member, AWS.grouped),
    },
  ];
  for (const { what, gigabits, megabits } of rows)
    show.called(what, `${gigabits} Gbit/s on AWS, ${megabits.toFixed(1)} Mbit/s measured`);
  for (const { what, gigabits, megabits } of rows) {
    const expected = 1000 * gigabits * RATES;
    show.expect(megabits < 1.1 * expected && megabits > expected / 2, `${what}: one flow has about ${expected} Mbit/s`);
  }
});
