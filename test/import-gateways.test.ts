/** Transit gateways and VPN in code: a CloudFormation template and a Terraform plan of one network lead packets alike. */
import { deepEqual, equal } from 'node:assert/strict';
import { describe, test } from 'node:test';
import { importNetwork } from '../src/import/import-network.ts';
import { readDescription } from '../src/import/read-description.ts';
import { yamlAsJson } from '../src/import/yaml-as-json.ts';
import { type TestAccount, testAccount } from '../src/testing/account.ts';
import { questionOf, traceIn } from '../src/testing/questions.ts';

/** Two VPCs at a transit gateway; the first has a virtual private gateway that leads to 192.168.0.0/16. */
const TEMPLATE = `
Resources:
  ${['One', 'Two'].map((name, index) => vpcYaml(name, `10.${index + 1}`)).join('\n  ')}
  Hub: { Type: AWS::EC2::TransitGateway, Properties: { AmazonSideAsn: 64600 } }
  OneAtHub: { Type: AWS::EC2::TransitGatewayAttachment, Properties: { TransitGatewayId: !Ref Hub, VpcId: !Ref One, SubnetIds: [!Ref OneSubnet] } }
  TwoAtHub: { Type: AWS::EC2::TransitGatewayVpcAttachment, Properties: { TransitGatewayId: !Ref Hub, VpcId: !Ref Two, SubnetIds: [!Ref TwoSubnet] } }
  Site: { Type: AWS::EC2::CustomerGateway, Properties: { Type: ipsec.1, BgpAsn: 65000, IpAddress: 203.0.113.5 } }
  Vgw: { Type: AWS::EC2::VPNGateway, Properties: { Type: ipsec.1 } }
  VgwAtOne: { Type: AWS::EC2::VPCGatewayAttachment, Properties: { VpcId: !Ref One, VpnGatewayId: !Ref Vgw } }
  Vpn: { Type: AWS::EC2::VPNConnection, Properties: { Type: ipsec.1, CustomerGatewayId: !Ref Site, VpnGatewayId: !Ref Vgw, StaticRoutesOnly: true } }
  VpnRoute: { Type: AWS::EC2::VPNConnectionRoute, Properties: { VpnConnectionId: !Ref Vpn, DestinationCidrBlock: 192.168.0.0/16 } }
  Learn: { Type: AWS::EC2::VPNGatewayRoutePropagation, Properties: { RouteTableIds: [!Ref OneTable], VpnGatewayId: !Ref Vgw } }
  Closed: { Type: AWS::EC2::TransitGatewayRouteTable, Properties: { TransitGatewayId: !Ref Hub } }
`;

function vpcYaml(name: string, block: string): string {
  return `${name}: { Type: AWS::EC2::VPC, Properties: { CidrBlock: ${block}.0.0/16 } }
  ${name}Subnet: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref ${name}, CidrBlock: ${block}.1.0/24 } }
  ${name}Table: { Type: AWS::EC2::RouteTable, Properties: { VpcId: !Ref ${name} } }
  ${name}Association: { Type: AWS::EC2::SubnetRouteTableAssociation, Properties: { SubnetId: !Ref ${name}Subnet, RouteTableId: !Ref ${name}Table } }
  ${name}ToHub: { Type: AWS::EC2::Route, Properties: { RouteTableId: !Ref ${name}Table, DestinationCidrBlock: 10.0.0.0/8, TransitGatewayId: !Ref Hub } }
  ${name}Group: { Type: AWS::EC2::SecurityGroup, Properties: { VpcId: !Ref ${name}, GroupDescription: all, SecurityGroupIngress: [{ IpProtocol: -1, CidrIp: 0.0.0.0/0 }] } }
  ${name}Host: { Type: AWS::EC2::Instance, Properties: { InstanceType: t3.micro, SubnetId: !Ref ${name}Subnet, SecurityGroupIds: [!Ref ${name}Group], Tags: [{ Key: Name, Value: ${name} }] } }`;
}

interface Planned {
  readonly type: string;
  readonly name: string;
  readonly values?: object;
  /** Attributes that refer to "type.name". */
  readonly refers?: Readonly<Record<string, string | readonly string[]>>;
}

function vpcPlanned(name: string, block: string): readonly Planned[] {
  const own = (type: string) => `${type}.${name}`;
  const inVpc = { vpc_id: own('aws_vpc') };
  return [
    { type: 'aws_vpc', name, values: { cidr_block: `${block}.0.0/16` } },
    {
      type: 'aws_subnet',
      name,
      values: { cidr_block: `${block}.1.0/24`, availability_zone: 'eu-west-1a' },
      refers: inVpc,
    },
    { type: 'aws_route_table', name, refers: inVpc },
    {
      type: 'aws_route_table_association',
      name,
      refers: { subnet_id: own('aws_subnet'), route_table_id: own('aws_route_table') },
    },
    {
      type: 'aws_route',
      name,
      values: { destination_cidr_block: '10.0.0.0/8' },
      refers: { route_table_id: own('aws_route_table'), transit_gateway_id: 'aws_ec2_transit_gateway.hub' },
    },
    {
      type: 'aws_security_group',
      name,
      values: {
        name,
        ingress: [{ protocol: '-1', from_port: 0, to_port: 0, cidr_blocks: ['0.0.0.0/0'] }],
        egress: [{ protocol: '-1', from_port: 0, to_port: 0, cidr_blocks: ['0.0.0.0/0'] }],
      },
      refers: inVpc,
    },
    {
      type: 'aws_instance',
      name,
      values: { instance_type: 't3.micro', tags_all: { Name: name } },
      refers: { subnet_id: own('aws_subnet'), vpc_security_group_ids: [own('aws_security_group')] },
    },
    {
      type: 'aws_ec2_transit_gateway_vpc_attachment',
      name,
      refers: {
        ...inVpc,
        subnet_ids: [own('aws_subnet')],
        transit_gateway_id: 'aws_ec2_transit_gateway.hub',
      },
    },
  ];
}

