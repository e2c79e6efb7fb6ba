/** Regional NAT gateways, as programs behind them and outside see them. */
import { equal, match } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  AllocateAddressCommand,
  AssociateNatGatewayAddressCommand,
  CreateNatGatewayCommand,
  type CreateNatGatewayCommandInput,
  CreateRouteCommand,
  DescribeNatGatewaysCommand,
  ReplaceRouteCommand,
} from '@aws-sdk/client-ec2';
import { skip } from './fixture/guests-here.ts';
import { launch, type RunningInstance } from './fixture/instances.ts';
import { LocalVpc } from './fixture/localvpc.ts';
import { present } from './fixture/present.ts';
import {
  attachInternetGateway,
  createGroup,
  createSubnet,
  createVpc,
  EVERYTHING,
  mainRouteTable,
} from './fixture/vpc.ts';
import { isDropped, reaches, serveOutside } from './fixture/web.ts';

/** The outside world's own address. */
const INTERNET = '192.0.2.1';

describe('a regional NAT gateway', { skip }, () => {
  let localvpc: LocalVpc;
  let one: RunningInstance;
  let two: RunningInstance;
  let vpcId = '';
  let route = { RouteTableId: '', DestinationCidrBlock: '0.0.0.0/0' };

  const make = async (more: CreateNatGatewayCommandInput = {}): Promise<string> => {
    const request = { VpcId: vpcId, AvailabilityMode: 'regional', ...more } as const;
    const { NatGateway } = await localvpc.ec2.send(new CreateNatGatewayCommand(request));
    return present(NatGateway?.NatGatewayId, 'NatGatewayId');
  };
  /** Its address in the zone with this letter. */
  const addressIn = async (id: string, letter: string): Promise<string> => {
    const { NatGateways } = await localvpc.ec2.send(new DescribeNatGatewaysCommand({ NatGatewayIds: [id] }));
    const found = NatGateways?.[0]?.NatGatewayAddresses?.find((each) => each.AvailabilityZone?.endsWith(letter));
    return present(found?.PublicIp, 'PublicIp');
  };

  before(async () => {
    localvpc = await LocalVpc.start();
    const { ec2 } = localvpc;
    vpcId = await createVpc(ec2, '10.0.0.0/16');
    await attachInternetGateway(ec2, vpcId);
    route = { ...route, RouteTableId: await mainRouteTable(ec2, vpcId) };
    const subnets = [await createSubnet(ec2, vpcId, '10.0.1.0/24'), await createSubnet(ec2, vpcId, '10.0.2.0/24', 'b')];
    const groups = [await createGroup(ec2, vpcId, EVERYTHING)];
    const [first = '', second = ''] = subnets;
    [one, two] = await Promise.all([
      launch(localvpc, { subnetId: first, groups }),
      launch(localvpc, { subnetId: second, groups }),
      serveOutside(localvpc, 80),
    ]);
  });
  after(() => localvpc.close());

  test('shows the outside world an address of the zone that the client is in, and lets nobody in', async () => {
    const NatGatewayId = await make();
    await localvpc.ec2.send(new CreateRouteCommand({ ...route, NatGatewayId }));
    for (const [client, letter] of [
      [one, 'a'],
      [two, 'b'],
    ] as const) {
      const address = await addressIn(NatGatewayId, letter);
      equal(await reaches(localvpc, client, INTERNET, 80), address);
      equal((await localvpc.exec(client, 'ping', '-c', '1', '-W', '1', INTERNET)).status, 0);
      await isDropped(localvpc, 'internet', address, 80);
    }
  });

  test('in manual mode serves the zones that have addresses, and no others', async () => {
    const { ec2 } = localvpc;
    const allocate = async (): Promise<string> =>
      present((await ec2.send(new AllocateAddressCommand({}))).AllocationId, 'AllocationId');
    const zone = `${await ec2.config.region()}b`;
    const AvailabilityZoneAddresses = [{ AvailabilityZone: zone, AllocationIds: [await allocate()] }];
    const NatGatewayId = await make({ AvailabilityZoneAddresses });
    await ec2.send(new ReplaceRouteCommand({ ...route, NatGatewayId }));
    equal(await reaches(localvpc, two, INTERNET, 80), await addressIn(NatGatewayId, 'b'));
    await isDropped(localvpc, one, INTERNET, 80);
    const { forward } = await localvpc.trace(one.id, 'internet', { port: 80 });
    equal(forward.reason, 'gateway/no-nat-zone');
    equal(forward.code, 'REGIONAL_NGW_ROUTE_AZ_RESTRICTION');
    const AllocationIds = [await allocate()];
    const AvailabilityZone = zone.replace(/b$/, 'a');
    await ec2.send(new AssociateNatGatewayAddressCommand({ NatGatewayId, AllocationIds, AvailabilityZone }));
    equal(await reaches(localvpc, one, INTERNET, 80), await addressIn(NatGatewayId, 'a'));
    const traced = (await localvpc.trace(one.id, 'internet', { port: 80 })).forward;
    const step = traced.path.find(({ stage }) => stage === 'nat-gateway');
    match(
      step?.component?.detail ?? '',
      new RegExp(`^source ${one.address}:\\d+ becomes ${await addressIn(NatGatewayId, 'a')}:`),
    );
  });
});
