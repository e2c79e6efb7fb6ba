/** Traces from and to the customer's site: by the route of a VPN connection, and by the gateway that was named. */
import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { given, type Lab, lab } from '../testing/instance-parts.ts';
import { outsideWorld } from '../testing/network-copy.ts';
import { changeIn, make, questionOf, traceIn } from '../testing/questions.ts';
import { overTransit, privateAddress } from '../testing/reachability.ts';
import { tiers } from '../testing/tiers.ts';
import { type UnderstoodTrace, understandTrace } from './trace-question.ts';

const understood = ({ account }: Lab, from: string, to: string): UnderstoodTrace =>
  account.transact((tx) => understandTrace(tx, questionOf(from, to, { tcp: 443 }), outsideWorld));

interface VpnLab extends Lab {
  readonly vpnGatewayId: string;
  readonly webId: string;
}

/** An instance in a VPC whose virtual private gateway leads to 192.168.0.0/16 at the site; its group lets nothing in. */
function vpnLab(): VpnLab {
  const net = lab();
  const { account, vpcId } = net;
  const vpnGatewayId = gatewayToSite(net, '192.168.0.0/16');
  account.call('AttachVpnGateway', { VpcId: vpcId, VpnGatewayId: vpnGatewayId });
  const { RouteTables = [] } = account.call('DescribeRouteTables', { Filters: [{ Name: 'vpc-id', Values: [vpcId] }] });
  account.call('EnableVgwRoutePropagation', {
    GatewayId: vpnGatewayId,
    RouteTableId: given(RouteTables[0]?.RouteTableId),
  });
  return { ...net, vpnGatewayId, webId: net.instance() };
}

/** A virtual private gateway with a connection to the site that has this static route, if any. */
function gatewayToSite({ account }: Lab, block?: string): string {
  const ipsec = { Type: 'ipsec.1' } as const;
  const VpnGatewayId = given(account.call('CreateVpnGateway', ipsec).VpnGateway?.VpnGatewayId);
  const { CustomerGateway: customer } = account.call('CreateCustomerGateway', { ...ipsec, IpAddress: '203.0.113.5' });
  const { VpnConnection: connection } = account.call('CreateVpnConnection', {
    ...ipsec,
    CustomerGatewayId: given(customer?.CustomerGatewayId),
    VpnGatewayId,
    Options: { StaticRoutesOnly: true },
  });
  const VpnConnectionId = given(connection?.VpnConnectionId);
  if (block !== undefined) account.call('CreateVpnConnectionRoute', { VpnConnectionId, DestinationCidrBlock: block });
  return VpnGatewayId;
}

for (const named of ['site', 'the virtual private gateway'] as const) {
  const end = (net: VpnLab): string => (named === 'site' ? named : net.vpnGatewayId);

  test(`a packet from ${named} has an address of the static route, and its answer goes back there`, () => {
    const net = vpnLab();
    const question = questionOf(end(net), net.webId, { tcp: 443 });
    const lost = traceIn(net.account, question).forward;
    deepEqual([lost.verdict, lost.path.at(-1)?.stage], ['dropped', 'security-group-in']);
    equal(
      lost.path.some(({ stage }) => stage === 'site-arrival'),
      true,
    );
    equal(lost.path[0]?.before?.source, '192.168.0.1');
    make(net.account, given(changeIn(net.account, question)));
    const { forward, reply } = traceIn(net.account, question);
    deepEqual([forward.verdict, reply?.verdict, reply?.deliveredTo], ['delivered', 'delivered', 'site']);
  });

  test(`a packet to ${named} leaves by the propagated route`, () => {
    const net = vpnLab();
    const { forward, reply } = traceIn(net.account, questionOf(net.webId, end(net), { tcp: 443 }));
    deepEqual([forward.verdict, forward.deliveredTo, reply?.verdict], ['delivered', 'site', 'delivered']);
  });
}

test('what lets a packet of the site in admits its address alone', () => {
  const net = vpnLab();
  const [call] = given(changeIn(net.account, questionOf('site', net.webId, { tcp: 443 })));
  equal(JSON.stringify(call?.parameters).includes('192.168.0.1/32'), true);
});

test('a packet that comes by another virtual private gateway than the one named is not delivered', () => {
  const net = vpnLab();
  const other = gatewayToSite(net, '192.168.0.0/16');
  const { forward } = traceIn(net.account, questionOf(net.webId, other, { tcp: 443 }));
  deepEqual([forward.verdict, forward.reason], ['dropped', 'end/other-gateway']);
});

test('a site without a static route has no address to trace from', () => {
  const net = lab();
  throws(
    () => traceIn(net.account, questionOf('site', net.instance(), { tcp: 443 })),
    /No VPN connection of site has a static route/,
  );
  const bare = gatewayToSite(net);
  throws(
    () => traceIn(net.account, questionOf(bare, net.instance(), { tcp: 443 })),
    new RegExp(`of ${bare} has a static route`),
  );
});

test('an end is an instance by its Name tag, unless several have it or none', () => {
  const net = lab();
  const named = (Value: string): string =>
    net.instance({ TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'Name', Value }] }] });
  const web = named('web');
  equal(understood(net, 'web', 'internet').from.instanceId, web);
  throws(() => understood(net, 'web', 'db'), /no instance in this account and Region has the Name tag db/);
  const other = named('web');
  throws(
    () => understood(net, 'web', 'internet'),
    new RegExp(`Say which: ${web} \\(running\\), ${other} \\(running\\)`),
  );
  net.terminate(other);
  equal(understood(net, 'web', 'internet').from.instanceId, web);
});

test('a transit gateway as an end is the attachment of the other end’s VPC, where the packet begins or ends', () => {
  const net = tiers();
  const { gateway, one, two } = overTransit(net);
  const source = privateAddress(net, one.instance);
  const there = traceIn(net.account, questionOf(gateway, two.instance, { tcp: 80, source }));
  deepEqual([there.forward.verdict, there.forward.path[0]?.at?.ownerId], ['delivered', two.id]);
  deepEqual([there.reply?.verdict, there.reply?.deliveredTo], ['delivered', two.id]);
  const destination = '10.55.0.1';
  const out = traceIn(net.account, questionOf(one.instance, gateway, { tcp: 80, destination }));
  deepEqual([out.forward.verdict, out.forward.deliveredTo, out.reply], ['delivered', one.id, undefined]);
  const astray = traceIn(net.account, questionOf(one.instance, gateway, { tcp: 80, destination: '192.0.2.7' }));
  equal(astray.forward.reason, 'route/no-route');
});

test('a packet from or to a transit gateway must say whose it is, and be of a VPC that is attached', () => {
  const net = tiers();
  const { gateway, one } = overTransit(net);
  throws(() => understood(net, gateway, one.instance), /Say whose packet comes from .*--src ADDRESS/);
  throws(() => understood(net, one.instance, gateway), /Say where the packet goes beyond .*--dst ADDRESS/);
  throws(() => understood(net, gateway, 'internet'), /is in no VPC. Name an attachment/);
  throws(() => understood(net, gateway, net.web.id), /has no attachment to/);
});
