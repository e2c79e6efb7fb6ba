/** A cluster placement group: refused for a type without enhanced networking, and near each other for one with it. */
import { CreatePlacementGroupCommand, DescribeInstanceTypesCommand } from '@aws-sdk/client-ec2';
import { processContext } from '../src/cli/context.ts';
import { resident } from '../src/cli/hosts-answer.ts';
import type { TourInstance } from '../src/cli/tour/show.ts';
import { example, Lab } from './lab.ts';

/** Xen, with a paravirtual NIC that its host mediates; and Nitro, where a guest drives a virtual function of the NIC. */
const OLD = 'm3.medium';
const NEW = 'c5.large';

await example('A cluster placement group', async (show) => {
  const { endpoint } = processContext();
  show.step('A group whose instances shall be near each other');
  const lab = await Lab.open(show, '10.42.0.0/16');
  const subnet = await lab.subnet('10.42.1.0/24');
  const GroupName = 'near';
  await lab.ec2.send(new CreatePlacementGroupCommand({ GroupName, Strategy: 'cluster' }));
  show.called('CreatePlacementGroup', `${GroupName}, cluster`);

  show.step(`${OLD} has no enhanced networking, and no place in it`);
  const { InstanceTypes = [] } = await lab.ec2.send(new DescribeInstanceTypesCommand({ InstanceTypes: [OLD, NEW] }));
  for (const { InstanceType, NetworkInfo, PlacementGroupInfo } of InstanceTypes) {
    const strategies = PlacementGroupInfo?.SupportedStrategies?.join(', ');
    show.say(`${InstanceType}: ENA is ${NetworkInfo?.EnaSupport}; groups may be ${strategies}.`);
  }
  const Placement = { GroupName };
  const refusal = await lab
    .instance('old', [subnet], '', { InstanceType: OLD, Placement })
    .then(() => 'launched', messageOf);
  show.say(refusal);
  show.expect(refusal.startsWith('InvalidParameterCombination'), `AWS's refusal of ${OLD}`);

  show.step(`${NEW} has it: three of them come to one rack, each on a host of its own, with a virtual function`);
  const members: TourInstance[] = [];
  for (const name of ['one', 'two', 'three'])
    members.push(await lab.instance(name, [subnet], '', { InstanceType: NEW, Placement }));
  const places = await Promise.all(members.map(({ id }) => endpoint.get(`hosts/of/${id}`, resident)));
  for (const { name, hostId, interfaces } of places)
    show.say(`${name} is on ${hostId}, its eth0 holds virtual function ${interfaces[0]?.virtualFunction}.`);
  const racks = new Set(places.map(({ hostId }) => hostId.replace(/-h\d+$/, '')));
  show.expect(racks.size === 1, 'the group is in one rack');
  show.expect(new Set(places.map(({ hostId }) => hostId)).size === 3, 'and each member on its own host');

  show.step('Without the group, two instances are in different racks');
  const [first, second] = [await lab.instance('apart', [subnet]), await lab.instance('far', [subnet])];
  const others = await Promise.all([first, second].map(({ id }) => endpoint.get(`hosts/of/${id}`, resident)));
  for (const { name, hostId } of others) show.say(`${name} is on ${hostId}.`);
  show.expect(others[0]?.hostId !== others[1]?.hostId, 'they share no host');
  show.say('With localvpc up --latency on, their packets take longer than those inside the group.');
});

function messageOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
