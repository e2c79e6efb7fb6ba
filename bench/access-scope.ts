/**
 * What an analysis of access costs in a large VPC, in processor time: `npx tsx bench/access-scope.ts 300` measures 300
 * interfaces in 150 groups.
 */
import { pathToFileURL } from 'node:url';
import type { RequestOf } from '../src/ec2/operation.ts';
import { given, type Lab, lab } from '../src/testing/instance-parts.ts';

type ScopeRequest = RequestOf<'CreateNetworkInsightsAccessScope'>;

const INTERFACES_IN_SUBNET = 50;
const PORTS = [22, 80, 443, 3306, 5432, 6379, 8080, 8443, 9090, 9200];

/** Seconds of processor time, and how much was found. */
export interface ScopeFigure {
  readonly name: string;
  readonly seconds: number;
  readonly findings: number;
  readonly warning: string | undefined;
}

/** A VPC of so many instances with one interface each, two in a group; every tenth group is open to the world at port 443. */
function scopeNetwork(interfaces: number): Lab {
  const parts = lab();
  const { account, vpcId } = parts;
  const groups = Array.from({ length: interfaces / 2 }, (_, index) =>
    given(account.call('CreateSecurityGroup', { VpcId: vpcId, GroupName: `g${index}`, Description: 'bench' }).GroupId),
  );
  for (const [index, GroupId] of groups.entries()) {
    const port = PORTS[index % PORTS.length] ?? 0;
    const peers = new Set([7 * index + 1, 13 * index + 5].map((one) => groups[one % groups.length]));
    const pairs = [...peers].map((one) => ({ GroupId: one }));
    account.call('AuthorizeSecurityGroupIngress', {
      GroupId,
      IpPermissions: [
        { IpProtocol: 'tcp', FromPort: port, ToPort: port, UserIdGroupPairs: pairs },
        { IpProtocol: 'tcp', FromPort: 10_000 + index, ToPort: 10_000 + index, UserIdGroupPairs: [{ GroupId }] },
        ...(index % 10 === 0
          ? [{ IpProtocol: 'tcp', FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }]
          : [
              {
                IpProtocol: 'udp',
                FromPort: 20_000 + index,
                ToPort: 20_000 + index,
                IpRanges: [{ CidrIp: '10.0.7.0/24' }],
              },
            ]),
      ],
    });
  }
  const { RouteTables: [table] = [] } = account.call('DescribeRouteTables', {
    Filters: [{ Name: 'vpc-id', Values: [vpcId] }],
  });
  const { InternetGateways: [gateway] = [] } = account.call('DescribeInternetGateways', {
    Filters: [{ Name: 'attachment.vpc-id', Values: [vpcId] }],
  });
  account.call('CreateRoute', {
    RouteTableId: given(table?.RouteTableId),
    DestinationCidrBlock: '0.0.0.0/0',
    GatewayId: given(gateway?.InternetGatewayId),
  });
  let subnet = '';
  for (let index = 0; index < interfaces; index++) {
    if (index % INTERFACES_IN_SUBNET === 0) {
      subnet = parts.subnet(`10.0.${10 + index / INTERFACES_IN_SUBNET}.0/24`);
      if (index % (4 * INTERFACES_IN_SUBNET) === 0)
        account.call('ModifySubnetAttribute', { SubnetId: subnet, MapPublicIpOnLaunch: { Value: true } });
    }
    parts.instance({ SubnetId: subnet, SecurityGroupIds: [groups[index >> 1] ?? ''] });
  }
  return parts;
}

/** Scopes that people have: what the internet reaches, who reaches a database, what instances reach each other by. */
const SCOPES = {
  'from the internet': {
    MatchPaths: [{ Source: { ResourceStatement: { ResourceTypes: ['AWS::EC2::InternetGateway'] } } }],
  },
  'to port 5432': { MatchPaths: [{ Destination: { PacketHeaderStatement: { DestinationPorts: ['5432'] } } }] },
  'between instances but HTTPS': {
    MatchPaths: [
      {
        Source: { ResourceStatement: { ResourceTypes: ['AWS::EC2::Instance'] } },
        Destination: { ResourceStatement: { ResourceTypes: ['AWS::EC2::Instance'] } },
      },
    ],
    ExcludePaths: [{ Destination: { PacketHeaderStatement: { DestinationPorts: ['443'] } } }],
  },
} as const satisfies Readonly<Record<string, ScopeRequest>>;

/** Analyses a scope. */
function measureScope({ account }: Lab, name: string, request: ScopeRequest): ScopeFigure {
  const { NetworkInsightsAccessScope: made } = account.call('CreateNetworkInsightsAccessScope', request);
  const NetworkInsightsAccessScopeId = given(made?.NetworkInsightsAccessScopeId);
  const started = process.cpuUsage();
  account.call('StartNetworkInsightsAccessScopeAnalysis', { NetworkInsightsAccessScopeId });
  const { user, system } = process.cpuUsage(started);
  const { NetworkInsightsAccessScopeAnalyses: [one] = [] } = account.call(
    'DescribeNetworkInsightsAccessScopeAnalyses',
    { NetworkInsightsAccessScopeId },
  );
  const { AnalysisFindings = [] } = account.call('GetNetworkInsightsAccessScopeAnalysisFindings', {
    NetworkInsightsAccessScopeAnalysisId: given(one?.NetworkInsightsAccessScopeAnalysisId),
  });
  return { name, seconds: (user + system) / 1e6, findings: AnalysisFindings.length, warning: one?.WarningMessage };
}

/** Analyses of a network of so many interfaces. */
export function measureScopes(interfaces: number): readonly ScopeFigure[] {
  const network = scopeNetwork(interfaces);
  return Object.entries(SCOPES).map(([name, scope]) => measureScope(network, name, scope));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const interfaces = Number(process.argv[2] ?? 1000);
  for (const { name, seconds, findings, warning } of measureScopes(interfaces))
    console.log(`${name}, ${interfaces} interfaces: ${seconds.toFixed(2)} s, ${findings} findings ${warning ?? ''}`);
}
