/** Traffic mirror sessions: create, change, delete, describe. */
import type * as sdk from '@aws-sdk/client-ec2';
import { Fault } from '../../model/fault.ts';
import { NetworkInterface } from '../../model/resources/network-interface.ts';
import {
  TrafficMirrorFilter,
  TrafficMirrorSession,
  TrafficMirrorTarget,
} from '../../model/resources/traffic-mirror.ts';
import { tagsOf } from '../../model/tags.ts';
import { changeSession, createSession, type SessionSpec } from '../../model/traffic-mirroring.ts';
import type { Transaction } from '../../model/transaction.ts';
import { action } from '../action.ts';
import { choice } from '../choice.ts';
import { describe } from '../describe.ts';
import { describeTags } from '../tag-set.ts';

/** CreateTrafficMirrorSession: packets are copied from the next one on. */
export const CreateTrafficMirrorSession = action('CreateTrafficMirrorSession', (request, tx) => {
  const { SessionNumber: sessionNumber } = request;
  if (sessionNumber === undefined) throw new Fault('MissingParameter', { parameter: 'SessionNumber' });
  const session = createSession(tx, {
    networkInterfaceId: tx.get(NetworkInterface, request.NetworkInterfaceId).id,
    targetId: tx.get(TrafficMirrorTarget, request.TrafficMirrorTargetId).id,
    filterId: tx.get(TrafficMirrorFilter, request.TrafficMirrorFilterId).id,
    packetLengthBytes: request.PacketLength,
    sessionNumber,
    virtualNetworkId: request.VirtualNetworkId,
    description: request.Description,
    tags: tagsOf(request.TagSpecifications, 'traffic-mirror-session'),
  });
  return { TrafficMirrorSession: describeSession(session, tx), ClientToken: request.ClientToken };
});

const REMOVABLE = ['packet-length', 'description', 'virtual-network-id'] as const;

/** ModifyTrafficMirrorSession: what is not named stays; a removed virtual network is chosen anew. */
export const ModifyTrafficMirrorSession = action('ModifyTrafficMirrorSession', (request, tx) => {
  const session = tx.get(TrafficMirrorSession, request.TrafficMirrorSessionId);
  const removed = (request.RemoveFields ?? []).map((field) => choice(field, REMOVABLE, 'removeFields'));
  const { TrafficMirrorTargetId: targetId, TrafficMirrorFilterId: filterId, VirtualNetworkId: network } = request;
  const change: Partial<SessionSpec> = {
    targetId: targetId === undefined ? session.targetId : tx.get(TrafficMirrorTarget, targetId).id,
    filterId: filterId === undefined ? session.filterId : tx.get(TrafficMirrorFilter, filterId).id,
    sessionNumber: request.SessionNumber ?? session.sessionNumber,
    packetLengthBytes: removed.includes('packet-length')
      ? undefined
      : (request.PacketLength ?? session.packetLengthBytes),
    description: removed.includes('description') ? undefined : (request.Description ?? session.description),
    virtualNetworkId: removed.includes('virtual-network-id') ? undefined : (network ?? session.virtualNetworkId),
  };
  return { TrafficMirrorSession: describeSession(changeSession(tx, session, change), tx) };
});

/** DeleteTrafficMirrorSession. */
export const DeleteTrafficMirrorSession = action('DeleteTrafficMirrorSession', (request, tx) => {
  const { id } = tx.get(TrafficMirrorSession, request.TrafficMirrorSessionId);
  tx.remove(TrafficMirrorSession, id);
  return { TrafficMirrorSessionId: id };
});

const describeSession = (row: TrafficMirrorSession, tx: Transaction): sdk.TrafficMirrorSession => ({
  TrafficMirrorSessionId: row.id,
  TrafficMirrorTargetId: row.targetId,
  TrafficMirrorFilterId: row.filterId,
  NetworkInterfaceId: row.networkInterfaceId,
  OwnerId: tx.account,
  PacketLength: row.packetLengthBytes,
  SessionNumber: row.sessionNumber,
  VirtualNetworkId: row.virtualNetworkId,
  Description: row.description,
  Tags: describeTags(row.tags),
});

/** DescribeTrafficMirrorSessions. */
export const DescribeTrafficMirrorSessions = describe('DescribeTrafficMirrorSessions', 'TrafficMirrorSessions', {
  kind: TrafficMirrorSession,
  ids: 'TrafficMirrorSessionIds',
  filters: {
    description: (row) => row.description,
    'network-interface-id': (row) => row.networkInterfaceId,
    'owner-id': (_row, tx) => tx.account,
    'packet-length': (row) => row.packetLengthBytes,
    'session-number': (row) => row.sessionNumber,
    'traffic-mirror-filter-id': (row) => row.filterId,
    'traffic-mirror-session-id': (row) => row.id,
    'traffic-mirror-target-id': (row) => row.targetId,
    'virtual-network-id': (row) => row.virtualNetworkId,
  },
  render: describeSession,
});

export const trafficMirrorSessionActions = [
  CreateTrafficMirrorSession,
  ModifyTrafficMirrorSession,
  DeleteTrafficMirrorSession,
  DescribeTrafficMirrorSessions,
] as const;
