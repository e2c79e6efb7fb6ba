/** Cheap high availability, third way: the Elastic IP that the outside world knows is remapped to the standby. */
import { AllocateAddressCommand } from '@aws-sdk/client-ec2';
import { present } from '../src/cli/tour/present.ts';
import { example, Lab } from './lab.ts';
import { PINGS, packetsLostDuring } from './packets-lost.ts';

await example('High availability by remapping an Elastic IP', async (show) => {
  show.step('An active and a standby instance, and the Elastic IP that clients speak to');
  const lab = await Lab.open(show, '10.37.0.0/16');
  const subnet = await lab.subnet('10.37.1.0/24');
  const active = await lab.instance('active', [subnet]);
  const standby = await lab.instance('standby', [subnet]);
  const { AllocationId, PublicIp } = await lab.ec2.send(new AllocateAddressCommand({}));
  const allocationId = present(AllocationId, 'AllocationId');
  const address = present(PublicIp, 'PublicIp');
  show.called('AllocateAddress', address);
  const [from] = await lab.interfacesOf(active);
  const [to] = await lab.interfacesOf(standby);
  if (!from || !to) throw show.failure('An instance without an interface.');
  await lab.associate(allocationId, from);
  await show.runUntilItWorks('internet', 'ping', '-c', '1', '-W', '1', address);
  await show.run('internet', 'ping', '-c', '1', '-W', '1', address);

  show.step('It is remapped while the internet pings it a thousand times a second');
  const lost = await packetsLostDuring(show, 'internet', address, () => lab.associate(allocationId, to));
  show.expect(lost <= 1, `${lost} of ${PINGS} pings were lost: the standby’s addresses were there already`);
});
