/**
 * An instance that is launched to look at a VPC from within, and terminated afterwards.
 *
 * It is what a person does on AWS who has no VPN: an ordinary instance of the caller's account, described and counted
 * like any other, with the groups that were asked for. So nothing reaches a VPC by a way of its own.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DescribeSubnetsCommand,
  type EC2Client,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import type { Context } from './context.ts';
import { ec2Client } from './ec2.ts';
import type { Endpoint } from './endpoint.ts';
import { CommandFailure, messageOf } from './failure.ts';

/** The Name tag of such an instance. */
const NAME = 'localvpc-shell';
const ADDRESS_WITHIN_MS = 15_000;
const LOOK_EVERY_MS = 20;

/** Where it is wanted: a subnet, or any one of a VPC. */
export interface BastionPlace {
  readonly vpc: string | undefined;
  readonly subnet: string | undefined;
  /** Ids of security groups; none for the VPC's default group. */
  readonly groups: readonly string[];
}

/** A running instance that has its address. */
export interface Bastion {
  readonly id: string;
  readonly subnetId: string;
  terminate(): Promise<void>;
}

/** Launches one. @throws CommandFailure in EC2's words where that is refused */
export async function launchForTheWhile(place: BastionPlace, context: Context): Promise<Bastion> {
  const { endpoint, environment } = context;
  const client = ec2Client(endpoint.url, environment);
  try {
    const subnetId = place.subnet ?? (await someSubnetOf(client, place.vpc ?? ''));
    const id = await run(client, subnetId, place.groups);
    const terminate = async (): Promise<void> => {
      await client.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
    };
    await hasAddress(endpoint, id).catch(async (error: unknown) => {
      await terminate();
      throw error;
    });
    return { id, subnetId, terminate };
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    throw new CommandFailure(
      `No instance can be launched there to look at the network from: ${messageOf(error)}`,
      'Ids are looked up with AWS_REGION and AWS_ACCESS_KEY_ID of your shell.',
    );
  }
}

async function someSubnetOf(client: EC2Client, vpcId: string): Promise<string> {
  const { Subnets = [] } = await client.send(
    new DescribeSubnetsCommand({ Filters: [{ Name: 'vpc-id', Values: [vpcId] }] }),
  );
  const [first] = Subnets.map(({ AvailabilityZone = '', SubnetId = '' }) => ({ AvailabilityZone, SubnetId })).sort(
    (one, other) => (one.AvailabilityZone + one.SubnetId < other.AvailabilityZone + other.SubnetId ? -1 : 1),
  );
  if (!first) {
    throw new CommandFailure(`There is no VPC ${vpcId} with a subnet in this account and Region.`);
  }
  return first.SubnetId;
}

async function run(client: EC2Client, subnetId: string, groups: readonly string[]): Promise<string> {
  const { Instances } = await client.send(
    new RunInstancesCommand({
      ImageId: 'ami-host',
      InstanceType: 't3.micro',
      MinCount: 1,
      MaxCount: 1,
      SubnetId: subnetId,
      ...(groups.length === 0 ? {} : { SecurityGroupIds: [...groups] }),
      InstanceInitiatedShutdownBehavior: 'terminate',
      TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'Name', Value: NAME }] }],
    }),
  );
  return Instances?.[0]?.InstanceId ?? '';
}

/** The guest's agent says on its console which addresses it has got. */
async function hasAddress(endpoint: Endpoint, id: string): Promise<void> {
  const deadlineMs = performance.now() + ADDRESS_WITHIN_MS;
  while (performance.now() < deadlineMs) {
    const console = await (await endpoint.request(`instances/${id}/console`)).text();
    if (console.includes('localvpc: eth0 has ')) return;
    await sleep(LOOK_EVERY_MS);
  }
  throw new CommandFailure(
    `${id} has got no address within ${ADDRESS_WITHIN_MS / 1000} s.`,
    'Guests that are virtual run no programs; which there are, says: localvpc status',
  );
}
