import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, decode, encode, type RecordType } from 'dns-packet';
import fc from 'fast-check';
import { formatAddress, parseIpv4, parseIpv6 } from '../net/address.ts';
import { answerDns } from './dns.ts';
import type { DnsView } from './dns-view.ts';

const WEB = 'ip-10-0-0-5.ec2.internal';
const BOTH = 'i-0123456789abcdef0.ec2.internal';
const address = parseIpv4('10.0.0.5');
const address6 = parseIpv6('2001:db8::5');
if (address === undefined || address6 === undefined) throw new Error('an address is none');

const view: DnsView = {
  isServed: true,
  isDns64: false,
  domains: ['ec2.internal', 'compute-1.amazonaws.com'],
  addressesOf: (name) => {
    if (name === WEB) return { ipv4: [address], ipv6: [] };
    return name === BOTH ? { ipv4: [address], ipv6: [address6] } : undefined;
  },
  nameOf: (asked) => ({ '10.0.0.5': WEB, '2001:db8::5': BOTH })[formatAddress(asked)],
};

interface Reply {
  readonly code: number;
  /** "A 10.0.0.5", in order. */
  readonly answers: readonly string[];
  /** Name of the SOA, where there is one. */
  readonly authority: string | undefined;
}

const ID = 0x1234;
const EDNS: Answer = {
  type: 'OPT',
  name: '.',
  udpPayloadSize: 4096,
  extendedRcode: 0,
  ednsVersion: 0,
  flags: 0x8000,
  flag_do: true,
  options: [],
};

const query = (name: string, type: RecordType, additionals: Answer[] = []): Uint8Array =>
  Uint8Array.from(encode({ type: 'query', id: ID, flags: 0x0100, questions: [{ name, type }], additionals }));

const send = (bytes: Uint8Array, asker: DnsView | undefined = view): Uint8Array => {
  const { answer } = answerDns({ kind: 'dns', interfaceId: 'internet', query: bytes }, asker);
  return answer;
};

const codeOf = (answer: Uint8Array): number => (answer[3] ?? 0) & 15;

/** The library's types know no question for ANY: its number is put in the place of another one's. */
function questionOf(name: string, type: RecordType | 'ANY'): Uint8Array {
  if (type !== 'ANY') return query(name, type);
  const bytes = query(name, 'A');
  new DataView(bytes.buffer).setUint16(bytes.length - 4, 255);
  return bytes;
}

function ask(name: string, type: RecordType | 'ANY', asker: DnsView | undefined = view): Reply {
  const answer = send(questionOf(name, type), asker);
  const { answers = [], authorities = [] } = decode(Buffer.from(answer));
  return {
    code: codeOf(answer),
    answers: answers.map((record) => `${record.type} ${'data' in record ? String(record.data) : ''}`),
    authority: authorities[0]?.name,
  };
}

const NOERROR = 0;
const FORMERR = 1;
const NXDOMAIN = 3;
const NOTIMP = 4;
const REFUSED = 5;

test('a name gives its address', () => {
  deepEqual(ask(WEB, 'A'), { code: NOERROR, answers: ['A 10.0.0.5'], authority: undefined });
  deepEqual(ask(BOTH, 'AAAA'), { code: NOERROR, answers: ['AAAA 2001:db8::5'], authority: undefined });
  deepEqual(ask(BOTH, 'ANY').answers, ['A 10.0.0.5', 'AAAA 2001:db8::5']);
});

test('case does not matter, and the question goes back as it came', () => {
  const asked = query(WEB.toUpperCase(), 'A');
  const answer = send(asked);
  deepEqual(answer.slice(12, asked.length), asked.slice(12));
  equal(decode(Buffer.from(answer)).answers?.length, 1);
});

test('answers live for 60 seconds', () => {
  const [record] = decode(Buffer.from(send(query(WEB, 'A')))).answers ?? [];
  equal(record && 'ttl' in record && record.ttl, 60);
});

test('a name without records of the type exists all the same', () => {
  const nothing = { code: NOERROR, answers: [], authority: 'ec2.internal' };
  deepEqual(ask(WEB, 'AAAA'), nothing);
  deepEqual(ask(WEB, 'MX'), nothing);
  deepEqual(ask(WEB, 'PTR'), nothing);
});

test('a name that is nobody’s does not exist', () => {
  deepEqual(ask('ip-10-0-0-6.ec2.internal', 'A'), { code: NXDOMAIN, answers: [], authority: 'ec2.internal' });
  deepEqual(ask(`x.${WEB}`, 'A'), { code: NXDOMAIN, answers: [], authority: 'ec2.internal' });
});

test('names outside are not looked up elsewhere: they do not exist', () => {
  deepEqual(ask('example.com', 'A'), { code: NXDOMAIN, answers: [], authority: '.' });
  deepEqual(ask('notec2.internal', 'A'), { code: NXDOMAIN, answers: [], authority: '.' });
});

test('what stands above names exists, so that label-by-label resolvers go on', () => {
  for (const name of [
    'ec2.internal',
    'internal',
    'amazonaws.com',
    '.',
    '10.in-addr.arpa',
    'in-addr.arpa',
    'ip6.arpa',
  ]) {
    equal(ask(name, 'A').code, NOERROR, name);
  }
  deepEqual(ask('ec2.internal', 'SOA').answers.length, 1);
});

test('an address gives its name', () => {
  deepEqual(ask('5.0.0.10.in-addr.arpa', 'PTR').answers, [`PTR ${WEB}`]);
  const reversed = [...'20010db8'.padEnd(31, '0'), '5'].reverse().join('.');
  deepEqual(ask(`${reversed}.ip6.arpa`, 'PTR').answers, [`PTR ${BOTH}`]);
});

