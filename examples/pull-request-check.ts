/** A check of a pull request: what the network of the branch opens as against that of main, found before it is deployed. */
import { AuthorizeSecurityGroupIngressCommand } from '@aws-sdk/client-ec2';
import { processContext } from '../src/cli/context.ts';
import { readNetwork } from '../src/cli/network-source.ts';
import { differenceLines } from '../src/cli/reach-difference-text.ts';
import { NO_COLOURS } from '../src/cli/style.ts';
import { difference } from '../src/reach/difference.ts';
import { example, Lab } from './lab.ts';

await example('What a change opens, before it is deployed', async (show) => {
  const read = () => readNetwork('running', processContext());

  show.step('The network of the main branch: a web server for everybody, and a database');
  const lab = await Lab.open(show, '10.44.0.0/16');
  const subnet = await lab.subnet('10.44.1.0/24');
  const web = await lab.group('web', [443]);
  const database = await lab.group('database', []);
  const place = { SubnetId: subnet, AssociatePublicIpAddress: true };
  await lab.instance('shop', [{ ...place, Groups: [web] }]);
  await lab.instance('orders', [{ ...place, Groups: [database] }]);
  const main = await read();

  show.step('The branch adds a rule, as somebody did who wanted to look something up');
  const rule = { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
  await lab.ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId: database, IpPermissions: [rule] }));
  show.called('AuthorizeSecurityGroupIngress tcp 22 from 0.0.0.0/0', database);
  const branch = await read();

  show.step('The check: localvpc reach diff main.json branch.json --fail-on internet');
  const found = difference(main, branch);
  for (const line of differenceLines(found, NO_COLOURS)) console.log(`    ${line}`);
  const fromOutside = found.changes.filter(({ from }) => from.some(({ kind }) => kind === 'internet'));
  show.expect(fromOutside.length === 1, 'the check fails: the internet reaches the database');
  show.expect(difference(main, main).changes.length === 0, 'a branch that changes nothing passes');
});
