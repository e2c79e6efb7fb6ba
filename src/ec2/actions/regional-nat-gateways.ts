/** What calls about regional NAT gateways say, and how their addresses are shown. Codes and sentences are unconfirmed. */
import type * as sdk from '@aws-sdk/client-ec2';
import { Fault } from '../../model/fault.ts';
import { elasticIpsOf } from '../../model/nat-gateway-lifecycle.ts';
import type { RegionalNatGatewaySpec, ZoneAddresses } from '../../model/regional-nat-gateways.ts';
import { type Zone, zoneNamed } from '../../model/regions.ts';
import type { NatGateway, NatGatewayAllocation } from '../../model/resources/nat-gateway.ts';
import { Vpc } from '../../model/resources/vpc.ts';
import { requestedZone } from '../../model/subnet-zones.ts';
import { tagsOf } from '../../model/tags.ts';
import type { Transaction } from '../../model/transaction.ts';
import { formatIpv4 } from '../../net/address.ts';
import type { RequestOf } from '../operation.ts';

type Request = RequestOf<'CreateNatGateway'>;

/** Parameters that only a zonal gateway takes. */
const ZONAL = [
  'SubnetId',
  'AllocationId',
  'SecondaryAllocationIds',
  'PrivateIpAddress',
  'SecondaryPrivateIpAddresses',
  'SecondaryPrivateIpAddressCount',
] as const satisfies readonly (keyof Request)[];
/** Parameters that only a regional one takes. */
const REGIONAL = ['VpcId', 'AvailabilityZoneAddresses'] as const satisfies readonly (keyof Request)[];

/** @throws Fault InvalidParameterCombination for parameters of a regional gateway */
export const refuseRegional = (request: Request): void => refuse(request, REGIONAL, 'availabilityMode zonal');

function refuse(request: Request, names: readonly (keyof Request)[], other: string): void {
  const [name] = names.filter((one) => request[one] !== undefined);
  if (name === undefined) return;
  const parameter = name.charAt(0).toLowerCase() + name.slice(1);
  throw new Fault('InvalidParameterCombination', { parameter, other });
}

/**
 * The gateway that a request asks for. Without addresses AWS manages them.
 * @throws Fault InvalidParameterCombination, MissingParameter, InvalidParameterValue, of the VPC and the addresses
 */
export function regionalSpec(tx: Transaction, request: Request): RegionalNatGatewaySpec {
  refuse(request, ZONAL, 'availabilityMode regional');
  if (request.ConnectivityType === 'private') {
    throw new Fault('InvalidParameterCombination', {
      parameter: 'connectivityType private',
      other: 'availabilityMode regional',
    });
  }
  const tags = tagsOf(request.TagSpecifications, 'natgateway');
  if (request.VpcId === undefined) throw new Fault('MissingParameter', { parameter: 'VpcId' });
  const vpc = tx.get(Vpc, request.VpcId);
  const zones = request.AvailabilityZoneAddresses?.map((one) => zoneAddresses(tx, one));
  if (zones) refuseTwice(tx, zones);
  return { vpc, zones, tags };
}

function zoneAddresses(
  tx: Transaction,
  asked: NonNullable<Request['AvailabilityZoneAddresses']>[number],
): ZoneAddresses {
  const zone = namedZone(tx, asked);
  if (!zone) throw new Fault('MissingParameter', { parameter: 'availabilityZone or availabilityZoneId' });
  const ids = asked.AllocationIds ?? [];
  if (ids.length === 0) throw new Fault('MissingParameter', { parameter: 'allocationIds' });
  return { zone: zone.name, elasticIps: elasticIpsOf(tx, ids) };
}

/** The zone that a request names, if it names one. */
export const namedZone = (
  tx: Transaction,
  {
    AvailabilityZone,
    AvailabilityZoneId,
  }: Pick<sdk.AvailabilityZoneAddress, 'AvailabilityZone' | 'AvailabilityZoneId'>,
): Zone | undefined => requestedZone(tx, AvailabilityZone, AvailabilityZoneId);

function refuseTwice(tx: Transaction, zones: readonly ZoneAddresses[]): void {
  const twice = zones.find(({ zone }, index) => zones.findIndex((other) => other.zone === zone) !== index);
  if (twice) {
    const reason = 'The Availability Zone is given more than once.';
    throw new Fault('InvalidParameterValue', { value: twice.zone, parameter: 'availabilityZone', reason });
  }
  elasticIpsOf(
    tx,
    zones.flatMap(({ elasticIps }) => elasticIps.map(({ id }) => id)),
  );
}

/** Members that a regional gateway alone has. */
export function describeRegional({ regional }: NatGateway, tx: Transaction): sdk.NatGateway {
  if (!regional) return { AvailabilityMode: 'zonal' };
  const state = regional.mode === 'automatic' ? 'enabled' : 'disabled';
  return {
    AvailabilityMode: 'regional',
    AutoScalingIps: state,
    AutoProvisionZones: state,
    RouteTableId: regional.routeTableId,
    NatGatewayAddresses: regional.zones.flatMap(({ zone, allocations }) =>
      allocations.map((allocation) => describeRegionalAddress(tx, zone, allocation)),
    ),
  };
}

/** An address of a regional gateway as the API shows it: that there is neither interface nor private address is unconfirmed. */
export const describeRegionalAddress = (
  tx: Transaction,
  zone: string,
  { id, associationId, publicIp }: NatGatewayAllocation,
): sdk.NatGatewayAddress => ({
  AllocationId: id,
  AssociationId: associationId,
  PublicIp: formatIpv4(publicIp),
  Status: 'succeeded',
  AvailabilityZone: zone,
  AvailabilityZoneId: zoneNamed(tx.region, zone).id,
});
