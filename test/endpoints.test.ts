/** VPC endpoints as programs see them: a service of AWS in the outside world, and a private service in another account. */
import { equal, match, notEqual } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  CreateVpcEndpointCommand,
  CreateVpcEndpointServiceConfigurationCommand,
  DeleteVpcEndpointsCommand,
  DescribeNetworkInterfacesCommand,
  DescribePrefixListsCommand,
  ModifyVpcAttributeCommand,
  ModifyVpcEndpointCommand,
  ModifyVpcEndpointServiceConfigurationCommand,
  ModifyVpcEndpointServicePermissionsCommand,
  StartVpcEndpointServicePrivateDnsVerificationCommand,
} from '@aws-sdk/client-ec2';
import { balance, elbv2 } from './fixture/elbv2.ts';
import { skip } from './fixture/guests-here.ts';
import { launch, type RunningInstance } from './fixture/instances.ts';
import { LocalVpc } from './fixture/localvpc.ts';
import { present } from './fixture/present.ts';
import { allow, createGroup, createRouteTable, createSubnet, createVpc, EVERYTHING, tcp } from './fixture/vpc.ts';
import { isDropped, reaches, serve } from './fixture/web.ts';

const PROVIDER = '222222222222';
const CIDR = '10.0.0.0/16';

describe('VPC endpoints', { skip }, () => {
  let localvpc: LocalVpc;
  let vpcId = '';
  let subnetId = '';
  let routeTableId = '';
  let client: RunningInstance;

  before(async () => {
    localvpc = await LocalVpc.start();
    vpcId = await createVpc(localvpc.ec2, CIDR);
    subnetId = await createSubnet(localvpc.ec2, vpcId, '10.0.1.0/24');
    routeTableId = await createRouteTable(localvpc.ec2, vpcId, subnetId);
    client = await launch(localvpc, { subnetId, groups: [await createGroup(localvpc.ec2, vpcId)] });
  });
  after(() => localvpc.close());

  test('a gateway endpoint is the way of a private subnet to what listens at the service’s addresses', async () => {
    const ServiceName = 'com.amazonaws.us-east-1.s3';
    const { PrefixLists } = await localvpc.ec2.send(
      new DescribePrefixListsCommand({ Filters: [{ Name: 'prefix-list-name', Values: [ServiceName] }] }),
    );
    const address = present(PrefixLists?.[0]?.Cidrs?.[0], 'Cidrs').replace('/32', '');
    const web = await localvpc.internet(
      'sh',
      '-c',
      `mkdir -p /srv/s3 && echo a bucket > /srv/s3/index.html && busybox httpd -p 80 -h /srv/s3`,
    );
    equal(web.status, 0, web.stderr);
    const ask = () =>
      localvpc.exec(client, 'curl', '-sS', '--max-time', '1', 'http://my-bucket.s3.us-east-1.amazonaws.com/');
    notEqual((await ask()).status, 0, 'without a route nothing leaves');
    const { VpcEndpoint } = await localvpc.ec2.send(
      new CreateVpcEndpointCommand({ VpcId: vpcId, ServiceName, RouteTableIds: [routeTableId] }),
    );
    const { status, stdout, stderr } = await ask();
    equal(status, 0, stderr);
    equal(stdout, 'a bucket\n');
    const pinged = await localvpc.exec(client, 'ping', '-c', '1', '-W', '1', address);
    equal(pinged.status, 0, pinged.stdout);
    const VpcEndpointId = present(VpcEndpoint?.VpcEndpointId, 'VpcEndpointId');
    await localvpc.ec2.send(new ModifyVpcEndpointCommand({ VpcEndpointId, RemoveRouteTableIds: [routeTableId] }));
    notEqual((await ask()).status, 0, 'the route went with the table');
    await localvpc.ec2.send(new DeleteVpcEndpointsCommand({ VpcEndpointIds: [VpcEndpointId] }));
  });

  test('an endpoint to EC2 leads to localvpc’s own API in its owner’s name; others lead to what is run for them, and refuse the rest', async () => {
    await localvpc.ec2.send(new ModifyVpcAttributeCommand({ VpcId: vpcId, EnableDnsHostnames: { Value: true } }));
    const group = await createGroup(localvpc.ec2, vpcId);
    await allow(localvpc.ec2, group, tcp(80));
    await allow(localvpc.ec2, group, tcp(81));
    const make = (service: string) =>
      localvpc.ec2.send(
        new CreateVpcEndpointCommand({
          VpcId: vpcId,
          VpcEndpointType: 'Interface',
          ServiceName: `com.amazonaws.us-east-1.${service}`,
          SubnetIds: [subnetId],
          SecurityGroupIds: [group],
        }),
      );
    const ask = (url: string, ...more: string[]) =>
      localvpc.exec(client, 'curl', '-sS', '--max-time', '2', ...more, url);
    await make('ec2');
    // Another account in the signature changes nothing.
    const claim = `Credential=${PROVIDER}/20260101/us-east-1/ec2/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`;
    const question = 'http://ec2.us-east-1.amazonaws.com/?Action=DescribeVpcs&Version=2016-11-15';
    const answer = await ask(question, '--header', `Authorization: AWS4-HMAC-SHA256 ${claim}`);
    match(answer.stdout, new RegExp(`<vpcId>${vpcId}</vpcId>`), answer.stderr);
    notEqual((await ask('http://169.254.169.80/')).status, 0, 'by an endpoint alone');
    await make('ssm');
    // What the test before has started listens at every address of the outside world, at this port alone.
    equal((await ask('http://ssm.us-east-1.amazonaws.com/')).stdout, 'a bucket\n');
    match((await ask('http://ssm.us-east-1.amazonaws.com:81/')).stderr, /refused|connect to/i);
  });

  test('an interface endpoint leads to another account’s service by name, though both VPCs have the same block', async () => {
    const there = localvpc.client({ account: PROVIDER });
    const providerVpc = await createVpc(there, CIDR);
    const providerSubnet = await createSubnet(there, providerVpc, '10.0.1.0/24');
    const serverGroup = await createGroup(there, providerVpc, EVERYTHING);
    const server = await launch(localvpc, {
      subnetId: providerSubnet,
      groups: [serverGroup],
      ec2: there,
      privateAddress: client.address,
    });
    await serve(localvpc, server, 80);
    const asked = { name: 'shop', vpcId: providerVpc, subnets: [providerSubnet], port: 80, targets: [server] };
    const { arn } = await balance(elbv2(localvpc, PROVIDER), asked);
    const { ServiceConfiguration } = await there.send(
      new CreateVpcEndpointServiceConfigurationCommand({ NetworkLoadBalancerArns: [arn], AcceptanceRequired: false }),
    );
    const ServiceId = present(ServiceConfiguration?.ServiceId, 'ServiceId');
    await there.send(new ModifyVpcEndpointServicePermissionsCommand({ ServiceId, AddAllowedPrincipals: ['*'] }));
    await there.send(
      new ModifyVpcEndpointServiceConfigurationCommand({ ServiceId, PrivateDnsName: 'api.shop.example' }),
    );
    await there.send(new StartVpcEndpointServicePrivateDnsVerificationCommand({ ServiceId }));
    await localvpc.ec2.send(new ModifyVpcAttributeCommand({ VpcId: vpcId, EnableDnsHostnames: { Value: true } }));
    const group = await createGroup(localvpc.ec2, vpcId);
    const { VpcEndpoint } = await localvpc.ec2.send(
      new CreateVpcEndpointCommand({
        VpcId: vpcId,
        VpcEndpointType: 'Interface',
        ServiceName: present(ServiceConfiguration?.ServiceName, 'ServiceName'),
        SubnetIds: [subnetId],
        SecurityGroupIds: [group],
        PrivateDnsEnabled: true,
      }),
    );
    const name = present(VpcEndpoint?.DnsEntries?.[0]?.DnsName, 'DnsName');
    await isDropped(localvpc, client, name, 80);
    await allow(localvpc.ec2, group, tcp(80));
    const { NetworkInterfaces } = await there.send(
      new DescribeNetworkInterfacesCommand({
        Filters: [{ Name: 'interface-type', Values: ['network_load_balancer'] }],
      }),
    );
    const node = present(NetworkInterfaces?.[0]?.PrivateIpAddress, 'PrivateIpAddress');
    for (const host of [name, 'api.shop.example']) equal(await reaches(localvpc, client, host, 80), node);
    await isDropped(localvpc, server, node, 80);
    const own = await localvpc.ec2.send(
      new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: present(VpcEndpoint?.NetworkInterfaceIds, 'ids') }),
    );
    const address = present(own.NetworkInterfaces?.[0]?.PrivateIpAddress, 'PrivateIpAddress');
    const { stdout, stderr } = await localvpc.command(['trace', client.id, address, '--tcp', '80']);
    match(stdout, /✓ load-balancer/, stderr);
  });
});
