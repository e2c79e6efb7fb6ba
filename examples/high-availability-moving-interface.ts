/** Cheap high availability, first way: the interface with the service's address moves to the standby. */
import { DetachNetworkInterfaceCommand } from '@aws-sdk/client-ec2';
import { example, Lab } from './lab.ts';
import { packetsLostDuring } from './packets-lost.ts';

await example('High availability by moving an interface', async (show) => {
  show.step('An active and a standby instance, and the interface that clients speak to');
  const lab = await Lab.open(show, '10.35.0.0/16');
  const subnet = await lab.subnet('10.35.1.0/24');
  const active = await lab.instance('active', [subnet]);
  const standby = await lab.instance('standby', [subnet]);
  const client = await lab.instance('client', [subnet]);
  const service = await lab.interface(subnet);
  const attachmentId = await lab.attach(service, active);
  await show.runUntilItWorks(client, 'ping', '-c', '1', '-W', '1', service.address);

  show.step('The interface moves while a client pings it a thousand times a second');
  const lost = await packetsLostDuring(show, client, service.address, async () => {
    await lab.ec2.send(new DetachNetworkInterfaceCommand({ AttachmentId: attachmentId, Force: true }));
    await lab.attach(service, standby);
  });
  show.expect(
    lost < 500,
    `the service was away for ${lost} pings, about as many milliseconds: the standby configures it anew`,
  );
});
