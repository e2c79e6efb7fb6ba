/** Quotas: how many of a thing an account may have, as Service Quotas lists them, in one table. */
import type { Transaction } from './transaction.ts';

/** A line of the table. */
export interface Quota {
  /** Id of the quota in Service Quotas, where it has one. */
  readonly code: string | undefined;
  /** AWS's default. */
  readonly limit: number;
}

const quotaOf = (limit: number, code?: string): Quota => ({ code, limit });

/** Source: Amazon VPC quotas, Network Firewall quotas; what their codes are over the limit stands where they are asked for. */
export const QUOTAS = {
  vpcsPerRegion: quotaOf(5, 'L-F678F1CE'),
  subnetsPerVpc: quotaOf(200, 'L-407747CB'),
  ipv4CidrBlocksPerVpc: quotaOf(5, 'L-83CA0A9D'),
  ipv6CidrBlocksPerVpc: quotaOf(5, 'L-085A6257'),
  elasticIpsPerRegion: quotaOf(5, 'L-0263D0A3'),
  elasticIpsPerNatGateway: quotaOf(2, 'L-5F53652F'),
  privateAddressesPerNatGateway: quotaOf(8, 'L-DFA99DE7'),
  internetGatewaysPerRegion: quotaOf(5, 'L-A4707A72'),
  egressOnlyInternetGatewaysPerRegion: quotaOf(5, 'L-45FE3B85'),
  /** User guide, amazon-vpc-limits; they are none of a zone's. */
  regionalNatGatewaysPerVpc: quotaOf(5),
  elasticIpsPerRegionalNatGatewayZone: quotaOf(32),
  natGatewaysPerZone: quotaOf(5, 'L-FE5A380F'),
  networkInterfacesPerRegion: quotaOf(5000, 'L-DF5E4CA3'),
  securityGroupsPerRegion: quotaOf(2500, 'L-E79EC296'),
  rulesPerSecurityGroup: quotaOf(60, 'L-0EA8095F'),
  securityGroupsPerInterface: quotaOf(5, 'L-2AFB9258'),
  networkAclsPerVpc: quotaOf(200, 'L-B4A6D682'),
  rulesPerNetworkAcl: quotaOf(20, 'L-2AEEBF1A'),
  routeTablesPerVpc: quotaOf(200, 'L-589F43AA'),
  routesPerRouteTable: quotaOf(500, 'L-93826ACB'),
  activePeeringConnectionsPerVpc: quotaOf(50, 'L-7E9ECCDB'),
  outstandingPeeringConnections: quotaOf(25, 'L-DC9F7029'),
  flowLogsPerResource: quotaOf(2),
  publicAccessExclusionsPerRegion: quotaOf(50),
  gatewayEndpointsPerRegion: quotaOf(20, 'L-1B52E74A'),
  interfaceEndpointsPerVpc: quotaOf(50, 'L-29B6F2EB'),
  trafficMirrorTargetsPerRegion: quotaOf(10_000),
  trafficMirrorFiltersPerRegion: quotaOf(10_000),
  rulesPerTrafficMirrorFilter: quotaOf(10),
  trafficMirrorSessionsPerRegion: quotaOf(10_000),
  trafficMirrorSessionsPerInterface: quotaOf(3),
  keyPairsPerRegion: quotaOf(5000),
  placementGroupsPerRegion: quotaOf(500),
  launchTemplatesPerRegion: quotaOf(5000),
  versionsPerLaunchTemplate: quotaOf(10_000),
  prefixListsPerRegion: quotaOf(100),
  entriesPerPrefixList: quotaOf(1000),
  transitGatewaysPerRegion: quotaOf(5, 'L-A2478D36'),
  attachmentsPerTransitGateway: quotaOf(5000, 'L-E0233F82'),
  routeTablesPerTransitGateway: quotaOf(20, 'L-43872EB7'),
  vpnGatewaysPerRegion: quotaOf(5, 'L-7029FAB6'),
  customerGatewaysPerRegion: quotaOf(50, 'L-0D7ED6A5'),
  vpnConnectionsPerRegion: quotaOf(50, 'L-3E6EC3A3'),
  vpnConnectionsPerVpnGateway: quotaOf(10, 'L-B91E5754'),
  routesPerTransitGateway: quotaOf(10_000),
  networkLoadBalancersPerRegion: quotaOf(50, 'L-69A177A2'),
  gatewayLoadBalancersPerRegion: quotaOf(100, 'L-7F25E2D6'),
  gatewayLoadBalancersPerVpc: quotaOf(10),
  targetGroupsPerRegion: quotaOf(3000, 'L-B22855CB'),
  listenersPerNetworkLoadBalancer: quotaOf(50, 'L-57A373D6'),
  targetsPerZoneOfNetworkLoadBalancer: quotaOf(500),
  targetsPerGatewayTargetGroup: quotaOf(1000),
  targetGroupsPerAction: quotaOf(5),
  classicLoadBalancersPerRegion: quotaOf(20, 'L-E9E9831D'),
  listenersPerClassicLoadBalancer: quotaOf(100),
  instancesPerClassicLoadBalancer: quotaOf(1000),
  firewallsPerRegion: quotaOf(5),
  firewallPoliciesPerRegion: quotaOf(20),
  statelessRuleGroupsPerRegion: quotaOf(50),
  statefulRuleGroupsPerRegion: quotaOf(50),
} as const satisfies Readonly<Record<string, Quota>>;

/** Name of a quota. */
export type QuotaName = keyof typeof QUOTAS;

/**
 * How many the account may have here.
 *
 * `if (tx.count(Subnet, 'vpcId', vpc.id) >= quota(tx, 'subnetsPerVpc')) throw new Fault('SubnetLimitExceeded');`
 */
export const quota = (_tx: Transaction, name: QuotaName): number => QUOTAS[name].limit;
