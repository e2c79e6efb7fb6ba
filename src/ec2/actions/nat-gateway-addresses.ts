/** Further addresses of NAT gateways: assign, unassign, associate, disassociate. */
import type * as sdk from '@aws-sdk/client-ec2';
import { Fault } from '../../model/fault.ts';
import {
  assignPrivate,
  associateElasticIps,
  disassociateElasticIps,
  unassignPrivate,
} from '../../model/nat-gateway-addresses.ts';
import { elasticIpsOf } from '../../model/nat-gateway-lifecycle.ts';
import { associateInZone, disassociateFromZones } from '../../model/regional-nat-gateways.ts';
import type { Zone } from '../../model/regions.ts';
import { NatGateway, type NatGatewayAddress, type NatGatewayAllocation } from '../../model/resources/nat-gateway.ts';
import type { Transaction } from '../../model/transaction.ts';
import { action } from '../action.ts';
import type { RequestOf } from '../operation.ts';
import { requestedIpv4 } from './address-parameters.ts';
import { describeNatGatewayAddress } from './nat-gateways.ts';
import { describeRegionalAddress, namedZone } from './regional-nat-gateways.ts';

/** AssignPrivateNatGatewayAddress: addresses by name or by number. The sentence for neither is unconfirmed. */
export const AssignPrivateNatGatewayAddress = action('AssignPrivateNatGatewayAddress', (request, tx) => {
  const { PrivateIpAddresses: named = [], PrivateIpAddressCount: count = 0 } = request;
  if (named.length > 0 && count > 0) {
    throw new Fault('InvalidParameterCombination', { parameter: 'privateIpAddresses', other: 'privateIpAddressCount' });
  }
  if (named.length + count === 0) throw new Fault('MissingParameter', { parameter: 'privateIpAddresses' });
  const gateway = tx.get(NatGateway, request.NatGatewayId);
  return answer(gateway, assignPrivate(tx, gateway, named.map(requestedIpv4), count), 'assigning');
});

/** UnassignPrivateNatGatewayAddress. */
export const UnassignPrivateNatGatewayAddress = action('UnassignPrivateNatGatewayAddress', (request, tx) => {
  checkDrainDuration(request.MaxDrainDurationSeconds);
  const gateway = tx.get(NatGateway, request.NatGatewayId);
  return answer(gateway, unassignPrivate(tx, gateway, request.PrivateIpAddresses.map(requestedIpv4)), 'unassigning');
});

/** AssociateNatGatewayAddress. */
export const AssociateNatGatewayAddress = action('AssociateNatGatewayAddress', (request, tx) => {
  const { AllocationIds, PrivateIpAddresses: named = [] } = request;
  const gateway = tx.get(NatGateway, request.NatGatewayId);
  const zone = namedZone(tx, request);
  if (gateway.regional) return associateRegional(tx, gateway, request, zone);
  if (zone) {
    throw new Fault('InvalidParameterCombination', { parameter: 'availabilityZone', other: 'a zonal NAT gateway' });
  }
  if (named.length > AllocationIds.length) {
    throw new Fault('InvalidParameterCombination', { parameter: 'privateIpAddresses', other: 'fewer allocationIds' });
  }
  const elasticIps = elasticIpsOf(tx, AllocationIds);
  return answer(gateway, associateElasticIps(tx, gateway, elasticIps, named.map(requestedIpv4)), 'associating');
});

/** Which sentences AWS has is unconfirmed. */
function associateRegional(
  tx: Transaction,
  gateway: NatGateway,
  { AllocationIds, PrivateIpAddresses: named }: RequestOf<'AssociateNatGatewayAddress'>,
  zone: Zone | undefined,
) {
  if (named !== undefined) {
    throw new Fault('InvalidParameterCombination', {
      parameter: 'privateIpAddresses',
      other: 'a regional NAT gateway',
    });
  }
  if (!zone) throw new Fault('MissingParameter', { parameter: 'availabilityZone or availabilityZoneId' });
  const added = associateInZone(tx, gateway, { zone: zone.name, elasticIps: elasticIpsOf(tx, AllocationIds) });
  return regionalAnswer(
    tx,
    gateway,
    added.map((one) => ({ ...one, zone: zone.name })),
    'associating',
  );
}

/** DisassociateNatGatewayAddress. */
export const DisassociateNatGatewayAddress = action('DisassociateNatGatewayAddress', (request, tx) => {
  checkDrainDuration(request.MaxDrainDurationSeconds);
  const gateway = tx.get(NatGateway, request.NatGatewayId);
  if (gateway.regional) {
    const gone = disassociateFromZones(tx, gateway, request.AssociationIds);
    return regionalAnswer(tx, gateway, gone, 'disassociating');
  }
  return answer(gateway, disassociateElasticIps(tx, gateway, request.AssociationIds), 'disassociating');
});

const MAX_DRAIN_DURATION_SECONDS = 4000;

function checkDrainDuration(seconds: number | undefined): void {
  if (seconds === undefined || (seconds >= 1 && seconds <= MAX_DRAIN_DURATION_SECONDS)) return;
  const reason = `It must be between 1 and ${MAX_DRAIN_DURATION_SECONDS}.`;
  throw new Fault('InvalidParameterValue', { value: seconds, parameter: 'maxDrainDurationSeconds', reason });
}

/** The answer shows what is under way; the next Describe shows it done. */
const answer = (gateway: NatGateway, addresses: readonly NatGatewayAddress[], Status: sdk.NatGatewayAddressStatus) => ({
  NatGatewayId: gateway.id,
  NatGatewayAddresses: addresses.map((address) => ({ ...describeNatGatewayAddress(address), Status })),
});

const regionalAnswer = (
  tx: Transaction,
  gateway: NatGateway,
  addresses: readonly (NatGatewayAllocation & { readonly zone: string })[],
  Status: sdk.NatGatewayAddressStatus,
) => ({
  NatGatewayId: gateway.id,
  NatGatewayAddresses: addresses.map((one) => ({ ...describeRegionalAddress(tx, one.zone, one), Status })),
});

export const natGatewayAddressActions = [
  AssignPrivateNatGatewayAddress,
  UnassignPrivateNatGatewayAddress,
  AssociateNatGatewayAddress,
  DisassociateNatGatewayAddress,
] as const;
