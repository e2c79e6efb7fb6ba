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
  const address = '10.36.1.200';
  const [from] = await lab.interfacesOf(active);
  const [to] = await lab.interfacesOf(standby);
  if (!from || !to) throw show.failure('An instance without an interface.');
  const assign = async (id: string): Promise<void> => {
    await lab.ec2.send(
      new AssignPrivateIpAddressesCommand({
        NetworkInterfaceId: id,
        PrivateIpAddresses: [address],
        AllowReassignment: true,
      }),
    );
    show.called('AssignPrivateIpAddresses', `${address} to ${id}`);
  };
  await assign(from.id);
  await show.runUntilItWorks(client, 'ping', '-c', '1', '-W', '1', address);

  show.step('The address moves while a client pings it a thousand times a second');
  const lost = await packetsLostDuring(show, client, address, () => assign(to.id));
  show.expect(lost < 500, `the service was away for ${lost} pings, about as many milliseconds`);
});
