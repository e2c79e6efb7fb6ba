/** Seventh step: what a stop takes away, and what it leaves. */
import { describe, stopAndStart, type TourInstances } from './instances.ts';
import { present } from './present.ts';
import type { Show } from './show.ts';

export async function showStopAndStart(show: Show, instances: TourInstances, elasticIp: string): Promise<void> {
  show.step('Stop and start: the auto-assigned public address changes, the Elastic IP does not');
  const { web, other } = instances;
  const before = present((await describe(show, other)).PublicIpAddress, 'PublicIpAddress');
  show.say(`${web.name} has the Elastic IP ${elasticIp}, ${other.name} the auto-assigned address ${before}.`);
  await stopAndStart(show, [web, other]);
  const after = present((await describe(show, other)).PublicIpAddress, 'PublicIpAddress');
  show.expect(after !== before, `${other.name} had ${before} and has ${after} now`);
  const kept = (await describe(show, web)).PublicIpAddress;
  show.expect(kept === elasticIp, `${web.name} has ${elasticIp} still`);
  show.say('User data runs at the first boot only, so the web servers are started by hand:');
  for (const [instance, address] of [
    [web, elasticIp],
    [other, after],
  ] as const) {
    await show.runUntilItWorks(instance, 'busybox', 'httpd', '-p', '80', '-h', '/srv/www');
    const page = await show.runUntilItWorks('internet', 'curl', '-sS', '--max-time', '2', `http://${address}/`);
    show.expect(page.output.includes('Hello from'), `${address} answers`);
  }
}
