/** Network Load Balancers as programs see them: by name, from inside and outside, with the client's address or the node's. */
import { equal, match, ok } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  AttachInternetGatewayCommand,
  CreateInternetGatewayCommand,
  CreateRouteCommand,
  DescribeNetworkInterfacesCommand,
} from '@aws-sdk/client-ec2';
import {
  DeleteLoadBalancerCommand,
  ModifyTargetGroupAttributesCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { balance, elbv2 } from './fixture/elbv2.ts';
import { skip } from './fixture/guests-here.ts';
import { launch, type RunningInstance } from './fixture/instances.ts';
import { LocalVpc } from './fixture/localvpc.ts';
import { present } from './fixture/present.ts';
import { createGroup, createRouteTable, createSubnet, createVpc, EVERYTHING } from './fixture/vpc.ts';
import { isDropped, reaches, serve } from './fixture/web.ts';

describe('Network Load Balancers', { skip }, () => {
  let localvpc: LocalVpc;
  let vpcId = '';
  let front = '';
  let client: RunningInstance;
  let server: RunningInstance;

  before(async () => {
    localvpc = await LocalVpc.start();
    vpcId = await createVpc(localvpc.ec2, '10.0.0.0/16');
    front = await createSubnet(localvpc.ec2, vpcId, '10.0.1.0/24');
    const back = await createSubnet(localvpc.ec2, vpcId, '10.0.2.0/24');
    const groups = [await createGroup(localvpc.ec2, vpcId, EVERYTHING)];
    client = await launch(localvpc, { subnetId: front, groups });
    server = await launch(localvpc, { subnetId: back, groups });
    await serve(localvpc, server, 8080);
  });
  after(() => localvpc.close());

  test('a target sees its client, and the node once that is not preserved any more', async () => {
    const elb = elbv2(localvpc);
    const ask = { name: 'inner', vpcId, subnets: [front], port: 80, targetPort: 8080, targets: [server] };
    const { dnsName, groupArn } = await balance(elb, ask);
    equal(await reaches(localvpc, client, dnsName, 80), client.address);
    await isDropped(localvpc, client, dnsName, 81);
    await elb.send(
      new ModifyTargetGroupAttributesCommand({
        TargetGroupArn: groupArn,
        Attributes: [{ Key: 'preserve_client_ip.enabled', Value: 'false' }],
      }),
    );
    const node = await nodeOf('inner');
    equal(await reaches(localvpc, client, dnsName, 80), node);
    const { stdout, stderr } = await localvpc.command(['trace', client.id, node, '--tcp', '80']);
    match(stdout, /✓ load-balancer/, stderr);
    ok(stdout.includes(`Delivered to ${server.interfaceId}`), stdout);
  });

  test('the internet reaches a target that has no way out itself, which sees who it is', async () => {
    const { ec2 } = localvpc;
    const { InternetGateway } = await ec2.send(new CreateInternetGatewayCommand({}));
    const GatewayId = present(InternetGateway?.InternetGatewayId, 'InternetGatewayId');
    await ec2.send(new AttachInternetGatewayCommand({ InternetGatewayId: GatewayId, VpcId: vpcId }));
    const RouteTableId = await createRouteTable(ec2, vpcId, front);
    await ec2.send(new CreateRouteCommand({ RouteTableId, DestinationCidrBlock: '0.0.0.0/0', GatewayId }));
    const elb = elbv2(localvpc);
    const ask = { name: 'outer', vpcId, subnets: [front], port: 80, targetPort: 8080, targets: [server] };
    const { dnsName, arn } = await balance(elb, { ...ask, scheme: 'internet-facing' });
    const seen = await reaches(localvpc, 'internet', dnsName, 80);
    match(seen, /^\d+\.\d+\.\d+\.\d+$/);
    ok(!seen.startsWith('10.'), `the server saw ${seen}`);
    await elb.send(new DeleteLoadBalancerCommand({ LoadBalancerArn: arn }));
    equal((await localvpc.internet('getent', 'ahostsv4', dnsName)).status, 2, 'the name is gone with it');
  });

  /** The private address of the only node of a load balancer. */
  async function nodeOf(name: string): Promise<string> {
    const Filters = [{ Name: 'description', Values: [`ELB net/${name}/*`] }];
    const { NetworkInterfaces } = await localvpc.ec2.send(new DescribeNetworkInterfacesCommand({ Filters }));
    return present(NetworkInterfaces?.[0]?.PrivateIpAddress, 'PrivateIpAddress');
  }
});
