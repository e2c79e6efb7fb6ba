/** Two VPCs at one transit gateway: each knows one route, the gateway's table knows the ways, and a blackhole in it parts them. */
import {
  CreateRouteCommand,
  CreateTransitGatewayCommand,
  CreateTransitGatewayRouteCommand,
  CreateTransitGatewayVpcAttachmentCommand,
  DescribeTransitGatewayRouteTablesCommand,
} from '@aws-sdk/client-ec2';
import { present } from '../src/cli/tour/present.ts';
import { example, Lab, WEB_SERVER } from './lab.ts';

await example('Two VPCs at a transit gateway', async (show) => {
  show.step('A client in one VPC, a web server in another');
  const shop = await Lab.open(show, '10.44.0.0/16');
  const depot = await Lab.open(show, '10.45.0.0/16');
  const shopSubnet = await shop.subnet('10.44.1.0/24');
  const depotSubnet = await depot.subnet('10.45.1.0/24');
  const client = await shop.instance('client', [shopSubnet]);
  const server = await depot.instance('server', [depotSubnet], WEB_SERVER);
  const ask = ['curl', '-sS', '--max-time', '1', `http://${server.privateAddress}/`] as const;

  show.step('A transit gateway, both VPCs attached to it, and one route in each');
  const { TransitGateway } = await shop.ec2.send(new CreateTransitGatewayCommand({}));
  const TransitGatewayId = present(TransitGateway?.TransitGatewayId, 'TransitGatewayId');
  show.called('CreateTransitGateway', TransitGatewayId);
  for (const [lab, subnetId] of [
    [shop, shopSubnet],
    [depot, depotSubnet],
  ] as const) {
    const attached = { TransitGatewayId, VpcId: lab.vpcId, SubnetIds: [subnetId] };
    await lab.ec2.send(new CreateTransitGatewayVpcAttachmentCommand(attached));
    const route = { RouteTableId: lab.routeTableId, DestinationCidrBlock: '10.0.0.0/8', TransitGatewayId };
    await lab.ec2.send(new CreateRouteCommand(route));
    show.called('CreateTransitGatewayVpcAttachment, CreateRoute', lab.vpcId);
  }
  await show.runUntilItWorks(client, ...ask);

  show.step('A blackhole in the gateway’s table parts them');
  const { TransitGatewayRouteTables } = await shop.ec2.send(new DescribeTransitGatewayRouteTablesCommand({}));
  const table = present(TransitGatewayRouteTables?.[0]?.TransitGatewayRouteTableId, 'TransitGatewayRouteTableId');
  const blackhole = { TransitGatewayRouteTableId: table, DestinationCidrBlock: '10.45.1.0/24', Blackhole: true };
  await shop.ec2.send(new CreateTransitGatewayRouteCommand(blackhole));
  show.called('CreateTransitGatewayRoute', `10.45.1.0/24, blackhole, in ${table}`);
  const parted = await show.run(client, ...ask);
  show.expect(parted.status !== 0, 'the longer prefix wins, and drops');
});
