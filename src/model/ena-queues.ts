/**
 * ENA queues: how many each interface of an instance has, and how many it may be given (EC2 user guide, ena-queues).
 *
 * Guests get as many queues here as their driver makes, whatever this says.
 */
import { Fault } from './fault.ts';
import type { InstanceType, NetworkCard } from './instance-type-table.ts';

/** An attachment, as far as queues go. */
export interface QueueHolder {
  readonly networkCardIndex: number;
  /** What was asked for; undefined for the default of the type. */
  readonly enaQueueCount: number | undefined;
}

const cardOf = (type: InstanceType, { networkCardIndex }: QueueHolder): NetworkCard | undefined =>
  type.NetworkInfo.NetworkCards.find((card) => card.NetworkCardIndex === networkCardIndex);

/** Queues of an interface: what was asked for, or the type's default. */
export const enaQueueCountOf = (type: InstanceType, holder: QueueHolder): number =>
  holder.enaQueueCount ?? cardOf(type, holder)?.DefaultEnaQueueCountPerInterface ?? 1;

/**
 * Checks the queues of all interfaces of an instance together. Codes and sentences are unconfirmed.
 * @throws Fault InvalidParameterCombination (a type whose queues are fixed), InvalidParameterValue
 */
export function checkEnaQueues(type: InstanceType, holders: readonly QueueHolder[]): void {
  const asking = holders.filter(({ enaQueueCount }) => enaQueueCount !== undefined);
  if (asking.length === 0) return;
  if (type.NetworkInfo.FlexibleEnaQueuesSupport !== 'supported') {
    const message = `The instance type '${type.InstanceType}' does not support a flexible number of ENA queues.`;
    throw new Fault('InvalidParameterCombination', message);
  }
  for (const holder of asking) checkCount(type, holder);
  for (const card of type.NetworkInfo.NetworkCards) checkCard(type, card, holders);
}

function checkCount(type: InstanceType, holder: QueueHolder): void {
  const count = holder.enaQueueCount ?? 0;
  const most = Math.min(type.VCpuInfo.DefaultVCpus, cardOf(type, holder)?.MaximumEnaQueueCountPerInterface ?? 0);
  const isPowerOfTwo = count > 0 && Number.isInteger(Math.log2(count));
  if (isPowerOfTwo && count <= most) return;
  const reason = `The number of ENA queues is a power of two, up to ${most} for the instance type '${type.InstanceType}'.`;
  throw new Fault('InvalidParameterValue', { value: count, parameter: 'enaQueueCount', reason });
}

/** The type's limit is of the instance; where it has several cards, its data give each its part. */
function checkCard(type: InstanceType, card: NetworkCard, holders: readonly QueueHolder[]): void {
  const { NetworkCardIndex: index, MaximumEnaQueueCount: most } = card;
  if (most === undefined) return;
  const sum = holders
    .filter(({ networkCardIndex }) => networkCardIndex === index)
    .reduce((total, holder) => total + enaQueueCountOf(type, holder), 0);
  if (sum <= most) return;
  const reason = `The instance type '${type.InstanceType}' has ${most} ENA queues, and its interfaces would have ${sum}.`;
  throw new Fault('InvalidParameterValue', { value: sum, parameter: 'enaQueueCount', reason });
}
