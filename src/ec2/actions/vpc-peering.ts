/** VPC peering connections: request, accept, delete, describe, across accounts and Regions. */
import type * as sdk from '@aws-sdk/client-ec2';
import { Fault } from '../../model/fault.ts';
import {
  acceptPeering,
  deletePeering,
  findPeering,
  rejectPeering,
  requestPeering,
  setPeeringOptions,
} from '../../model/peering-lifecycle.ts';
import { isShown, peeringState, peeringStateMessage } from '../../model/peering-state.ts';
import { findRegion } from '../../model/regions.ts';
import { Vpc } from '../../model/resources/vpc.ts';
import {
  type PeeringSide,
  type PeeringState,
  VpcPeeringConnection,
} from '../../model/resources/vpc-peering-connection.ts';
import { tagsOf } from '../../model/tags.ts';
import type { Transaction } from '../../model/transaction.ts';
import { formatCidr, isIpv4Cidr } from '../../net/cidr.ts';
import { isId, type VpcId } from '../../net/identifiers.ts';
import { action } from '../action.ts';
import { describe } from '../describe.ts';
import type { RequestOf } from '../operation.ts';
import { describeTags } from '../tag-set.ts';

/** CreateVpcPeeringConnection. The answer shows the state before the peer's side has looked at it. */
export const CreateVpcPeeringConnection = action('CreateVpcPeeringConnection', (request, tx) => {
  const vpc = tx.get(Vpc, request.VpcId);
  const peerVpcId = readVpcId(request.PeerVpcId);
  const peer = {
    account: readAccount(request.PeerOwnerId) ?? tx.account,
    region: readRegion(request.PeerRegion) ?? tx.region,
  };
  const tags = tagsOf(request.TagSpecifications, 'vpc-peering-connection');
  const connection = requestPeering(tx, { vpc, peerVpcId, peer, tags });
  return {
    VpcPeeringConnection: describeAs(connection, tx, 'initiating-request', `Initiating Request to ${peer.account}`),
  };
});

/** AcceptVpcPeeringConnection. The answer shows the connection being made. */
export const AcceptVpcPeeringConnection = action('AcceptVpcPeeringConnection', (request, tx) => {
  const connection = acceptPeering(tx, findPeering(tx, request.VpcPeeringConnectionId));
  return { VpcPeeringConnection: describeAs(connection, tx, 'provisioning', 'Provisioning') };
});

/** RejectVpcPeeringConnection. */
export const RejectVpcPeeringConnection = action('RejectVpcPeeringConnection', (request, tx) => {
  rejectPeering(tx, findPeering(tx, request.VpcPeeringConnectionId));
  return { Return: true };
});

/** ModifyVpcPeeringConnectionOptions: whether public names of a side resolve to private addresses for the other. */
export const ModifyVpcPeeringConnectionOptions = action('ModifyVpcPeeringConnectionOptions', (request, tx) => {
  const { RequesterPeeringConnectionOptions: requester, AccepterPeeringConnectionOptions: accepter } = request;
  // The sentence is unconfirmed.
  if (!requester && !accepter) throw new Fault('InvalidParameterCombination', 'No attributes specified.');
  const connection = setPeeringOptions(tx, findPeering(tx, request.VpcPeeringConnectionId), {
    requester: requester && readOptions(requester),
    accepter: accepter && readOptions(accepter),
  });
  return {
    ...(requester && { RequesterPeeringConnectionOptions: describeOptions(connection.requester) }),
    ...(accepter && { AccepterPeeringConnectionOptions: describeOptions(connection.accepter) }),
  };
});

/** ClassicLink is gone, so that its options can only be off. Code and sentence are unconfirmed. */
function readOptions(options: RequestedOptions): boolean | undefined {
  if (options.AllowEgressFromLocalClassicLinkToRemoteVpc || options.AllowEgressFromLocalVpcToRemoteClassicLink) {
    throw new Fault('InvalidParameterValue', 'EC2-Classic and ClassicLink have been retired.');
  }
  return options.AllowDnsResolutionFromRemoteVpc;
}

type RequestedOptions = NonNullable<
  RequestOf<'ModifyVpcPeeringConnectionOptions'>['RequesterPeeringConnectionOptions']
>;

/** DeleteVpcPeeringConnection. */
export const DeleteVpcPeeringConnection = action('DeleteVpcPeeringConnection', (request, tx) => {
  deletePeering(tx, findPeering(tx, request.VpcPeeringConnectionId));
  return { Return: true };
});

