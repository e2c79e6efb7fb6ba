/** A peering connection between two VPCs; stands as an equal row in the scope of each side. */
import type { Cidr } from '../../net/cidr.ts';
import type { VpcId, VpcPeeringConnectionId } from '../../net/identifiers.ts';
import { kind, type TaggedRow } from '../kind.ts';

export interface PeeringSide {
  readonly account: string;
  readonly region: string;
  readonly vpcId: VpcId;
  readonly cidrs: readonly Cidr[];
  readonly allowDnsResolutionFromRemoteVpc: boolean;
}

export type PeeringState =
  | 'initiating-request'
  | 'pending-acceptance'
  | 'provisioning'
  | 'active'
  | 'rejected'
  | 'failed'
  | 'expired'
  | 'deleting'
  | 'deleted';

export interface VpcPeeringConnection extends TaggedRow {
  readonly id: VpcPeeringConnectionId;
  readonly requester: PeeringSide;
  readonly accepter: PeeringSide;
  readonly state: PeeringState;
  readonly stateMessage: string;
  /** Milliseconds since the epoch: when a request that nobody accepted lapses. */
  readonly expiresAtMs: number;
  /** Milliseconds since the epoch: until when this side is shown a connection that has ended. */
  readonly shownUntilMs: number | undefined;
}

export const VpcPeeringConnection = kind<VpcPeeringConnection>()({
  name: 'vpc-peering-connection',
  prefix: 'pcx',
  notFound: 'InvalidVpcPeeringConnectionID.NotFound',
  malformed: 'InvalidVpcPeeringConnectionId.Malformed',
  indexes: { vpcId: (row) => [row.requester.vpcId, row.accepter.vpcId] },
});
