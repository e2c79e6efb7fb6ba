/** A security appliance: traffic between two subnets goes through an instance with an interface in each of two others. */
import {
  AssociateRouteTableCommand,
  CreateRouteCommand,
  CreateRouteTableCommand,
  ModifyNetworkInterfaceAttributeCommand,
} from '@aws-sdk/client-ec2';
import { present } from '../src/cli/tour/present.ts';
import { example, Lab, WEB_SERVER } from './lab.ts';

await example('A security appliance between two subnets', async (show) => {
  show.step('Two subnets of machines, and an appliance that stands in two subnets of its own');
  const lab = await Lab.open(show, '10.34.0.0/16');
  const clients = await lab.subnet('10.34.1.0/24');
  const servers = await lab.subnet('10.34.2.0/24');
  const inside = await lab.subnet('10.34.11.0/24');
  const outside = await lab.subnet('10.34.12.0/24');
  const client = await lab.instance('client', [clients]);
  const server = await lab.instance('server', [servers], WEB_SERVER);
  const appliance = await lab.instance('appliance', [inside, outside], 'sysctl -w net.ipv4.ip_forward=1');
  const [towardsClients, towardsServers] = await lab.interfacesOf(appliance);
  if (!towardsClients || !towardsServers) throw show.failure('The appliance has not two interfaces.');
  await show.runUntilItWorks(client, 'curl', '-sS', '--max-time', '2', `http://${server.privateAddress}/`);

  show.step('Routes lead the two subnets’ traffic to the appliance');
  for (const [subnetId, destination, gate] of [
    [clients, '10.34.2.0/24', towardsClients],
    [servers, '10.34.1.0/24', towardsServers],
  ] as const) {
    const { RouteTable } = await lab.ec2.send(new CreateRouteTableCommand({ VpcId: lab.vpcId }));
    const tableId = present(RouteTable?.RouteTableId, 'RouteTableId');
    await lab.ec2.send(
      new CreateRouteCommand({
        RouteTableId: tableId,
        DestinationCidrBlock: destination,
        NetworkInterfaceId: gate.id,
      }),
    );
    await lab.ec2.send(new AssociateRouteTableCommand({ RouteTableId: tableId, SubnetId: subnetId }));
    show.called(`CreateRoute ${destination}`, `to ${gate.id}`);
  }
  const checked = await show.run(client, 'curl', '-sS', '--max-time', '2', `http://${server.privateAddress}/`);
  show.expect(checked.status !== 0, 'nothing passes while the appliance’s interfaces check their destination');

  show.step('The source/destination check is switched off on both interfaces');
  for (const gate of [towardsClients, towardsServers]) {
    await lab.ec2.send(
      new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId: gate.id, SourceDestCheck: { Value: false } }),
    );
    show.called('ModifyNetworkInterfaceAttribute', `${gate.id}, source/destination check off`);
  }
  await show.runUntilItWorks(client, 'curl', '-sS', '--max-time', '2', `http://${server.privateAddress}/`);

  show.step('The appliance decides what passes');
  await show.run(appliance, 'sysctl', '-w', 'net.ipv4.ip_forward=0');
  const closed = await show.run(client, 'curl', '-sS', '--max-time', '2', `http://${server.privateAddress}/`);
  show.expect(closed.status !== 0, 'what the appliance does not forward does not arrive');
});
