/** Transit gateways, as programs in the VPCs that are attached see them: between accounts, Regions and tables. */
import { equal, match, ok } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  AcceptTransitGatewayPeeringAttachmentCommand,
  AcceptTransitGatewayVpcAttachmentCommand,
  CreateRouteCommand,
  CreateTransitGatewayCommand,
  CreateTransitGatewayPeeringAttachmentCommand,
  CreateTransitGatewayRouteCommand,
  CreateTransitGatewayVpcAttachmentCommand,
  DeleteTransitGatewayRouteCommand,
  DeleteTransitGatewayVpcAttachmentCommand,
  DescribeRouteTablesCommand,
  DescribeTransitGatewaysCommand,
  type EC2Client,
} from '@aws-sdk/client-ec2';
import { skip } from './fixture/guests-here.ts';
import { launch, type RunningInstance } from './fixture/instances.ts';
import { LocalVpc } from './fixture/localvpc.ts';
import { present } from './fixture/present.ts';
import { createGroup, createSubnet, createVpc, EVERYTHING } from './fixture/vpc.ts';
import { isDropped, reaches, serve } from './fixture/web.ts';

const OWN_ACCOUNT = '123456789012';
const OTHER_ACCOUNT = '222222222222';
const FAR_REGION = 'eu-west-1';

interface Side {
  readonly ec2: EC2Client;
  readonly vpcId: string;
  readonly subnetId: string;
  readonly routeTableId: string;
  readonly guest: RunningInstance;
}

interface Hub {
  readonly id: string;
  readonly tableId: string;
}

