/** VPC Block Public Access at internet gateways and egress-only ones, mode by mode (user guide, security-vpc-bpa). */
import { equal } from 'node:assert/strict';
import { test } from 'node:test';
import type { SubnetRow } from '../tables/tables.ts';
import { check, delivered, dropped, network, type TestNetwork } from '../testing/network.ts';
import { ping, reply, tcp } from '../testing/packets.ts';
import { idOf } from '../testing/rows.ts';

type Mode = SubnetRow['internetGatewayBlockMode'];

const OUT = dropped('block-public-access-out/blocked');
const IN = dropped('block-public-access-in/blocked');
const ANY = { in: ['all from 0.0.0.0/0', 'all from ::/0'], out: ['all to 0.0.0.0/0', 'all to ::/0'] };
const OPEN = { in: ['1 allow all 0.0.0.0/0', '2 allow all ::/0'], out: ['1 allow all 0.0.0.0/0', '2 allow all ::/0'] };
const SUBNETS = ['10.0.1.0/24', '10.0.2.0/24', '10.0.3.0/24', '10.0.4.0/24'] as const;

/** `web` is public, `app` behind a NAT gateway, `six` behind an egress-only gateway; modes in the order of SUBNETS, the NAT gateway's third. */
const tiers = (...modes: readonly Mode[]): TestNetwork =>
  network(
    {
      web: { ip: '10.0.1.10', public: '198.18.0.10', ipv6: '3fff:0:0:1::10', ...ANY },
      app: { ip: '10.0.2.10', ...ANY },
      nat: { ip: '10.0.3.10', public: '198.18.0.30', nat: true },
      six: { ip: '10.0.4.10', ipv6: '3fff:0:0:4::10', ...ANY },
    },
    {
      routes: {
        '10.0.1.0/24': ['0.0.0.0/0 internet', '::/0 internet'],
        '10.0.2.0/24': ['0.0.0.0/0 nat nat'],
        '10.0.3.0/24': ['0.0.0.0/0 internet'],
        '10.0.4.0/24': ['::/0 eigw'],
      },
      acls: { '10.0.1.0/24': OPEN, '10.0.4.0/24': OPEN },
      blockModes: Object.fromEntries(SUBNETS.map((subnet, index) => [subnet, modes[index] ?? modes[0] ?? 'off'])),
    },
  );

const overIpv6 = { ipv6: true };

test('bidirectional: nothing goes through a gateway to the internet, neither directly nor by NAT nor over IPv6', () => {
  const net = tiers('block-bidirectional');
  check(net, tcp('web', 'internet', 80), OUT);
  check(net, ping('web', 'internet', overIpv6), OUT);
  check(net, tcp('app', 'internet', 80), OUT);
  check(net, ping('six', 'internet', overIpv6), OUT);
  check(net, tcp('internet', 'web', 80), IN);
  check(net, tcp('web', '198.18.0.30', 80), OUT);
  check(net, tcp('web', 'app', 80), delivered('app'));
});

test('ingress: what goes through NAT gateways and egress-only gateways passes both ways, nothing else does', () => {
  const net = tiers('block-ingress');
  check(net, tcp('web', 'internet', 80), OUT);
  check(net, tcp('internet', 'web', 80), IN);
  check(net, ping('web', 'internet', overIpv6), OUT);
  check(net, tcp('app', 'internet', 80), delivered('internet'));
  check(net, tcp('internet', '198.18.0.30', 40_000), dropped('nat-gateway/unsolicited'));
  const question = ping('six', 'internet', overIpv6);
  check(net, question, delivered('internet'));
  check(net, reply(question), delivered('six'));
});

test('a subnet that is excluded has the internet, the others have not; of NAT the gateway’s subnet decides', () => {
  const net = tiers('off', 'block-bidirectional', 'block-ingress', 'block-bidirectional');
  check(net, tcp('web', 'internet', 80), delivered('internet'));
  check(net, tcp('internet', 'web', 80), delivered('web'));
  check(net, tcp('app', 'internet', 80), delivered('internet'));
  check(net, ping('six', 'internet', overIpv6), OUT);
});

test('a trace says that it was Block Public Access, in which VPC and in which mode', () => {
  const net = tiers('block-bidirectional');
  check(net, tcp('internet', 'web', 80), IN);
  equal(net.lastTrace.at(-1)?.endsWith(`vpc-block-public-access ${idOf('vpc', 'main')} block-bidirectional`), true);
});
