/** Second and third step: an Elastic IP, reached from outside, that the server itself never sees. */
import { AllocateAddressCommand, AssociateAddressCommand } from '@aws-sdk/client-ec2';
import { present } from './present.ts';
import type { Show, TourInstance } from './show.ts';

/** Gives `web` an Elastic IP and asks for its page from the internet. @returns the Elastic IP. */
export async function giveElasticIp(show: Show, web: TourInstance): Promise<string> {
  show.step('A web server with an Elastic IP, reached from the internet');
  const { AllocationId, PublicIp } = await show.ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }));
  const elasticIp = present(PublicIp, 'PublicIp');
  show.called('AllocateAddress', elasticIp);
  await show.ec2.send(
    new AssociateAddressCommand({ AllocationId: present(AllocationId, 'AllocationId'), InstanceId: web.id }),
  );
  show.called('AssociateAddress', `${elasticIp} → ${web.privateAddress} of ${web.name}`);
  const page = await show.runUntilItWorks('internet', 'curl', '-sS', '--max-time', '3', `http://${elasticIp}/`);
  show.expect(page.output.includes('Hello from'), 'the page came from a web server inside the VPC');
  return elasticIp;
}

/** The gateway translates; the interface has the private address alone. */
export async function showOwnAddresses(show: Show, web: TourInstance, elasticIp: string): Promise<void> {
  show.step('What the server knows of its own addresses');
  const { output } = await show.run(web, 'ip', '-brief', 'address');
  show.expect(output.includes(web.privateAddress), `its interface has ${web.privateAddress}, by DHCP`);
  show.expect(!output.includes(elasticIp), `and not ${elasticIp}: the internet gateway translates, as on AWS`);
}
