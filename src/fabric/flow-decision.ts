/** What the flow caches are to remember of a packet that the stages have delivered. */
import type { Passage } from '../pipeline/passage.ts';
import type { FlowDecision } from './flow-cache.ts';
import { isMirrored } from './mirror.ts';

/**
 * The decision about the packet's flow; undefined where each of its packets has to go through the stages. Those to the
 * services have to, because they are counted against an allowance; so have mirrored ones, and those through several NAT
 * gateways or an interface endpoint, as an entry knows one translation and two connections.
 */
export function decisionOf(
  passage: Passage,
  outPort: number,
  account: number,
  terms: number,
): FlowDecision | undefined {
  const { sender, to, edge, natGateways, endpointEnds, isReframed, network } = passage;
  if (isMirrored(sender) || isMirrored(to)) return undefined;
  if (outPort < 0 || natGateways > 1 || endpointEnds > 0 || isReframed || (!to && edge === 'services'))
    return undefined;
  return {
    epoch: network.epoch,
    outPort,
    mtuBytes: passage.pathMtuBytes,
    sentConnection: passage.sentConnection,
    receivedConnection: passage.receivedConnection,
    translation: passage.translation,
    account,
    hops: natGateways,
    terms,
  };
}
