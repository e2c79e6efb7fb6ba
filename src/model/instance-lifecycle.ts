/**
 * The life of instances: what start, stop, reboot and terminate change, and what follows when their guests have done it.
 *
 * A call sets the transitional state and orders the guest's part (`tx.order`). When the guest has done it, or could not,
 * `completeOrder` sets the final state in a transaction of its own.
 */

import { primaryInterface } from './dns-names.ts';
import { Fault } from './fault.ts';
import { releaseDevicesOf } from './held-devices.ts';
import { checkHibernates, HIBERNATED } from './hibernation.ts';
import { failureUnder } from './hosts.ts';
import { free, interfacesOfInstance } from './instance-interfaces.ts';
import { ensurePlaced, occupyAnew, vacate } from './instance-placement.ts';
import type { Kind, Row } from './kind.ts';
import { completePlug, completeUnplug, settleAttachments } from './network-interface-attachment.ts';
import { removeNetworkInterface } from './network-interface-creation.ts';
import { equipAll } from './nic-equipment.ts';
import { checkStart } from './placement-groups.ts';
import { releaseAutoAssigned, renewAutoAssigned } from './public-addresses.ts';
import { Instance, type InstanceStateName } from './resources/instance.ts';
import { NatGateway } from './resources/nat-gateway.ts';
import { NetworkInterface } from './resources/network-interface.ts';
import { TransitGateway, TransitGatewayAttachment } from './resources/transit-gateway.ts';
import { CustomerGateway, VpnConnection, VpnGateway } from './resources/vpn.ts';
import type { GuestOrder, Transaction } from './transaction.ts';
import { releaseVolumes } from './volumes.ts';

/** What a call did to the state of an instance. */
export interface StateChange {
  readonly instanceId: Instance['id'];
  readonly previous: InstanceStateName;
  readonly current: InstanceStateName;
}

/** How a guest's part of an order went. */
export type Outcome = { readonly ok: true } | { readonly ok: false; readonly reason: string };

type StateReason = NonNullable<Instance['stateReason']>;

const USER_SHUTDOWN = reasonOf('Client.UserInitiatedShutdown', 'User initiated shutdown');
/** The sentence is unconfirmed. */
const NO_CAPACITY = reasonOf(
  'Server.InsufficientInstanceCapacity',
  'There was insufficient capacity available to satisfy the StartInstances request',
);
const INSTANCE_SHUTDOWN = reasonOf('Client.InstanceInitiatedShutdown', 'Instance initiated shutdown');

function reasonOf(code: string, message: string): StateReason {
  return { code, message: `${code}: ${message}` };
}

const internalError = (reason: string): StateReason => reasonOf('Server.InternalError', reason);

/** "User initiated (2024-01-02 03:04:05 GMT)" */
const userInitiated = (tx: Transaction): string =>
  `User initiated (${tx.now.toISOString().slice(0, 19).replace('T', ' ')} GMT)`;

const change = (instance: Instance, current: InstanceStateName): StateChange => ({
  instanceId: instance.id,
  previous: instance.state,
  current,
});

/**
 * StartInstances. A pending or running one stays as it is.
 * @throws Fault IncorrectInstanceState in any other state but stopped, InsufficientInstanceCapacity, those of `equipAll`
 */
export function start(tx: Transaction, instance: Instance): StateChange {
  if (instance.state === 'pending' || instance.state === 'running') return change(instance, instance.state);
  if (instance.state !== 'stopped') {
    const message = `The instance '${instance.id}' is not in a state from which it can be started.`;
    throw new Fault('IncorrectInstanceState', message);
  }
  checkStart(tx, instance);
  tx.update(Instance, instance.id, {
    state: 'pending',
    stateReason: undefined,
    stateTransitionReason: '',
    launchedAtMs: tx.nowMs,
  });
  orderStart(tx, instance);
  occupyAnew(tx, instance);
  return change(instance, 'pending');
}

/**
 * Orders the guest of a pending instance; its public address is there before the guest asks for it.
 * @throws Fault those of `equipAll`
 */
export function orderStart(tx: Transaction, instance: Instance): void {
  equipAll(tx, instance);
  const primary = primaryInterface(tx, instance.id);
  if (primary) renewAutoAssigned(tx, primary);
  tx.order({ kind: 'start', instanceId: instance.id, firstBoot: instance.neverBooted });
}

/**
 * StopInstances. A stopping or stopped one stays as it is.
 * @throws Fault OperationNotPermitted (stop protection), IncorrectInstanceState, UnsupportedHibernationConfiguration
 */
