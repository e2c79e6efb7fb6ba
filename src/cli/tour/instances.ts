/** The tour's instances: how they are launched, watched, stopped and started. */
import {
  DescribeInstancesCommand,
  type Instance,
  type InstanceStateName,
  RunInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
} from '@aws-sdk/client-ec2';
import { DATABASE_PORT, named, type TourNetwork } from './network.ts';
import { present } from './present.ts';
import { type Show, type TourInstance, until } from './show.ts';

/** The machine's own tools in namespaces of its own. */
const IMAGE = 'ami-host';
const INSTANCE_TYPE = 't3.micro';

/** Serves one page that says who serves it. */
const WEB_SERVER = `#!/bin/sh
mkdir -p /srv/www
echo "Hello from $(hostname)" > /srv/www/index.html
busybox httpd -p 80 -h /srv/www
`;

/** Stands for a database: whoever connects is greeted. */
const DATABASE = `#!/bin/sh
printf '#!/bin/sh\\necho "the database greets you"\\n' > /usr/local/bin/greet
chmod +x /usr/local/bin/greet
busybox nc -ll -p ${DATABASE_PORT} -e /usr/local/bin/greet > /dev/null 2>&1 &
`;

export interface TourInstances {
  readonly web: TourInstance;
  readonly database: TourInstance;
  /** In the public subnet as `web` is, but in another group. */
  readonly other: TourInstance;
}

export async function launchInstances(show: Show, network: TourNetwork): Promise<TourInstances> {
  const { publicSubnetId, privateSubnetId, webGroupId, databaseGroupId, otherGroupId } = network;
  const web = await launch(show, 'web', publicSubnetId, webGroupId, WEB_SERVER, false);
  const other = await launch(show, 'other', publicSubnetId, otherGroupId, WEB_SERVER, true);
  const database = await launch(show, 'db', privateSubnetId, databaseGroupId, DATABASE, false);
  for (const instance of [web, other, database]) await reach(show, instance, 'running');
  return { web, other, database };
}

async function launch(
  show: Show,
  name: string,
  subnetId: string,
  groupId: string,
  userData: string,
  publicAddress: boolean,
): Promise<TourInstance> {
  const { Instances } = await show.ec2.send(
    new RunInstancesCommand({
      ImageId: IMAGE,
      InstanceType: INSTANCE_TYPE,
      MinCount: 1,
      MaxCount: 1,
      UserData: Buffer.from(userData).toString('base64'),
      NetworkInterfaces: [
        { DeviceIndex: 0, SubnetId: subnetId, Groups: [groupId], AssociatePublicIpAddress: publicAddress },
      ],
      TagSpecifications: named('instance', name),
    }),
  );
  const instance = present(Instances?.[0], 'instance');
  const id = present(instance.InstanceId, 'InstanceId');
  const privateAddress = present(instance.PrivateIpAddress, 'PrivateIpAddress');
  show.called(`RunInstances ${name}`, `${id} at ${privateAddress}`);
  return { name, id, privateAddress };
}

/** What DescribeInstances says of an instance. */
export async function describe(show: Show, instance: TourInstance): Promise<Instance> {
  const { Reservations } = await show.ec2.send(new DescribeInstancesCommand({ InstanceIds: [instance.id] }));
  return present(Reservations?.[0]?.Instances?.[0], `instance ${instance.id}`);
}

/** Waits for a state. */
export async function reach(show: Show, instance: TourInstance, state: InstanceStateName): Promise<Instance> {
  return await until(`${instance.name} (${instance.id}) is not ${state}`, async () => {
    const now = await describe(show, instance);
    return now.State?.Name === state ? now : undefined;
  });
}

export async function stopAndStart(show: Show, instances: readonly TourInstance[]): Promise<void> {
  const ids = instances.map(({ id }) => id);
  const names = instances.map(({ name }) => name).join(', ');
  await show.ec2.send(new StopInstancesCommand({ InstanceIds: ids }));
  for (const instance of instances) await reach(show, instance, 'stopped');
  show.called(`StopInstances ${names}`, 'stopped');
  await show.ec2.send(new StartInstancesCommand({ InstanceIds: ids }));
  for (const instance of instances) await reach(show, instance, 'running');
  show.called(`StartInstances ${names}`, 'running');
}
