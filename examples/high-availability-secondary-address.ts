/** Cheap high availability, second way: a secondary private address is reassigned to the standby's interface. */
import { AssignPrivateIpAddressesCommand } from '@aws-sdk/client-ec2';
import { example, Lab } from './lab.ts';
import { packetsLostDuring } from './packets-lost.ts';

await example('High availability by reassigning a secondary private address', async (show) => {
  show.step('An active and a standby instance, and the address that clients speak to');
  const lab = await Lab.open(show, '10.36.0.0/16');
  const subnet = await lab.subnet('10.36.1.0/24');
  const active = await lab.instance('active', [subnet]);
  const standby = await lab.instance('standby', [subnet]);
  const client = await lab.instance('client', [subnet]);
  const [from] = await lab.interfacesOf(active);
  const [to] = await lab.interfacesOf(standby);
  if (!from || !to) throw show.failure('An instance without an interface.');
  // One that EC2 chooses: one that is named could be in use.
  const { AssignedPrivateIpAddresses } = await lab.ec2.send(
    new AssignPrivateIpAddressesCommand({ NetworkInterfaceId: from.id, SecondaryPrivateIpAddressCount: 1 }),
  );
  const address = AssignedPrivateIpAddresses?.[0]?.PrivateIpAddress;
  if (address === undefined) throw show.failure('AssignPrivateIpAddresses assigned none.');
  show.called('AssignPrivateIpAddresses', `${address} to ${from.id}`);
  await show.runUntilItWorks(client, 'ping', '-c', '1', '-W', '1', address);

  show.step('The address moves while a client pings it a thousand times a second');
  const lost = await packetsLostDuring(show, client, address, async () => {
    const move = { NetworkInterfaceId: to.id, PrivateIpAddresses: [address], AllowReassignment: true };
    await lab.ec2.send(new AssignPrivateIpAddressesCommand(move));
    show.called('AssignPrivateIpAddresses', `${address} to ${to.id}`);
  });
  show.expect(lost < 500, `the service was away for ${lost} pings, about as many milliseconds`);
});
