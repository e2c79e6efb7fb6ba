/** A NAT gateway: machines without public addresses reach the outside world, and nobody there reaches them. */
import {
  AllocateAddressCommand,
  AssociateRouteTableCommand,
  CreateNatGatewayCommand,
  CreateRouteCommand,
  CreateRouteTableCommand,
  DeleteNatGatewayCommand,
} from '@aws-sdk/client-ec2';
import { present } from '../src/cli/tour/present.ts';
import { example, Lab, WEB_SERVER } from './lab.ts';

await example('A private subnet behind a NAT gateway', async (show) => {
  show.step('A private subnet, a public one, and a web server that is reached by its public address');
  const lab = await Lab.open(show, '10.41.0.0/16');
  const publicSubnet = await lab.subnet('10.41.1.0/24');
  const privateSubnet = await lab.subnet('10.41.2.0/24');
  const { RouteTable } = await lab.ec2.send(new CreateRouteTableCommand({ VpcId: lab.vpcId }));
  const tableId = present(RouteTable?.RouteTableId, 'RouteTableId');
  await lab.ec2.send(new AssociateRouteTableCommand({ RouteTableId: tableId, SubnetId: privateSubnet }));
  const client = await lab.instance('client', [privateSubnet]);
  const web = await lab.instance('web', [publicSubnet], WEB_SERVER);
  const [gate] = await lab.interfacesOf(web);
  if (!gate) throw show.failure('The server has no interface.');
  const { AllocationId, PublicIp } = await lab.ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }));
  const page = `http://${present(PublicIp, 'PublicIp')}/`;
  await lab.associate(present(AllocationId, 'AllocationId'), gate);
  const alone = await show.run(client, 'curl', '-sS', '--max-time', '1', page);
  show.expect(alone.status !== 0, 'without a route out the client reaches nothing');

  show.step('A NAT gateway in the public subnet, and the private subnet’s default route to it');
  const nat = await lab.ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }));
  const { NatGateway } = await lab.ec2.send(
    new CreateNatGatewayCommand({ SubnetId: publicSubnet, AllocationId: nat.AllocationId }),
  );
  const natGatewayId = present(NatGateway?.NatGatewayId, 'NatGatewayId');
  show.called('CreateNatGateway', `${natGatewayId} with ${present(nat.PublicIp, 'PublicIp')}`);
  await lab.ec2.send(
    new CreateRouteCommand({ RouteTableId: tableId, DestinationCidrBlock: '0.0.0.0/0', NatGatewayId: natGatewayId }),
  );
  show.called('CreateRoute 0.0.0.0/0', `to ${natGatewayId}`);
  await show.runUntilItWorks(client, 'curl', '-sS', '--max-time', '2', page);

  show.step('Nobody gets in by the gateway’s address');
  const inwards = await show.run(web, 'curl', '-sS', '--max-time', '1', `http://${present(nat.PublicIp, 'PublicIp')}/`);
  show.expect(inwards.status !== 0, 'the gateway lets in nothing that was not asked for');

  show.step('Without the gateway its route leads nowhere');
  await lab.ec2.send(new DeleteNatGatewayCommand({ NatGatewayId: natGatewayId }));
  show.called('DeleteNatGateway', natGatewayId);
  const gone = await show.run(client, 'curl', '-sS', '--max-time', '1', page);
  show.expect(gone.status !== 0, 'the route is a blackhole');
});
