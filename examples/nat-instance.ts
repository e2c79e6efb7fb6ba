/** A NAT instance: a machine that puts its own address in the place of others', which works with its check off alone. */
import {
  AllocateAddressCommand,
  AssociateRouteTableCommand,
  CreateRouteCommand,
  CreateRouteTableCommand,
  ModifyInstanceAttributeCommand,
} from '@aws-sdk/client-ec2';
import { present } from '../src/cli/tour/present.ts';
import { example, Lab, WEB_SERVER } from './lab.ts';

/** What a NAT instance of one's own is: forwarding, and one rule of nftables. */
const TRANSLATE = `sysctl -w net.ipv4.ip_forward=1
nft add table ip nat
nft 'add chain ip nat postrouting { type nat hook postrouting priority srcnat; }'
nft add rule ip nat postrouting oifname eth0 masquerade`;

await example('A private subnet behind a NAT instance', async (show) => {
  show.step(
    'A private subnet, a public one with a NAT instance, and a web server that is reached by its public address',
  );
  const lab = await Lab.open(show, '10.45.0.0/16');
  const publicSubnet = await lab.subnet('10.45.1.0/24');
  const privateSubnet = await lab.subnet('10.45.2.0/24');
  const client = await lab.instance('client', [privateSubnet]);
  const nat = await lab.instance('nat', [publicSubnet], TRANSLATE);
  const web = await lab.instance('web', [publicSubnet], WEB_SERVER);
  const [natGate, webGate] = [(await lab.interfacesOf(nat))[0], (await lab.interfacesOf(web))[0]];
  if (!natGate || !webGate) throw show.failure('An instance has no interface.');
  const ofNat = await lab.ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }));
  await lab.associate(present(ofNat.AllocationId, 'AllocationId'), natGate);
  const ofWeb = await lab.ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }));
  await lab.associate(present(ofWeb.AllocationId, 'AllocationId'), webGate);
  const page = `http://${present(ofWeb.PublicIp, 'PublicIp')}/`;

  show.step('The private subnet’s default route leads to the NAT instance');
  const { RouteTable } = await lab.ec2.send(new CreateRouteTableCommand({ VpcId: lab.vpcId }));
  const RouteTableId = present(RouteTable?.RouteTableId, 'RouteTableId');
  await lab.ec2.send(new AssociateRouteTableCommand({ RouteTableId, SubnetId: privateSubnet }));
  await lab.ec2.send(new CreateRouteCommand({ RouteTableId, DestinationCidrBlock: '0.0.0.0/0', InstanceId: nat.id }));
  show.called('CreateRoute 0.0.0.0/0', `to ${nat.id}`);
  const checked = await show.run(client, 'curl', '-sS', '--max-time', '1', page);
  show.expect(checked.status !== 0, 'nothing passes while the instance checks source and destination');

  show.step('The check is switched off');
  await lab.ec2.send(new ModifyInstanceAttributeCommand({ InstanceId: nat.id, SourceDestCheck: { Value: false } }));
  show.called('ModifyInstanceAttribute', `${nat.id}, source/destination check off`);
  await show.runUntilItWorks(client, 'curl', '-sS', '--max-time', '2', page);

  show.step('Without its rule the instance forwards the client’s own address, which the internet gateway drops');
  await show.run(nat, 'nft', 'flush', 'ruleset');
  const bare = await show.run(client, 'curl', '-sS', '--max-time', '1', page);
  show.expect(bare.status !== 0, 'a source without a public address does not leave the VPC');
});
