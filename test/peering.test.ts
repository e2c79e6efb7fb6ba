/** VPC peering between accounts and Regions, as programs on both sides see it. */
import { equal } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  AcceptVpcPeeringConnectionCommand,
  CreateRouteCommand,
  CreateVpcPeeringConnectionCommand,
  DeleteVpcPeeringConnectionCommand,
  DescribeRouteTablesCommand,
  type EC2Client,
} from '@aws-sdk/client-ec2';
import { skip } from './fixture/guests-here.ts';
import { launch, type RunningInstance } from './fixture/instances.ts';
import { LocalVpc } from './fixture/localvpc.ts';
import { present } from './fixture/present.ts';
import { allow, createGroup, createSubnet, createVpc, EVERYTHING, revoke } from './fixture/vpc.ts';
import { isDropped, reaches, serve } from './fixture/web.ts';

const OWN_ACCOUNT = '123456789012';
const OTHER_ACCOUNT = '222222222222';

interface Side {
  readonly ec2: EC2Client;
  readonly vpcId: string;
  readonly routeTableId: string;
  readonly groupId: string;
  readonly guest: RunningInstance;
}

describe('a VPC peering connection', { skip }, () => {
  let localvpc: LocalVpc;
  let own: Side;
  let near: Side;
  let far: Side;
  let nearConnection = '';

  const side = async (ec2: EC2Client, cidr: string, subnet: string): Promise<Side> => {
    const vpcId = await createVpc(ec2, cidr);
    const groupId = await createGroup(ec2, vpcId, EVERYTHING);
    const subnetId = await createSubnet(ec2, vpcId, subnet);
    const { RouteTables } = await ec2.send(
      new DescribeRouteTablesCommand({ Filters: [{ Name: 'vpc-id', Values: [vpcId] }] }),
    );
    const guest = await launch(localvpc, { subnetId, groups: [groupId], ec2 });
    await serve(localvpc, guest, 80);
    return { ec2, vpcId, groupId, guest, routeTableId: present(RouteTables?.[0]?.RouteTableId, 'RouteTableId') };
  };

  const route = async ({ ec2, routeTableId }: Side, cidr: string, connection: string): Promise<void> => {
    const to = { DestinationCidrBlock: cidr, VpcPeeringConnectionId: connection };
    await ec2.send(new CreateRouteCommand({ RouteTableId: routeTableId, ...to }));
  };

  const peer = async (other: Side, of: { PeerOwnerId?: string; PeerRegion?: string }): Promise<string> => {
    const { VpcPeeringConnection } = await own.ec2.send(
      new CreateVpcPeeringConnectionCommand({ VpcId: own.vpcId, PeerVpcId: other.vpcId, ...of }),
    );
    return present(VpcPeeringConnection?.VpcPeeringConnectionId, 'VpcPeeringConnectionId');
  };

  before(async () => {
    localvpc = await LocalVpc.start();
    own = await side(localvpc.ec2, '10.0.0.0/16', '10.0.1.0/24');
    near = await side(localvpc.client({ account: OTHER_ACCOUNT }), '10.1.0.0/16', '10.1.1.0/24');
    far = await side(localvpc.client({ region: 'eu-west-1' }), '10.2.0.0/16', '10.2.1.0/24');
  });
  after(() => localvpc.close());

  test('carries packets once it is accepted and both sides have routes', async () => {
    nearConnection = await peer(near, { PeerOwnerId: OTHER_ACCOUNT });
    await route(own, '10.1.0.0/16', nearConnection);
    await isDropped(localvpc, own.guest, near.guest.address, 80);
    await near.ec2.send(new AcceptVpcPeeringConnectionCommand({ VpcPeeringConnectionId: nearConnection }));
    await isDropped(localvpc, own.guest, near.guest.address, 80);
    await route(near, '10.0.0.0/16', nearConnection);
    equal(await reaches(localvpc, own.guest, near.guest.address, 80), own.guest.address);
    equal(await reaches(localvpc, near.guest, own.guest.address, 80), near.guest.address);
  });

  test('crosses Regions, with a smaller largest packet', async () => {
    const connection = await peer(far, { PeerRegion: 'eu-west-1' });
    await far.ec2.send(new AcceptVpcPeeringConnectionCommand({ VpcPeeringConnectionId: connection }));
    await route(own, '10.2.0.0/16', connection);
    await route(far, '10.0.0.0/16', connection);
    equal(await reaches(localvpc, own.guest, far.guest.address, 80), own.guest.address);
    const ping = (to: RunningInstance, bytes: number) =>
      localvpc.exec(own.guest, 'ping', '-c', '1', '-W', '1', '-M', 'do', '-s', String(bytes - 28), to.address);
    equal((await ping(near.guest, 9001)).status, 0);
    equal((await ping(far.guest, 8500)).status, 0);
    const tooBig = await ping(far.guest, 8501);
    equal(tooBig.status, 1, tooBig.stdout);
    equal(/mtu ?= ?8500/.test(tooBig.stdout + tooBig.stderr), true, tooBig.stdout + tooBig.stderr);
  });

  test('leads no further than to its other side', async () => {
    await route(near, '10.2.0.0/16', nearConnection);
    await isDropped(localvpc, near.guest, far.guest.address, 80);
    const { forward } = await localvpc.trace(near.guest.interfaceId, far.guest.address, { port: 80 });
    equal(forward.code, 'PCX_REQUIRES_ADDRESS_IN_VPC_CIDR');
  });

  test('keeps the groups of the other side known, so that a rule can name them', async () => {
    await revoke(near.ec2, near.groupId, EVERYTHING);
    await isDropped(localvpc, own.guest, near.guest.address, 80);
    const ownGroup = { UserId: OWN_ACCOUNT, GroupId: own.groupId };
    await allow(near.ec2, near.groupId, { IpProtocol: 'tcp', FromPort: 80, ToPort: 80, UserIdGroupPairs: [ownGroup] });
    await reaches(localvpc, own.guest, near.guest.address, 80);
  });

  test('ends for packets when it is deleted', async () => {
    await near.ec2.send(new DeleteVpcPeeringConnectionCommand({ VpcPeeringConnectionId: nearConnection }));
    await isDropped(localvpc, own.guest, near.guest.address, 80);
    const { RouteTables } = await own.ec2.send(new DescribeRouteTablesCommand({ RouteTableIds: [own.routeTableId] }));
    const state = RouteTables?.[0]?.Routes?.find(({ VpcPeeringConnectionId: id }) => id === nearConnection)?.State;
    equal(state, 'blackhole');
  });
});
