/** Describes everything that an account has in a Region, as files in the layout that `localvpc import` reads. Loads the SDK. */
import {
  DescribeAddressesCommand,
  DescribeCustomerGatewaysCommand,
  DescribeDhcpOptionsCommand,
  DescribeEgressOnlyInternetGatewaysCommand,
  DescribeInstancesCommand,
  DescribeInternetGatewaysCommand,
  DescribeManagedPrefixListsCommand,
  DescribeNatGatewaysCommand,
  DescribeNetworkAclsCommand,
  DescribeNetworkInterfacePermissionsCommand,
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeTrafficMirrorFiltersCommand,
  DescribeTrafficMirrorSessionsCommand,
  DescribeTrafficMirrorTargetsCommand,
  DescribeTransitGatewayAttachmentsCommand,
  DescribeTransitGatewayRouteTablesCommand,
  DescribeTransitGatewaysCommand,
  DescribeTransitGatewayVpcAttachmentsCommand,
  DescribeVpcAttributeCommand,
  DescribeVpcEndpointConnectionsCommand,
  DescribeVpcEndpointServiceConfigurationsCommand,
  DescribeVpcEndpointServicePermissionsCommand,
  DescribeVpcEndpointServicesCommand,
  DescribeVpcEndpointsCommand,
  DescribeVpcPeeringConnectionsCommand,
  DescribeVpcsCommand,
  DescribeVpnConnectionsCommand,
  DescribeVpnGatewaysCommand,
  EC2Client,
  type EC2ClientConfig,
  GetManagedPrefixListEntriesCommand,
  GetTransitGatewayRouteTablePropagationsCommand,
  SearchTransitGatewayRoutesCommand,
} from '@aws-sdk/client-ec2';
import type { DescribedKind } from '../import/description.ts';

/** A file's name and its JSON document. */
export interface WrittenFile {
  readonly name: string;
  readonly document: object;
}

interface Page {
  readonly NextToken?: string | undefined;
}

/** A client; whoever makes one loads the SDK. */
export const describingClient = (configuration: EC2ClientConfig): EC2Client => new EC2Client(configuration);

/** One page of a call. */
type Ask = (client: EC2Client, NextToken: string | undefined) => Promise<Page & object>;

const CALLS: { readonly [Kind in DescribedKind]: Ask } = {
  DhcpOptions: (client, NextToken) => client.send(new DescribeDhcpOptionsCommand({ NextToken })),
  PrefixLists: (client, NextToken) => client.send(new DescribeManagedPrefixListsCommand({ NextToken })),
  Vpcs: (client, NextToken) => client.send(new DescribeVpcsCommand({ NextToken })),
  Subnets: (client, NextToken) => client.send(new DescribeSubnetsCommand({ NextToken })),
  InternetGateways: (client, NextToken) => client.send(new DescribeInternetGatewaysCommand({ NextToken })),
  EgressOnlyInternetGateways: (client, NextToken) =>
    client.send(new DescribeEgressOnlyInternetGatewaysCommand({ NextToken })),
  NetworkAcls: (client, NextToken) => client.send(new DescribeNetworkAclsCommand({ NextToken })),
  SecurityGroups: (client, NextToken) => client.send(new DescribeSecurityGroupsCommand({ NextToken })),
  SecurityGroupRules: (client, NextToken) => client.send(new DescribeSecurityGroupRulesCommand({ NextToken })),
  Reservations: (client, NextToken) => client.send(new DescribeInstancesCommand({ NextToken })),
  NetworkInterfaces: (client, NextToken) => client.send(new DescribeNetworkInterfacesCommand({ NextToken })),
  // Answers all at once.
  NetworkInterfacePermissions: (client, NextToken) =>
    client.send(new DescribeNetworkInterfacePermissionsCommand({ NextToken })),
  Addresses: (client) => client.send(new DescribeAddressesCommand({})),
  NatGateways: (client, NextToken) => client.send(new DescribeNatGatewaysCommand({ NextToken })),
  VpcPeeringConnections: (client, NextToken) => client.send(new DescribeVpcPeeringConnectionsCommand({ NextToken })),
  TransitGateways: (client, NextToken) => client.send(new DescribeTransitGatewaysCommand({ NextToken })),
  TransitGatewayRouteTables: (client, NextToken) =>
    client.send(new DescribeTransitGatewayRouteTablesCommand({ NextToken })),
  TransitGatewayVpcAttachments: (client, NextToken) =>
    client.send(new DescribeTransitGatewayVpcAttachmentsCommand({ NextToken })),
  TransitGatewayAttachments: (client, NextToken) =>
    client.send(new DescribeTransitGatewayAttachmentsCommand({ NextToken })),
  // These three answer all at once.
  CustomerGateways: (client) => client.send(new DescribeCustomerGatewaysCommand({})),
  VpnGateways: (client) => client.send(new DescribeVpnGatewaysCommand({})),
  VpnConnections: (client) => client.send(new DescribeVpnConnectionsCommand({})),
  ServiceConfigurations: (client, NextToken) =>
    client.send(new DescribeVpcEndpointServiceConfigurationsCommand({ NextToken })),
  ServiceDetails: (client, NextToken) => client.send(new DescribeVpcEndpointServicesCommand({ NextToken })),
  VpcEndpoints: (client, NextToken) => client.send(new DescribeVpcEndpointsCommand({ NextToken })),
  VpcEndpointConnections: (client, NextToken) => client.send(new DescribeVpcEndpointConnectionsCommand({ NextToken })),
  RouteTables: (client, NextToken) => client.send(new DescribeRouteTablesCommand({ NextToken })),
  TrafficMirrorTargets: (client, NextToken) => client.send(new DescribeTrafficMirrorTargetsCommand({ NextToken })),
  TrafficMirrorFilters: (client, NextToken) => client.send(new DescribeTrafficMirrorFiltersCommand({ NextToken })),
  TrafficMirrorSessions: (client, NextToken) => client.send(new DescribeTrafficMirrorSessionsCommand({ NextToken })),
};

