/** A management network: administrators reach every server by an interface of its own, in a subnet of its own. */
import { example, Lab, WEB_SERVER } from './lab.ts';

await example('A separate management network', async (show) => {
  show.step('A server with one interface for its users and one for its administrators');
  const lab = await Lab.open(show, '10.32.0.0/16');
  const users = await lab.subnet('10.32.1.0/24');
  const management = await lab.subnet('10.32.2.0/24');
  const web = await lab.group('web', [80]);
  const ssh = await lab.group('management', [2222]);
  const console = `busybox nc -ll -p 2222 -e echo "management console" > /dev/null 2>&1 &`;
  const server = await lab.instance(
    'server',
    [
      { SubnetId: users, Groups: [web] },
      { SubnetId: management, Groups: [ssh] },
    ],
    `${WEB_SERVER}\n${console}`,
  );
  const [front, back] = await lab.interfacesOf(server);
  const user = await lab.instance('user', [users]);
  const administrator = await lab.instance('administrator', [management]);
  if (!front || !back) throw show.failure('The server has not two interfaces.');

  show.step('Each side reaches what its interface lets in');
  await show.runUntilItWorks(user, 'curl', '-sS', '--max-time', '2', `http://${front.address}/`);
  await show.runUntilItWorks(administrator, 'busybox', 'nc', '-w', '2', back.address, '2222');
  const nosy = await show.run(user, 'busybox', 'nc', '-w', '2', front.address, '2222');
  show.expect(nosy.status !== 0, 'the console is not open on the users’ interface: groups belong to interfaces');
  const wrong = await show.run(administrator, 'curl', '-sS', '--max-time', '2', `http://${back.address}/`);
  show.expect(wrong.status !== 0, 'and the web server not on the administrators’');
});
