/** Internet gateways: the door between a VPC and the outside world, and its IPv6 one-way sister. */
import type { EgressOnlyInternetGatewayId, InternetGatewayId, VpcId } from '../../net/identifiers.ts';
import { kind, type TaggedRow } from '../kind.ts';

export interface InternetGateway extends TaggedRow {
  readonly id: InternetGatewayId;
  /** The VPC it is attached to, if any. */
  readonly vpcId: VpcId | undefined;
}

export const InternetGateway = kind<InternetGateway>()({
  name: 'internet-gateway',
  prefix: 'igw',
  notFound: 'InvalidInternetGatewayID.NotFound',
  malformed: 'InvalidInternetGatewayId.Malformed',
  indexes: { vpcId: (row) => row.vpcId },
});

export interface EgressOnlyInternetGateway extends TaggedRow {
  readonly id: EgressOnlyInternetGatewayId;
  readonly vpcId: VpcId;
}

export const EgressOnlyInternetGateway = kind<EgressOnlyInternetGateway>()({
  name: 'egress-only-internet-gateway',
  prefix: 'eigw',
  notFound: 'InvalidEgressOnlyInternetGatewayId.NotFound',
  malformed: 'InvalidEgressOnlyInternetGatewayId.Malformed',
  indexes: { vpcId: (row) => row.vpcId },
});
