/** Random firewalls over the small domain of random networks. */
import fc from 'fast-check';
import { TCP, UDP } from '../net/protocol.ts';
import type { FirewallOptions } from './firewall-rows.ts';
import { port } from './random-rules.ts';
import { cidrOfText } from './rows.ts';

const block = fc.constantFrom(
  '10.0.1.0/24',
  '10.0.2.0/24',
  '203.0.113.0/24',
  '198.18.0.0/24',
  '3fff::/48',
  '2001:db8::/32',
);
const addresses = fc.oneof(
  { weight: 4, arbitrary: fc.constant('any') },
  { weight: 2, arbitrary: fc.tuple(fc.constantFrom('', '', '!'), block).map((parts) => parts.join('')) },
  fc.constantFrom('$HOME_NET', '$EXTERNAL_NET', '[10.0.0.0/16,!10.0.1.0/24]'),
);
const portsOf = (port: fc.Arbitrary<number>) =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constant('any') },
    {
      weight: 3,
      arbitrary: fc.tuple(port, port).map(([one, other]) => `${Math.min(one, other)}:${Math.max(one, other)}`),
    },
    fc.constantFrom('1024:', '!1:2', '40001'),
  );
const flow = fc.constantFrom(
  '',
  '',
  '',
  'to_server',
  'to_client',
  'established',
  'to_client,established',
  'not_established',
);

const statefulRuleOf = (port: fc.Arbitrary<number>) =>
  fc
    .record({
      action: fc.constantFrom('pass', 'pass', 'drop', 'reject', 'alert'),
      protocol: fc.constantFrom('tcp', 'tcp', 'udp', 'icmp', 'ip'),
      source: addresses,
      destination: addresses,
      sourcePort: fc.oneof({ weight: 3, arbitrary: fc.constant('any') }, portsOf(port)),
      destinationPort: portsOf(port),
      arrow: fc.constantFrom('->', '->', '<>'),
      flow,
    })
    .map((rule) => {
      const hasPorts = rule.protocol === 'tcp' || rule.protocol === 'udp';
      const action = rule.action === 'reject' && rule.protocol !== 'tcp' ? 'drop' : rule.action;
      const [from, to] = hasPorts ? [rule.sourcePort, rule.destinationPort] : ['any', 'any'];
      return `${action} ${rule.protocol} ${rule.source} ${from} ${rule.arrow} ${rule.destination} ${to} (${rule.flow && `flow:${rule.flow};`}`;
    });

const statelessRuleOf = (port: fc.Arbitrary<number>) =>
  fc
    .record({
      action: fc.constantFrom('pass', 'forward', 'drop'),
      sources: fc.array(block, { maxLength: 2 }),
      destinations: fc.array(block, { maxLength: 2 }),
      protocols: fc.subarray([TCP, UDP]),
      destinationPorts: fc.array(fc.tuple(port, port), { maxLength: 1 }),
    })
    .map(({ action, sources, destinations, protocols, destinationPorts }) => ({
      action: action as 'pass' | 'forward' | 'drop',
      sources: sources.map(cidrOfText),
      destinations: destinations.map(cidrOfText),
      protocols,
      destinationPorts:
        protocols.length === 0
          ? []
          : destinationPorts.map(([one, other]) => ({ from: Math.min(one, other), to: Math.max(one, other) })),
    }));

/** A firewall that forwards most packets to a few stateful rules. `port`: those that rules name. */
export const randomFirewallOf = (port: fc.Arbitrary<number>): fc.Arbitrary<FirewallOptions> =>
  fc
    .record({
      stateless: fc.array(statelessRuleOf(port), { maxLength: 2 }),
      otherwise: fc.constantFrom('forward', 'forward', 'forward', 'pass', 'drop'),
      rules: fc.array(statefulRuleOf(port), { maxLength: 4 }),
      order: fc.constantFrom('strict', 'action'),
      drops: fc.constantFrom(undefined, 'all', 'established'),
      midstream: fc.constantFrom('drop', 'drop', 'continue', 'reject'),
    })
    .map(({ stateless, otherwise, rules, order, drops, midstream }) => ({
      stateless,
      otherwise: otherwise as 'forward' | 'pass' | 'drop',
      rules: rules.map((rule, index) => `${rule} sid:${index + 1};)`).join('\n'),
      order: order as 'strict' | 'action',
      ...(order === 'strict' && drops !== undefined ? { drops: drops as 'all' | 'established' } : {}),
      midstream: midstream as 'drop' | 'continue' | 'reject',
    }));

export const randomFirewall = randomFirewallOf(port);
