/** The customer's site behind VPN connections, as programs there and in instances see each other. */
import { equal, match } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  AttachVpnGatewayCommand,
  CreateCustomerGatewayCommand,
  CreateRouteCommand,
  CreateVpnConnectionCommand,
  CreateVpnConnectionRouteCommand,
  CreateVpnGatewayCommand,
  DeleteVpnConnectionRouteCommand,
  DescribeRouteTablesCommand,
  DetachVpnGatewayCommand,
  EnableVgwRoutePropagationCommand,
  GatewayType,
} from '@aws-sdk/client-ec2';
import { skip } from './fixture/guests-here.ts';
import { launch, type RunningInstance } from './fixture/instances.ts';
import { LocalVpc } from './fixture/localvpc.ts';
import { present } from './fixture/present.ts';
import { createGroup, createSubnet, createVpc, EVERYTHING } from './fixture/vpc.ts';
import { serve } from './fixture/web.ts';

const ipsec = { Type: GatewayType.ipsec_1 };
/** Exit status of curl(1) where no answer comes. */
const TIMED_OUT = 28;

describe('the customer’s site', { skip }, () => {
  let localvpc: LocalVpc;
  let guest: RunningInstance;
  let vpcId = '';
  let routeTableId = '';
  let gatewayId = '';
  let connectionId = '';

  const site = (...command: readonly string[]) => localvpc.command(['site', '--', ...command]);
  const curl = ['curl', '-s', '-S', '--connect-timeout', '0.9', '--max-time', '5'];

  before(async () => {
    localvpc = await LocalVpc.start();
    const { ec2 } = localvpc;
    vpcId = await createVpc(ec2, '10.0.0.0/16');
    const groupId = await createGroup(ec2, vpcId, EVERYTHING);
    const subnetId = await createSubnet(ec2, vpcId, '10.0.1.0/24');
    const { RouteTables } = await ec2.send(
      new DescribeRouteTablesCommand({ Filters: [{ Name: 'vpc-id', Values: [vpcId] }] }),
    );
    routeTableId = present(RouteTables?.[0]?.RouteTableId, 'RouteTableId');
    guest = await launch(localvpc, { subnetId, groups: [groupId] });
    await serve(localvpc, guest, 80);
    const { VpnGateway } = await ec2.send(new CreateVpnGatewayCommand(ipsec));
    gatewayId = present(VpnGateway?.VpnGatewayId, 'VpnGatewayId');
    await ec2.send(new AttachVpnGatewayCommand({ VpcId: vpcId, VpnGatewayId: gatewayId }));
    const { CustomerGateway } = await ec2.send(
      new CreateCustomerGatewayCommand({ ...ipsec, IpAddress: '203.0.113.5', BgpAsn: 65_000 }),
    );
    const { VpnConnection } = await ec2.send(
      new CreateVpnConnectionCommand({
        ...ipsec,
        CustomerGatewayId: present(CustomerGateway?.CustomerGatewayId, 'CustomerGatewayId'),
        VpnGatewayId: gatewayId,
        Options: { StaticRoutesOnly: true },
      }),
    );
    connectionId = present(VpnConnection?.VpnConnectionId, 'VpnConnectionId');
  });
  after(() => localvpc.close());

  test('reaches an instance once there are static routes, from the first of their addresses', async () => {
    equal((await site(...curl, `http://${guest.address}/cgi-bin/who`)).status, TIMED_OUT);
    const route = { VpnConnectionId: connectionId, DestinationCidrBlock: '192.168.7.0/24' };
    await localvpc.ec2.send(new CreateVpnConnectionRouteCommand(route));
    const to = { RouteTableId: routeTableId, DestinationCidrBlock: '192.168.0.0/16', GatewayId: gatewayId };
    await localvpc.ec2.send(new CreateRouteCommand(to));
    match((await site(...curl, `http://${guest.address}/cgi-bin/who`)).stdout, /\b192\.168\.7\.1\b/);
  });

  test('has every address of its blocks, for what it sends and for what is sent to it', async () => {
    const own = await site(...curl, '--interface', '192.168.7.99', `http://${guest.address}/cgi-bin/who`);
    match(own.stdout, /\b192\.168\.7\.99\b/);
    const foreign = await site(...curl, '--interface', '192.168.8.1', `http://${guest.address}/cgi-bin/who`);
    equal(foreign.status, TIMED_OUT);
    await site(
      'sh',
      '-c',
      'mkdir -p /srv/site && echo at-home >/srv/site/index.html && busybox httpd -p 80 -h /srv/site',
    );
    equal((await localvpc.exec(guest, ...curl, 'http://192.168.7.200/')).stdout, 'at-home\n');
  });

  test('is told of packets larger than 1500 bytes', async () => {
    const ping = await localvpc.exec(guest, 'ping', '-c1', '-W1', '-Mdo', '-s1473', '192.168.7.9');
    match(ping.stdout, /Frag needed and DF set \(mtu = 1500\)/);
  });

  test('is reached by propagated routes for as long as the connection has them and the gateway is attached', async () => {
    const answers = async (address: string): Promise<boolean> =>
      (await localvpc.exec(guest, 'ping', '-c1', '-W1', address)).status === 0;
    const route = { VpnConnectionId: connectionId, DestinationCidrBlock: '172.16.0.0/16' };
    await localvpc.ec2.send(new CreateVpnConnectionRouteCommand(route));
    equal(await answers('172.16.0.5'), false);
    const propagation = { GatewayId: gatewayId, RouteTableId: routeTableId };
    await localvpc.ec2.send(new EnableVgwRoutePropagationCommand(propagation));
    equal(await answers('172.16.0.5'), true);
    await localvpc.ec2.send(new DeleteVpnConnectionRouteCommand(route));
    equal(await answers('172.16.0.5'), false);
    equal(await answers('192.168.7.5'), true);
    await localvpc.ec2.send(new DetachVpnGatewayCommand({ VpcId: vpcId, VpnGatewayId: gatewayId }));
    equal(await answers('192.168.7.5'), false);
  });
});
