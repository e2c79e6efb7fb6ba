/** A program licensed to a MAC address goes on working on another instance, because the interface moves with its MAC. */
import { DetachNetworkInterfaceCommand } from '@aws-sdk/client-ec2';
import { example, Lab } from './lab.ts';

await example('A licence bound to a MAC address', async (show) => {
  show.step('A licence for the MAC of an interface');
  const lab = await Lab.open(show, '10.31.0.0/16');
  const subnet = await lab.subnet('10.31.1.0/24');
  const licensed = await lab.interface(subnet);
  // The "program": it runs where an interface has the MAC that its licence names.
  const program = `grep -qi ${licensed.mac} /sys/class/net/*/address && echo licensed`;
  const first = await lab.instance('first', [subnet]);
  const second = await lab.instance('second', [subnet]);

  show.step('It runs on the first instance, and not on the second');
  const attachmentId = await lab.attach(licensed, first);
  await show.runUntilItWorks(first, 'sh', '-c', program);
  const refused = await show.run(second, 'sh', '-c', program);
  show.expect(refused.status !== 0, 'without the interface there is no licence');

  show.step('The interface moves, and the licence with it');
  await lab.ec2.send(new DetachNetworkInterfaceCommand({ AttachmentId: attachmentId }));
  show.called('DetachNetworkInterface', licensed.id);
  await lab.attach(licensed, second);
  await show.runUntilItWorks(second, 'sh', '-c', program);
  const gone = await show.run(first, 'sh', '-c', program);
  show.expect(gone.status !== 0, 'the first instance has it no more');
});
