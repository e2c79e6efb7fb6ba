/** Load balancers: create, delete, describe, and what can be set of them. */

import type * as sdk from '@aws-sdk/client-elastic-load-balancing-v2';
import { withBalancerTags } from '../../../model/elastic-load-balancing-tags.ts';
import { Fault } from '../../../model/fault.ts';
import {
  createLoadBalancer,
  deleteLoadBalancer,
  type NodePlace,
  setIpAddressType,
  setSecurityGroups,
  setSubnets,
} from '../../../model/load-balancer-lifecycle.ts';
import { dnsNameOf } from '../../../model/load-balancer-names.ts';
import { attributesOfLoadBalancer, withLoadBalancerAttributes } from '../../../model/load-balancing-attributes.ts';
import { loadBalancerOfArn, loadBalancersNamed } from '../../../model/load-balancing-resources.ts';
import { ElasticIp } from '../../../model/resources/elastic-ip.ts';
import { type BalancerNode, LoadBalancer } from '../../../model/resources/load-balancer.ts';
import type { Transaction } from '../../../model/transaction.ts';
import { formatIpv4, parseIpv4 } from '../../../net/address.ts';
import { action } from '../action.ts';
import { pageOf } from '../pages.ts';
import { notHad, refuse, wordOf } from '../words.ts';

/** Of a Network Load Balancer in us-east-1; it names nothing here, and stands for those of all Regions. */
const HOSTED_ZONE = 'Z26RNL4JYFTOTI';

interface PlacesRequest {
  readonly Subnets?: readonly string[] | undefined;
  readonly SubnetMappings?:
    | readonly {
        readonly SubnetId?: string | undefined;
        readonly AllocationId?: string | undefined;
        readonly PrivateIPv4Address?: string | undefined;
        readonly IPv6Address?: string | undefined;
        readonly SourceNatIpv6Prefix?: string | undefined;
      }[]
    | undefined;
}

/** @throws Fault ValidationError for both and for a bad address, InvalidConfigurationRequest for IPv6 */
function placesOf({ Subnets: subnets = [], SubnetMappings: mappings = [] }: PlacesRequest): readonly NodePlace[] {
  if (subnets.length > 0 && mappings.length > 0) {
    throw new Fault('ValidationError', 'You can specify either subnets or subnet mappings, not both');
  }
  return [
    ...subnets.map((subnetId) => ({ subnetId, allocationId: undefined, privateIpv4: undefined })),
    ...mappings.map((one) => {
      const { SubnetId: subnetId = '', AllocationId: allocationId, PrivateIPv4Address: text } = one;
      refuse({ IPv6Address: one.IPv6Address, SourceNatIpv6Prefix: one.SourceNatIpv6Prefix });
      const privateIpv4 = text === undefined ? undefined : parseIpv4(text);
      if (text !== undefined && privateIpv4 === undefined) {
        throw new Fault('ValidationError', `The private IPv4 address '${text}' is not valid`);
      }
      return { subnetId, allocationId, privateIpv4 };
    }),
  ];
}

/**
 * Undefined for IPv4 alone.
 * @throws Fault InvalidConfigurationRequest for IPv6 of others than Gateway Load Balancers
 */
function ipAddressTypeOf(text: string | undefined, type: LoadBalancer['type']): LoadBalancer['ipAddressType'] {
  const known = wordOf(text, ['ipv4', 'dualstack', 'dualstack-without-public-ipv4'], 'ipAddressType');
  if (known === undefined || known === 'ipv4') return undefined;
  if (type === 'network') throw notHad('has Network Load Balancers with IPv4 alone.');
  if (known === 'dualstack') return known;
  throw new Fault(
    'ValidationError',
    `The IP address type '${known}' is not valid for a load balancer of type 'gateway'`,
  );
}

