/** What a user calls an instance: an id, or the Name tag where only one instance has it. */
import { CommandFailure } from './failure.ts';

/** An instance that a name led to. */
export interface FoundInstance {
  readonly id: string;
  readonly state: string;
  /** In the order of their device indexes. */
  readonly interfaceIds: readonly string[];
}

/** Finds instances that are not terminated, by id or Name tag. */
export type FindInstances = (nameOrId: string) => Promise<readonly FoundInstance[]>;

const INSTANCE_ID = /^i-[0-9a-f]+$/;
const INTERFACE_ID = /^eni-[0-9a-f]+$/;

/** The id of an instance that is named by id or Name tag. An id is not looked up: who gets it will know. */
export async function instanceId(nameOrId: string, find: FindInstances): Promise<string> {
  return INSTANCE_ID.test(nameOrId) ? nameOrId : (await onlyInstance(nameOrId, find)).id;
}

/** An interface, named by its id, or by an instance that has no other. */
export async function interfaceId(text: string, find: FindInstances): Promise<string> {
  if (INTERFACE_ID.test(text)) return text;
  const instance = await onlyInstance(text, find);
  const [first, ...others] = instance.interfaceIds;
  if (first === undefined) throw new CommandFailure(`${text} has no network interface.`);
  if (others.length === 0) return first;
  throw new CommandFailure(
    `${text} has ${instance.interfaceIds.length} network interfaces.`,
    `Say which: ${instance.interfaceIds.join(', ')}`,
  );
}

async function onlyInstance(nameOrId: string, find: FindInstances): Promise<FoundInstance> {
  const found = await find(nameOrId);
  const [first, ...others] = found;
  if (first === undefined) throw notFound(nameOrId);
  if (others.length === 0) return first;
  throw new CommandFailure(
    `${found.length} instances are called ${nameOrId}.`,
    `Say which: ${found.map(({ id, state }) => `${id} (${state})`).join(', ')}`,
  );
}

const notFound = (nameOrId: string): CommandFailure =>
  new CommandFailure(
    `There is no instance ${nameOrId.startsWith('i-') ? nameOrId : `with the Name tag ${nameOrId}`} in this account and Region.`,
    'Names are looked up with AWS_REGION and AWS_ACCESS_KEY_ID of your shell; an instance id works from everywhere.',
  );
