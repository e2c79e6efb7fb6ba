/** CloudFormation templates, read as networks: functions, conditions, what a stack only gets when it is created, what is left out. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parametersIn } from '../src/import/cloudformation-parameters.ts';
import { importNetwork } from '../src/import/import-network.ts';
import { readDescription } from '../src/import/read-description.ts';
import { yamlAsJson } from '../src/import/yaml-as-json.ts';
import { type TestAccount, testAccount } from '../src/testing/account.ts';

async function read(text: string, path = 'network.yaml', parameters: Readonly<Record<string, string>> = {}) {
  const account = testAccount({ region: 'eu-west-1' });
  const json = await yamlAsJson([{ path, text }]);
  const description = readDescription(json.files, account.scope, parameters);
  return { account, description: { ...description, leftOut: [...json.leftOut, ...description.leftOut] } };
}

async function imported(text: string, partial = false): Promise<TestAccount> {
  const { account, description } = await read(text);
  account.transact((tx) => importNetwork(tx, description, partial));
  return account;
}

/** What a template with these resources leaves out, by logical id. */
async function leftOut(resources: string): Promise<ReadonlyMap<string, string>> {
  const { description } = await read(`Resources:\n${resources}`);
  return new Map(description.leftOut.map(({ what, why }) => [what.replace('network.yaml: ', ''), why]));
}

