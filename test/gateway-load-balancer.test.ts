/** An appliance behind a Gateway Load Balancer, in a VPC of its own, between an instance and the outside world. */
import { equal, match, ok } from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  AssociateRouteTableCommand,
  CreateRouteCommand,
  CreateRouteTableCommand,
  CreateVpcEndpointCommand,
  CreateVpcEndpointServiceConfigurationCommand,
} from '@aws-sdk/client-ec2';
import { balanceAppliances, elbv2 } from './fixture/elbv2.ts';
import { skip } from './fixture/guests-here.ts';
import { launch, publicAddressOf, type RunningInstance } from './fixture/instances.ts';
import { LocalVpc } from './fixture/localvpc.ts';
import { present } from './fixture/present.ts';
import { createGroup, createRouteTable, createSubnet, createVpc, EVERYTHING, makePublic } from './fixture/vpc.ts';
import { isDropped, reaches, serve, serveOutside } from './fixture/web.ts';

const APPLIANCE = fileURLToPath(new URL('fixture/geneve-appliance.mjs', import.meta.url));
/** The outside world's own address. */
const INTERNET = '192.0.2.1';
const PASSED = 80;
/** What the appliance does not send back. */
const FORBIDDEN = 8080;

describe('an appliance behind a Gateway Load Balancer', { skip }, () => {
  let localvpc: LocalVpc;
  let client: RunningInstance;
  let appliance: RunningInstance;
  let running: ReturnType<LocalVpc['startCommand']>;

  before(async () => {
    localvpc = await LocalVpc.start();
    const { ec2 } = localvpc;
    const security = await createVpc(ec2, '10.9.0.0/16');
    const appliances = await createSubnet(ec2, security, '10.9.1.0/24');
    const tunnels = { IpProtocol: 'udp', FromPort: 6081, ToPort: 6081, IpRanges: [{ CidrIp: '10.9.0.0/16' }] };
    appliance = await launch(localvpc, { subnetId: appliances, groups: [await createGroup(ec2, security, tunnels)] });
    running = localvpc.startCommand('exec', appliance.id, process.execPath, APPLIANCE, String(FORBIDDEN));
    await once(present(running.stdout, 'stdout'), 'data');

    const vpcId = await createVpc(ec2, '10.0.0.0/16');
    const clients = await createSubnet(ec2, vpcId, '10.0.1.0/24');
    const inspected = await createSubnet(ec2, vpcId, '10.0.2.0/24');
    const { gatewayId } = await makePublic(ec2, vpcId, inspected);
    const VpcEndpointId = await createEndpoint(vpcId, inspected, await createService(security, appliances));
    const out = { RouteTableId: await createRouteTable(ec2, vpcId, clients), DestinationCidrBlock: '0.0.0.0/0' };
    await ec2.send(new CreateRouteCommand({ ...out, VpcEndpointId }));
    const { RouteTable } = await ec2.send(new CreateRouteTableCommand({ VpcId: vpcId }));
    const edge = { RouteTableId: present(RouteTable?.RouteTableId, 'RouteTableId') };
    await ec2.send(new AssociateRouteTableCommand({ ...edge, GatewayId: gatewayId }));
    await ec2.send(new CreateRouteCommand({ ...edge, DestinationCidrBlock: '10.0.1.0/24', VpcEndpointId }));

    const groups = [await createGroup(ec2, vpcId, EVERYTHING)];
    client = await launch(localvpc, { subnetId: clients, groups, isPublic: true });
    await serve(localvpc, client, PASSED, FORBIDDEN);
    for (const port of [PASSED, FORBIDDEN]) await serveOutside(localvpc, port);
  });
  after(async () => {
    running?.kill();
    await localvpc.close();
  });

  /** An endpoint service of a load balancer before the appliance; its name. */
  async function createService(vpcId: string, subnet: string): Promise<string> {
    const ask = { name: 'appliances', vpcId, subnets: [subnet], targets: [appliance] };
    const { arn } = await balanceAppliances(elbv2(localvpc), ask);
    const { ServiceConfiguration } = await localvpc.ec2.send(
      new CreateVpcEndpointServiceConfigurationCommand({ GatewayLoadBalancerArns: [arn], AcceptanceRequired: false }),
    );
    return present(ServiceConfiguration?.ServiceName, 'ServiceName');
  }

  async function createEndpoint(VpcId: string, subnet: string, ServiceName: string): Promise<string> {
    const place = { VpcId, SubnetIds: [subnet] };
    const { VpcEndpoint } = await localvpc.ec2.send(
      new CreateVpcEndpointCommand({ ...place, ServiceName, VpcEndpointType: 'GatewayLoadBalancer' }),
    );
    return present(VpcEndpoint?.VpcEndpointId, 'VpcEndpointId');
  }

  test('sees what goes out and what comes in, and what it sends back goes on', async () => {
    const address = await publicAddressOf(localvpc.ec2, client);
    equal(await reaches(localvpc, client, INTERNET, PASSED), address);
    equal(await reaches(localvpc, 'internet', address, PASSED), INTERNET);
    equal((await localvpc.exec(client, 'ping', '-c', '1', '-W', '1', INTERNET)).status, 0);
  });

  test('keeps what it does not send back', async () => {
    await isDropped(localvpc, client, INTERNET, FORBIDDEN);
    await isDropped(localvpc, 'internet', await publicAddressOf(localvpc.ec2, client), FORBIDDEN);
  });

  test('is on the way of a trace', async () => {
    const { stdout, stderr } = await localvpc.command(['trace', client.id, INTERNET, '--tcp', String(PASSED)]);
    match(stdout, /✓ gateway-load-balancer/, stderr);
    ok(stdout.includes(appliance.interfaceId), stdout);
  });

  test('lets nothing pass once its program has ended', async () => {
    running.kill();
    await once(running, 'close');
    await isDropped(localvpc, client, INTERNET, PASSED);
  });
});
