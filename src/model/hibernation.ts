/**
 * Hibernation: what an instance must be to hibernate, and what may not be changed while it does.
 *
 * The memory of a guest is not kept: it is shut down and boots anew at its next start, as on AWS when hibernation does
 * not complete (user guide, instance-hibernate-overview). Addresses come and go as over a stop. Codes are those of the
 * documentation (errors-overview), sentences are unconfirmed.
 */
import { Fault } from './fault.ts';
import type { InstanceType } from './instance-type-table.ts';
import type { Instance } from './resources/instance.ts';
import type { VolumeSpec } from './volumes.ts';

/** Why an instance stopped that hibernates. */
export const HIBERNATED = {
  code: 'Client.UserInitiatedHibernate',
  message: 'Client.UserInitiatedHibernate: User initiated hibernate',
} as const;

/** True while an instance hibernates: it is stopped, and was asked to hibernate. */
export const hibernates = ({ state, stateReason }: Instance): boolean =>
  state === 'stopped' && stateReason?.code === HIBERNATED.code;

/** @throws Fault UnsupportedHibernationConfiguration for a type that cannot, or a root volume that is not encrypted */
export function checkHibernation(type: InstanceType, root: Pick<VolumeSpec, 'encrypted'> | undefined): void {
  if (!type.HibernationSupported)
    throw refusal(`The '${type.InstanceType}' instance type does not support hibernation.`);
  if (!root?.encrypted) throw refusal('Hibernation requires an encrypted root volume.');
}

/** @throws Fault UnsupportedHibernationConfiguration for an instance that was not launched for it */
export function checkHibernates({ id, hibernationConfigured }: Instance): void {
  if (!hibernationConfigured) throw refusal(`The instance '${id}' is not configured for hibernation.`);
}

/** @throws Fault IncorrectInstanceState (code unconfirmed): what needs a stopped instance has to wait for its start */
export function refuseHibernated(instance: Instance): void {
  if (!hibernates(instance)) return;
  const message = `The instance '${instance.id}' is hibernated. Start it and stop it to change this attribute.`;
  throw new Fault('IncorrectInstanceState', message);
}

const refusal = (message: string): Fault => new Fault('UnsupportedHibernationConfiguration', message);