const THREE_TIERS = `
AWSTemplateFormatVersion: 2010-09-09
Parameters:
  Block: { Type: String, Default: 10.4.0.0/16 }
  WithDatabase: { Type: String, Default: "true" }
  WithBastion: { Type: String, Default: "false" }
  Ports: { Type: CommaDelimitedList, Default: "80, 443" }
Mappings:
  Sizes: { eu-west-1: { web: t3.small } }
Conditions:
  Database: !Equals [!Ref WithDatabase, "true"]
  Bastion: !And [!Condition Database, !Equals [!Ref WithBastion, "true"]]
Resources:
  Vpc:
    Type: AWS::EC2::VPC
    Properties:
      CidrBlock: !Ref Block
      EnableDnsHostnames: true
      Tags: [{ Key: Name, Value: !Sub "\${AWS::StackName}-\${AWS::Region}" }]
  Ipv6:
    Type: AWS::EC2::VPCCidrBlock
    Properties: { VpcId: !Ref Vpc, AmazonProvidedIpv6CidrBlock: true }
  Gateway: { Type: AWS::EC2::InternetGateway }
  Attached:
    Type: AWS::EC2::VPCGatewayAttachment
    Properties: { VpcId: !Ref Vpc, InternetGatewayId: !Ref Gateway }
  WebSubnet:
    Type: AWS::EC2::Subnet
    DependsOn: Ipv6
    Properties:
      VpcId: !Ref Vpc
      CidrBlock: !Select [0, !Cidr [!GetAtt Vpc.CidrBlock, 4, 8]]
      Ipv6CidrBlock: !Select [1, !Cidr [!Select [0, !GetAtt Vpc.Ipv6CidrBlocks], 4, 64]]
      AvailabilityZone: !Select [1, !GetAZs ""]
      MapPublicIpOnLaunch: true
  DataSubnet:
    Type: AWS::EC2::Subnet
    Properties:
      VpcId: !Ref Vpc
      CidrBlock: { "Fn::Select": [2, { "Fn::Cidr": [{ "Fn::GetAtt": [Vpc, CidrBlock] }, 4] }] }
  Open: { Type: AWS::EC2::RouteTable, Properties: { VpcId: !Ref Vpc } }
  Out:
    Type: AWS::EC2::Route
    DependsOn: Attached
    Properties: { RouteTableId: !Ref Open, DestinationCidrBlock: 0.0.0.0/0, GatewayId: !Ref Gateway }
  OpenWeb:
    Type: AWS::EC2::SubnetRouteTableAssociation
    Properties: { RouteTableId: !Ref Open, SubnetId: !Ref WebSubnet }
  Closed: { Type: AWS::EC2::RouteTable, Properties: { VpcId: !Ref Vpc } }
  ThroughNat:
    Type: AWS::EC2::Route
    Properties: { RouteTableId: !Ref Closed, DestinationCidrBlock: 0.0.0.0/0, NatGatewayId: !Ref Nat }
  ClosedData:
    Type: AWS::EC2::SubnetRouteTableAssociation
    Properties: { RouteTableId: !Ref Closed, SubnetId: !Ref DataSubnet }
  NatAddress: { Type: AWS::EC2::EIP, Properties: { Domain: vpc } }
  Nat:
    Type: AWS::EC2::NatGateway
    Properties: { AllocationId: !GetAtt NatAddress.AllocationId, SubnetId: !Ref WebSubnet }
  WebGroup:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: web
      VpcId: !Ref Vpc
      SecurityGroupIngress:
        - { IpProtocol: tcp, FromPort: !Select [1, !Ref Ports], ToPort: !Select [1, !Ref Ports], CidrIp: 0.0.0.0/0 }
  DataGroup:
    Type: AWS::EC2::SecurityGroup
    Condition: Database
    Properties: { GroupDescription: data, VpcId: !GetAtt Vpc.VpcId }
  DataFromWeb:
    Type: AWS::EC2::SecurityGroupIngress
    Properties:
      GroupId: !GetAtt DataGroup.GroupId
      IpProtocol: tcp
      FromPort: 5432
      ToPort: 5432
      SourceSecurityGroupId: !GetAtt WebGroup.GroupId
  DataAnswers:
    Type: AWS::EC2::SecurityGroupEgress
    Properties: { GroupId: !Ref DataGroup, IpProtocol: "-1", CidrIp: !Sub "\${Web.PrivateIp}/32" }
  Storage:
    Type: AWS::EC2::VPCEndpoint
    Properties: { VpcId: !Ref Vpc, ServiceName: !Sub "com.amazonaws.\${AWS::Region}.s3", RouteTableIds: [!Ref Closed] }
  Acl: { Type: AWS::EC2::NetworkAcl, Properties: { VpcId: !Ref Vpc } }
  AclIn:
    Type: AWS::EC2::NetworkAclEntry
    Properties: { NetworkAclId: !Ref Acl, RuleNumber: 100, Protocol: 6, RuleAction: allow, CidrBlock: !Ref Block, PortRange: { From: 1024, To: 65535 } }
  AclData:
    Type: AWS::EC2::SubnetNetworkAclAssociation
    Properties: { NetworkAclId: !Ref Acl, SubnetId: !Ref DataSubnet }
  Web:
    Type: AWS::EC2::Instance
    Properties:
      ImageId: "{{resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023}}"
      InstanceType: !FindInMap [Sizes, !Ref "AWS::Region", web]
      SubnetId: !Ref WebSubnet
      SecurityGroupIds: [!If [Bastion, !Ref DataGroup, !Ref "AWS::NoValue"], !Ref WebGroup]
      Tags: [{ Key: Name, Value: web }]
  Data:
    Type: AWS::EC2::Instance
    Properties:
      NetworkInterfaces:
        - { DeviceIndex: "0", SubnetId: !Ref DataSubnet, GroupSet: [!Ref DataGroup], PrivateIpAddress: 10.4.2.9 }
  BastionHost: { Type: AWS::EC2::Instance, Condition: Bastion, Properties: { SubnetId: !Ref WebSubnet } }
  Role: { Type: AWS::IAM::Role, Properties: {} }
`;

