import { deepEqual, match, throws } from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseSnapshot, snapshotText } from '../tables/network-snapshot.ts';
import { balancerArn } from '../testing/balancer-rows.ts';
import { type HostSpec, type NetworkOptions, rowsOf } from '../testing/network-rows.ts';
import { difference } from './difference.ts';
import type { ReachQuestion } from './question.ts';
import { type ReachEnd, type ReachReport, reach } from './report.ts';
import { rangesText } from './traffic-text.ts';
import { unusedRules } from './unused-rules.ts';

type Hosts = Readonly<Record<string, HostSpec>>;

const PUBLIC = { routes: { '10.0.1.0/24': ['0.0.0.0/0 internet'] } };
const shop: Hosts = {
  web: { ip: '10.0.1.10', public: '198.18.0.10', in: ['tcp 443 from 0.0.0.0/0', 'tcp 22 from 203.0.113.0/24'] },
  db: { ip: '10.0.2.20', in: ['tcp 5432 from web'] },
  bob: { ip: '10.0.2.30' },
};

const snapshotOf = (hosts: Hosts, options: NetworkOptions = PUBLIC) => ({
  rows: rowsOf(hosts, options),
  names: Object.fromEntries([
    ...Object.keys(hosts).map((name) => [`i-${name}`, name]),
    ...Object.keys(options.balancers ?? {}).map((name) => [balancerArn(name), name]),
  ]),
});

const nameOf = (end: ReachEnd): string =>
  end.kind === 'interface' ? (end.name ?? end.ownerId) : `${end.kind} ${end.addresses}`;

/** "web > db: tcp 5432", with "one way" where answers do not come back. */
const textsOf = ({ flows }: ReachReport): readonly string[] =>
  flows.map(({ from, to, via, traffic, answered, clientPorts }) => {
    const how = { yes: '', no: ' one way', some: ` answered at ${rangesText(clientPorts)}` }[answered];
    const by = via ? ` via ${nameOf(via)}` : '';
    return `${from.map(nameOf).join(', ')} > ${nameOf(to)}${by}: ${rangesText(traffic)}${how}`;
  });

const ask = (question: ReachQuestion, hosts = shop, options: NetworkOptions = PUBLIC): readonly string[] =>
  textsOf(reach(snapshotOf(hosts, options), question));

