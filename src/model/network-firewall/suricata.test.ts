/** Which of Suricata's rules localvpc decides by, and what their headers stand for. */
import { deepEqual, equal, match, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { formatCidr } from '../../net/cidr.ts';
import { addressesOf, portsOf } from './rule-sets.ts';
import { parseSuricataRules } from './suricata.ts';

const only = (text: string) => {
  const [rule] = parseSuricataRules(text);
  if (!rule) throw new Error(`no rule in ${text}`);
  return rule;
};

const addresses = (expression: string, variables: Readonly<Record<string, readonly string[]>> = {}) => {
  const { within, except } = addressesOf(expression, new Map(Object.entries(variables)));
  return [within.map(formatCidr), except.map(formatCidr)];
};

const refuses = (text: string, sentence: RegExp): void =>
  throws(
    () => parseSuricataRules(text),
    (error: Error & { code?: string }) => {
      equal(error.code, 'InvalidRequestException');
      match(error.message, sentence);
      return true;
    },
  );

test('a rule is its header and what its options say', () => {
  const rule = only(
    'reject tcp $HOME_NET [1024:65535,!2000] -> [192.0.2.0/24, !192.0.2.7] 443 (msg:"no; \\"way\\""; flow: to_server, established; rev:2; sid:7;)',
  );
  deepEqual(
    { ...rule, message: undefined },
    {
      action: 'reject',
      protocol: 'tcp',
      source: '$HOME_NET',
      sourcePort: '[1024:65535,!2000]',
      isBidirectional: false,
      destination: '[192.0.2.0/24, !192.0.2.7]',
      destinationPort: '443',
      signatureId: 7,
      message: undefined,
      flow: { side: 'to-server', isEstablished: true },
      isInItsPlace: true,
    },
  );
  match(rule.message ?? '', /no; .*way/);
});

test('comments and empty lines are no rules', () => {
  equal(parseSuricataRules('# pass all\n\n  pass ip any any <> any any (sid:1;)\r\n#\n').length, 1);
});

test('lists are one list, in which what is negated is out', () => {
  deepEqual(addresses('any'), [['0.0.0.0/0', '::/0'], []]);
  deepEqual(addresses('10.0.0.1'), [['10.0.0.1/32'], []]);
  deepEqual(addresses('!10.0.0.0/8'), [['0.0.0.0/0', '::/0'], ['10.0.0.0/8']]);
  deepEqual(addresses('[10.0.0.0/8,![10.1.0.0/16,10.2.0.0/16]]'), [['10.0.0.0/8'], ['10.1.0.0/16', '10.2.0.0/16']]);
  const variables = { HOME_NET: ['10.0.0.0/16'], EXTERNAL_NET: ['!$HOME_NET'] };
  deepEqual(addresses('$EXTERNAL_NET', variables), [['0.0.0.0/0', '::/0'], ['10.0.0.0/16']]);
  deepEqual(addresses('!$EXTERNAL_NET', variables), [['10.0.0.0/16'], []]);
  deepEqual(portsOf('[80,443,8000:]', new Map()).within, [
    { from: 80, to: 80 },
    { from: 443, to: 443 },
    { from: 8000, to: 65_535 },
  ]);
  deepEqual(portsOf('!:1023', new Map()), { within: [{ from: 0, to: 65_535 }], except: [{ from: 0, to: 1023 }] });
});

test('what cannot be decided by headers is refused, with what localvpc does not decide', () => {
  refuses('drop tls any any -> any any (tls.sni; content:"example.com"; sid:1;)', /tls would need the content/);
  refuses('drop tcp any any -> any any (content:"x"; sid:1;)', /does not decide about the keyword content/);
  refuses('drop tcp any any -> any any (flow:only_stream; sid:1;)', /does not decide about flow:only_stream/);
  refuses('drop ip any any -> any 80 (sid:1;)', /ports of the protocol ip/);
  refuses('reject udp any any -> any 80 (sid:1;)', /reject is available for the protocol tcp/);
  refuses('drop tcp any any -> any 80 (msg:"x";)', /must have a sid/);
  refuses('allow tcp any any -> any 80 (sid:1;)', /action of a stateful rule/);
  refuses('drop tcp any any any 80 (sid:1;)', /no rule of the form/);
  throws(() => addresses('$NOBODY'), /not defined/);
  throws(() => addresses('@list'), /IP set references/);
  throws(() => addresses('!any'), /nothing is left/i);
  throws(() => portsOf('80000', new Map()), /neither a port nor a range/);
});
