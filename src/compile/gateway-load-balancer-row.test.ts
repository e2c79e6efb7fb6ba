/** What the fabric is told of Gateway Load Balancers and of the endpoints that lead to them, as things change. */
import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { LoadBalancer } from '../model/resources/load-balancer.ts';
import { NetworkInterface } from '../model/resources/network-interface.ts';
import { TargetGroup } from '../model/resources/target-group.ts';
import { deregisterTargets, registerTargets } from '../model/target-groups.ts';
import type { Transaction } from '../model/transaction.ts';
import { formatIpv4 } from '../net/address.ts';
import { FollowedTables } from '../testing/followed-tables.ts';
import { gatewayLoadBalancer, gatewayService } from '../testing/gateway-service.ts';
import { given, lab } from '../testing/instance-parts.ts';
import { gatewayLoadBalancerRow } from './gateway-load-balancer-row.ts';
import { interfaceRow } from './interface-row.ts';

const NOW_MS = Date.UTC(2024, 0, 2);
const ELSEWHERE = '10.0.3.0/24';

test('a node has the targets of its zone, and those of all zones where the load balancer crosses them', () => {
  const net = lab();
  const { account } = net;
  const far = net.instance({ SubnetId: net.subnet(ELSEWHERE, 'us-east-1b') });
  const { id } = gatewayLoadBalancer(net, 'fleet', net.subnetId, [net.instance(), far]);
  const zones = () =>
    account.transact((tx) =>
      gatewayLoadBalancerRow(tx, id)?.nodes.map(({ targets }) =>
        targets.map((address) => formatIpv4(address).split('.', 3).join('.')),
      ),
    );
  deepEqual(zones(), [['10.0.1']]);
  account.transact((tx) =>
    tx.update(LoadBalancer, id, { attributes: { 'load_balancing.cross_zone.enabled': 'true' } }),
  );
  deepEqual(zones(), [['10.0.1', '10.0.3']]);
});

test('stickiness and failover are those of the target group', () => {
  const net = lab();
  const { id } = gatewayLoadBalancer(net, 'fleet', net.subnetId, []);
  const withAttributes = (attributes: Readonly<Record<string, string>>) =>
    net.account.transact((tx) => {
      for (const group of tx.list(TargetGroup)) tx.update(TargetGroup, group.id, { attributes });
      const { stickiness, rebalances } = given(gatewayLoadBalancerRow(tx, id));
      return [stickiness, rebalances];
    });
  deepEqual(withAttributes({}), ['five-tuple', false]);
  const sticky = { 'stickiness.enabled': 'true' };
  deepEqual(withAttributes(sticky), ['three-tuple', false]);
  const failover = { 'target_failover.on_unhealthy': 'rebalance', 'target_failover.on_deregistration': 'rebalance' };
  deepEqual(withAttributes({ ...sticky, ...failover, 'stickiness.type': 'source_ip_dest_ip' }), ['two-tuple', true]);
});

test('the rows follow load balancers, targets, services and endpoints, another account’s too', () => {
  const net = lab();
  const { account } = net;
  const instances = [net.instance(), net.instance()];
  const balancer = gatewayLoadBalancer(net, 'fleet', net.subnetId, instances);
  const other = gatewayLoadBalancer(net, 'other', net.subnetId, []);
  const { ServiceId, ServiceName } = gatewayService(net, balancer, true);
  const there = account.in({ account: '210987654321' });
  const VpcId = given(there.call('CreateVpc', { CidrBlock: '10.0.0.0/16' }).Vpc?.VpcId);
  const zone = { CidrBlock: '10.0.1.0/24', AvailabilityZone: 'us-east-1a' };
  const SubnetId = given(there.call('CreateSubnet', { VpcId, ...zone }).Subnet?.SubnetId);
  const tables = new FollowedTables(account.world);
  const follow = (when: string, committed: { readonly changes: Parameters<FollowedTables['follow']>[0] }): void => {
    tables.follow(committed.changes);
    tables.check(when);
  };
  const change = (work: (tx: Transaction) => void) => account.world.transact(account.scope, NOW_MS, work);
  const type = { VpcEndpointType: 'GatewayLoadBalancer', VpcId, ServiceName, SubnetIds: [SubnetId] } as const;
  follow('an endpoint waits', there.commit('CreateVpcEndpoint', type));
  const [endpoint] = given(there.call('DescribeVpcEndpoints', {}).VpcEndpoints);
  const VpcEndpointId = given(endpoint?.VpcEndpointId);
  const VpcEndpointIds = [VpcEndpointId];
  follow('it is accepted', account.commit('AcceptVpcEndpointConnections', { ServiceId, VpcEndpointIds }));
  const inspector = () =>
    there.transact((tx) => interfaceRow(tx, tx.get(NetworkInterface, endpoint?.NetworkInterfaceIds?.[0]))?.owner);
  const owner = { kind: 'gateway-load-balancer-endpoint', id: VpcEndpointId };
  const behind = (loadBalancerArn: string) => ({ kind: 'gateway-load-balancer', loadBalancerArn, zone: 'us-east-1a' });
  deepEqual(inspector(), { ...owner, inspector: behind(balancer.id) });
  const moved = { AddGatewayLoadBalancerArns: [other.id], RemoveGatewayLoadBalancerArns: [balancer.id] };
  follow(
    'the service has another load balancer',
    account.commit('ModifyVpcEndpointServiceConfiguration', { ServiceId, ...moved }),
  );
  deepEqual(inspector(), { ...owner, inspector: behind(other.id) });
  const [first = '', second = ''] = instances;
  const groups = (tx: Transaction) => tx.list(TargetGroup);
  follow(
    'a target goes',
    change((tx) => deregisterTargets(tx, given(groups(tx)[0]), [{ Id: first }])),
  );
  follow(
    'a target comes',
    change((tx) => registerTargets(tx, given(groups(tx)[1]), [{ Id: second }])),
  );
  follow('an instance ends', account.commit('TerminateInstances', { InstanceIds: [second] }));
  follow('an endpoint goes', there.commit('DeleteVpcEndpoints', { VpcEndpointIds }));
});