describe('a transit gateway', { skip }, () => {
  let localvpc: LocalVpc;
  let own: Side;
  let other: Side;
  let far: Side;
  let hub: Hub;
  let farHub: Hub;
  let otherAttachment = '';

  const side = async (ec2: EC2Client, cidr: string, subnet: string): Promise<Side> => {
    const vpcId = await createVpc(ec2, cidr);
    const groupId = await createGroup(ec2, vpcId, EVERYTHING);
    const subnetId = await createSubnet(ec2, vpcId, subnet);
    const { RouteTables } = await ec2.send(
      new DescribeRouteTablesCommand({ Filters: [{ Name: 'vpc-id', Values: [vpcId] }] }),
    );
    const guest = await launch(localvpc, { subnetId, groups: [groupId], ec2 });
    await serve(localvpc, guest, 80);
    return { ec2, vpcId, subnetId, guest, routeTableId: present(RouteTables?.[0]?.RouteTableId, 'RouteTableId') };
  };

  const createHub = async (ec2: EC2Client): Promise<Hub> => {
    const { TransitGateway } = await ec2.send(new CreateTransitGatewayCommand({}));
    const id = present(TransitGateway?.TransitGatewayId, 'TransitGatewayId');
    const { TransitGateways } = await ec2.send(new DescribeTransitGatewaysCommand({ TransitGatewayIds: [id] }));
    const options = present(TransitGateways?.[0]?.Options, 'Options');
    return { id, tableId: present(options.AssociationDefaultRouteTableId, 'table') };
  };

  /** Attaches the VPC of a side and routes all of 10.0.0.0/8 there. */
  const attach = async ({ ec2, vpcId, subnetId, routeTableId }: Side, { id }: Hub): Promise<string> => {
    const { TransitGatewayVpcAttachment } = await ec2.send(
      new CreateTransitGatewayVpcAttachmentCommand({ TransitGatewayId: id, VpcId: vpcId, SubnetIds: [subnetId] }),
    );
    const route = { DestinationCidrBlock: '10.0.0.0/8', TransitGatewayId: id };
    await ec2.send(new CreateRouteCommand({ RouteTableId: routeTableId, ...route }));
    return present(TransitGatewayVpcAttachment?.TransitGatewayAttachmentId, 'attachment');
  };

  before(async () => {
    localvpc = await LocalVpc.start();
    own = await side(localvpc.ec2, '10.0.0.0/16', '10.0.1.0/24');
    other = await side(localvpc.client({ account: OTHER_ACCOUNT }), '10.1.0.0/16', '10.1.1.0/24');
    far = await side(localvpc.client({ region: FAR_REGION }), '10.2.0.0/16', '10.2.1.0/24');
    hub = await createHub(own.ec2);
    farHub = await createHub(far.ec2);
  });
  after(() => localvpc.close());

  test('carries packets between VPCs of two accounts once its owner accepts', async () => {
    await attach(own, hub);
    otherAttachment = await attach(other, hub);
    await isDropped(localvpc, own.guest, other.guest.address, 80);
    const named = { TransitGatewayAttachmentId: otherAttachment };
    await own.ec2.send(new AcceptTransitGatewayVpcAttachmentCommand(named));
    equal(await reaches(localvpc, own.guest, other.guest.address, 80), own.guest.address);
    equal(await reaches(localvpc, other.guest, own.guest.address, 80), other.guest.address);
  });

  test('lets 8500 bytes through and names that size to those who send more', async () => {
    const ping = (bytes: number) =>
      localvpc.exec(own.guest, 'ping', '-c1', '-W1', '-Mdo', `-s${bytes - 28}`, other.guest.address);
    equal((await ping(8500)).status, 0);
    match((await ping(8501)).stdout, /Frag needed and DF set \(mtu = 8500\)/);
  });

  test('drops what a blackhole of its table holds, until it is gone', async () => {
    const blackhole = { TransitGatewayRouteTableId: hub.tableId, DestinationCidrBlock: `${other.guest.address}/32` };
    await own.ec2.send(new CreateTransitGatewayRouteCommand({ ...blackhole, Blackhole: true }));
    await isDropped(localvpc, own.guest, other.guest.address, 80);
    await own.ec2.send(new DeleteTransitGatewayRouteCommand(blackhole));
    await reaches(localvpc, own.guest, other.guest.address, 80);
  });

  test('reaches VPCs of another Region over a peering with static routes', async () => {
    await attach(far, farHub);
    const { TransitGatewayPeeringAttachment: made } = await own.ec2.send(
      new CreateTransitGatewayPeeringAttachmentCommand({
        TransitGatewayId: hub.id,
        PeerTransitGatewayId: farHub.id,
        PeerAccountId: OWN_ACCOUNT,
        PeerRegion: FAR_REGION,
      }),
    );
    const named = { TransitGatewayAttachmentId: present(made?.TransitGatewayAttachmentId, 'attachment') };
    await far.ec2.send(new AcceptTransitGatewayPeeringAttachmentCommand(named));
    await isDropped(localvpc, own.guest, far.guest.address, 80);
    for (const [ec2, { tableId }, cidr] of [
      [own.ec2, hub, '10.2.0.0/16'],
      [far.ec2, farHub, '10.0.0.0/15'],
    ] as const) {
      const route = { ...named, TransitGatewayRouteTableId: tableId, DestinationCidrBlock: cidr };
      await ec2.send(new CreateTransitGatewayRouteCommand(route));
    }
    equal(await reaches(localvpc, own.guest, far.guest.address, 80), own.guest.address);
    equal(await reaches(localvpc, far.guest, other.guest.address, 80), far.guest.address);
  });

  test('names each of its parts in a trace', async () => {
    const { forward } = await localvpc.trace(own.guest.id, far.guest.address, { port: 80 });
    equal(forward.verdict, 'delivered');
    const deciders = forward.path.map(({ component }) => `${component?.kind} ${component?.id}`);
    ok(deciders.includes(`transit-gateway ${hub.id}`));
    ok(deciders.includes(`transit-gateway-route-table ${farHub.tableId}`));
  });

  test('carries nothing over an attachment that was deleted, and the route to it is a blackhole', async () => {
    const named = { TransitGatewayAttachmentId: otherAttachment };
    await other.ec2.send(new DeleteTransitGatewayVpcAttachmentCommand(named));
    await isDropped(localvpc, own.guest, other.guest.address, 80);
    const { RouteTables } = await other.ec2.send(
      new DescribeRouteTablesCommand({ RouteTableIds: [other.routeTableId] }),
    );
    const route = RouteTables?.[0]?.Routes?.find((one) => one.TransitGatewayId === hub.id);
    equal(route?.State, 'blackhole');
  });
});
