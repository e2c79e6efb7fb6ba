/** Analyses of paths in test networks, and what such networks are made of besides. */
import type { RequestOf, ResultOf } from '../ec2/operation.ts';
import { given, type Lab } from './instance-parts.ts';
import { admit, closedAcl, interfaceOf, otherVpc, type Tiers } from './tiers.ts';
import { attach, gatewayWith, routeTo } from './transit-parts.ts';
import { vpcWith } from './vpc-parts.ts';

type PathRequest = Partial<RequestOf<'CreateNetworkInsightsPath'>>;
export type Analysis = NonNullable<ResultOf<'DescribeNetworkInsightsAnalyses'>['NetworkInsightsAnalyses']>[number];
type AnalysisFilters = Pick<
  RequestOf<'StartNetworkInsightsAnalysis'>,
  'FilterInArns' | 'FilterOutArns' | 'AdditionalAccounts'
>;

/** From the web server to the database, TCP 5432, unless the case says otherwise. */
export function analyse({ account, web, db }: Tiers, path: PathRequest, filters: AnalysisFilters = {}): Analysis {
  const hasPort = path.FilterAtSource !== undefined;
  const { NetworkInsightsPath } = account.call('CreateNetworkInsightsPath', {
    Source: web.id,
    ...('Destination' in path || path.DestinationIp !== undefined ? {} : { Destination: db.id }),
    Protocol: 'tcp',
    ...(hasPort ? {} : { DestinationPort: 5432 }),
    ...path,
  });
  const started = account.call('StartNetworkInsightsAnalysis', {
    NetworkInsightsPathId: given(NetworkInsightsPath?.NetworkInsightsPathId),
    ...filters,
  });
  const id = given(started.NetworkInsightsAnalysis?.NetworkInsightsAnalysisId);
  const { NetworkInsightsAnalyses } = account.call('DescribeNetworkInsightsAnalyses', {
    NetworkInsightsAnalysisIds: [id],
  });
  return given(NetworkInsightsAnalyses?.[0]);
}

export type ScopeRequest = RequestOf<'CreateNetworkInsightsAccessScope'>;
type Finding = NonNullable<ResultOf<'GetNetworkInsightsAccessScopeAnalysisFindings'>['AnalysisFindings']>[number];

/** Analyses a new access scope; what it finds. */
export function accessFindings({ account }: Pick<Lab, 'account'>, request: ScopeRequest): readonly Finding[] {
  const made = account.call('CreateNetworkInsightsAccessScope', request).NetworkInsightsAccessScope;
  const started = account.call('StartNetworkInsightsAccessScopeAnalysis', {
    NetworkInsightsAccessScopeId: given(made?.NetworkInsightsAccessScopeId),
  });
  const id = given(started.NetworkInsightsAccessScopeAnalysis?.NetworkInsightsAccessScopeAnalysisId);
  const { AnalysisFindings = [] } = account.call('GetNetworkInsightsAccessScopeAnalysisFindings', {
    NetworkInsightsAccessScopeAnalysisId: id,
  });
  return AnalysisFindings;
}

/** Gives an instance an Elastic IP. */
export const publicAddress = (net: Tiers, instanceId: string): string => {
  const { account } = net;
  const AllocationId = net.elasticIp();
  account.call('AssociateAddress', { AllocationId, NetworkInterfaceId: interfaceOf(net, instanceId) });
  return given(account.call('DescribeAddresses', { AllocationIds: [AllocationId] }).Addresses?.[0]?.PublicIp);
};

/** The instance's primary private address. */
export const privateAddress = ({ account }: Tiers, instanceId: string): string =>
  given(
    account.call('DescribeInstances', { InstanceIds: [instanceId] }).Reservations?.[0]?.Instances?.[0]
      ?.PrivateIpAddress,
  );

