/** Explaining a packet: the same stages, the rule that decided, and nothing changed by asking. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { TCP, UDP } from '../net/protocol.ts';
import type { TraceRequest } from '../tables/data-plane.ts';
import { check, delivered, network, OUTSIDE } from '../testing/network.ts';
import { tcp } from '../testing/packets.ts';
import { addressOf, idOf } from '../testing/rows.ts';

const ask = (
  from: string,
  source: string,
  destination: string,
  destinationPort: number,
  protocol = TCP,
): TraceRequest => ({
  from: from === 'internet' ? { kind: 'internet' } : { kind: 'interface', id: idOf('eni', from) },
  source: addressOf(source),
  destination: addressOf(destination),
  protocol,
  sourcePort: 40_000,
  destinationPort,
  icmp: undefined,
});

const make = () =>
  network(
    {
      web: { ip: '10.0.1.10', public: '198.18.0.10', in: ['tcp 80 from 0.0.0.0/0'] },
      db: { ip: '10.0.2.20', in: ['tcp 5432 from web'] },
    },
    { routes: { '10.0.1.0/24': ['0.0.0.0/0 internet'] } },
  );

test('a trace names each stage, the component that decided there, and where the packet ends', () => {
  const { fabric } = make();
  const trace = fabric.explain(ask('web', '10.0.1.10', '10.0.2.20', 5432));
  equal(trace.verdict, 'delivered');
  equal(trace.deliveredTo, 'eni-db');
  const decided = trace.path.map(({ stage, component }) =>
    `${stage}: ${component?.id ?? ''} ${component?.detail ?? ''}`.trim(),
  );
  deepEqual(decided.slice(7), [
    'security-group-out: sg-web sgr-web-open: all traffic, peer 0.0.0.0/0',
    'subnet:',
    'network-acl-out: acl-main/10.0.1.0/24 egress entry 100: allow all traffic, 0.0.0.0/0',
    'route: rtb-main/10.0.1.0/24 10.0.0.0/16 to local',
    'block-public-access-out:',
    'gateway:',
    'network-acl-in: acl-main/10.0.2.0/24 ingress entry 100: allow all traffic, 0.0.0.0/0',
    'destination-check: eni-db',
    'security-group-in: sg-db sgr-db-in-0: tcp 5432, peer sg-web',
    'mtu:',
    'deliver:',
  ]);
});

test('a trace of a drop gives the reason, AWS’s code and a sentence', () => {
  const { fabric } = make();
  const trace = fabric.explain(ask('db', '10.0.2.20', '10.0.1.10', 22));
  equal(trace.reason, 'security-group-in/no-rule');
  equal(trace.code, 'ENI_SG_RULES_MISMATCH');
  equal(trace.path.at(-1)?.packet, '10.0.2.20:40000 > 10.0.1.10:22 tcp');
  equal(trace.explanation?.startsWith('no ingress rule'), true);
});

test('a trace through a gateway shows the translated packet', () => {
  const { fabric } = make();
  const out = fabric.explain(ask('web', '10.0.1.10', OUTSIDE, 443));
  deepEqual([out.deliveredTo, out.path.at(-1)?.packet], ['internet', `198.18.0.10:40000 > ${OUTSIDE}:443 tcp`]);
  const back = fabric.explain(ask('internet', OUTSIDE, '198.18.0.10', 80));
  deepEqual([back.deliveredTo, back.path.at(-1)?.packet], ['eni-web', `${OUTSIDE}:40000 > 10.0.1.10:80 tcp`]);
  equal(fabric.explain(ask('web', '10.0.1.10', '169.254.169.253', 53, UDP)).verdict, 'answered');
});

test('an answer passes when its question is assumed, and not without', () => {
  const { fabric } = make();
  const question = ask('web', '10.0.1.10', '10.0.2.20', 5432);
  const answer = { ...ask('db', '10.0.2.20', '10.0.1.10', 40_000), sourcePort: 5432 };
  equal(fabric.explain(answer).reason, 'security-group-in/no-rule');
  equal(fabric.explain(answer, question).verdict, 'delivered');
  equal(fabric.explain(answer, { ...question, destinationPort: 22 }).reason, 'security-group-in/no-rule');
  equal(fabric.counters().trackedConnections, 0);
});

test('asking changes nothing, and what is not attached cannot send', () => {
  const net = make();
  net.fabric.explain(ask('web', '10.0.1.10', '10.0.2.20', 5432));
  equal(net.counters.trackedConnections, 0);
  equal(net.fabric.explain(ask('nobody', '10.0.1.10', '10.0.2.20', 5432)).reason, 'port/not-attached');
  check(net, tcp('web', 'db', 5432), delivered('db'));
  net.setRules('db', {});
  equal(net.fabric.explain(ask('web', '10.0.1.10', '10.0.2.20', 5432)).verdict, 'delivered');
});
