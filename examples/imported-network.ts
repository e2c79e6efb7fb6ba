/** An account that somebody described is read in and questioned: why the shop cannot ask its database, and what the internet reaches. */
import { readdirSync, readFileSync } from 'node:fs';
import { processContext } from '../src/cli/context.ts';
import { traceAnswer } from '../src/cli/contract.ts';
import { importAnswer } from '../src/cli/import-answer.ts';
import { present } from '../src/cli/tour/present.ts';
import { example } from './lab.ts';

/** What "aws ec2 describe-… > FILE" printed, one file for each call; account and ids are invented. */
const DESCRIBED = new URL('./describe/', import.meta.url);
const HERE = { account: '111122223333', region: 'eu-west-1' };

interface Described {
  readonly Reservations: readonly { readonly Instances: readonly { readonly InstanceId: string }[] }[];
}

await example('A described account, read in and questioned', async (show) => {
  const { endpoint } = processContext();

  show.step('Everything that was described is taken over, ids and all: localvpc import examples/describe');
  const files = readdirSync(DESCRIBED).map((path) => ({ path, text: readFileSync(new URL(path, DESCRIBED), 'utf8') }));
  const imported = await endpoint.post('import', { files }, importAnswer);
  for (const { account, region, resources } of imported.scopes) show.called(`${account} ${region}`, counted(resources));
  show.expect(imported.taken && imported.leftOut.length === 0, 'nothing was left out');

  show.step('Why do the shop’s queries never return? localvpc trace shop orders --tcp 5432');
  const [shop, orders] = instanceIds(files);
  const asked = { from: shop, to: orders, protocol: 'tcp', port: 5432, ...HERE };
  const { forward, reply, change } = await endpoint.post('trace', asked, traceAnswer);
  show.expect(forward.verdict === 'delivered', 'the query arrives: the group of the database lets it in');
  show.expect(
    reply?.reason === 'network-acl-out/denied',
    `its answer does not get out: ${reply?.reason}, ${reply?.explanation}`,
  );
  const [repair] = change?.calls ?? [];
  show.called('The smallest change', present(repair?.command, 'change'));

  show.step('And what does the internet reach? Port 22 of the database is open to everybody, but leads nowhere');
  const fromOutside = { from: 'internet', to: orders, protocol: 'tcp', port: 22, ...HERE };
  const outside = await endpoint.post('trace', fromOutside, traceAnswer);
  show.expect(outside.forward.verdict === 'dropped', `the outside world cannot ask it: ${outside.forward.explanation}`);
});

function counted(resources: Readonly<Record<string, number>>): string {
  const all = Object.entries(resources).map(([kind, count]) => `${count} ${kind}`);
  return all.join(', ');
}

/** The ids of the two instances, in the order in which they were described. */
function instanceIds(files: readonly { readonly path: string; readonly text: string }[]): readonly string[] {
  const file = present(
    files.find(({ path }) => path === 'describe-instances.json'),
    'describe-instances.json',
  );
  const described: Described = JSON.parse(file.text);
  return described.Reservations.flatMap(({ Instances }) => Instances.map(({ InstanceId: id }) => id));
}
