/** An EC2 client for the running localvpc. Loaded only by the commands that ask EC2 something: the SDK takes its time. */
import { DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { notRunning } from './endpoint.ts';
import { CommandFailure, errorCodeOf, messageOf } from './failure.ts';
import type { FoundInstance } from './instance-name.ts';

/** Region and credentials of the environment, and such as localvpc accepts where there are none. */
export function ec2Client(endpoint: string, environment: NodeJS.ProcessEnv): EC2Client {
  // The SDK's version is pinned by the lock file; its farewell to Node.js 20 is no news to whoever runs a command.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
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
    if (errorCodeOf(error) === 'ECONNREFUSED') throw notRunning(await endpointOf(client));
    throw new CommandFailure(`DescribeInstances, to find ${nameOrId}, failed: ${messageOf(error)}`);
  }
}

async function endpointOf(client: EC2Client): Promise<string> {
  const endpoint = await client.config.endpoint?.();
  return endpoint === undefined ? 'its endpoint' : `${endpoint.protocol}//${endpoint.hostname}:${endpoint.port}`;
}

/** EC2's filters know `*` and `?`; a name is meant as it stands. */
const escapeWildcards = (text: string): string => text.replace(/[*?\\]/g, (character) => `\\${character}`);
