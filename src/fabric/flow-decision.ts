/** What the flow caches are to remember of a packet that the stages have delivered. */
import { NO_CONNECTION } from '../pipeline/connection-table.ts';
import type { Passage } from '../pipeline/passage.ts';
import type { FlowDecision } from './flow-cache.ts';
import { isMirrored } from './mirror.ts';

/**
 * The decision about the packet's flow; undefined where each of its packets has to go through the stages. Those that a
 * firewall or a load balancer judges alone have to, and those to the services, because they are counted against an allowance; so have mirrored ones, those that more than
 * one NAT gateway or endpoint translates, as an entry knows one translation, and those that NAT64 writes anew, as frames are
 * rewritten where they lie, and a longer header has no room there.
 */
export function decisionOf(
  passage: Passage,
  outPort: number,
  account: number,
  terms: number,
): FlowDecision | undefined {
  const { sender, to, edge, natGateways, translationsMet, isReframed, network } = passage;
  if (passage.isJudgedAlone || isMirrored(sender) || isMirrored(to)) return undefined;
  if (outPort < 0 || translationsMet > 1 || isReframed || (!to && edge === 'services')) return undefined;
  return {
    epoch: network.epoch,
    outPort,
    mtuBytes: passage.pathMtuBytes,
    ...connectionsOf(passage),
    translation: passage.translation,
    account,
    hops: natGateways,
    terms,
  };
}

/** Connections at endpoints and load balancers stand in the places of those that are not there, then apart. */
function connectionsOf({ sentConnection, receivedConnection, passedConnections }: Passage) {
  if (passedConnections.length === 0) return { sentConnection, receivedConnection, passedConnections };
  const rest = [...passedConnections];
  const received = receivedConnection === NO_CONNECTION ? (rest.shift() ?? NO_CONNECTION) : receivedConnection;
  const sent = sentConnection === NO_CONNECTION ? (rest.shift() ?? NO_CONNECTION) : sentConnection;
  return { sentConnection: sent, receivedConnection: received, passedConnections: rest };
}