/** The VPC's internet gateway. */
export const gatewayOf = ({ account, vpcId }: Tiers): string =>
  given(
    account.call('DescribeInternetGateways', { Filters: [{ Name: 'attachment.vpc-id', Values: [vpcId] }] })
      .InternetGateways?.[0]?.InternetGatewayId,
  );

/** Adds a route to the VPC's main table. */
export const route = ({ account, routeTableId }: Tiers, DestinationCidrBlock: string, target: object): void =>
  void account.call('CreateRoute', { RouteTableId: routeTableId, DestinationCidrBlock, ...target });

/** A public NAT gateway in a subnet of its own that leads outside; the other subnets' table leads to it. It is in their zone, or in that one. */
export function natGateway(net: Tiers, zone?: string): string {
  const { account, vpcId } = net;
  const subnetId = net.subnet('10.0.9.0/24', zone);
  const RouteTableId = given(account.call('CreateRouteTable', { VpcId: vpcId }).RouteTable?.RouteTableId);
  account.call('AssociateRouteTable', { RouteTableId, SubnetId: subnetId });
  account.call('CreateRoute', { RouteTableId, DestinationCidrBlock: '0.0.0.0/0', GatewayId: gatewayOf(net) });
  const made = account.call('CreateNatGateway', { SubnetId: subnetId, AllocationId: net.elasticIp() });
  const NatGatewayId = given(made.NatGateway?.NatGatewayId);
  route(net, '0.0.0.0/0', { NatGatewayId });
  return NatGatewayId;
}

/** A regional NAT gateway, to which the subnets' table leads: with an Elastic IP in each of these zones, or in automatic mode. */
export function regionalNatGateway(net: Tiers, zones?: readonly string[]): string {
  const AvailabilityZoneAddresses = zones?.map((AvailabilityZone) => ({
    AvailabilityZone,
    AllocationIds: [net.elasticIp()],
  }));
  const asked = { VpcId: net.vpcId, AvailabilityMode: 'regional', AvailabilityZoneAddresses } as const;
  const NatGatewayId = given(net.account.call('CreateNatGateway', asked).NatGateway?.NatGatewayId);
  route(net, '0.0.0.0/0', { NatGatewayId });
  return NatGatewayId;
}

/** The only interface of a service of this type. */
export function serviceInterface({ account }: Tiers, type: string): string {
  const Filters = [{ Name: 'interface-type', Values: [type] }];
  return given(account.call('DescribeNetworkInterfaces', { Filters }).NetworkInterfaces?.[0]?.NetworkInterfaceId);
}

/** A gateway endpoint to S3 for all of the VPC; the service's address. */
export function gatewayEndpoint({ account, vpcId, routeTableId }: Tiers): string {
  const ServiceName = 'com.amazonaws.us-east-1.s3';
  account.call('CreateVpcEndpoint', { VpcId: vpcId, ServiceName, RouteTableIds: [routeTableId] });
  const { PrefixLists = [] } = account.call('DescribePrefixLists');
  const list = PrefixLists.find(({ PrefixListName }) => PrefixListName === ServiceName);
  return given(list?.Cidrs?.[0]?.replace(/\/\d+$/, ''));
}

/** What comes in through the internet gateway for the web server's subnet goes to an appliance first. */
export function edgeRoute(net: Tiers): string {
  const { account, vpcId } = net;
  const appliance = net.instance({ SubnetId: net.subnet('10.0.8.0/24') });
  const RouteTableId = given(account.call('CreateRouteTable', { VpcId: vpcId }).RouteTable?.RouteTableId);
  account.call('CreateRoute', {
    RouteTableId,
    DestinationCidrBlock: '10.0.1.0/24',
    NetworkInterfaceId: interfaceOf(net, appliance),
  });
  account.call('AssociateRouteTable', { RouteTableId, GatewayId: gatewayOf(net) });
  return appliance;
}

