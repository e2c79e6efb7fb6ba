/** CPU credits of burstable instances: records, for guests are not slowed down. */
import { Fault } from '../../model/fault.ts';
import { Instance } from '../../model/resources/instance.ts';
import type { Transaction } from '../../model/transaction.ts';
import { isId } from '../../net/identifiers.ts';
import { action, recordOnly } from '../action.ts';
import { select } from '../describe.ts';
import type { FilterTable } from '../filter.ts';
import { creditsOf } from './instance-launch-request.ts';

const NO_CREDITS = recordOnly('Recorded; no guest is slowed down when its credits are used up.');

const filters: FilterTable<Instance> = { 'instance-id': (row) => row.id };

/** DescribeInstanceCreditSpecifications: of the instances that are named, otherwise of all that are unlimited. */
export const DescribeInstanceCreditSpecifications = action(
  'DescribeInstanceCreditSpecifications',
  (request, tx) => {
    const isNamed = (request.InstanceIds ?? []).length > 0;
    for (const id of request.InstanceIds ?? []) {
      const { cpuCredits, instanceType } = tx.get(Instance, id);
      if (cpuCredits === undefined) throw notSupported(id, instanceType);
    }
    const where = ({ cpuCredits, state }: Instance): boolean =>
      state !== 'terminated' && (isNamed ? cpuCredits !== undefined : cpuCredits === 'unlimited');
    const selection = { kind: Instance, ids: 'InstanceIds', filters, where };
    const { rows, nextToken } = select('DescribeInstanceCreditSpecifications', selection, request, tx);
    const specifications = rows.map(({ id, cpuCredits }) => ({ InstanceId: id, CpuCredits: cpuCredits }));
    return { InstanceCreditSpecifications: specifications, NextToken: nextToken };
  },
  NO_CREDITS,
);

/** The code is one of API_UnsuccessfulInstanceCreditSpecificationItemError; that Describe has it too, and the sentence, are unconfirmed. */
const notSupported = (id: string, instanceType: string): Fault =>
  new Fault(
    'InstanceCreditSpecification.NotSupported',
    `The instance '${id}' has the type '${instanceType}', which does not support CPU credits.`,
  );

const ERRORS = [
  'InvalidInstanceID.Malformed',
  'InvalidInstanceID.NotFound',
  'IncorrectInstanceState',
  'InstanceCreditSpecification.NotSupported',
] as const;

/** ModifyInstanceCreditSpecification: each instance for itself. */
export const ModifyInstanceCreditSpecification = action(
  'ModifyInstanceCreditSpecification',
  (request, tx) => {
    const done: { readonly InstanceId: string }[] = [];
    const failed: {
      readonly InstanceId: string;
      readonly Error: { Code: (typeof ERRORS)[number]; Message: string };
    }[] = [];
    for (const { InstanceId: id, CpuCredits: text } of request.InstanceCreditSpecifications) {
      const fault = changed(tx, id, text);
      if (!fault) done.push({ InstanceId: id });
      else failed.push({ InstanceId: id, Error: fault });
    }
    return { SuccessfulInstanceCreditSpecifications: done, UnsuccessfulInstanceCreditSpecifications: failed };
  },
  NO_CREDITS,
);

function changed(tx: Transaction, id: string, text: string | undefined) {
  const cpuCredits = creditsOf(text) ?? 'standard';
  const row = isId('i', id) ? tx.find(Instance, id) : undefined;
  const refuse = (Code: (typeof ERRORS)[number], Message: string) => ({ Code, Message });
  if (!isId('i', id)) return refuse('InvalidInstanceID.Malformed', `Invalid id: "${id}" (expecting "i-...")`);
  if (!row) return refuse('InvalidInstanceID.NotFound', `The instance ID '${id}' does not exist`);
  if (row.state !== 'running' && row.state !== 'stopped')
    return refuse('IncorrectInstanceState', `The instance '${id}' is not in the 'running' or 'stopped' states.`);
  if (row.cpuCredits === undefined) {
    return refuse('InstanceCreditSpecification.NotSupported', notSupported(id, row.instanceType).message);
  }
  tx.update(Instance, id, { cpuCredits });
  return undefined;
}

export const instanceCreditActions = [DescribeInstanceCreditSpecifications, ModifyInstanceCreditSpecification] as const;