/** CreateLoadBalancer. Without a type AWS makes an Application Load Balancer. */
export const CreateLoadBalancer = action('CreateLoadBalancer', (request, tx) => {
  const type = wordOf(request.Type, ['application', 'network', 'gateway'], 'type') ?? 'application';
  if (type === 'application') {
    throw notHad('has no Application Load Balancers. Of those it has, the type is network or gateway.');
  }
  const { CustomerOwnedIpv4Pool, EnablePrefixForIpv6SourceNat: prefixes, IpamPools } = request;
  refuse({ CustomerOwnedIpv4Pool, IpamPools, EnablePrefixForIpv6SourceNat: prefixes === 'off' ? undefined : prefixes });
  const ipAddressType = ipAddressTypeOf(request.IpAddressType, type);
  const asked = wordOf(request.Scheme, ['internet-facing', 'internal'], 'scheme');
  const isGateway = type === 'gateway';
  if (isGateway && (asked === 'internet-facing' || (request.SecurityGroups ?? []).length > 0)) {
    const what = asked === 'internet-facing' ? 'A scheme' : 'Security groups';
    throw new Fault('ValidationError', `${what} cannot be specified for a load balancer of type 'gateway'`);
  }
  const balancer = createLoadBalancer(tx, {
    name: request.Name,
    type,
    scheme: isGateway ? 'internal' : (asked ?? 'internet-facing'),
    ...(ipAddressType && { ipAddressType }),
    places: placesOf(request),
    securityGroupIds: request.SecurityGroups ?? [],
    tags: withBalancerTags({}, request.Tags),
  });
  return { LoadBalancers: [{ ...describeLoadBalancer(balancer, tx), State: { Code: 'provisioning' } }] };
});

/** A load balancer as the API shows it. */
function describeLoadBalancer(row: LoadBalancer, tx: Transaction): sdk.LoadBalancer {
  const isNetwork = row.type === 'network';
  return {
    LoadBalancerArn: row.id,
    ...(isNetwork && { DNSName: dnsNameOf(row), CanonicalHostedZoneId: HOSTED_ZONE, Scheme: row.scheme }),
    CreatedTime: new Date(row.createdAtMs),
    LoadBalancerName: row.name,
    VpcId: row.vpcId,
    State: { Code: 'active' },
    Type: row.type,
    AvailabilityZones: describeZones(row, tx),
    ...(row.securityGroupIds.length > 0 && {
      SecurityGroups: [...row.securityGroupIds],
      EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: onOrOff(row.filtersPrivateLink),
    }),
    IpAddressType: shownAddressType(row),
    ...(isNetwork && { EnablePrefixForIpv6SourceNat: 'off' }),
  };
}

const shownAddressType = (row: LoadBalancer): sdk.IpAddressType => row.ipAddressType ?? 'ipv4';

const onOrOff = (isOn: boolean): 'on' | 'off' => (isOn ? 'on' : 'off');

const describeZones = ({ nodes }: LoadBalancer, tx: Transaction): sdk.AvailabilityZone[] =>
  [...nodes]
    .sort((one, other) => one.zone.localeCompare(other.zone))
    .map((node) => ({
      ZoneName: node.zone,
      SubnetId: node.subnetId,
      LoadBalancerAddresses: addressesOf(node, tx),
    }));

/** Only what was asked for: AWS shows no addresses that it chose itself. */
function addressesOf({ allocationId, privateIpv4 }: BalancerNode, tx: Transaction): sdk.LoadBalancerAddress[] {
  const elasticIp = allocationId === undefined ? undefined : tx.find(ElasticIp, allocationId);
  if (elasticIp) return [{ IpAddress: formatIpv4(elasticIp.publicIp), AllocationId: elasticIp.id }];
  return privateIpv4 === undefined ? [] : [{ PrivateIPv4Address: formatIpv4(privateIpv4) }];
}