/** A VPC 10.9.0.0/16 with an instance, peered with routes both ways; gives back the peering and the instance. */
export function peered(net: Tiers): { readonly peering: string; readonly far: string } {
  const { account, vpcId } = net;
  const far = otherVpc(net);
  const { Vpcs } = account.call('DescribeVpcs', { Filters: [{ Name: 'cidr', Values: ['10.9.0.0/16'] }] });
  const PeerVpcId = given(Vpcs?.[0]?.VpcId);
  const made = account.call('CreateVpcPeeringConnection', { VpcId: vpcId, PeerVpcId });
  const peering = given(made.VpcPeeringConnection?.VpcPeeringConnectionId);
  account.call('AcceptVpcPeeringConnection', { VpcPeeringConnectionId: peering });
  return { peering, far };
}

/** Two VPCs on a transit gateway with an instance each and routes to it; `options` are the gateway's, `owner` has it. */
export function overTransit(net: Tiers, options: object = {}, attachmentOptions: object = {}, owner = net.account) {
  const { account } = net;
  const gateway = gatewayWith(owner, options);
  const sides = ['10.20.0.0/16', '10.21.0.0/16'].map((cidr) => {
    const side = attach(account, gateway, cidr, attachmentOptions);
    const group = account.call('CreateSecurityGroup', { VpcId: side.vpc.id, GroupName: cidr, Description: cidr });
    const groupId = given(group.GroupId);
    return { ...side, groupId, instance: net.instance({ SubnetId: side.subnet.id, SecurityGroupIds: [groupId] }) };
  });
  const [one, two] = [given(sides[0]), given(sides[1])];
  for (const { vpc } of sides) routeTo(account, vpc, gateway);
  admit(net, two.groupId, 80);
  return { gateway, one, two, path: { Source: one.instance, Destination: two.instance, DestinationPort: 80 } };
}

/** The same as `overTransit` with attachments in two zones, in subnets of their own; the instances are in the first. */
export function overTransitInZones(net: Tiers, attachmentOptions: object = {}) {
  const { account } = net;
  const gateway = gatewayWith(account);
  const [one, two] = ([20, 21] as const).map((number) => {
    const vpc = vpcWith(account, `10.${number}.0.0/16`);
    const subnetIn = (zone: string, third: number): string => {
      const place = { VpcId: vpc.id, AvailabilityZone: `${account.scope.region}${zone}` };
      const made = account.call('CreateSubnet', { ...place, CidrBlock: `10.${number}.${third}.0/24` });
      return given(made.Subnet?.SubnetId);
    };
    const edges = [subnetIn('a', 100), subnetIn('b', 101)];
    const { TransitGatewayVpcAttachment: made } = account.call('CreateTransitGatewayVpcAttachment', {
      TransitGatewayId: gateway,
      VpcId: vpc.id,
      SubnetIds: edges,
      Options: attachmentOptions,
    });
    routeTo(account, vpc, gateway);
    const created = account.call('CreateSecurityGroup', { VpcId: vpc.id, GroupName: 'all', Description: 'all' });
    const groupId = given(created.GroupId);
    admit(net, groupId, 80);
    const instance = net.instance({ SubnetId: subnetIn('a', 1), SecurityGroupIds: [groupId] });
    return { vpcId: vpc.id, edges, instance, groupId, id: given(made?.TransitGatewayAttachmentId) };
  });
  return { one: given(one), two: given(two) };
}

/** Takes a subnet's packets out: its own ACL denies everything. */
export function close(net: Tiers, subnetId: string): string {
  const { account } = net;
  const VpcId = given(account.call('DescribeSubnets', { SubnetIds: [subnetId] }).Subnets?.[0]?.VpcId);
  return closedAcl({ ...net, vpcId: VpcId }, subnetId);
}

/** A network in which a code is the answer. */
export interface ReachabilityCase {
  readonly code: string;
  /** Makes the network and asks. */
  ask(net: Tiers): Analysis;
}

/** A range of ports as filters have it. */
export const port = (FromPort: number, ToPort = FromPort) => ({ FromPort, ToPort });