test('reverse names of no address, or of nobody’s, do not exist', () => {
  for (const name of ['6.0.0.10', '1.5.0.0.10', '05.0.0.10', '256.0.0.10', 'x.0.0.10']) {
    deepEqual(ask(`${name}.in-addr.arpa`, 'PTR').code, NXDOMAIN, name);
  }
  deepEqual(ask('5.0.0.10.in-addr.arpa', 'A').code, NOERROR);
});

test('a VPC without DNS, and an interface that is gone, are refused', () => {
  equal(ask(WEB, 'A', { ...view, isServed: false }).code, REFUSED);
  equal(codeOf(answerDns({ kind: 'dns', interfaceId: 'internet', query: query(WEB, 'A') }, undefined).answer), REFUSED);
});

test('other classes and whole zones are refused', () => {
  const chaos = encode({ type: 'query', id: ID, questions: [{ name: 'version.bind', type: 'TXT', class: 'CH' }] });
  equal(codeOf(send(chaos)), REFUSED);
  equal(ask('ec2.internal', 'AXFR').code, REFUSED);
});

test('an answer has the query’s id, says that it is one, and that recursion is to be had', () => {
  const answer = send(query(WEB, 'A'));
  equal(new DataView(answer.buffer, answer.byteOffset).getUint16(0), ID);
  equal(answer[2], 0x81);
  equal(answer[3], 0x80);
});

test('EDNS comes back to who speaks it, with its DO bit, and to nobody else', () => {
  const [options] = decode(Buffer.from(send(query(WEB, 'A', [EDNS])))).additionals ?? [];
  ok(options?.type === 'OPT');
  equal(options.flag_do, true);
  equal(options.udpPayloadSize, 1232);
  deepEqual(decode(Buffer.from(send(query(WEB, 'A')))).additionals, []);
});

test('a version of EDNS that is not known is told so', () => {
  const answer = send(query(WEB, 'A', [{ ...EDNS, ednsVersion: 1 }]));
  const [options] = decode(Buffer.from(answer)).additionals ?? [];
  ok(options?.type === 'OPT');
  equal(options.extendedRcode * 16 + codeOf(answer), 16);
});

test('other operations are not implemented', () => {
  for (let operation = 1; operation < 16; operation++) {
    const bytes = query(WEB, 'A');
    bytes[2] = operation << 3;
    equal(codeOf(send(bytes)), NOTIMP, `operation ${operation}`);
  }
});

test('what is not one whole question is a format error', () => {
  const whole = query(WEB, 'A');
  for (let length = 0; length < whole.length; length++) {
    equal(codeOf(send(whole.slice(0, length))), FORMERR, `cut at ${length}`);
  }
  const questions = [
    { name: WEB, type: 'A' },
    { name: WEB, type: 'AAAA' },
  ] as const;
  equal(codeOf(send(encode({ type: 'query', id: ID, questions: [...questions] }))), FORMERR);
  equal(codeOf(send(query(WEB, 'A', [EDNS, EDNS]))), FORMERR);
  equal(codeOf(send(encode({ type: 'response', id: ID, questions: [questions[0]] }))), FORMERR);
});

test('a name that points at itself is a format error', () => {
  const bytes = Uint8Array.of(0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 12, 0, 1, 0, 1);
  equal(codeOf(send(bytes)), FORMERR);
});

test('a query inside a larger buffer is read from its own beginning', () => {
  const bytes = query(WEB, 'A');
  const larger = new Uint8Array(bytes.length + 40);
  larger.set(bytes, 20);
  deepEqual(send(larger.subarray(20, 20 + bytes.length)), send(bytes));
  deepEqual(send(Buffer.from(bytes)), send(bytes));
});

const isAnswerTo = (answer: Uint8Array, bytes: Uint8Array): void => {
  ok(answer.length >= 12 && answer.length <= 1232);
  equal((answer[2] ?? 0) & 0x80, 0x80);
  deepEqual([answer[0], answer[1]], [bytes[0] ?? 0, bytes[1] ?? 0]);
  ok([NOERROR, FORMERR, NXDOMAIN, NOTIMP, REFUSED].includes(codeOf(answer)));
  decode(Buffer.from(answer));
};

test('any bytes get an answer that can be read', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => isAnswerTo(send(bytes), bytes)));
});

test('a query with any bytes changed, added or cut gets an answer that can be read', () => {
  const change = fc.tuple(fc.nat(60), fc.nat(255));
  const names = fc.constantFrom(WEB, BOTH, '5.0.0.10.in-addr.arpa', 'ec2.internal', '.');
  const tail = fc.uint8Array({ maxLength: 20 });
  fc.assert(
    fc.property(names, fc.array(change, { maxLength: 8 }), tail, fc.nat(40), (name, changes, added, cut) => {
      const bytes = Uint8Array.of(...query(name, 'A', [EDNS]), ...added);
      for (const [index, value] of changes) if (index < bytes.length) bytes[index] = value;
      const sent = bytes.slice(0, Math.max(0, bytes.length - cut));
      isAnswerTo(send(sent), sent);
    }),
  );
});

test('with DNS64 a name with IPv4 addresses alone has them in IPv6 too, and others are as they are', () => {
  const with64 = { ...view, isDns64: true };
  deepEqual(ask(WEB, 'AAAA', with64).answers, ['AAAA 64:ff9b::a00:5']);
  deepEqual(ask(WEB, 'A', with64).answers, ['A 10.0.0.5']);
  deepEqual(ask(BOTH, 'AAAA', with64).answers, ['AAAA 2001:db8::5']);
  deepEqual(ask(WEB, 'AAAA', view).answers, []);
});
