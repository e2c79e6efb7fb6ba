/** Classic Load Balancers in an analysis: the path through one, and what keeps a packet from it or from its instances. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { elb } from '../../testing/other-services.ts';
import { analyse, port, privateAddress } from '../../testing/reachability.ts';
import { behindAcl, classicBalancer } from '../../testing/reachability-of-classic-load-balancers.ts';
import { admit, tiers } from '../../testing/tiers.ts';

const LISTENER = { LoadBalancerPort: 80, InstancePort: 8080 };

test('a path shows the load balancer between its node and each of its instances, and the way back', () => {
  const net = tiers();
  const other = net.instance({ SubnetId: net.db.subnetId, SecurityGroupIds: [net.db.groupId] });
  const { arn, node, at } = classicBalancer(net, [net.db.id, other], [net.web.subnetId]);
  admit(net, net.db.groupId, 8080);
  for (const Destination of [net.db.id, other]) {
    const analysis = analyse(net, { ...at(80), Destination });
    equal(analysis.NetworkPathFound, true);
    const path = analysis.ForwardPathComponents ?? [];
    const ids = path.map(({ Component }) => Component?.Id ?? '');
    deepEqual(
      ids.filter((id) => [node, arn, Destination].includes(id)),
      [node, arn, node, Destination],
    );
    const shown = path.find(({ Component }) => Component?.Arn === arn);
    deepEqual(
      shown?.OutboundHeader?.DestinationPortRanges,
      [8080].map((From) => ({ From, To: From })),
    );
    equal(
      analysis.ReturnPathComponents?.some(({ Component }) => Component?.Arn === arn),
      true,
    );
  }
});

test('a listener that does not take a packet is named by its ports', () => {
  const net = tiers();
  const { arn, at } = classicBalancer(net, [net.db.id]);
  const [mismatch, restriction] = analyse(net, at(81)).Explanations ?? [];
  deepEqual(
    [mismatch?.ExplanationCode, mismatch?.LoadBalancerArn, mismatch?.Component?.Arn],
    ['ELB_LISTENERS_MISMATCH', arn, arn],
  );
  deepEqual(
    [restriction?.ExplanationCode, restriction?.ClassicLoadBalancerListener, restriction?.LoadBalancerListenerPort],
    ['ELB_LISTENER_PORT_RESTRICTION', LISTENER, 80],
  );
  deepEqual([restriction?.Component?.Arn, restriction?.PortRanges], [arn, [{ From: 80, To: 80 }]]);
});

test('behind the load balancer there is the instance’s port alone', () => {
  const net = tiers();
  const { at } = classicBalancer(net, [net.db.id]);
  admit(net, net.db.groupId, 8080);
  const ask = (to: number) => analyse(net, { ...at(80), FilterAtDestination: { DestinationPortRange: port(to) } });
  equal(ask(8080).NetworkPathFound, true);
  const [restriction] = ask(80).Explanations ?? [];
  deepEqual(
    [restriction?.ExplanationCode, restriction?.ClassicLoadBalancerListener, restriction?.LoadBalancerTargetPort],
    ['ELB_LISTENER_PORT_RESTRICTION', LISTENER, 8080],
  );
  deepEqual(restriction?.LoadBalancerTarget?.Address, privateAddress(net, net.db.id));
});

test('the ACL of its subnet stands before an instance beside it, and is named with the entry', () => {
  const net = tiers();
  const { at } = behindAcl(net);
  const [decisive] = analyse(net, at(80)).Explanations ?? [];
  deepEqual([decisive?.ExplanationCode, decisive?.Direction], ['ELB_ACL_RESTRICTION', 'egress']);
  deepEqual([decisive?.AclRule?.RuleNumber, decisive?.AclRule?.Egress], [32767, true]);
  equal(decisive?.Subnet?.Id, net.db.subnetId);
});

test('what is not registered is no address that it sends to; what is in another zone needs cross-zone load balancing', () => {
  const net = tiers();
  const elsewhere = net.subnet('10.0.7.0/24', 'us-east-1b');
  const far = net.instance({ SubnetId: elsewhere });
  const { at } = classicBalancer(net, [far]);
  const codes = (Destination: string) =>
    analyse(net, { ...at(80), Destination }).Explanations?.map(({ ExplanationCode }) => ExplanationCode) ?? [];
  equal(codes(net.db.id).includes('TARGET_ADDRESS_RESTRICTION'), true);
  equal(codes(far).includes('ELB_INSTALLED_AZ_RESTRICTION'), true);
  const call = elb(net.account);
  call('AttachLoadBalancerToSubnets', { LoadBalancerName: 'front', Subnets: [elsewhere] });
  equal(codes(far).includes('ELB_NOT_CROSSZONE'), true);
  call('ModifyLoadBalancerAttributes', {
    LoadBalancerName: 'front',
    LoadBalancerAttributes: { CrossZoneLoadBalancing: { Enabled: true } },
  });
  equal(codes(far).includes('ELB_NOT_CROSSZONE'), false);
});