/** A peering connection as the API shows it. */
export const describeVpcPeeringConnection = (row: VpcPeeringConnection, tx: Transaction): sdk.VpcPeeringConnection =>
  describeAs(row, tx, peeringState(row, tx.nowMs), peeringStateMessage(row, tx.nowMs));

/** The accepter's blocks are shown once it has accepted; the time of expiry until then. */
function describeAs(
  row: VpcPeeringConnection,
  tx: Transaction,
  state: PeeringState,
  message: string,
): sdk.VpcPeeringConnection {
  const isPending = peeringState(row, tx.nowMs) === 'pending-acceptance';
  const isOver = row.state !== 'active' && row.state !== 'deleted';
  return {
    VpcPeeringConnectionId: row.id,
    Status: { Code: state, Message: message },
    RequesterVpcInfo: describeSide(row.requester, true),
    AccepterVpcInfo: describeSide(row.accepter, !isPending && !isOver),
    ExpirationTime: isPending ? new Date(row.expiresAtMs) : undefined,
    Tags: describeTags(row.tags),
  };
}

function describeSide(side: PeeringSide, isKnown: boolean): sdk.VpcPeeringConnectionVpcInfo {
  const identity = { OwnerId: side.account, VpcId: side.vpcId, Region: side.region };
  if (!isKnown) return identity;
  const ipv4 = side.cidrs.filter(isIpv4Cidr).map(formatCidr);
  const ipv6 = side.cidrs.filter((cidr) => !isIpv4Cidr(cidr)).map(formatCidr);
  return {
    ...identity,
    CidrBlock: ipv4[0],
    CidrBlockSet: ipv4.map((cidr) => ({ CidrBlock: cidr })),
    ...(ipv6.length > 0 && { Ipv6CidrBlockSet: ipv6.map((cidr) => ({ Ipv6CidrBlock: cidr })) }),
    PeeringOptions: describeOptions(side),
  };
}

const describeOptions = (side: PeeringSide): sdk.VpcPeeringConnectionOptionsDescription => ({
  AllowDnsResolutionFromRemoteVpc: side.allowDnsResolutionFromRemoteVpc,
  AllowEgressFromLocalClassicLinkToRemoteVpc: false,
  AllowEgressFromLocalVpcToRemoteClassicLink: false,
});

/** DescribeVpcPeeringConnections. */
export const DescribeVpcPeeringConnections = describe('DescribeVpcPeeringConnections', 'VpcPeeringConnections', {
  kind: VpcPeeringConnection,
  ids: 'VpcPeeringConnectionIds',
  where: (row, tx) => isShown(row, tx.nowMs),
  filters: {
    'accepter-vpc-info.cidr-block': (row) => row.accepter.cidrs.map(formatCidr),
    'accepter-vpc-info.owner-id': (row) => row.accepter.account,
    'accepter-vpc-info.vpc-id': (row) => row.accepter.vpcId,
    'expiration-time': (row) => new Date(row.expiresAtMs),
    'requester-vpc-info.cidr-block': (row) => row.requester.cidrs.map(formatCidr),
    'requester-vpc-info.owner-id': (row) => row.requester.account,
    'requester-vpc-info.vpc-id': (row) => row.requester.vpcId,
    'status-code': (row, tx) => peeringState(row, tx.nowMs),
    'status-message': (row, tx) => peeringStateMessage(row, tx.nowMs),
    'vpc-peering-connection-id': (row) => row.id,
  },
  render: describeVpcPeeringConnection,
});

function readVpcId(text: string | undefined): VpcId {
  if (text === undefined) throw new Fault('MissingParameter', { parameter: 'peerVpcId' });
  if (!isId('vpc', text)) throw new Fault('InvalidVpcID.Malformed', { id: text });
  return text;
}

/** The sentences are unconfirmed. */
function readAccount(text: string | undefined): string | undefined {
  if (text === undefined || /^\d{12}$/.test(text)) return text;
  throw new Fault('InvalidParameterValue', { value: text, parameter: 'peerOwnerId', reason: 'Invalid account ID.' });
}

function readRegion(text: string | undefined): string | undefined {
  if (text === undefined || findRegion(text)) return text;
  throw new Fault('InvalidParameterValue', { value: text, parameter: 'peerRegion', reason: 'Invalid Region.' });
}

/** What this file serves. */
export const vpcPeeringActions = [
  CreateVpcPeeringConnection,
  AcceptVpcPeeringConnection,
  RejectVpcPeeringConnection,
  ModifyVpcPeeringConnectionOptions,
  DeleteVpcPeeringConnection,
  DescribeVpcPeeringConnections,
];