export function stop(tx: Transaction, instance: Instance, hibernate = false): StateChange {
  const { id, state } = instance;
  if (state === 'stopping' || state === 'stopped') return change(instance, state);
  if (instance.disableApiStop) throw protectedBy(id, 'stopped', 'disableApiStop');
  if (hibernate) checkHibernates(instance);
  if (state === 'pending' && instance.neverBooted) {
    const message = `Instance '${id}' cannot be stopped as it has never reached the 'running' state.`;
    throw new Fault('IncorrectInstanceState', message);
  }
  if (state !== 'pending' && state !== 'running') {
    const message = `This instance '${id}' is not in a state from which it can be stopped.`;
    throw new Fault('IncorrectInstanceState', message);
  }
  const stateTransitionReason = userInitiated(tx);
  const stateReason = hibernate ? HIBERNATED : USER_SHUTDOWN;
  tx.update(Instance, id, { state: 'stopping', stateReason, stateTransitionReason });
  tx.order({ kind: 'stop', instanceId: id, discard: false });
  return change(instance, 'stopping');
}

/**
 * RebootInstances; the state stays. Terminated ones are ignored.
 * @throws Fault IncorrectInstanceState for one that does not run (the sentence is unconfirmed)
 */
export function reboot(tx: Transaction, { id, state }: Instance): void {
  if (state === 'terminated') return;
  if (state !== 'running') {
    throw new Fault('IncorrectInstanceState', `The instance '${id}' is not in the 'running' state.`);
  }
  // Without power nothing boots; it does when the host is repaired (what AWS does with the call is unconfirmed).
  if (failureUnder(tx, id)) return;
  tx.order({ kind: 'reboot', instanceId: id });
}

/**
 * TerminateInstances. One that is terminated, or soon will be, stays as it is.
 * @throws Fault OperationNotPermitted (protection). On AWS, instances of other zones are terminated all the same;
 *   here a call that fails changes nothing.
 */
export function terminate(tx: Transaction, instance: Instance): StateChange {
  const { id, state } = instance;
  if (state === 'shutting-down' || state === 'terminated') return change(instance, state);
  if (instance.disableApiTermination) throw protectedBy(id, 'terminated', 'disableApiTermination');
  if (instance.disableApiStop) throw protectedBy(id, 'terminated', 'disableApiStop');
  startTerminating(tx, instance, USER_SHUTDOWN, userInitiated(tx));
  return change(instance, 'shutting-down');
}

function startTerminating(tx: Transaction, { id }: Instance, stateReason: StateReason, transition: string): void {
  tx.update(Instance, id, { state: 'shutting-down', stateReason, stateTransitionReason: transition });
  tx.order({ kind: 'stop', instanceId: id, discard: true });
}

const protectedBy = (id: string, what: 'stopped' | 'terminated', attribute: string): Fault =>
  new Fault(
    'OperationNotPermitted',
    `The instance '${id}' may not be ${what}. Modify its '${attribute}' instance attribute and try again.`,
  );

/**
 * The second half of an order: called when the guest's part is done, in the scope in which the order was given. What has
 * changed since (terminated while it was starting) is left alone.
 */
export function completeOrder(tx: Transaction, order: GuestOrder, outcome: Outcome): void {
  const instance = tx.find(Instance, order.instanceId);
  if (!instance) return;
  switch (order.kind) {
    case 'start':
      completeStart(tx, instance, outcome);
      break;
    case 'stop':
      completeStop(tx, instance, outcome);
      break;
    case 'reboot':
      if (!outcome.ok && instance.state === 'running') becomeStopped(tx, instance, internalError(outcome.reason));
      break;
    case 'plug':
      completePlug(tx, order, outcome.ok);
      break;
    case 'unplug':
      completeUnplug(tx, order, outcome.ok);
      break;
    case 'refresh':
    case 'move':
    case 'cut':
      // Nothing in the model waits for it.
      break;
  }
}

function completeStart(tx: Transaction, instance: Instance, outcome: Outcome): void {
  if (instance.state !== 'pending' && instance.state !== 'running') return;
  if (outcome.ok) {
    settleAttachments(tx, instance.id);
    if (instance.state === 'pending' || instance.neverBooted)
      tx.update(Instance, instance.id, { state: 'running', neverBooted: false });
    // One that was imported runs even where no host had room; it may have by now.
    ensurePlaced(tx, instance);
  } else if (instance.neverBooted) becomeTerminated(tx, instance, internalError(outcome.reason));
  else becomeStopped(tx, instance, internalError(outcome.reason));
}

/** A guest that could not be stopped cleanly is gone all the same: the driver has ended it. The reason stays to be read. */
function completeStop(tx: Transaction, instance: Instance, outcome: Outcome): void {
  const reason = outcome.ok ? instance.stateReason : internalError(outcome.reason);
  if (instance.state === 'stopping') becomeStopped(tx, instance, reason);
  else if (instance.state === 'shutting-down') becomeTerminated(tx, instance, reason);
}