describe('reach', () => {
  test('leaves out who has a device of the machine in its interface’s place', () => {
    const open = { in: ['all from 0.0.0.0/0'] };
    const hosts = {
      one: { ip: '10.0.1.1', ...open, passthrough: true },
      two: { ip: '10.0.1.2', ...open },
      three: { ip: '10.0.2.3', ...open },
    };
    deepEqual(ask({ tcp: [80] }, hosts, {}), ['three > two: tcp 80', 'two > three: tcp 80']);
  });

  test('knows which ports a load balancer takes, and whose rules decide behind it, at their own port', () => {
    const hosts: Hosts = {
      client: { ip: '10.0.1.10' },
      other: { ip: '10.0.1.11' },
      node: { ip: '10.0.2.20', nodeOf: 'front', groups: [] },
      server: { ip: '10.0.3.30', in: ['tcp 8080 from 10.0.1.10/32', 'tcp 22 from 0.0.0.0/0'] },
    };
    const kept = { targets: ['10.0.3.30:8080'], keepsClients: true };
    const options = { balancers: { front: { 'tcp 80': kept, 'tcp 81': { targets: ['10.0.3.30:22'] } } } };
    deepEqual(ask({ to: '10.0.2.20' }, hosts, options), [
      'client > front via server: tcp 80',
      'client, other > front via server: tcp 81',
    ]);
  });

  test('names who can reach the database, and by what', () => {
    deepEqual(ask({ to: 'db' }), ['web > db: tcp 5432']);
  });

  test('tells blocks of the internet apart that a rule tells apart', () => {
    deepEqual(ask({ from: 'internet' }), [
      'internet 0.0.0.0/0 except 203.0.113.0/24 > web: tcp 443',
      'internet 203.0.113.0/24 > web: tcp 22, 443',
    ]);
    deepEqual(ask({ from: '203.0.113.9', tcp: [22] }), ['internet 203.0.113.9/32 > web: tcp 22']);
    deepEqual(ask({ from: '8.8.8.8', tcp: [22] }), []);
  });

  test('names the rules of both ends and the entries of the ACLs between', () => {
    const [flow] = reach(snapshotOf(shop), { to: 'db' }).flows;
    deepEqual(
      flow?.rules.map(
        ({ id, rule }) =>
          `${id} ${rule?.kind === 'network-acl-entry' ? rule.number : rule && 'id' in rule ? rule.id : ''}`,
      ),
      ['sg-web sgr-web-open', 'sg-db sgr-db-in-0', 'acl-main/10.0.2.0/24 100'].toSpliced(
        2,
        0,
        'acl-main/10.0.1.0/24 100',
      ),
    );
  });

  test('says that answers do not come back where a network ACL forgets them', () => {
    const egress = (ports: string) => ({
      ...PUBLIC,
      acls: { '10.0.2.0/24': { in: ['1 allow all 0.0.0.0/0'], out: [`1 allow tcp ${ports} 0.0.0.0/0`] } },
    });
    deepEqual(ask({ to: 'db' }, shop, egress('443')), ['web > db: tcp 5432 one way']);
    deepEqual(ask({ to: 'db' }, shop, egress('1024-65535')), ['web > db: tcp 5432']);
    deepEqual(ask({ to: 'db' }, shop, egress('32768-65535')), ['web > db: tcp 5432 answered at tcp 32768-65535']);
  });

  test('shows who stands in the receiver’s place where a route leads through an appliance', () => {
    const hosts: Hosts = { ...shop, wall: { ip: '10.0.3.5', check: false, in: ['all from 10.0.0.0/16'] } };
    const options = { routes: { '10.0.1.0/24': ['0.0.0.0/0 internet', '10.0.2.0/24 to-host wall'] } };
    deepEqual(ask({ from: 'web', to: 'db' }, hosts, options), ['web > db via wall: all traffic']);
  });

  test('does not take a host of another VPC for the one with the same address here', () => {
    const hosts: Hosts = { ...shop, twin: { ip: '10.0.2.20', vpc: 'other', in: ['all from 0.0.0.0/0'] } };
    deepEqual(ask({ to: 'twin' }, hosts), []);
    deepEqual(ask({ to: 'db' }, hosts), ['web > db: tcp 5432']);
  });

  test('leads to the internet through a NAT gateway with what that translates', () => {
    const hosts: Hosts = { ...shop, nat: { ip: '10.0.1.99', public: '198.18.0.99', nat: true } };
    const options = { routes: { ...PUBLIC.routes, '10.0.2.0/24': ['0.0.0.0/0 nat nat'] } };
    deepEqual(ask({ from: 'bob', to: 'internet' }, hosts, options), [
      'bob > internet 0.0.0.0/0: tcp all ports; udp all ports; icmp echo request',
    ]);
  });

  test('counts the hops of each packet through a NAT gateway anew, however many ways lead there', () => {
    const hosts: Hosts = { ...shop, nat: { ip: '10.0.1.99', public: '198.18.0.99', nat: true } };
    // More than a packet has hops.
    const blocks = Array.from({ length: 80 }, (_, index) => `203.0.${index}.0/24`);
    const options = { routes: { ...PUBLIC.routes, '10.0.2.0/24': blocks.map((block) => `${block} nat nat`) } };
    deepEqual(ask({ from: 'bob', to: 'internet', udp: [53] }, hosts, options), [
      `bob > internet ${blocks.join(', ')}: udp 53`,
    ]);
  });

  test('knows what a firewall on the way passes, both ways, and names its rules', () => {
    const hosts: Hosts = { ...shop, eye: { ip: '10.0.3.5', firewall: 'arn' } };
    const between = (rules: string, drops?: 'all') => ({
      routes: { '10.0.1.0/24': ['10.0.2.0/24 inspect eye'], '10.0.2.0/24': ['10.0.1.0/24 inspect eye'] },
      firewalls: { arn: { rules, order: 'strict' as const, ...(drops ? { drops } : {}) } },
    });
    const open: Hosts = { ...hosts, db: { ip: '10.0.2.20', in: ['tcp 5000-6000 from 10.0.0.0/16'] } };
    const question = { from: 'web', to: 'db' };
    deepEqual(ask(question, open, between('drop tcp any any -> any 5400:5500 (flow:to_server; sid:1;)')), [
      'web > db: tcp 5000-5399, 5501-6000',
    ]);
    // Without the side, the rule drops answers to clients at these ports as well.
    deepEqual(ask(question, open, between('drop tcp any any -> any 5400:5500 (sid:1;)')), [
      'web > db: tcp 5000-5399, 5501-6000 answered at tcp 0-5399, 5501-65535',
    ]);
    deepEqual(ask(question, open, between('pass tcp any any -> any 5432 (sid:1;)', 'all')), ['web > db: tcp 5432']);
    deepEqual(ask(question, open, between('drop tcp any 5432 -> any any (sid:1;)')), [
      'web > db: tcp 5000-5431, 5433-6000 answered at tcp 0-5431, 5433-65535',
      'web > db: tcp 5432 one way',
    ]);
    deepEqual(ask(question, open, between('pass tcp any 50000: -> any 5432 (sid:1;)', 'all')), [
      'web > db: tcp 5432 answered at tcp 50000-65535',
    ]);
    const options = between('pass tcp any any -> any 5432 (sid:1;)', 'all');
    const [flow] = reach(snapshotOf(open, options), question).flows;
    deepEqual(flow?.rules.at(-1)?.detail, 'sid 1: pass tcp any any -> any 5432');
  });

  test('refuses an end that is nobody', () => {
    throws(() => ask({ to: 'nobody' }), /Nobody in the network is nobody/);
  });

  test('a network that was saved and read back answers the same', () => {
    const hosts: Hosts = {
      ...shop,
      six: { ip: '10.0.1.40', ipv6: '3fff::40', in: ['tcp 80 from ::/0'], out: ['all to ::/0'] },
    };
    const snapshot = snapshotOf(hosts);
    deepEqual(reach(parseSnapshot(snapshotText(snapshot))), reach(snapshot));
    throws(() => parseSnapshot('{"format":"other"}'), /is not a network/);
  });
});

