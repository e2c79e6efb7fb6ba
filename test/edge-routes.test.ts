/** A route table of an internet gateway: what enters for a subnet meets an appliance first, and what leaves it too. */
import { equal } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  AssociateRouteTableCommand,
  CreateRouteCommand,
  CreateRouteTableCommand,
  DescribeInternetGatewaysCommand,
  DisassociateRouteTableCommand,
  ModifyNetworkInterfaceAttributeCommand,
  ReplaceRouteCommand,
} from '@aws-sdk/client-ec2';
import { skip } from './fixture/guests-here.ts';
import { launch, publicAddressOf, type RunningInstance } from './fixture/instances.ts';
import { LocalVpc } from './fixture/localvpc.ts';
import { present } from './fixture/present.ts';
import { createGroup, createRouteTable, createSubnet, createVpc, EVERYTHING, makePublic } from './fixture/vpc.ts';
import { isDropped, reaches, serve } from './fixture/web.ts';

/** The outside world's own address. */
const INTERNET = '192.0.2.1';

describe('a route table of an internet gateway', { skip }, () => {
  let localvpc: LocalVpc;
  let server: RunningInstance;
  let appliance: RunningInstance;
  let serverAddress = '';
  let serverTableId = '';
  let internetGatewayId = '';
  let associationId = '';

  before(async () => {
    localvpc = await LocalVpc.start();
    const { ec2 } = localvpc;
    const vpcId = await createVpc(ec2, '10.0.0.0/16');
    const servers = await createSubnet(ec2, vpcId, '10.0.1.0/24');
    const appliances = await createSubnet(ec2, vpcId, '10.0.2.0/24');
    await makePublic(ec2, vpcId, appliances);
    const { InternetGateways } = await ec2.send(
      new DescribeInternetGatewaysCommand({ Filters: [{ Name: 'attachment.vpc-id', Values: [vpcId] }] }),
    );
    internetGatewayId = present(InternetGateways?.[0]?.InternetGatewayId, 'InternetGatewayId');
    serverTableId = await createRouteTable(ec2, vpcId, servers);
    const out = { RouteTableId: serverTableId, DestinationCidrBlock: '0.0.0.0/0' };
    await ec2.send(new CreateRouteCommand({ ...out, GatewayId: internetGatewayId }));
    const groups = [await createGroup(ec2, vpcId, EVERYTHING)];
    [server, appliance] = await Promise.all([
      launch(localvpc, { subnetId: servers, groups, isPublic: true }),
      launch(localvpc, { subnetId: appliances, groups, isPublic: true }),
    ]);
    serverAddress = await publicAddressOf(ec2, server);
    await serve(localvpc, server, 80);
    await localvpc.sh(appliance, 'sysctl -w net.ipv4.ip_forward=1');
    const check = { NetworkInterfaceId: appliance.interfaceId, SourceDestCheck: { Value: false } };
    await ec2.send(new ModifyNetworkInterfaceAttributeCommand(check));

    const { RouteTable } = await ec2.send(new CreateRouteTableCommand({ VpcId: vpcId }));
    const edge = { RouteTableId: present(RouteTable?.RouteTableId, 'RouteTableId') };
    const inwards = { DestinationCidrBlock: '10.0.1.0/24', NetworkInterfaceId: appliance.interfaceId };
    await ec2.send(new CreateRouteCommand({ ...edge, ...inwards }));
    const associated = await ec2.send(new AssociateRouteTableCommand({ ...edge, GatewayId: internetGatewayId }));
    associationId = present(associated.AssociationId, 'AssociationId');
  });
  after(() => localvpc.close());

  test('lets no answers by that do not come through the appliance', async () => {
    await isDropped(localvpc, 'internet', serverAddress, 80);
    equal((await localvpc.trace(server.id, 'internet', { port: 80 })).forward.code, 'INGRESS_RTB_TRAFFIC_REDIRECTION');
  });

  test('leads both ways through the appliance, which sees the addresses of both ends', async () => {
    const out = { RouteTableId: serverTableId, DestinationCidrBlock: '0.0.0.0/0' };
    await localvpc.ec2.send(new ReplaceRouteCommand({ ...out, NetworkInterfaceId: appliance.interfaceId }));
    equal(await reaches(localvpc, 'internet', serverAddress, 80), INTERNET);
    await localvpc.sh(appliance, 'sysctl -w net.ipv4.ip_forward=0');
    await isDropped(localvpc, 'internet', serverAddress, 80);
    await localvpc.sh(appliance, 'sysctl -w net.ipv4.ip_forward=1');
    equal(await reaches(localvpc, 'internet', serverAddress, 80), INTERNET);
  });

  test('is not asked any more once it is disassociated', async () => {
    await localvpc.ec2.send(new DisassociateRouteTableCommand({ AssociationId: associationId }));
    const out = { RouteTableId: serverTableId, DestinationCidrBlock: '0.0.0.0/0' };
    await localvpc.ec2.send(new ReplaceRouteCommand({ ...out, GatewayId: internetGatewayId }));
    await localvpc.sh(appliance, 'sysctl -w net.ipv4.ip_forward=0');
    equal(await reaches(localvpc, 'internet', serverAddress, 80), INTERNET);
  });
});
