/** A multi-homed host: one machine with workloads in two subnets, each answering by the interface it was asked on. */
import { example, Lab, WEB_SERVER } from './lab.ts';

await example('A host with workloads in two subnets', async (show) => {
  show.step('A host with an interface in each of two subnets');
  const lab = await Lab.open(show, '10.33.0.0/16');
  const one = await lab.subnet('10.33.1.0/24');
  const two = await lab.subnet('10.33.2.0/24');
  const three = await lab.subnet('10.33.3.0/24');
  const host = await lab.instance('host', [one, two], WEB_SERVER);
  const client = await lab.instance('client', [three]);
  const interfaces = await lab.interfacesOf(host);

  show.step('Both answer a client in a third subnet');
  for (const { address } of interfaces) {
    await show.runUntilItWorks(client, 'curl', '-sS', '--max-time', '2', `http://${address}/`);
  }
  show.say(
    'The answer leaves by the interface that was asked: the source check would drop it on the other one. The guest ' +
      'agent has set up a routing table for each further interface, as Amazon Linux does:',
  );
  const rules = await show.run(host, 'ip', 'rule', 'list');
  show.expect(rules.output.includes(interfaces[1]?.address ?? 'nothing'), 'the second interface has its own rule');
});
