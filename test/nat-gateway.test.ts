/** NAT gateways, as programs behind them and outside see them. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  AllocateAddressCommand,
  CreateNatGatewayCommand,
  CreateRouteCommand,
  DeleteNatGatewayCommand,
  DescribeNatGatewaysCommand,
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
} from '@aws-sdk/client-ec2';
import { skip } from './fixture/guests-here.ts';
import { launch, publicAddressOf, type RunningInstance } from './fixture/instances.ts';
import { LocalVpc } from './fixture/localvpc.ts';
import { present } from './fixture/present.ts';
import { createGroup, createRouteTable, createSubnet, createVpc, EVERYTHING, makePublic } from './fixture/vpc.ts';
import { isDropped, reaches, serve, serveOutside } from './fixture/web.ts';

/** The outside world's own address. */
const INTERNET = '192.0.2.1';

describe('a NAT gateway', { skip }, () => {
  let localvpc: LocalVpc;
  let client: RunningInstance;
  let web: RunningInstance;
  let natGatewayId = '';
  let natAddress = '';
  let elasticIp = '';
  let routeTableId = '';

  before(async () => {
    localvpc = await LocalVpc.start();
    const { ec2 } = localvpc;
    const vpcId = await createVpc(ec2, '10.0.0.0/16');
    const privateSubnet = await createSubnet(ec2, vpcId, '10.0.1.0/24');
    const publicSubnet = await createSubnet(ec2, vpcId, '10.0.2.0/24');
    await makePublic(ec2, vpcId, publicSubnet);
    routeTableId = await createRouteTable(ec2, vpcId, privateSubnet);
    const { AllocationId, PublicIp } = await ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }));
    elasticIp = present(PublicIp, 'PublicIp');
    const { NatGateway } = await ec2.send(new CreateNatGatewayCommand({ SubnetId: publicSubnet, AllocationId }));
    natGatewayId = present(NatGateway?.NatGatewayId, 'NatGatewayId');
    natAddress = present(NatGateway?.NatGatewayAddresses?.[0]?.PrivateIp, 'PrivateIp');
    const route = { RouteTableId: routeTableId, DestinationCidrBlock: '0.0.0.0/0', NatGatewayId: natGatewayId };
    await ec2.send(new CreateRouteCommand(route));
    const groups = [await createGroup(ec2, vpcId, EVERYTHING)];
    [client, web] = await Promise.all([
      launch(localvpc, { subnetId: privateSubnet, groups }),
      launch(localvpc, { subnetId: publicSubnet, groups, isPublic: true }),
    ]);
    await Promise.all([serve(localvpc, client, 80), serve(localvpc, web, 80), serveOutside(localvpc, 80)]);
  });
  after(() => localvpc.close());

  test('is pending in the answer that made it, and available', async () => {
    const { NatGateways } = await localvpc.ec2.send(new DescribeNatGatewaysCommand({ NatGatewayIds: [natGatewayId] }));
    equal(NatGateways?.[0]?.State, 'available');
    equal(NatGateways[0]?.NatGatewayAddresses?.[0]?.PublicIp, elasticIp);
  });

  test('shows the outside world its Elastic IP as the client', async () => {
    equal(await reaches(localvpc, client, INTERNET, 80), elasticIp);
  });

  test('is the first hop that traceroute shows, by its private address', async () => {
    for (const method of [[], ['-I'], ['-T', '-p80']]) {
      const command = ['traceroute', '-n', '-q1', '-w1', '-m4', ...method, INTERNET];
      const { stdout } = await localvpc.exec(client, ...command);
      const hops = [...stdout.matchAll(/^ *\d+ +(\S+)/gm)].map(([, hop]) => hop);
      deepEqual(hops, [natAddress, INTERNET], stdout);
    }
    const { stdout } = await localvpc.exec(client, 'tracepath', '-n', '-m4', INTERNET);
    match(stdout, /Resume: pmtu 1500 hops 2/);
  });

  test('carries pings and datagrams', async () => {
    equal((await localvpc.exec(client, 'ping', '-c', '2', '-i', '0.2', '-W', '1', INTERNET)).status, 0);
    await localvpc.internet('sh', '-c', 'iperf3 -s -D -1 -p 5201 && until ss -ltn | grep -q :5201; do :; done');
    const { status, stdout } = await localvpc.exec(client, 'iperf3', '-c', INTERNET, '-u', '-b', '1M', '-t', '1');
    equal(status, 0, stdout);
  });

  test('lets a large transfer through, byte for byte', async () => {
    await localvpc.internet('sh', '-c', 'head -c 20000000 /dev/urandom > /srv/who/large');
    const { stdout: outside } = await localvpc.internet('sha256sum', '/srv/who/large');
    const inside = await localvpc.sh(client, `curl -s --max-time 20 http://${INTERNET}/large | sha256sum`);
    equal(inside.split(' ')[0], outside.split(' ')[0]);
  });

  test('is the client of an instance that is reached by its public address', async () => {
    equal(await reaches(localvpc, client, await publicAddressOf(localvpc.ec2, web), 80), elasticIp);
    equal(await reaches(localvpc, client, web.address, 80), client.address);
  });

  test('lets nobody in and answers no ping', async () => {
    await isDropped(localvpc, 'internet', elasticIp, 80);
    equal((await localvpc.internet('ping', '-c', '1', '-W', '1', elasticIp)).status, 1);
    equal((await localvpc.exec(web, 'ping', '-c', '1', '-W', '1', natAddress)).status, 1);
    const { drops } = (await localvpc.status()).fabric ?? { drops: {} };
    ok((drops['nat-gateway/unsolicited'] ?? 0) > 0, JSON.stringify(drops));
  });

  test('is named by a trace, with the end that it rewrites', async () => {
    const { forward } = await localvpc.trace(client.id, 'internet', { port: 80 });
    equal(forward.verdict, 'delivered');
    const step = present(
      forward.path.find(({ stage }) => stage === 'nat-gateway'),
      'step',
    );
    equal(step.component?.id, natGatewayId);
    match(step.component?.detail ?? '', new RegExp(`^source ${client.address}:\\d+ becomes ${natAddress}:\\d+$`));
  });

  test('takes its flows with it when it is deleted', async () => {
    const { ec2 } = localvpc;
    // More than all buffers on the way hold, or it could be over before the gateway is gone; given up after two seconds
    // without a byte.
    await localvpc.internet('truncate', '-s', '1G', '/srv/who/endless');
    const limits = ['--limit-rate', '2M', '--speed-limit', '1', '--speed-time', '2'];
    const command = ['curl', '-s', ...limits, '-o', '/tmp/large', `http://${INTERNET}/endless`];
    const download = localvpc.exec(client, ...command);
    await localvpc.sh(client, 'until [ -s /tmp/large ]; do busybox usleep 20000; done');
    await ec2.send(new DeleteNatGatewayCommand({ NatGatewayId: natGatewayId }));
    await isDropped(localvpc, client, INTERNET, 80);
    ok((await download).status !== 0);
    const { RouteTables } = await ec2.send(new DescribeRouteTablesCommand({ RouteTableIds: [routeTableId] }));
    const route = RouteTables?.[0]?.Routes?.find(({ DestinationCidrBlock }) => DestinationCidrBlock === '0.0.0.0/0');
    equal(route?.State, 'blackhole');
    equal((await localvpc.trace(client.id, 'internet', { port: 80 })).forward.reason, 'route/blackhole');
    const { NetworkInterfaces } = await ec2.send(
      new DescribeNetworkInterfacesCommand({
        Filters: [{ Name: 'addresses.private-ip-address', Values: [natAddress] }],
      }),
    );
    equal(NetworkInterfaces?.length, 0);
  });
});
