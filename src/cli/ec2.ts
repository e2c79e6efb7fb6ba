/** An EC2 client for the running localvpc. Loaded only by the commands that ask EC2 something: the SDK takes its time. */
import { DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { CommandFailure, messageOf } from './failure.ts';
import type { FoundInstance } from './instance-name.ts';

/** Region and credentials of the environment, and such as localvpc accepts where there are none. */
export function ec2Client(endpoint: string, environment: NodeJS.ProcessEnv): EC2Client {
  return new EC2Client({
    endpoint,
    region: environment.AWS_REGION ?? environment.AWS_DEFAULT_REGION ?? 'us-east-1',
    credentials: {
      accessKeyId: environment.AWS_ACCESS_KEY_ID ?? 'test',
      secretAccessKey: environment.AWS_SECRET_ACCESS_KEY ?? 'test',
      ...(environment.AWS_SESSION_TOKEN === undefined ? {} : { sessionToken: environment.AWS_SESSION_TOKEN }),
    },
  });
}

/** Instances that are not terminated: those with this id, or with this Name tag. */
export async function findInstances(client: EC2Client, nameOrId: string): Promise<readonly FoundInstance[]> {
  const isInstanceId = nameOrId.startsWith('i-');
  const filter = isInstanceId ? 'instance-id' : 'tag:Name';
  try {
    const { Reservations = [] } = await client.send(
      new DescribeInstancesCommand({
        Filters: [
          { Name: filter, Values: [escapeWildcards(nameOrId)] },
          { Name: 'instance-state-name', Values: ['pending', 'running', 'stopping', 'stopped', 'shutting-down'] },
        ],
      }),
    );
    return Reservations.flatMap(({ Instances = [] }) => Instances).map((instance) => ({
      id: instance.InstanceId ?? '',
      state: instance.State?.Name ?? 'unknown',
      interfaceIds: (instance.NetworkInterfaces ?? []).map((attached) => attached.NetworkInterfaceId ?? ''),
    }));
  } catch (error) {
    throw new CommandFailure(`DescribeInstances, to find ${nameOrId}, failed: ${messageOf(error)}`);
  }
}

/** EC2's filters know `*` and `?`; a name is meant as it stands. */
const escapeWildcards = (text: string): string => text.replace(/[*?\\]/g, (character) => `\\${character}`);
