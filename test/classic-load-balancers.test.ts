/** Classic Load Balancers as programs see them: by name, from inside and outside, with the node's address and an ACL beside it. */
import { equal, match, ok } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  AttachInternetGatewayCommand,
  CreateInternetGatewayCommand,
  CreateRouteCommand,
  DescribeNetworkInterfacesCommand,
} from '@aws-sdk/client-ec2';
import {
  CreateLoadBalancerCommand,
  DeregisterInstancesFromLoadBalancerCommand,
  ElasticLoadBalancingClient,
  RegisterInstancesWithLoadBalancerCommand,
  waitUntilAnyInstanceInService,
} from '@aws-sdk/client-elastic-load-balancing';
import { skip } from './fixture/guests-here.ts';
import { launch, type RunningInstance } from './fixture/instances.ts';
import { LocalVpc } from './fixture/localvpc.ts';
import { present } from './fixture/present.ts';
import { createGroup, createRouteTable, createSubnet, createVpc, EVERYTHING } from './fixture/vpc.ts';
import { isDropped, reaches, serve } from './fixture/web.ts';

describe('Classic Load Balancers', { skip }, () => {
  let localvpc: LocalVpc;
  let elb: ElasticLoadBalancingClient;
  let vpcId = '';
  let subnetId = '';
  let groups: string[] = [];
  let client: RunningInstance;
  let server: RunningInstance;

  before(async () => {
    localvpc = await LocalVpc.start();
    elb = new ElasticLoadBalancingClient({
      endpoint: localvpc.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      maxAttempts: 1,
    });
    vpcId = await createVpc(localvpc.ec2, '10.0.0.0/16');
    subnetId = await createSubnet(localvpc.ec2, vpcId, '10.0.1.0/24');
    groups = [await createGroup(localvpc.ec2, vpcId, EVERYTHING)];
    client = await launch(localvpc, { subnetId, groups });
    server = await launch(localvpc, { subnetId, groups });
    await serve(localvpc, server, 8080);
  });
  after(() => localvpc.close());

  test('an instance sees the node, until it is deregistered', async () => {
    const LoadBalancerName = 'inner';
    const dnsName = await balance(LoadBalancerName, 'internal');
    const { address, id } = await nodeOf(LoadBalancerName);
    equal(await reaches(localvpc, client, dnsName, 80), address);
    await isDropped(localvpc, client, dnsName, 8080);
    const { stdout, stderr } = await localvpc.command(['trace', client.id, address, '--tcp', '80']);
    match(stdout, /✓ network-acl-neighbour-out/, stderr);
    ok(stdout.includes(`Delivered to ${server.interfaceId}`), stdout);
    const Instances = [{ InstanceId: server.id }];
    await elb.send(new DeregisterInstancesFromLoadBalancerCommand({ LoadBalancerName, Instances }));
    await isDropped(localvpc, client, dnsName, 80);
    const dropped = await localvpc.command(['trace', client.id, id, '--tcp', '80']);
    match(dropped.stdout, /no-instance/, dropped.stderr);
  });

  test('the internet reaches an instance that has no public address, which sees the node', async () => {
    const { ec2 } = localvpc;
    const { InternetGateway } = await ec2.send(new CreateInternetGatewayCommand({}));
    const GatewayId = present(InternetGateway?.InternetGatewayId, 'InternetGatewayId');
    await ec2.send(new AttachInternetGatewayCommand({ InternetGatewayId: GatewayId, VpcId: vpcId }));
    const RouteTableId = await createRouteTable(ec2, vpcId, subnetId);
    await ec2.send(new CreateRouteCommand({ RouteTableId, DestinationCidrBlock: '0.0.0.0/0', GatewayId }));
    const dnsName = await balance('outer', 'internet-facing');
    equal(await reaches(localvpc, 'internet', dnsName, 80), (await nodeOf('outer')).address);
  });

  /** A load balancer whose port 80 leads to the server's 8080, once that is in service; its DNS name. */
  async function balance(LoadBalancerName: string, Scheme: string): Promise<string> {
    const { DNSName } = await elb.send(
      new CreateLoadBalancerCommand({
        LoadBalancerName,
        Listeners: [{ Protocol: 'TCP', LoadBalancerPort: 80, InstancePort: 8080 }],
        Subnets: [subnetId],
        SecurityGroups: groups,
        Scheme,
      }),
    );
    const Instances = [{ InstanceId: server.id }];
    await elb.send(new RegisterInstancesWithLoadBalancerCommand({ LoadBalancerName, Instances }));
    // More than the 15 s that the waiter wants between two looks; the first one finds it.
    await waitUntilAnyInstanceInService({ client: elb, maxWaitTime: 20 }, { LoadBalancerName });
    return present(DNSName, 'DNSName');
  }

  async function nodeOf(name: string): Promise<{ readonly id: string; readonly address: string }> {
    const Filters = [{ Name: 'description', Values: [`ELB ${name}`] }];
    const { NetworkInterfaces } = await localvpc.ec2.send(new DescribeNetworkInterfacesCommand({ Filters }));
    const [node] = present(NetworkInterfaces, 'NetworkInterfaces');
    return {
      id: present(node?.NetworkInterfaceId, 'NetworkInterfaceId'),
      address: present(node?.PrivateIpAddress, 'PrivateIpAddress'),
    };
  }
});
