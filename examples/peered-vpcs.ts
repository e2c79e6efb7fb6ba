/** Two VPCs peered: machines of both reach each other by private addresses, once both sides have routes, and no further. */
import {
  AcceptVpcPeeringConnectionCommand,
  CreateRouteCommand,
  CreateVpcPeeringConnectionCommand,
  DeleteVpcPeeringConnectionCommand,
} from '@aws-sdk/client-ec2';
import { present } from '../src/cli/tour/present.ts';
import { example, Lab, WEB_SERVER } from './lab.ts';

await example('Two VPCs, peered', async (show) => {
  show.step('A client in one VPC, a web server in another');
  const shop = await Lab.open(show, '10.42.0.0/16');
  const depot = await Lab.open(show, '10.43.0.0/16');
  const client = await shop.instance('client', [await shop.subnet('10.42.1.0/24')]);
  const server = await depot.instance('server', [await depot.subnet('10.43.1.0/24')], WEB_SERVER);
  const ask = ['curl', '-sS', '--max-time', '1', `http://${server.privateAddress}/`] as const;
  const apart = await show.run(client, ...ask);
  show.expect(apart.status !== 0, 'two VPCs know nothing of each other');

  show.step('A peering connection, asked for by one side and accepted by the other');
  const { VpcPeeringConnection } = await shop.ec2.send(
    new CreateVpcPeeringConnectionCommand({ VpcId: shop.vpcId, PeerVpcId: depot.vpcId }),
  );
  const VpcPeeringConnectionId = present(VpcPeeringConnection?.VpcPeeringConnectionId, 'VpcPeeringConnectionId');
  await depot.ec2.send(new AcceptVpcPeeringConnectionCommand({ VpcPeeringConnectionId }));
  show.called('AcceptVpcPeeringConnection', VpcPeeringConnectionId);
  const there = { DestinationCidrBlock: '10.43.0.0/16', VpcPeeringConnectionId };
  await shop.ec2.send(new CreateRouteCommand({ RouteTableId: shop.routeTableId, ...there }));
  show.called('CreateRoute 10.43.0.0/16', `to ${VpcPeeringConnectionId}`);
  const oneWay = await show.run(client, ...ask);
  show.expect(oneWay.status !== 0, 'the answer needs a route of its own');

  show.step('The other side’s route');
  const back = { DestinationCidrBlock: '10.42.0.0/16', VpcPeeringConnectionId };
  await depot.ec2.send(new CreateRouteCommand({ RouteTableId: depot.routeTableId, ...back }));
  show.called('CreateRoute 10.42.0.0/16', `to ${VpcPeeringConnectionId}`);
  await show.runUntilItWorks(client, ...ask);

  show.step('Without the connection the routes lead nowhere');
  await shop.ec2.send(new DeleteVpcPeeringConnectionCommand({ VpcPeeringConnectionId }));
  show.called('DeleteVpcPeeringConnection', VpcPeeringConnectionId);
  const gone = await show.run(client, ...ask);
  show.expect(gone.status !== 0, 'the routes are blackholes');
});
