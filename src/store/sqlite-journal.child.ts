/** A process for the kill -9 test: appends pairs of rows, sixteen appends at a time, and tells which are acknowledged. */
import type { Kind, Row } from '../model/kind.ts';
import { KeyPair } from '../model/resources/key-pair.ts';
import { openJournal } from './sqlite-journal.ts';

const journal = openJournal({ directory: process.argv[2] ?? '', holder: `process ${process.pid}` });
const change = (id: string) => ({
  scope: { account: '123456789012', region: 'us-east-1' },
  kind: KeyPair as unknown as Kind<Row>,
  id,
  before: undefined,
  after: { id, pair: id, empty: undefined },
});

async function writer(lane: number): Promise<never> {
  for (let count = 0; ; count++) {
    const id = `key-${process.pid}-${lane}-${count}`;
    await journal.append([change(`${id}/a`), change(`${id}/b`)]);
    process.send?.(`${id}/a`);
  }
}

await Promise.race(Array.from({ length: 16 }, (_, lane) => writer(lane)));