describe('a template', () => {
  test('becomes the network that a stack of it would have, with what a VPC is born with', async () => {
    const { call } = await imported(THREE_TIERS);
    const [vpc] = call('DescribeVpcs').Vpcs ?? [];
    equal(vpc?.CidrBlock, '10.4.0.0/16');
    deepEqual(vpc?.Tags, [{ Key: 'Name', Value: 'network-eu-west-1' }]);
    const ipv6 = vpc?.Ipv6CidrBlockAssociationSet?.[0]?.Ipv6CidrBlock ?? '';
    match(ipv6, /^3fff:.*\/56$/);
    deepEqual(
      call('DescribeSubnets')
        .Subnets?.map((one) => [one.CidrBlock, one.AvailabilityZone])
        .sort(),
      [
        ['10.4.0.0/24', 'eu-west-1b'],
        ['10.4.2.0/24', 'eu-west-1a'],
      ],
    );
    equal(call('DescribeRouteTables').RouteTables?.length, 3);
    equal(call('DescribeNetworkAcls').NetworkAcls?.length, 2);
    deepEqual(
      call('DescribeSecurityGroups')
        .SecurityGroups?.map(({ GroupName: name }) => name)
        .sort(),
      ['DataGroup', 'WebGroup', 'default'],
    );
    equal(
      call('DescribeNatGateways').NatGateways?.[0]?.NatGatewayAddresses?.[0]?.PublicIp?.startsWith('198.19.'),
      true,
    );
  });

  test('works its functions and conditions out with the defaults of its parameters', async () => {
    const { call } = await imported(THREE_TIERS);
    const instances = (call('DescribeInstances').Reservations ?? []).flatMap(({ Instances = [] }) => Instances);
    equal(instances.length, 2);
    const web = instances.find(({ Tags = [] }) => Tags.length > 0);
    equal(web?.InstanceType, 't3.small');
    deepEqual(
      web?.SecurityGroups?.map(({ GroupName: name }) => name),
      ['WebGroup'],
    );
    const groups = call('DescribeSecurityGroups').SecurityGroups ?? [];
    const named = (name: string) => groups.find((one) => one.GroupName === name);
    equal(named('WebGroup')?.IpPermissions?.[0]?.FromPort, 443);
    deepEqual(
      named('DataGroup')?.IpPermissionsEgress?.map(({ IpRanges }) => IpRanges),
      [[{ CidrIp: `${web?.PrivateIpAddress}/32` }]],
    );
    deepEqual(named('WebGroup')?.IpPermissionsEgress?.[0]?.IpRanges, [{ CidrIp: '0.0.0.0/0' }]);
    deepEqual(
      named('DataGroup')?.IpPermissions?.[0]?.UserIdGroupPairs?.map(({ GroupId: id }) => id),
      [named('WebGroup')?.GroupId],
    );
  });

  test('leads to services of AWS by endpoints', async () => {
    const { call } = await imported(THREE_TIERS);
    const [endpoint] = call('DescribeVpcEndpoints').VpcEndpoints ?? [];
    equal(endpoint?.ServiceName, 'com.amazonaws.eu-west-1.s3');
    equal(endpoint?.RouteTableIds?.length, 1);
    match(
      (await leftOut('  X: { Type: AWS::EC2::VPCEndpoint, Properties: { VpcEndpointType: Resource } }')).get('X') ?? '',
      /type Resource/,
    );
  });

  test('has endpoint services with the instances behind their load balancers', async () => {
    const { call } = await imported(`${THREE_TIERS}
  Balancer:
    Type: AWS::ElasticLoadBalancingV2::LoadBalancer
    Properties: { Type: network, Name: shop, Subnets: [!Ref WebSubnet] }
  Targets:
    Type: AWS::ElasticLoadBalancingV2::TargetGroup
    Properties: { Port: 443, Protocol: TCP, Targets: [{ Id: !Ref Web }] }
  Listener:
    Type: AWS::ElasticLoadBalancingV2::Listener
    Properties:
      LoadBalancerArn: !Ref Balancer
      Port: 443
      DefaultActions: [{ Type: forward, TargetGroupArn: !Ref Targets }]
  Service:
    Type: AWS::EC2::VPCEndpointService
    Properties: { AcceptanceRequired: false, NetworkLoadBalancerArns: [!Ref Balancer] }
  Allowed:
    Type: AWS::EC2::VPCEndpointServicePermissions
    Properties: { ServiceId: !Ref Service, AllowedPrincipals: ['*'] }
  Shop:
    Type: AWS::EC2::VPCEndpoint
    Properties:
      VpcEndpointType: Interface
      ServiceName: !Sub com.amazonaws.vpce.\${AWS::Region}.\${Service}
      VpcId: !Ref Vpc
      SubnetIds: [!Ref WebSubnet]
`);
    const [connection] = call('DescribeVpcEndpointConnections').VpcEndpointConnections ?? [];
    equal(connection?.VpcEndpointState as string, 'available');
    const [service] = call('DescribeVpcEndpointServiceConfigurations').ServiceConfigurations ?? [];
    equal(service?.ServiceId, connection?.ServiceId);
    const Filters = [{ Name: 'tag:localvpc:load-balancer', Values: ['shop'] }];
    equal(call('DescribeInstances', { Filters }).Reservations?.length, 1);
  });

  test('gives public addresses to instances of public subnets alone', async () => {
    const { description } = await read(THREE_TIERS);
    const interfaces = description.scopes[0]?.resources.NetworkInterfaces ?? [];
    deepEqual(
      interfaces.map(({ Association: one }) => one?.PublicIp?.startsWith('198.19.') ?? false),
      [true, false, false],
    );
  });

  test('has the same ids in every reading, and names what it leaves away', async () => {
    const [one, other] = [await read(THREE_TIERS), await read(THREE_TIERS)];
    deepEqual(one.description, other.description);
    deepEqual(
      one.description.ignored.map(({ what }) => what),
      ['network.yaml: BastionHost', 'network.yaml: Role'],
    );
    deepEqual(one.description.leftOut, []);
  });

  test('is read from JSON as well', async () => {
    const { description } = await read(
      '{"Resources": {"V": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": {"Fn::Join": ["", ["10.0.0.0", "/", "16"]]}}}}}',
      'template.json',
    );
    equal(description.scopes[0]?.resources.Vpcs[0]?.CidrBlock, '10.0.0.0/16');
  });
});

