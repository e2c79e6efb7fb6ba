/** A prefix list decides over real connections by its newest version, in rules and in routes that name it. */
import { deepEqual, equal } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  CreateManagedPrefixListCommand,
  CreateRouteCommand,
  DeleteRouteCommand,
  DescribeRouteTablesCommand,
  ModifyManagedPrefixListCommand,
} from '@aws-sdk/client-ec2';
import { skip } from './fixture/guests-here.ts';
import { launch, type RunningInstance } from './fixture/instances.ts';
import { LocalVpc } from './fixture/localvpc.ts';
import { present } from './fixture/present.ts';
import { allow, createGroup, createSubnet, createVpc, makePublic } from './fixture/vpc.ts';
import { isDropped, reaches, serve } from './fixture/web.ts';

/** An address outside of every VPC. */
const OUTSIDE = '203.0.113.9';

describe('prefix lists', { skip }, () => {
  let localvpc: LocalVpc;
  let client: RunningInstance;
  let server: RunningInstance;
  let routeTableId = '';
  let listId = '';
  let version = 1;

  /** Gives the list this one entry. */
  async function holdOnly(cidr: string, instead: string): Promise<void> {
    await localvpc.ec2.send(
      new ModifyManagedPrefixListCommand({
        PrefixListId: listId,
        CurrentVersion: version,
        AddEntries: [{ Cidr: cidr }],
        RemoveEntries: [{ Cidr: instead }],
      }),
    );
    version += 1;
  }

  before(async () => {
    localvpc = await LocalVpc.start();
    const { ec2 } = localvpc;
    const vpcId = await createVpc(ec2, '10.0.0.0/16');
    const subnetId = await createSubnet(ec2, vpcId, '10.0.1.0/24');
    ({ routeTableId } = await makePublic(ec2, vpcId, subnetId));
    const groupId = await createGroup(ec2, vpcId);
    const request = {
      PrefixListName: 'clients',
      AddressFamily: 'IPv4',
      MaxEntries: 2,
      Entries: [{ Cidr: '10.9.0.0/16' }],
    };
    const { PrefixList } = await ec2.send(new CreateManagedPrefixListCommand(request));
    listId = present(PrefixList?.PrefixListId, 'PrefixListId');
    const source = { PrefixListIds: [{ PrefixListId: listId }] };
    await allow(ec2, groupId, { IpProtocol: 'tcp', FromPort: 80, ToPort: 80, ...source });
    [client, server] = await Promise.all([
      launch(localvpc, { subnetId, groups: [groupId] }),
      launch(localvpc, { subnetId, groups: [groupId] }),
    ]);
    await serve(localvpc, server, 80);
  });
  after(() => localvpc.close());

  test('a rule that names a list admits whom its newest version holds, without being touched', async () => {
    await isDropped(localvpc, client, server.address, 80);
    await holdOnly(`${client.address}/32`, '10.9.0.0/16');
    equal(await reaches(localvpc, client, server.address, 80), client.address);
    await holdOnly('10.9.0.0/16', `${client.address}/32`);
    await isDropped(localvpc, client, server.address, 80);
  });

  test('a route to a list leads where its entries do, and gives way to a static route of equal length', async () => {
    const { ec2 } = localvpc;
    await holdOnly(`${OUTSIDE}/32`, '10.9.0.0/16');
    const { forward: before } = await localvpc.trace(client.id, OUTSIDE, { port: 80 });
    const question = { RouteTableIds: [routeTableId] };
    const { RouteTables } = await ec2.send(new DescribeRouteTablesCommand(question));
    const gatewayId = RouteTables?.[0]?.Routes?.find((route) => route.DestinationCidrBlock === '0.0.0.0/0')?.GatewayId;
    const byList = { RouteTableId: routeTableId, DestinationPrefixListId: listId };
    const toServer = present(server.interfaceId, 'interfaceId');
    await ec2.send(new CreateRouteCommand({ ...byList, NetworkInterfaceId: toServer }));
    const { forward: listed } = await localvpc.trace(client.id, OUTSIDE, { port: 80 });
    const direct = { RouteTableId: routeTableId, DestinationCidrBlock: `${OUTSIDE}/32` };
    await ec2.send(new CreateRouteCommand({ ...direct, GatewayId: present(gatewayId, 'GatewayId') }));
    const { forward: after } = await localvpc.trace(client.id, OUTSIDE, { port: 80 });
    deepEqual(
      [before, listed, after].map((forward) => forward.reason),
      // The internet gateway has nothing for a client without a public address; the server does not forward for others.
      ['gateway/no-public-address', 'destination-check/foreign-address', 'gateway/no-public-address'],
    );
    await ec2.send(new DeleteRouteCommand(byList));
  });
});
