/** A careless client: every operation of Network Firewall that is served, with parameters by chance. */
import { ok } from 'node:assert/strict';
import { test } from 'node:test';
import { shapesOf } from '../../ec2/schema.ts';
import { Fault } from '../../model/fault.ts';
import { makeFirewall } from '../../testing/firewall-parts.ts';
import { given, lab } from '../../testing/instance-parts.ts';
import { makeValue, seeded, type Value } from '../../testing/made-values.ts';
import { decodeJson, encodeJson } from '../json-codec.ts';
import { allActions } from './actions/all.ts';
import * as schemas from './sdk-schemas.ts';

const RUNS = Number(process.env.LOCALVPC_PROPERTY_RUNS ?? 60);

/** Words that get a request past its first check. */
const WORDS = [
  'STATEFUL',
  'STATELESS',
  'test',
  'TCP',
  'ANY',
  'FORWARD',
  'DROP',
  'sid',
  '1',
  'aws:drop',
  'STRICT_ORDER',
  '10.0.0.0/8',
];

test('what is not answered is refused with a fault that has a sentence', () => {
  const { account, vpcId, subnetId } = lab();
  const { arn, statefulGroupArn } = makeFirewall(account, { vpcId, subnetIds: [subnetId] });
  const texts = [...WORDS, vpcId, subnetId, arn, statefulGroupArn];
  const shapes = shapesOf(schemas, 'aws');
  const random = seeded(7);
  const likelier = (value: Value): Value => {
    if (typeof value === 'string') return random(3) === 0 ? value : (texts[random(texts.length)] ?? value);
    if (typeof value === 'number') return random(2) === 0 ? value : random(100);
    if (Array.isArray(value)) return value.map(likelier);
    if (typeof value !== 'object' || value instanceof Date || value instanceof Uint8Array) return value;
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, likelier(part)]));
  };
  for (const action of allActions)
    for (let run = 0; run < RUNS; run++) {
      const shape = given(shapes.operationShape(action.name));
      const request = likelier(makeValue(shape.input, { random, empties: true, shortest: 0 }));
      try {
        const decoded = decodeJson(shape.input, JSON.parse(JSON.stringify(request)));
        account.transact((tx) => encodeJson(shape.output, action.call(decoded, tx)));
      } catch (error) {
        const text = `${action.name} ${JSON.stringify(request)}`;
        if (!(error instanceof Fault)) throw new Error(text, { cause: error });
        ok(error.message.length > 0, text);
      }
    }
});
