/** Regional NAT gateways of Terraform plans and CloudFormation templates: both modes become what EC2 would describe. */
import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { importNetwork } from '../src/import/import-network.ts';
import { readDescription } from '../src/import/read-description.ts';
import { yamlAsJson } from '../src/import/yaml-as-json.ts';
import { type TestAccount, testAccount } from '../src/testing/account.ts';
import { type Planned, plan, reference } from './fixture/terraform-plan.ts';

async function imported(path: string, text: string): Promise<TestAccount> {
  const account = testAccount({ region: 'eu-west-1' });
  const { files } = await yamlAsJson([{ path, text }]);
  account.transact((tx) => importNetwork(tx, readDescription(files, account.scope), false));
  return account;
}

/** Mode and zones of each gateway, and where its own table leads. */
const shown = ({ call }: TestAccount) =>
  (call('DescribeNatGateways').NatGateways ?? []).map((one) => {
    const [table] = call('DescribeRouteTables', { RouteTableIds: [one.RouteTableId ?? ''] }).RouteTables ?? [];
    return [
      one.AutoProvisionZones,
      one.NatGatewayAddresses?.map(({ AvailabilityZone }) => AvailabilityZone),
      table?.Routes?.map(({ GatewayId }) => GatewayId?.slice(0, 3)),
    ];
  });

const BOTH = [
  ['enabled', ['eu-west-1b'], ['loc', 'igw']],
  ['disabled', ['eu-west-1a', 'eu-west-1a'], ['loc', 'igw']],
];

test('a plan has regional NAT gateways, of which automatic ones stand where its interfaces will be', async () => {
  const inVpc = { vpc_id: 'aws_vpc.main.id' };
  const mode = { availability_mode: 'regional' };
  const resources: readonly Planned[] = [
    { type: 'aws_vpc', name: 'main', values: { cidr_block: '10.0.0.0/16' } },
    { type: 'aws_internet_gateway', name: 'main', refers: inVpc },
    {
      type: 'aws_subnet',
      name: 'web',
      values: { cidr_block: '10.0.1.0/24', availability_zone: 'eu-west-1b' },
      refers: inVpc,
    },
    { type: 'aws_network_interface', name: 'web', refers: { subnet_id: 'aws_subnet.web.id' } },
    { type: 'aws_eip', name: 'one' },
    { type: 'aws_eip', name: 'two' },
    { type: 'aws_nat_gateway', name: 'automatic', values: mode, refers: inVpc },
    {
      type: 'aws_nat_gateway',
      name: 'manual',
      values: { ...mode, availability_zone_address: [{ availability_zone: 'eu-west-1a' }] },
      refers: inVpc,
      expressions: {
        availability_zone_address: [
          {
            availability_zone: { constant_value: 'eu-west-1a' },
            allocation_ids: {
              references: [...reference('aws_eip.one.id').references, ...reference('aws_eip.two.id').references],
            },
          },
        ],
      },
    },
  ];
  deepEqual(shown(await imported('plan.json', plan(resources))), BOTH);
});

test('a template has them as well', async () => {
  const template = `
Resources:
  Vpc: { Type: AWS::EC2::VPC, Properties: { CidrBlock: 10.0.0.0/16 } }
  Gateway: { Type: AWS::EC2::InternetGateway }
  Attached: { Type: AWS::EC2::VPCGatewayAttachment, Properties: { VpcId: !Ref Vpc, InternetGatewayId: !Ref Gateway } }
  Web: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24, AvailabilityZone: eu-west-1b } }
  Eni: { Type: AWS::EC2::NetworkInterface, Properties: { SubnetId: !Ref Web } }
  One: { Type: AWS::EC2::EIP }
  Two: { Type: AWS::EC2::EIP }
  Automatic: { Type: AWS::EC2::NatGateway, Properties: { VpcId: !Ref Vpc, AvailabilityMode: regional } }
  Manual:
    Type: AWS::EC2::NatGateway
    Properties:
      VpcId: !Ref Vpc
      AvailabilityMode: regional
      AvailabilityZoneAddresses:
        - AvailabilityZone: eu-west-1a
          AllocationIds: [!GetAtt One.AllocationId, !GetAtt Two.AllocationId]
`;
  deepEqual(shown(await imported('network.yaml', template)), BOTH);
});