/** DescribeLoadBalancers. */
export const DescribeLoadBalancers = action('DescribeLoadBalancers', (request, tx) => {
  const { LoadBalancerArns: arns = [], Names: names = [] } = request;
  const isNamed = arns.length + names.length > 0;
  const rows = isNamed
    ? [...arns.map((arn) => loadBalancerOfArn(tx, arn)), ...loadBalancersNamed(tx, names)]
    : tx.list(LoadBalancer);
  const { rows: shown, ...next } = pageOf(rows, request);
  return {
    LoadBalancers: shown.map((row) => describeLoadBalancer(row, tx)),
    ...next,
  };
});

/** DeleteLoadBalancer; one that is not there is deleted already. */
export const DeleteLoadBalancer = action('DeleteLoadBalancer', ({ LoadBalancerArn: arn }, tx) => {
  const row = tx.find(LoadBalancer, arn);
  if (row) deleteLoadBalancer(tx, row);
  return {};
});

/** DescribeLoadBalancerAttributes. */
export const DescribeLoadBalancerAttributes = action('DescribeLoadBalancerAttributes', (request, tx) => ({
  Attributes: [...attributesOfLoadBalancer(loadBalancerOfArn(tx, request.LoadBalancerArn))],
}));

/** ModifyLoadBalancerAttributes. */
export const ModifyLoadBalancerAttributes = action('ModifyLoadBalancerAttributes', (request, tx) => {
  const row = loadBalancerOfArn(tx, request.LoadBalancerArn);
  const attributes = withLoadBalancerAttributes(row, request.Attributes);
  return { Attributes: [...attributesOfLoadBalancer(tx.update(LoadBalancer, row.id, { attributes }))] };
});

/** SetSubnets. */
export const SetSubnets = action('SetSubnets', (request, tx) => {
  const { EnablePrefixForIpv6SourceNat: prefixes } = request;
  refuse({ EnablePrefixForIpv6SourceNat: prefixes === 'off' ? undefined : prefixes });
  const asked = loadBalancerOfArn(tx, request.LoadBalancerArn);
  const ipAddressType = ipAddressTypeOf(request.IpAddressType, asked.type);
  const placed = setSubnets(tx, asked, placesOf(request));
  const row = request.IpAddressType === undefined ? placed : setIpAddressType(tx, placed, ipAddressType);
  return { AvailabilityZones: describeZones(row, tx), IpAddressType: shownAddressType(row) };
});

/** SetSecurityGroups. */
export const SetSecurityGroups = action('SetSecurityGroups', (request, tx) => {
  const enforced = wordOf(
    request.EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic,
    ['on', 'off'],
    'enforceSecurityGroupInboundRulesOnPrivateLinkTraffic',
  );
  const filters = enforced === undefined ? undefined : enforced === 'on';
  const row = setSecurityGroups(tx, loadBalancerOfArn(tx, request.LoadBalancerArn), request.SecurityGroups, filters);
  return {
    SecurityGroupIds: [...row.securityGroupIds],
    EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: onOrOff(row.filtersPrivateLink),
  };
});

/** SetIpAddressType. */
export const SetIpAddressType = action('SetIpAddressType', (request, tx) => {
  const asked = loadBalancerOfArn(tx, request.LoadBalancerArn);
  const row = setIpAddressType(tx, asked, ipAddressTypeOf(request.IpAddressType, asked.type));
  return { IpAddressType: shownAddressType(row) };
});

/** DescribeCapacityReservation: nobody can reserve any here. */
export const DescribeCapacityReservation = action('DescribeCapacityReservation', (request, tx) => {
  loadBalancerOfArn(tx, request.LoadBalancerArn);
  return { CapacityReservationState: [] };
});

export const loadBalancerActions = [
  CreateLoadBalancer,
  DeleteLoadBalancer,
  DescribeCapacityReservation,
  DescribeLoadBalancerAttributes,
  DescribeLoadBalancers,
  ModifyLoadBalancerAttributes,
  SetIpAddressType,
  SetSecurityGroups,
  SetSubnets,
];
