import { deepEqual, equal, ok } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { TraceResult } from '../tables/data-plane.ts';
import type { TraceAnswer } from './contract.ts';
import { COLOURS, NO_COLOURS, WIDTH } from './style.ts';
import { traceDocument } from './trace-document.ts';
import { traceLines } from './trace-text.ts';

const FROM = {
  instanceId: 'i-0aaaaaaaaaaaaaaaa',
  interfaceId: 'eni-0aaaaaaaaaaaaaaaa',
  gatewayId: undefined,
  address: '10.0.1.10',
};
const TO = {
  instanceId: 'i-0bbbbbbbbbbbbbbbb',
  interfaceId: 'eni-0bbbbbbbbbbbbbbbb',
  gatewayId: undefined,
  address: '10.0.2.20',
};
/** What the text does not show. */
const NOWHERE = { at: undefined, before: undefined, after: undefined };
const PACKET = '10.0.1.10:40000 > 10.0.2.20:5432 tcp';

const dropped: TraceResult = {
  verdict: 'dropped',
  reason: 'security-group-in/no-rule',
  code: 'ENI_SG_RULES_MISMATCH',
  explanation: 'no ingress rule of its groups matches',
  deliveredTo: undefined,
  path: [
    { stage: 'ethernet', component: undefined, packet: PACKET, ...NOWHERE },
    {
      stage: 'security-group-out',
      component: {
        kind: 'security-group',
        id: 'sg-0cccccccccccccccc',
        detail: 'sgr-0dddddddddddddddd allows all traffic to 0.0.0.0/0',
      },
      packet: PACKET,
      ...NOWHERE,
    },
    { stage: 'security-group-in', component: undefined, packet: PACKET, ...NOWHERE },
  ],
};

const translated: TraceResult = {
  verdict: 'delivered',
  reason: undefined,
  code: undefined,
  explanation: undefined,
  deliveredTo: 'internet',
  path: [
    { stage: 'route', component: undefined, packet: '10.0.1.10:40000 > 8.8.8.8:53 udp', ...NOWHERE },
    { stage: 'gateway', component: undefined, packet: '198.18.0.7:40000 > 8.8.8.8:53 udp', ...NOWHERE },
  ],
};

const answer = (forward: TraceResult, reply?: TraceResult): TraceAnswer => ({
  forward,
  reply,
  change: undefined,
  from: FROM,
  to: TO,
});

test('a dropped packet is shown stage by stage, the last one marked, and the reason in a sentence', () => {
  deepEqual(traceLines(answer(dropped), NO_COLOURS), [
    'From i-0aaaaaaaaaaaaaaaa (eni-0aaaaaaaaaaaaaaaa, 10.0.1.10) to',
    'i-0bbbbbbbbbbbbbbbb (eni-0bbbbbbbbbbbbbbbb, 10.0.2.20)',
    '',
    'There  10.0.1.10:40000 > 10.0.2.20:5432 tcp',
    '✓ ethernet',
    '✓ security-group-out    sg-0cccccccccccccccc sgr-0dddddddddddddddd allows all',
    '                        traffic to 0.0.0.0/0',
    '✗ security-group-in',
    'Dropped, security-group-in/no-rule: no ingress rule of its groups matches',
    '(ENI_SG_RULES_MISMATCH).',
  ]);
});

test('a stage that changes the packet shows what it has become', () => {
  const lines = traceLines(answer(translated), NO_COLOURS);
  ok(lines.includes('✓ gateway               now 198.18.0.7:40000 > 8.8.8.8:53 udp'));
  equal(lines.at(-1), 'Delivered to internet.');
});

test('the way back follows where there is one', () => {
  const lines = traceLines(answer(translated, dropped), NO_COLOURS);
  ok(lines.indexOf('Back  10.0.1.10:40000 > 10.0.2.20:5432 tcp') > lines.indexOf('Delivered to internet.'));
});

test('no line is wider than a terminal of 80 columns', () => {
  const wide = traceLines(answer(dropped, translated), NO_COLOURS).filter((line) => line.length > WIDTH);
  deepEqual(wide, []);
});

test('colours change nothing but the colours', () => {
  const colour = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g');
  const painted = traceLines(answer(dropped), COLOURS).map((line) => line.replace(colour, '').trimEnd());
  deepEqual(painted, traceLines(answer(dropped), NO_COLOURS));
});

const lostWithChange = {
  ...answer(dropped),
  change: {
    found: true,
    calls: [
      {
        scope: { account: '123456789012', region: 'us-east-1' },
        operation: 'AuthorizeSecurityGroupIngress',
        parameters: { GroupId: 'sg-0cccccccccccccccc' },
        saves: undefined,
        command:
          'aws ec2 authorize-security-group-ingress --group-id sg-0cccccccccccccccc --protocol tcp --port 5432 --cidr 10.0.1.10/32',
      },
    ],
  },
};

test('the change stands below the verdict, as commands that a shell takes', () => {
  deepEqual(traceLines(lostWithChange, NO_COLOURS).slice(-3), [
    'This change lets it through, and its answer back:',
    '  aws ec2 authorize-security-group-ingress --group-id sg-0cccccccccccccccc \\',
    '    --protocol tcp --port 5432 --cidr 10.0.1.10/32',
  ]);
});

test('the page about JSON names every member that is printed', () => {
  const page = readFileSync(new URL('../../docs/trace.md', import.meta.url), 'utf8');
  const members = (value: unknown): string[] =>
    typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([name, inner]) => [
          ...(Array.isArray(value) || name === 'GroupId' ? [] : [name]),
          ...members(inner),
        ])
      : [];
  const printed = new Set(members(traceDocument({ ...lostWithChange, reply: translated })));
  ok(printed.size > 20);
  deepEqual(
    [...printed].filter((name) => !page.includes(`\`${name}\``) && !page.includes(`"${name}"`)),
    [],
  );
});