test('whoever asks for its own address asks nobody, though a route leads to an appliance with it', () => {
  const hosts: Hosts = {
    one: { ip: '10.0.2.10' },
    appliance: { ip: '10.0.2.20', in: ['tcp 80 from 0.0.0.0/0'], check: false },
  };
  const routes = { '10.0.2.0/24': ['10.0.2.0/24 to-host appliance'] };
  deepEqual(ask({ from: 'one', tcp: [80] }, hosts, { routes }), ['one > appliance: tcp 80']);
});

test('an appliance to which its own packet comes back reaches nobody with it', () => {
  const open = { out: ['all to 0.0.0.0/0'] };
  const hosts: Hosts = {
    web: { ip: '10.0.1.10', public: '198.18.0.10', in: ['all from 0.0.0.0/0'] },
    appliance: { ip: '10.0.2.10', public: '198.18.0.11', check: false, ...open },
  };
  const routes = { '10.0.1.0/24': ['0.0.0.0/0 internet'], '10.0.2.0/24': ['0.0.0.0/0 internet'] };
  const found = reach(snapshotOf(hosts, { routes, edgeRoutes: { main: ['10.0.1.0/24 to-host appliance'] } }), {
    from: 'appliance',
    tcp: [80],
  });
  deepEqual(
    found.flows.filter(({ via }) => via !== undefined),
    [],
  );
});