const PLANNED: readonly Planned[] = [
  ...vpcPlanned('One', '10.1'),
  ...vpcPlanned('Two', '10.2'),
  { type: 'aws_ec2_transit_gateway', name: 'hub', values: { amazon_side_asn: 64600 } },
  {
    type: 'aws_ec2_transit_gateway_route_table',
    name: 'closed',
    refers: { transit_gateway_id: 'aws_ec2_transit_gateway.hub' },
  },
  {
    type: 'aws_customer_gateway',
    name: 'site',
    values: { ip_address: '203.0.113.5', bgp_asn: '65000', type: 'ipsec.1' },
  },
  { type: 'aws_vpn_gateway', name: 'main', refers: { vpc_id: 'aws_vpc.One' } },
  {
    type: 'aws_vpn_connection',
    name: 'main',
    values: { static_routes_only: true, type: 'ipsec.1' },
    refers: { customer_gateway_id: 'aws_customer_gateway.site', vpn_gateway_id: 'aws_vpn_gateway.main' },
  },
  {
    type: 'aws_vpn_connection_route',
    name: 'main',
    values: { destination_cidr_block: '192.168.0.0/16' },
    refers: { vpn_connection_id: 'aws_vpn_connection.main' },
  },
  {
    type: 'aws_vpn_gateway_route_propagation',
    name: 'main',
    refers: { vpn_gateway_id: 'aws_vpn_gateway.main', route_table_id: 'aws_route_table.One' },
  },
];

/** As `terraform show -json plan` prints it, for the network of the template. */
const PLAN = JSON.stringify({
  format_version: '1.2',
  planned_values: {
    root_module: {
      resources: PLANNED.map(({ type, name, values = {} }) => ({
        address: `${type}.${name}`,
        mode: 'managed',
        type,
        name,
        values,
      })),
    },
  },
  configuration: {
    root_module: {
      resources: PLANNED.map(({ type, name, refers = {} }) => ({
        mode: 'managed',
        type,
        name,
        expressions: Object.fromEntries(
          Object.entries(refers).map(([attribute, to]) => [
            attribute,
            { references: [to].flat().flatMap((one) => [`${one}.id`, one]) },
          ]),
        ),
      })),
    },
  },
});

async function imported(path: string, text: string): Promise<TestAccount> {
  const account = testAccount({ region: 'eu-west-1' });
  const json = await yamlAsJson([{ path, text }]);
  const description = readDescription(json.files, account.scope);
  deepEqual(description.leftOut, []);
  account.transact((tx) => importNetwork(tx, description, false));
  return account;
}

for (const [form, path, text] of [
  ['a CloudFormation template', 'network.yaml', TEMPLATE],
  ['a Terraform plan', 'plan.json', PLAN],
] as const)
  describe(form, () => {
    test('with a transit gateway leads packets between its VPCs, until a table without routes is asked', async () => {
      const account = await imported(path, text);
      const question = questionOf('One', 'Two', { tcp: 443 });
      const { forward, reply } = traceIn(account, question);
      deepEqual([forward.verdict, reply?.verdict], ['delivered', 'delivered']);
      const { TransitGatewayRouteTables: tables = [], TransitGatewayAttachments: attachments = [] } = {
        ...account.call('DescribeTransitGatewayRouteTables'),
        ...account.call('DescribeTransitGatewayAttachments'),
      };
      equal(attachments.length, 2);
      const closed = tables.find(({ DefaultAssociationRouteTable: isDefault }) => !isDefault);
      for (const {
        TransitGatewayAttachmentId = '',
        Association: { TransitGatewayRouteTableId = '' } = {},
      } of attachments) {
        account.call('DisassociateTransitGatewayRouteTable', {
          TransitGatewayAttachmentId,
          TransitGatewayRouteTableId,
        });
        account.call('AssociateTransitGatewayRouteTable', {
          TransitGatewayAttachmentId,
          TransitGatewayRouteTableId: closed?.TransitGatewayRouteTableId ?? '',
        });
      }
      equal(traceIn(account, question).forward.code, 'TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT');
    });

    test('with a virtual private gateway leads packets to the site and its answers back', async () => {
      const { forward, reply } = traceIn(await imported(path, text), questionOf('One', 'site', { tcp: 443 }));
      deepEqual([forward.deliveredTo, reply?.verdict], ['site', 'delivered']);
    });
  });
