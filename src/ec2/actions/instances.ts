/** Instances: run, start, stop, reboot, terminate, describe. */
import { Fault } from '../../model/fault.ts';
import { failureUnder } from '../../model/hosts.ts';
import { launch } from '../../model/instance-launch.ts';
import { reboot, type StateChange, start, stop, terminate } from '../../model/instance-lifecycle.ts';
import { zoneNamed } from '../../model/regions.ts';
import { Instance } from '../../model/resources/instance.ts';
import type { Transaction } from '../../model/transaction.ts';
import { isId } from '../../net/identifiers.ts';
import { action } from '../action.ts';
import { select } from '../describe.ts';
import type { FilterTable } from '../filter.ts';
import { instanceFilters } from './instance-filters.ts';
import { launchSpec } from './instance-launch-request.ts';
import { describeReservations, describeState } from './instance-rendering.ts';

/** RunInstances. The answer shows the instances as `pending`; it comes when their guests run. */
export const RunInstances = {
  ...action('RunInstances', (request, tx) => {
    const instances = launch(tx, launchSpec(request, tx));
    const [reservation] = describeReservations(instances, tx);
    return reservation ?? {};
  }),
  repeated: refuseWhenTerminated,
};

/**
 * A launch is not answered again when nothing of it is left. How AWS decides over a launch of several instances, of which
 * some are left, is unconfirmed.
 * @throws Fault IdempotentInstanceTerminated
 */
function refuseWhenTerminated(token: string, tx: Transaction): void {
  if (tx.list(Instance).some(({ clientToken, state }) => clientToken === token && state !== 'terminated')) return;
  const message =
    'The request to launch an instance uses the same client token as a previous request for which the instance has been terminated.';
  throw new Fault('IdempotentInstanceTerminated', message);
}

/** StartInstances. */
export const StartInstances = action('StartInstances', (request, tx) => ({
  StartingInstances: instancesNamed(tx, request.InstanceIds).map((one) => describeChange(start(tx, one))),
}));

/** StopInstances. A guest that hibernates boots anew at its next start (hibernation.ts). Force and SkipOsShutdown make no difference: a guest that does not end by itself is ended. */
export const StopInstances = action('StopInstances', (request, tx) => {
  const instances = instancesNamed(tx, request.InstanceIds);
  return { StoppingInstances: instances.map((one) => describeChange(stop(tx, one, request.Hibernate))) };
});

/** RebootInstances. */
export const RebootInstances = action('RebootInstances', (request, tx) => {
  for (const one of instancesNamed(tx, request.InstanceIds)) reboot(tx, one);
});

/** TerminateInstances. One wrong id, and nothing is terminated. */
export const TerminateInstances = action('TerminateInstances', (request, tx) => ({
  TerminatingInstances: instancesNamed(tx, request.InstanceIds).map((one) => describeChange(terminate(tx, one))),
}));

/** Instances of ids; all that are unknown are named. @throws Fault InvalidInstanceID.Malformed, InvalidInstanceID.NotFound */
function instancesNamed(tx: Transaction, ids: readonly string[]): readonly Instance[] {
  const unknown = ids.filter((id) => isId('i', id) && !tx.find(Instance, id));
  if (unknown.length > 1 && ids.every((id) => isId('i', id))) {
    throw new Fault('InvalidInstanceID.NotFound', `The instance IDs '${unknown.join(', ')}' do not exist`);
  }
  return [...new Set(ids.map((id) => tx.get(Instance, id)))];
}

const describeChange = ({ instanceId, previous, current }: StateChange) => ({
  InstanceId: instanceId,
  CurrentState: describeState(current),
  PreviousState: describeState(previous),
});

/** DescribeInstances: a page counts instances; each page has its own reservations. */
export const DescribeInstances = action('DescribeInstances', (request, tx) => {
  const selection = { kind: Instance, ids: 'InstanceIds', filters: instanceFilters };
  const { rows, nextToken } = select('DescribeInstances', selection, request, tx);
  return { Reservations: describeReservations(rows, tx), NextToken: nextToken };
});

/** Both checks of a running instance pass, but on a host that has failed; others have none. That both fail there is unconfirmed. */
function checkOf(row: Instance, tx: Transaction) {
  if (row.state !== 'running') return { Status: 'not-applicable' as const };
  const failure = failureUnder(tx, row.id);
  const Name = 'reachability' as const;
  if (!failure) return { Status: 'ok' as const, Details: [{ Name, Status: 'passed' as const }] };
  const ImpairedSince = new Date(failure.sinceMs);
  return { Status: 'impaired' as const, Details: [{ Name, Status: 'failed' as const, ImpairedSince }] };
}

const statusFilters: FilterTable<Instance> = {
  'availability-zone': (row) => row.zone,
  'availability-zone-id': (row, tx) => zoneNamed(tx.region, row.zone).id,
  'event.code': () => undefined,
  'event.description': () => undefined,
  'event.instance-event-id': () => undefined,
  'event.not-after': () => undefined,
  'event.not-before': () => undefined,
  'event.not-before-deadline': () => undefined,
  'instance-state-code': (row) => describeState(row.state).Code,
  'instance-state-name': (row) => row.state,
  'instance-status.reachability': (row, tx) => checkOf(row, tx).Details?.[0]?.Status,
  'instance-status.status': (row, tx) => checkOf(row, tx).Status,
  'operator.managed': () => false,
  'operator.principal': () => undefined,
  'system-status.reachability': (row, tx) => checkOf(row, tx).Details?.[0]?.Status,
  'system-status.status': (row, tx) => checkOf(row, tx).Status,
  'attached-ebs-status.status': (row, tx) => checkOf(row, tx).Status,
};

/** DescribeInstanceStatus: of running instances, or of all with IncludeAllInstances. */
export const DescribeInstanceStatus = action('DescribeInstanceStatus', (request, tx) => {
  const where = (row: Instance): boolean => (request.IncludeAllInstances ?? false) || row.state === 'running';
  const selection = { kind: Instance, ids: 'InstanceIds', filters: statusFilters, where };
  const { rows, nextToken } = select('DescribeInstanceStatus', selection, request, tx);
  const statuses = rows.map((row) => ({
    InstanceId: row.id,
    AvailabilityZone: row.zone,
    AvailabilityZoneId: zoneNamed(tx.region, row.zone).id,
    InstanceState: describeState(row.state),
    InstanceStatus: checkOf(row, tx),
    SystemStatus: checkOf(row, tx),
    Events: [],
  }));
  return { InstanceStatuses: statuses, NextToken: nextToken };
});

export const instanceActions = [
  RunInstances,
  StartInstances,
  StopInstances,
  RebootInstances,
  TerminateInstances,
  DescribeInstances,
  DescribeInstanceStatus,
] as const;
