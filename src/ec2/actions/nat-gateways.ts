/** NAT gateways: create, delete, describe. */
import type * as sdk from '@aws-sdk/client-ec2';
import { Fault } from '../../model/fault.ts';
import {
  createNatGateway,
  deleteNatGateway,
  elasticIpsOf,
  type NatGatewaySpec,
} from '../../model/nat-gateway-lifecycle.ts';
import { createRegionalNatGateway } from '../../model/regional-nat-gateways.ts';
import { NatGateway, type NatGatewayAddress } from '../../model/resources/nat-gateway.ts';
import { Subnet } from '../../model/resources/subnet.ts';
import { tagsOf } from '../../model/tags.ts';
import type { Transaction } from '../../model/transaction.ts';
import { formatIpv4 } from '../../net/address.ts';
import { action } from '../action.ts';
import { choice } from '../choice.ts';
import { describe } from '../describe.ts';
import type { RequestOf } from '../operation.ts';
import { describeTags } from '../tag-set.ts';
import { requestedIpv4 } from './address-parameters.ts';
import { describeRegional, refuseRegional, regionalSpec } from './regional-nat-gateways.ts';

/** CreateNatGateway. The answer says `pending`; the next Describe what became of it. */
export const CreateNatGateway = action('CreateNatGateway', (request, tx) => {
  const connectivityType = choice(request.ConnectivityType, ['public', 'private'], 'connectivityType') ?? 'public';
  const mode = choice(request.AvailabilityMode, ['zonal', 'regional'], 'availabilityMode') ?? 'zonal';
  const gateway =
    mode === 'regional'
      ? createRegionalNatGateway(tx, regionalSpec(tx, request))
      : createNatGateway(tx, zonalSpec(tx, request, connectivityType));
  const { FailureCode, FailureMessage, DeleteTime, ...shown } = describeNatGateway(gateway, tx);
  return { NatGateway: { ...shown, State: 'pending' }, ClientToken: request.ClientToken };
});

function zonalSpec(
  tx: Transaction,
  request: RequestOf<'CreateNatGateway'>,
  connectivityType: NatGateway['connectivityType'],
): NatGatewaySpec {
  refuseRegional(request);
  const tags = tagsOf(request.TagSpecifications, 'natgateway');
  const allocationIds = allocationIdsOf(request, connectivityType);
  return {
    subnet: tx.get(Subnet, request.SubnetId),
    connectivityType,
    elasticIps: elasticIpsOf(tx, allocationIds),
    primaryIpv4: request.PrivateIpAddress === undefined ? undefined : requestedIpv4(request.PrivateIpAddress),
    secondaryIpv4: (request.SecondaryPrivateIpAddresses ?? []).map(requestedIpv4),
    secondaryCount: request.SecondaryPrivateIpAddressCount ?? 0,
    tags,
  };
}

/** The sentences are unconfirmed. */
function allocationIdsOf(request: RequestOf<'CreateNatGateway'>, type: 'public' | 'private'): readonly string[] {
  const { AllocationId: first, SecondaryAllocationIds: others = [] } = request;
  if (type === 'private') {
    if (first === undefined && others.length === 0) return [];
    throw new Fault('InvalidParameterCombination', { parameter: 'allocationId', other: 'connectivityType private' });
  }
  if (request.SecondaryPrivateIpAddressCount !== undefined) {
    throw new Fault('InvalidParameterCombination', {
      parameter: 'secondaryPrivateIpAddressCount',
      other: 'connectivityType public',
    });
  }
  if ((request.SecondaryPrivateIpAddresses ?? []).length > others.length) {
    throw new Fault('InvalidParameterCombination', {
      parameter: 'secondaryPrivateIpAddresses',
      other: 'fewer secondaryAllocationIds',
    });
  }
  if (first === undefined) throw new Fault('MissingParameter', { parameter: 'AllocationId' });
  return [first, ...others];
}

/** DeleteNatGateway. */
export const DeleteNatGateway = action('DeleteNatGateway', (request, tx) => {
  const gateway = tx.get(NatGateway, request.NatGatewayId);
  deleteNatGateway(tx, gateway);
  return { NatGatewayId: gateway.id };
});

/** A NAT gateway as the API shows it. */
export const describeNatGateway = (row: NatGateway, tx: Transaction): sdk.NatGateway => ({
  NatGatewayId: row.id,
  VpcId: row.vpcId,
  SubnetId: row.subnetId,
  ConnectivityType: row.connectivityType,
  State: row.state,
  CreateTime: new Date(row.createdAtMs),
  DeleteTime: row.deletedAtMs === undefined ? undefined : new Date(row.deletedAtMs),
  FailureCode: row.failure?.code,
  FailureMessage: row.failure?.message,
  NatGatewayAddresses: row.addresses.map((address) => describeNatGatewayAddress(address)),
  ...describeRegional(row, tx),
  Tags: describeTags(row.tags),
});

/** An address of a NAT gateway as the API shows it. */
export const describeNatGatewayAddress = (address: NatGatewayAddress): sdk.NatGatewayAddress => ({
  NetworkInterfaceId: address.networkInterfaceId,
  PrivateIp: formatIpv4(address.privateIp),
  IsPrimary: address.isPrimary,
  Status: 'succeeded',
  ...(address.allocation && {
    AllocationId: address.allocation.id,
    AssociationId: address.allocation.associationId,
    PublicIp: formatIpv4(address.allocation.publicIp),
  }),
});

/** DescribeNatGateways. */
export const DescribeNatGateways = describe('DescribeNatGateways', 'NatGateways', {
  kind: NatGateway,
  ids: 'NatGatewayIds',
  filters: {
    'nat-gateway-id': (row) => row.id,
    state: (row) => row.state,
    'subnet-id': (row) => row.subnetId,
    'vpc-id': (row) => row.vpcId,
    'connectivity-type': (row) => row.connectivityType,
  },
  render: describeNatGateway,
});

export const natGatewayActions = [CreateNatGateway, DeleteNatGateway, DescribeNatGateways] as const;