/** Everything; only reads. @throws the SDK's error of the first call that is refused */
export async function* describeEverything(client: EC2Client): AsyncGenerator<WrittenFile> {
  for (const [kind, ask] of Object.entries(CALLS)) {
    const all = await allPages(client, kind, ask);
    yield { name: fileName(kind), document: { [kind]: all } };
    if (kind === 'Vpcs') for (const id of idsOf(all, 'VpcId')) yield* vpcAttributes(client, id);
    if (kind === 'TransitGatewayRouteTables')
      for (const id of idsOf(all, 'TransitGatewayRouteTableId')) yield* transitTable(client, id);
    if (kind === 'ServiceConfigurations') for (const id of idsOf(all, 'ServiceId')) yield await principals(client, id);
    if (kind === 'PrefixLists') for (const id of idsOf(all, 'PrefixListId')) yield await listEntries(client, id);
  }
}

async function allPages(client: EC2Client, kind: string, ask: Ask): Promise<readonly unknown[]> {
  const all: unknown[] = [];
  let token: string | undefined;
  do {
    const page = await ask(client, token);
    const some: unknown = Reflect.get(page, kind);
    if (Array.isArray(some)) all.push(...some);
    token = page.NextToken;
  } while (token !== undefined && token !== '');
  return all;
}

async function* vpcAttributes(client: EC2Client, VpcId: string): AsyncGenerator<WrittenFile> {
  for (const Attribute of ['enableDnsSupport', 'enableDnsHostnames'] as const) {
    const { $metadata: _, ...document } = await client.send(new DescribeVpcAttributeCommand({ VpcId, Attribute }));
    yield { name: `describe-vpc-attribute-${VpcId}-${Attribute}.json`, document };
  }
}

async function listEntries(client: EC2Client, PrefixListId: string): Promise<WrittenFile> {
  const Entries = await allPages(client, 'Entries', (asked, NextToken) =>
    asked.send(new GetManagedPrefixListEntriesCommand({ PrefixListId, NextToken })),
  );
  return { name: `get-managed-prefix-list-entries-${PrefixListId}.json`, document: { Entries } };
}

async function principals(client: EC2Client, ServiceId: string): Promise<WrittenFile> {
  const AllowedPrincipals = await allPages(client, 'AllowedPrincipals', (asked, NextToken) =>
    asked.send(new DescribeVpcEndpointServicePermissionsCommand({ ServiceId, NextToken })),
  );
  return { name: `describe-vpc-endpoint-service-permissions-${ServiceId}.json`, document: { AllowedPrincipals } };
}

/** Static routes, of which a table has at most as many as one answer holds, and who it learns from. */
async function* transitTable(client: EC2Client, TransitGatewayRouteTableId: string): AsyncGenerator<WrittenFile> {
  const Filters = [{ Name: 'type', Values: ['static'] }];
  const search = new SearchTransitGatewayRoutesCommand({ TransitGatewayRouteTableId, Filters, MaxResults: 1000 });
  const { $metadata: _, ...routes } = await client.send(search);
  yield { name: `search-transit-gateway-routes-${TransitGatewayRouteTableId}.json`, document: routes };
  const member = 'TransitGatewayRouteTablePropagations';
  const all = await allPages(client, member, (asked, NextToken) =>
    asked.send(new GetTransitGatewayRouteTablePropagationsCommand({ TransitGatewayRouteTableId, NextToken })),
  );
  const name = `get-transit-gateway-route-table-propagations-${TransitGatewayRouteTableId}.json`;
  yield { name, document: { [member]: all } };
}

const idsOf = (all: readonly unknown[], member: string): readonly string[] =>
  all.flatMap((one) => {
    const id: unknown = typeof one === 'object' && one !== null ? Reflect.get(one, member) : undefined;
    return typeof id === 'string' ? [id] : [];
  });

/** As the AWS CLI names the calls: describe-nat-gateways.json. */
const FILE_NAMES: Readonly<Record<string, string>> = {
  PrefixLists: 'describe-managed-prefix-lists',
  Reservations: 'describe-instances',
  ServiceConfigurations: 'describe-vpc-endpoint-service-configurations',
  ServiceDetails: 'describe-vpc-endpoint-services',
};

const fileName = (kind: string): string =>
  `${FILE_NAMES[kind] ?? `describe${kind.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`}.json`;