describe('the customer’s site', () => {
  const OFFICE = '192.168.0.0/16';
  const byVpn: NetworkOptions = {
    vpns: { office: { vpc: 'main', site: [OFFICE, '172.16.0.0/12'] } },
    routes: { '10.0.1.0/24': [`${OFFICE} vgw`], '10.0.2.0/24': [`${OFFICE} vgw`] },
  };
  const hosts: Hosts = {
    web: { ip: '10.0.1.10', in: ['tcp 443 from 0.0.0.0/0'] },
    db: { ip: '10.0.2.20', in: ['tcp 5432 from web', `tcp 22 from ${OFFICE}`] },
  };

  test('behind a virtual private gateway reaches and is reached by the addresses of its connections', () => {
    deepEqual(ask({ from: 'site' }, hosts, byVpn), [
      'site 172.16.0.0/12 > web: tcp 443 one way',
      `site ${OFFICE} > web: tcp 443`,
      `site ${OFFICE} > db: tcp 22`,
    ]);
    deepEqual(ask({ to: 'site', tcp: [25] }, hosts, byVpn), [`web, db > site ${OFFICE}: tcp 25`]);
    deepEqual(ask({ from: '192.168.7.0/24', tcp: [22] }, hosts, byVpn), ['site 192.168.7.0/24 > db: tcp 22']);
    throws(() => ask({ from: 'site' }, hosts, {}), /has no site/);
  });

  test('behind a transit gateway goes where that one’s tables lead', () => {
    const hub = (...table: readonly string[]): NetworkOptions => ({
      transit: {
        hub: {
          vpcs: { main: { subnets: ['10.0.3.0/24'], table: 'all' } },
          vpns: { office: { table: 'all' } },
          tables: { all: table },
        },
      },
      vpns: { office: { transit: 'hub', site: [OFFICE] } },
      routes: { '10.0.1.0/24': [`${OFFICE} tgw hub`], '10.0.2.0/24': [`${OFFICE} tgw hub`] },
    });
    deepEqual(ask({ from: 'site' }, hosts, hub('10.0.1.0/24 main', `${OFFICE} office`)), [
      `site ${OFFICE} > web: tcp 443`,
    ]);
    deepEqual(ask({ from: 'site' }, hosts, hub('10.0.1.0/24 main')), [`site ${OFFICE} > web: tcp 443 one way`]);
  });

  test('sends itself nothing that is asked about, not even where an appliance gets it', () => {
    const hosts: Hosts = { appliance: { ip: '10.0.2.10', in: ['tcp 80 from 0.0.0.0/0'], check: false } };
    const options: NetworkOptions = {
      routes: { '10.0.3.0/24': [`${OFFICE} to-host appliance`] },
      vpns: { office: { transit: 'hub', site: [OFFICE] } },
      transit: {
        hub: {
          vpcs: { main: { subnets: ['10.0.3.0/24'] } },
          vpns: { office: { table: 'hub' } },
          tables: { hub: ['0.0.0.0/0 main'] },
        },
      },
    };
    deepEqual(ask({ from: 'site', tcp: [80] }, hosts, options), [`site ${OFFICE} > appliance: tcp 80 one way`]);
  });

  test('is an end of changes, and its rules are used', () => {
    const snapshot = { rows: rowsOf(hosts, byVpn), names: {} };
    const closed = { rows: rowsOf({ ...hosts, db: { ip: '10.0.2.20' } }, byVpn), names: {} };
    deepEqual(
      difference(closed, snapshot)
        .changes.filter(({ from }) => from[0]?.kind === 'site')
        .map(({ change, traffic, from }) => [change, rangesText(traffic), from]),
      [['opened', 'tcp 22', [{ kind: 'site', addresses: OFFICE }]]],
    );
    deepEqual(
      unusedRules(snapshot).filter(({ kind }) => kind === 'security-group-rule'),
      [],
    );
  });
});