/** The guest is gone, its interfaces stay; only the auto-assigned public address goes. */
function becomeStopped(tx: Transaction, { id }: Instance, stateReason: Instance['stateReason']): void {
  settleAttachments(tx, id);
  releaseDevicesOf(tx, id);
  for (const { row, owner } of interfacesOfInstance(tx, id)) releaseAutoAssigned(owner, row);
  vacate(tx, id);
  tx.update(Instance, id, { state: 'stopped', stateReason });
}

/**
 * Interfaces and volumes go or become free, by deleteOnTermination; Elastic IPs on those that go stay allocated. That
 * another account's interface goes as well, where its owner has set the flag, is unconfirmed.
 */
function becomeTerminated(tx: Transaction, instance: Instance, stateReason: Instance['stateReason']): void {
  const { id } = instance;
  vacate(tx, id);
  tx.update(Instance, id, { state: 'terminated', stateReason, terminatedAtMs: tx.nowMs });
  for (const { row, owner } of interfacesOfInstance(tx, id)) {
    const freed = free(owner, releaseAutoAssigned(owner, row));
    if (row.attachment?.deleteOnTermination) removeNetworkInterface(owner, freed);
  }
  releaseVolumes(tx, instance);
}

/**
 * A guest ended by itself. One that reboots is started again. After a shutdown from inside, InstanceInitiatedShutdownBehavior decides (termination protection
 * does not matter); after a crash the instance is stopped with a reason.
 */
export function guestEnded(tx: Transaction, instanceId: Instance['id'], how: 'poweroff' | 'reboot' | 'crash'): void {
  const instance = tx.find(Instance, instanceId);
  if (instance?.state !== 'running' && instance?.state !== 'pending') return;
  if (how === 'reboot') tx.order({ kind: 'start', instanceId, firstBoot: false });
  else if (how === 'crash') becomeStopped(tx, instance, internalError('The guest ended unexpectedly'));
  else if (instance.instanceInitiatedShutdownBehavior === 'terminate') {
    startTerminating(tx, instance, INSTANCE_SHUTDOWN, '');
  } else becomeStopped(tx, instance, INSTANCE_SHUTDOWN);
}

/**
 * After a restart of localvpc, in every scope: no guest runs. What should run is ordered again (its addresses stay, as
 * over a reboot), and what was on its way to an end has reached it.
 */
export function resume(tx: Transaction): void {
  for (const one of tx.list(NetworkInterface, ({ attachment }) => attachment?.status === 'detaching')) free(tx, one);
  for (const instance of tx.list(Instance, ({ state }) => state !== 'terminated')) resumeInstance(tx, instance);
}

function resumeInstance(tx: Transaction, instance: Instance): void {
  const { id, state, neverBooted } = instance;
  settleAttachments(tx, id);
  if (state === 'pending' || state === 'running') {
    if (!ensurePlaced(tx, instance)) becomeStopped(tx, instance, NO_CAPACITY);
    else if (!failureUnder(tx, id) && equipped(tx, instance))
      tx.order({ kind: 'start', instanceId: id, firstBoot: neverBooted });
  }
  if (state === 'stopping') becomeStopped(tx, instance, instance.stateReason);
  // Ordered, so that the driver throws away what the guest left on disk.
  if (state === 'shutting-down') tx.order({ kind: 'stop', instanceId: id, discard: true });
}

/** The machine may have changed meanwhile: an instance whose device it cannot give any more stays stopped, with the reason. */
function equipped(tx: Transaction, instance: Instance): boolean {
  try {
    equipAll(tx, instance);
    return true;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    becomeStopped(tx, instance, internalError(error.message));
    return false;
  }
}

/** How long EC2 shows what is over. About an hour; the exact time is unconfirmed. */
const SHOWN_AFTER_END_MS = 3_600_000;

/** Forgets terminated instances and deleted or failed gateways and attachments after an hour. To be called now and then in every scope. */
export function expire(tx: Transaction): void {
  const before = tx.nowMs - SHOWN_AFTER_END_MS;
  for (const { id, terminatedAtMs } of tx.by(Instance, 'state', 'terminated')) {
    if (terminatedAtMs !== undefined && terminatedAtMs <= before) tx.remove(Instance, id);
  }
  forgetDeleted(tx, NatGateway, before);
  forgetDeleted(tx, TransitGateway, before);
  forgetDeleted(tx, VpnGateway, before);
  forgetDeleted(tx, CustomerGateway, before);
  forgetDeleted(tx, VpnConnection, before);
  forgetDeleted(tx, TransitGatewayAttachment, before);
}

function forgetDeleted<R extends Row & { readonly deletedAtMs: number | undefined }>(
  tx: Transaction,
  kind: Kind<R>,
  before: number,
): void {
  for (const { id, deletedAtMs } of tx.list(kind)) {
    if (deletedAtMs !== undefined && deletedAtMs <= before) tx.remove(kind, id);
  }
}