describe('what a template does not tell', () => {
  const rows: readonly (readonly [what: string, resource: string, why: RegExp])[] = [
    ['something that is not there', 'AWS::EC2::VPC, Properties: { CidrBlock: !Ref Cidr }', /Cidr is not there/],
    [
      'an export of another stack',
      'AWS::EC2::Subnet, Properties: { VpcId: !ImportValue net }',
      /net, which another stack/,
    ],
    ['a block from IPAM', 'AWS::EC2::VPC, Properties: { Ipv4IpamPoolId: pool }', /comes from a pool/],
    ['a resource in a circle', 'AWS::EC2::VPC, Properties: { CidrBlock: !GetAtt X.CidrBlock }', /refers to itself/],
    ['a mapping’s missing key', 'AWS::EC2::VPC, Properties: { CidrBlock: !FindInMap [a, b, c] }', /nothing for b, c/],
    ['an element beyond the end', 'AWS::EC2::VPC, Properties: { CidrBlock: !Select [3, [a]] }', /no element 3 of 1/],
    ['too many parts', 'AWS::EC2::VPC, Properties: { CidrBlock: !Join [x, !Cidr [10.0.0.0/24, 9, 6]] }', /9 parts/],
    [
      'a macro among the properties',
      'AWS::EC2::VPC, Properties: { CidrBlock: 10.0.0.0/16, "Fn::Transform": { Name: x } }',
      /macros are not expanded/,
    ],
    [
      'a macro',
      'AWS::EC2::VPC, Properties: { "Fn::Transform": { Name: x }, CidrBlock: !Transform { Name: x } }',
      /macros/,
    ],
    ['a condition that is not there', 'AWS::EC2::VPC, Condition: None', /no condition None/],
    [
      'a value of a wrong kind',
      'AWS::EC2::VPC, Properties: { CidrBlock: [10.0.0.0/16] }',
      /CidrBlock should be a text/,
    ],
    ['a type that matters', 'AWS::EC2::TransitGatewayConnect', /does not read AWS::EC2::TransitGatewayConnect/],
    ['a nested stack', 'AWS::CloudFormation::Stack', /does not read AWS::CloudFormation::Stack/],
    ['a route to nowhere', 'AWS::EC2::Route, Properties: { RouteTableId: rtb-1 }', /not part of the template/],
    ['an instance without a subnet', 'AWS::EC2::Instance', /names no subnet/],
  ];
  for (const [what, resource, why] of rows)
    test(`${what} is named with the resource that needs it`, async () => {
      match((await leftOut(`  X: { Type: ${resource} }`)).get('X') ?? '', why);
    });

  test('a parameter without a default is named, and a zone is the Region’s first', async () => {
    const parameters = 'Parameters: { Cidr: { Type: String }, Zone: { Type: "AWS::EC2::AvailabilityZone::Name" } }';
    const { description } = await read(`${parameters}
Resources:
  A: { Type: AWS::EC2::VPC, Properties: { CidrBlock: !Ref Cidr } }
  B: { Type: AWS::EC2::Subnet, Properties: { VpcId: vpc-1, AvailabilityZone: !Ref Zone } }`);
    deepEqual(description.leftOut, [
      { what: 'network.yaml: A', why: 'the parameter Cidr has no default, and no value was given' },
    ]);
    equal(description.scopes[0]?.resources.Subnets[0]?.AvailabilityZone, 'eu-west-1a');
  });

  const ASKED = `
Parameters:
  Cidr: { Type: String, AllowedPattern: "10[.].*" }
  Stage: { Type: String, Default: test, AllowedValues: [test, production] }
  Zones: { Type: CommaDelimitedList, Default: eu-west-1a }
Conditions: { Production: !Equals [!Ref Stage, production] }
Resources:
  A: { Type: AWS::EC2::VPC, Properties: { CidrBlock: !Ref Cidr } }
  B: { Type: AWS::EC2::Subnet, Condition: Production, Properties: { VpcId: !Ref A, CidrBlock: !Ref Cidr, AvailabilityZone: !Select [1, !Ref Zones] } }`;

  test('a parameter has the value that it was given, also in conditions and as a list', async () => {
    const parameters = { Cidr: '10.7.0.0/16', Stage: 'production', Zones: 'eu-west-1a, eu-west-1c' };
    const { description } = await read(ASKED, 'network.yaml', parameters);
    deepEqual(description.leftOut, []);
    const { Vpcs, Subnets } = description.scopes[0]?.resources ?? {};
    deepEqual([Vpcs?.[0]?.CidrBlock, Subnets?.[0]?.AvailabilityZone], ['10.7.0.0/16', 'eu-west-1c']);
  });

  test('a value that a parameter does not allow, and one for a parameter that nobody declares, are named', async () => {
    const { description } = await read(ASKED, 'network.yaml', { Cidr: '172.16.0.0/16', Stage: 'live', Stag: 'test' });
    deepEqual(
      description.leftOut.map(({ what, why }) => `${what}: ${why}`),
      [
        'network.yaml: B: the parameter Stage may be test, production, and not live',
        'network.yaml: A: the parameter Cidr must match 10[.].*, and 172.16.0.0/16 does not',
        'parameter Stag: no template that was read declares it',
      ],
    );
  });

  test('parameters come in files as AWS’s tools have them', () => {
    const values = { Cidr: '10.7.0.0/16', Count: '2' };
    deepEqual(
      parametersIn([
        { ParameterKey: 'Cidr', ParameterValue: '10.7.0.0/16' },
        { ParameterKey: 'Count', ParameterValue: '2' },
      ]),
      values,
    );
    deepEqual(parametersIn({ Parameters: { Cidr: '10.7.0.0/16', Count: 2 } }), values);
    deepEqual(parametersIn(values), values);
    for (const other of ['x', [1], [{ Key: 'Cidr' }], { Cidr: ['10.7.0.0/16'] }]) equal(parametersIn(other), undefined);
  });

  test('a file that is no YAML is named with the line', async () => {
    const { description } = await read('Resources:\n  A: [');
    match(description.leftOut[0]?.why ?? '', /^it is not YAML: .* at line 2/);
    const { description: two } = await read('a: 1\n---\nb: 2');
    match(two.leftOut[0]?.why ?? '', /several documents/);
    const bomb = `a: &a [${'1,'.repeat(20)}1]\nb: &b [${'*a,'.repeat(20)}*a]\nc: [${'*b,'.repeat(20)}*b]`;
    match((await read(bomb)).description.leftOut[0]?.why ?? '', /not YAML/);
  });
});
