/** Bytes that guests move, on the bill that they make. */
import { deepEqual, equal } from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  AcceptVpcPeeringConnectionCommand,
  AllocateAddressCommand,
  CreateNatGatewayCommand,
  CreateRouteCommand,
  CreateSubnetCommand,
  CreateVpcPeeringConnectionCommand,
  DescribeRouteTablesCommand,
  type EC2Client,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { type Costs, costs } from '../src/cli/costs-answer.ts';
import { skip } from './fixture/guests-here.ts';
import { launch, type RunningInstance } from './fixture/instances.ts';
import { LocalVpc } from './fixture/localvpc.ts';
import { present } from './fixture/present.ts';
import { createGroup, createRouteTable, createSubnet, createVpc, EVERYTHING, makePublic } from './fixture/vpc.ts';

/** The outside world's own address. */
const INTERNET = '192.0.2.1';
const GB = 2 ** 30;
/** Five pings of 1,000 bytes of data, with ICMP and IP headers: in each direction. */
const PINGS = 5;
const ONE_WAY = PINGS * 1028;

describe('data transfer', { skip }, () => {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'localvpc-test-'));
  let localvpc: LocalVpc;
  let web: RunningInstance;
  let db: RunningInstance;
  let inside: RunningInstance;
  let far: RunningInstance;
  let natGatewayId = '';

  before(async () => {
    localvpc = await LocalVpc.start({ dataDirectory });
    const { ec2 } = localvpc;
    const vpcId = await createVpc(ec2, '10.0.0.0/16');
    const publicSubnet = await createSubnet(ec2, vpcId, '10.0.1.0/24');
    const privateSubnet = await createSubnet(ec2, vpcId, '10.0.2.0/24');
    const otherZone = { VpcId: vpcId, CidrBlock: '10.0.3.0/24', AvailabilityZone: 'us-east-1b' };
    const { Subnet } = await ec2.send(new CreateSubnetCommand(otherZone));
    const { routeTableId } = await makePublic(ec2, vpcId, publicSubnet);
    const { AllocationId } = await ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }));
    const { NatGateway } = await ec2.send(new CreateNatGatewayCommand({ SubnetId: publicSubnet, AllocationId }));
    natGatewayId = present(NatGateway?.NatGatewayId, 'NatGatewayId');
    const throughNat = await createRouteTable(ec2, vpcId, privateSubnet);
    await route(ec2, throughNat, '0.0.0.0/0', { NatGatewayId: natGatewayId });
    const groups = [await createGroup(ec2, vpcId, EVERYTHING)];

    const west = localvpc.client({ region: 'us-west-2' });
    const farVpc = await createVpc(west, '10.9.0.0/16');
    const farSubnet = await createSubnet(west, farVpc, '10.9.1.0/24');
    const farGroups = [await createGroup(west, farVpc, EVERYTHING)];
    const peer = { VpcId: vpcId, PeerVpcId: farVpc, PeerRegion: 'us-west-2' };
    const { VpcPeeringConnection } = await ec2.send(new CreateVpcPeeringConnectionCommand(peer));
    const connection = { VpcPeeringConnectionId: present(VpcPeeringConnection?.VpcPeeringConnectionId, 'id') };
    await west.send(new AcceptVpcPeeringConnectionCommand(connection));
    await route(ec2, routeTableId, '10.9.0.0/16', connection);
    await route(west, await mainTable(west, farVpc), '10.0.0.0/16', connection);

    [web, db, inside, far] = await Promise.all([
      launch(localvpc, { subnetId: publicSubnet, groups, isPublic: true }),
      launch(localvpc, { subnetId: present(Subnet?.SubnetId, 'SubnetId'), groups }),
      launch(localvpc, { subnetId: privateSubnet, groups }),
      launch(localvpc, { subnetId: farSubnet, groups: farGroups, ec2: west }),
    ]);
  });
  after(async () => {
    await localvpc.close();
    rmSync(dataDirectory, { recursive: true });
  });

  const ping = async (from: RunningInstance, to: string): Promise<void> => {
    const { status, stdout } = await localvpc.exec(from, 'ping', '-c', `${PINGS}`, '-i', '0.02', '-s', '1000', to);
    equal(status, 0, stdout);
  };

  const bill = async (): Promise<Costs> => {
    const { status, stdout, stderr } = await localvpc.command(['costs', '--json']);
    equal(status, 0, stderr);
    return costs(JSON.parse(stdout), '');
  };

  /** "usage type bytes" of a resource, without what is counted in hours. */
  const transferred = async (resourceId: string): Promise<readonly string[]> => {
    const lines = (await bill()).byResource
      .filter((one) => one.resourceId === resourceId)
      .flatMap(({ lines: own }) => own);
    return lines
      .filter(({ unit }) => unit === 'GB')
      .map(({ usageType, quantity }) => `${usageType} ${Math.round(quantity * GB)}`);
  };

  test('between zones is charged at both ends, in both directions', async () => {
    await ping(web, db.address);
    deepEqual(await transferred(web.id), [`DataTransfer-Regional-Bytes ${2 * ONE_WAY}`]);
    deepEqual(await transferred(db.id), [`DataTransfer-Regional-Bytes ${2 * ONE_WAY}`]);
  });

  test('inside a zone is free', async () => {
    await ping(web, inside.address);
    deepEqual(await transferred(inside.id), []);
  });

  test('through a NAT gateway is processed in both directions, and goes out to the internet', async () => {
    await ping(inside, INTERNET);
    deepEqual(await transferred(natGatewayId), [
      `DataTransfer-In-Bytes ${ONE_WAY}`,
      `DataTransfer-Out-Bytes ${ONE_WAY}`,
      `NatGateway-Bytes ${2 * ONE_WAY}`,
    ]);
    deepEqual(await transferred(inside.id), []);
  });

  test('between Regions is charged where it was sent, under the names of both', async () => {
    await ping(far, web.address);
    deepEqual(await transferred(far.id), [`USW2-USE1-AWS-In-Bytes ${ONE_WAY}`, `USW2-USE1-AWS-Out-Bytes ${ONE_WAY}`]);
    deepEqual(await transferred(web.id), [
      `DataTransfer-Regional-Bytes ${2 * ONE_WAY}`,
      `USE1-USW2-AWS-In-Bytes ${ONE_WAY}`,
      `USE1-USW2-AWS-Out-Bytes ${ONE_WAY}`,
    ]);
  });

  test('of an instance that is gone stays on the bill, also over kill -9', async () => {
    await ping(db, web.address);
    await localvpc.ec2.send(new TerminateInstancesCommand({ InstanceIds: [db.id] }));
    deepEqual(await transferred(db.id), [`DataTransfer-Regional-Bytes ${4 * ONE_WAY}`]);
    const { usd } = await bill();
    await localvpc.kill9();
    await localvpc.restart();
    deepEqual(await transferred(db.id), [`DataTransfer-Regional-Bytes ${4 * ONE_WAY}`]);
    equal((await bill()).usd >= usd, true);
  });
});

async function route(ec2: EC2Client, routeTableId: string, cidr: string, target: object): Promise<void> {
  await ec2.send(new CreateRouteCommand({ RouteTableId: routeTableId, DestinationCidrBlock: cidr, ...target }));
}

async function mainTable(ec2: EC2Client, vpcId: string): Promise<string> {
  const { RouteTables } = await ec2.send(
    new DescribeRouteTablesCommand({ Filters: [{ Name: 'vpc-id', Values: [vpcId] }] }),
  );
  return present(RouteTables?.[0]?.RouteTableId, 'RouteTableId');
}
