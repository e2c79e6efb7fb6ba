/** Described VPC endpoints whose services are somebody else's: described with them, offered to them, or not at all. */
import { deepEqual, equal, match, throws } from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ImportRefused } from '../src/import/import-network.ts';
import { imported } from './fixture/described-network.ts';

const SERVICE = 'vpce-svc-0c0c0c0c0c0c0c0c0';
const NETWORK = {
  Vpcs: [{ VpcId: 'vpc-0a0a0a0a', CidrBlock: '10.0.0.0/16', OwnerId: '123456789012' }],
  Subnets: [
    { SubnetId: 'subnet-0a0a0a0a', VpcId: 'vpc-0a0a0a0a', CidrBlock: '10.0.1.0/24', AvailabilityZone: 'us-east-1a' },
  ],
  RouteTables: [
    {
      RouteTableId: 'rtb-0a0a0a0a',
      VpcId: 'vpc-0a0a0a0a',
      Associations: [{ RouteTableAssociationId: 'rtbassoc-0a0a0a0a', Main: true }],
      Routes: [{ DestinationCidrBlock: '10.0.0.0/16', GatewayId: 'local' }],
    },
  ],
  NetworkAcls: [],
  SecurityGroups: [{ GroupId: 'sg-0a0a0a0a', GroupName: 'default', VpcId: 'vpc-0a0a0a0a', Description: 'default' }],
  NetworkInterfaces: [
    {
      NetworkInterfaceId: 'eni-0a0a0a0a',
      SubnetId: 'subnet-0a0a0a0a',
      VpcId: 'vpc-0a0a0a0a',
      InterfaceType: 'vpc_endpoint',
      PrivateIpAddress: '10.0.1.9',
      Groups: [{ GroupId: 'sg-0a0a0a0a' }],
      RequesterManaged: true,
      Attachment: { InstanceOwnerId: 'amazon-aws', Status: 'attached' },
    },
  ],
};

const endpointTo = (ServiceName: string, more: object = {}) => ({
  VpcEndpointId: 'vpce-0a0a0a0a',
  VpcEndpointType: 'Interface',
  VpcId: 'vpc-0a0a0a0a',
  ServiceName,
  State: 'available',
  NetworkInterfaceIds: ['eni-0a0a0a0a'],
  DnsEntries: [{ DnsName: 'vpce-0a0a0a0a-abcd1234.example.com' }],
  ...more,
});

const files = (more: object) => [{ path: 'network.json', text: JSON.stringify({ ...NETWORK, ...more }) }];
const toAccount = `com.amazonaws.vpce.us-east-1.${SERVICE}`;

describe('an imported interface endpoint', () => {
  test('to a service that is not described stands where it stood, and it is said that nothing answers', () => {
    const { account, done } = imported(files({ VpcEndpoints: [endpointTo(toAccount)] }));
    const [made] = account.call('DescribeVpcEndpoints').VpcEndpoints ?? [];
    deepEqual([made?.NetworkInterfaceIds, made?.Groups?.[0]?.GroupId], [['eni-0a0a0a0a'], 'sg-0a0a0a0a']);
    match(made?.DnsEntries?.[0]?.DnsName ?? '', new RegExp(`^vpce-0a0a0a0a-abcd1234\\.${SERVICE}\\.us-east-1\\.vpce`));
    match(done.ignored.find(({ what }) => what === 'vpce-0a0a0a0a')?.why ?? '', /nothing answers behind it/);
    equal(done.ignored.filter(({ what }) => what === 'eni-0a0a0a0a').length, 0);
    account.call('DeleteVpcEndpoints', { VpcEndpointIds: ['vpce-0a0a0a0a'] });
  });

  test('to a service that another account offers has that one’s private name', () => {
    const offered = {
      ServiceId: SERVICE,
      ServiceName: toAccount,
      Owner: '222222222222',
      PrivateDnsName: 'shop.example.com',
      PrivateDnsNameVerificationState: 'verified',
    };
    const { account } = imported(
      files({
        ServiceDetails: [offered, { ServiceName: 'com.amazonaws.us-east-1.ssm', Owner: 'amazon' }],
        ServiceNames: [toAccount],
        VpcEndpoints: [endpointTo(toAccount, { PrivateDnsEnabled: true })],
      }),
    );
    const [made] = account.call('DescribeVpcEndpoints').VpcEndpoints ?? [];
    equal(made?.DnsEntries?.at(-1)?.DnsName, 'shop.example.com');
  });

  test('to any service of AWS is taken over, to S3 too', () => {
    for (const [service, name] of [
      ['s3', 's3.us-east-1.amazonaws.com'],
      ['sagemaker.runtime', 'runtime.sagemaker.us-east-1.amazonaws.com'],
    ] as const) {
      const endpoint = endpointTo(`com.amazonaws.us-east-1.${service}`, { PrivateDnsEnabled: true });
      const { account } = imported(files({ VpcEndpoints: [endpoint] }));
      const [made] = account.call('DescribeVpcEndpoints').VpcEndpoints ?? [];
      equal(made?.DnsEntries?.at(-1)?.DnsName, name);
    }
  });

  test('whose interfaces are not described is left out', () => {
    const endpoint = endpointTo('com.amazonaws.us-east-1.ssm', { NetworkInterfaceIds: ['eni-0b0b0b0b'] });
    throws(
      () => imported(files({ VpcEndpoints: [endpoint] })),
      (error) => error instanceof ImportRefused && /eni-0b0b0b0b is not described/.test(error.leftOut[0]?.why ?? ''),
    );
  });
});