describe('difference', () => {
  const open = (rule: string): Hosts => ({ ...shop, db: { ip: '10.0.2.20', in: ['tcp 5432 from web', rule] } });
  const changes = (before: Hosts, after: Hosts) =>
    difference(snapshotOf(before), snapshotOf(after)).changes.map(
      ({ change, traffic, from, to }) =>
        `${change} ${rangesText(traffic)}: ${[from, to].map((ends) => ends.map((end) => (end.kind === 'interface' ? end.name : end.addresses)).join(', ')).join(' > ')}`,
    );

  test('is empty for a network and itself', () => {
    deepEqual(changes(shop, shop), []);
  });

  test('says what is opened to whom, and closed the other way round', () => {
    deepEqual(changes(shop, open('tcp 22 from 10.0.2.0/24')), ['opened tcp 22: bob > db']);
    deepEqual(changes(open('tcp 22 from 10.0.2.0/24'), shop), ['closed tcp 22: bob > db']);
  });

  test('finds the block of the internet that a wider rule lets in', () => {
    const wider: Hosts = {
      ...shop,
      web: { ...shop.web, ip: '10.0.1.10', in: ['tcp 443 from 0.0.0.0/0', 'tcp 22 from 203.0.112.0/23'] },
    };
    deepEqual(changes(shop, wider), ['opened tcp 22: 203.0.112.0/23 except 203.0.113.0/24 > web']);
  });

  test('knows interfaces by their names where ids differ', () => {
    const renamed = snapshotOf({
      ...shop,
      other: { ip: '10.0.2.20', groups: ['db'] },
      db: { ip: '10.0.9.9', in: ['tcp 5432 from web'] },
    });
    const rows = renamed.rows.filter(({ id }) => id !== 'eni-db');
    deepEqual(difference(snapshotOf(shop), { rows, names: { ...renamed.names, 'i-other': 'db' } }).changes, []);
  });
});

describe('unused rules', () => {
  const unused = (hosts: Hosts, options: NetworkOptions = PUBLIC) =>
    unusedRules(snapshotOf(hosts, options)).map(
      ({ componentId, direction, rule, why }) => `${componentId} ${direction} ${rule}: ${why}`,
    );

  test('are none where every rule lets something pass', () => {
    deepEqual(unused(shop), []);
  });

  test('are those of groups that nobody has, and those that name one', () => {
    const found = unused(
      { ...shop, db: { ip: '10.0.2.20', in: ['tcp 5432 from web', 'tcp 22 from old'] } },
      { ...PUBLIC, groups: { old: { in: ['tcp 1 from web'], out: [] } } },
    );
    deepEqual(found, [
      'sg-old ingress sgr-old-in-0: no attached interface has the group',
      'sg-db ingress sgr-db-in-1: no attached interface has sg-old, which it names',
    ]);
  });

  test('are those that routes and ACLs let no packet come to', () => {
    const [rule, ...more] = unused({
      ...shop,
      db: { ip: '10.0.2.20', in: ['tcp 5432 from web', 'tcp 22 from 203.0.113.0/24'] },
    });
    match(rule ?? '', /^sg-db ingress sgr-db-in-1: no possible packet/);
    deepEqual(more, []);
  });

  test('are entries that earlier ones leave nothing to decide', () => {
    const acls = {
      '10.0.2.0/24': {
        in: ['1 allow tcp 0-65535 0.0.0.0/0', '2 deny tcp 22 0.0.0.0/0', '3 allow all 0.0.0.0/0'],
        out: ['1 allow all 0.0.0.0/0'],
      },
    };
    deepEqual(unused(shop, { ...PUBLIC, acls }), [
      'acl-main/10.0.2.0/24 ingress 2: no possible packet comes to it that no entry before it decides about',
    ]);
  });
});
