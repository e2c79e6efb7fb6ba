/** Which rows of the tables may be others after a row of the model changed. */

import { isOfTransit, loggedAttachments, loggedInterfaces } from '../model/flow-log-lifecycle.ts';
import { placementsOn } from '../model/hosts.ts';
import { interfacesOfInstance } from '../model/instance-interfaces.ts';
import { interfaceOwnerOf } from '../model/interface-elastic-ips.ts';
import type { Kind, Row } from '../model/kind.ts';
import { LOAD_BALANCER_TAG } from '../model/load-balancers.ts';
import { inAccount } from '../model/owned.ts';
import { BlockPublicAccessOptions, PublicAccessExclusion } from '../model/resources/block-public-access.ts';
import { ClassicLoadBalancer } from '../model/resources/classic-load-balancer.ts';
import { ElasticIp } from '../model/resources/elastic-ip.ts';
import { FlowLog } from '../model/resources/flow-log.ts';
import { Instance } from '../model/resources/instance.ts';
import { EgressOnlyInternetGateway, InternetGateway } from '../model/resources/internet-gateway.ts';
import { Listener } from '../model/resources/listener.ts';
import { LoadBalancer } from '../model/resources/load-balancer.ts';
import { NatGateway } from '../model/resources/nat-gateway.ts';
import { NetworkAcl } from '../model/resources/network-acl.ts';
import { Firewall, FirewallPolicy, FirewallRuleGroup } from '../model/resources/network-firewall.ts';
import { NetworkInterface } from '../model/resources/network-interface.ts';
import { HostCondition, Placement } from '../model/resources/placement.ts';
import { PrefixList } from '../model/resources/prefix-list.ts';
import { RouteTable } from '../model/resources/route-table.ts';
import { SecurityGroup } from '../model/resources/security-group.ts';
import { Subnet } from '../model/resources/subnet.ts';
import { TargetGroup } from '../model/resources/target-group.ts';
import {
  TrafficMirrorFilter,
  TrafficMirrorFilterRule,
  TrafficMirrorSession,
  TrafficMirrorTarget,
} from '../model/resources/traffic-mirror.ts';
import {
  TransitGateway,
  TransitGatewayAttachment,
  TransitGatewayRouteTable,
} from '../model/resources/transit-gateway.ts';
import { Vpc } from '../model/resources/vpc.ts';
import { VpcEndpoint, VpcEndpointConnection } from '../model/resources/vpc-endpoint.ts';
import { VpcEndpointService } from '../model/resources/vpc-endpoint-service.ts';
import { VpcPeeringConnection } from '../model/resources/vpc-peering-connection.ts';
import { VpnConnection, VpnGateway } from '../model/resources/vpn.ts';
import type { Transaction } from '../model/transaction.ts';
import type { TableRow } from '../tables/tables.ts';
import { attachmentRowId } from './transit-gateway-rows.ts';

/**
 * Adds a row to those that are to be compiled again.
 * @param owner in the scope of what it is compiled from, where that is not the one that the change is of
 */
export type Affect = (kind: TableRow['kind'], id: string, owner?: Transaction) => void;

/** A changed row of the model: what it was and what it is. */
interface Change<R extends Row> {
  readonly id: R['id'];
  readonly before: R | undefined;
  readonly after: R | undefined;
}

interface Rule {
  readonly kind: string;
  affects(change: Change<Row>, tx: Transaction, affect: Affect): void;
}

/** Ties a rule to its kind: changes reach it by the kind's name, so their rows are of that kind. */
const rule = <R extends Row>(
  kind: Kind<R>,
  affects: (change: Change<R>, tx: Transaction, affect: Affect) => void,
): Rule => ({ kind: kind.name, affects: affects as Rule['affects'] });

/** Rows of both times, as far as there are any. */
const both = <R extends Row>({ before, after }: Change<R>): readonly R[] =>
  [before, after].filter((row) => row !== undefined);

const routesTo = (id: string, tx: Transaction, affect: Affect): void => {
  for (const table of tx.by(RouteTable, 'targetId', id)) affect('route-table', table.id, tx);
};

const firewallsOf = (policyId: string, tx: Transaction, affect: Affect): void => {
  for (const { id } of tx.by(Firewall, 'policy', policyId)) affect('firewall', id);
};

const mirroredBy = (filterId: string, tx: Transaction, affect: Affect): void => {
  for (const session of tx.by(TrafficMirrorSession, 'filterId', filterId))
    affect('interface', session.networkInterfaceId);
};

const balancersThatUse = (targetGroupArn: string, tx: Transaction, affect: Affect): void => {
  for (const listener of tx.by(Listener, 'targetGroupArn', targetGroupArn)) {
    affect('load-balancer', listener.loadBalancerArn);
    affect('gateway-load-balancer', listener.loadBalancerArn);
  }
};

/** The interfaces of endpoints to a service, whosever they are: their rows say where they lead. */
const endpointsOf = (serviceId: string, tx: Transaction, affect: Affect): void => {
  for (const connection of tx.by(VpcEndpointConnection, 'serviceId', serviceId)) {
    const owner = inAccount(tx, connection.account);
    for (const place of owner.find(VpcEndpoint, connection.id)?.places ?? [])
      affect('interface', place.networkInterfaceId, owner);
  }
};

const interfacesPlaced = ({ id, account, region }: Placement, tx: Transaction, affect: Affect): void => {
  for (const { row, owner } of interfacesOfInstance(tx.in({ account, region }), id)) affect('interface', row.id, owner);
};

const rules: readonly Rule[] = [
  rule(Vpc, ({ id }, tx, affect) => {
    affect('vpc', id);
    // Rules of its firewalls may speak of its blocks.
    for (const firewall of tx.by(Firewall, 'vpcId', id)) affect('firewall', firewall.id);
  }),
  rule(Firewall, ({ id }, _tx, affect) => affect('firewall', id)),
  rule(FirewallPolicy, ({ id }, tx, affect) => firewallsOf(id, tx, affect)),
  rule(FirewallRuleGroup, ({ id }, tx, affect) => {
    for (const policy of tx.by(FirewallPolicy, 'ruleGroup', id)) firewallsOf(policy.id, tx, affect);
  }),
  rule(Subnet, ({ id }, _tx, affect) => affect('subnet', id)),
  rule(BlockPublicAccessOptions, (_change, tx, affect) => {
    for (const { id } of tx.list(Subnet)) affect('subnet', id);
    for (const { id } of tx.list(NatGateway)) affect('regional-nat-gateway', id);
  }),
  rule(PublicAccessExclusion, (change, tx, affect) => {
    for (const { resource } of both(change)) {
      if (resource.kind === 'subnet') affect('subnet', resource.id);
      else {
        for (const { id } of tx.by(Subnet, 'vpcId', resource.id)) affect('subnet', id);
        for (const { id } of tx.by(NatGateway, 'vpcId', resource.id)) affect('regional-nat-gateway', id);
      }
    }
  }),
  rule(NetworkAcl, ({ id }, _tx, affect) => affect('network-acl', id)),
  rule(SecurityGroup, ({ id }, _tx, affect) => affect('security-group', id)),
  rule(RouteTable, (change, tx, affect) => {
    affect('route-table', change.id);
    if (change.before?.associations === change.after?.associations) return;
    for (const table of both(change))
      for (const association of table.associations) {
        if (association.kind === 'subnet') affect('subnet', association.subnetId);
        if (association.kind === 'gateway') affect('vpc', table.vpcId);
        // Another main table: every subnet without a table of its own.
        if (association.kind === 'main') for (const { id } of tx.by(Subnet, 'vpcId', table.vpcId)) affect('subnet', id);
      }
  }),
  rule(PrefixList, ({ id }, tx, affect) => {
    affect('prefix-list', id);
    for (const table of tx.by(RouteTable, 'prefixListId', id)) affect('route-table', table.id);
    for (const table of tx.by(TransitGatewayRouteTable, 'prefixListId', id)) {
      affect('transit-gateway-route-table', table.id);
    }
  }),
  rule(InternetGateway, (change, tx, affect) => {
    for (const { vpcId } of both(change)) if (vpcId) affect('vpc', vpcId);
    routesTo(change.id, tx, affect);
  }),
  rule(EgressOnlyInternetGateway, ({ id }, tx, affect) => routesTo(id, tx, affect)),
  rule(NatGateway, (change, tx, affect) => {
    affect('regional-nat-gateway', change.id);
    for (const { addresses } of both(change))
      for (const { networkInterfaceId } of addresses) affect('interface', networkInterfaceId);
    routesTo(change.id, tx, affect);
  }),
  rule(VpcPeeringConnection, ({ id }, tx, affect) => {
    affect('peering', id);
    routesTo(id, tx, affect);
  }),
  rule(TransitGateway, ({ id }, tx, affect) => {
    for (const one of tx.by(TransitGatewayAttachment, 'transitGatewayId', id)) {
      affect('transit-gateway-attachment', attachmentRowId(one));
    }
  }),
  rule(TransitGatewayRouteTable, ({ id }, _tx, affect) => affect('transit-gateway-route-table', id)),
  // Its gateway's side has the tables, its VPC's the interfaces and the routes to the gateway.
  rule(TransitGatewayAttachment, (change, tx, affect) => {
    for (const one of both(change)) {
      if (one.transitGatewayOwner === tx.account) {
        affect('transit-gateway-attachment', attachmentRowId(one));
        for (const table of tx.by(TransitGatewayRouteTable, 'transitGatewayId', one.transitGatewayId)) {
          affect('transit-gateway-route-table', table.id);
        }
      }
      if (one.resource.kind !== 'vpc' || one.resource.account !== tx.account) continue;
      for (const { networkInterfaceId } of one.resource.subnets) {
        if (networkInterfaceId) affect('interface', networkInterfaceId);
      }
      routesTo(one.transitGatewayId, tx, affect);
    }
  }),
  rule(VpcEndpoint, (change, tx, affect) => {
    affect('gateway-endpoint', change.id);
    for (const { places } of both(change)) for (const place of places) affect('interface', place.networkInterfaceId);
    routesTo(change.id, tx, affect);
  }),
  rule(VpcEndpointService, (change, tx, affect) => {
    affect('endpoint-service', change.id);
    endpointsOf(change.id, tx, affect);
    for (const { loadBalancers } of both(change))
      for (const { arn, nodes } of loadBalancers) {
        affect('load-balancer', arn);
        for (const node of nodes) affect('interface', node.networkInterfaceId);
      }
  }),
  rule(LoadBalancer, (change, tx, affect) => {
    affect('load-balancer', change.id);
    affect('gateway-load-balancer', change.id);
    for (const { nodes } of both(change)) for (const node of nodes) affect('interface', node.networkInterfaceId);
    for (const service of tx.by(VpcEndpointService, 'loadBalancerArn', change.id)) endpointsOf(service.id, tx, affect);
  }),
  rule(ClassicLoadBalancer, (change, _tx, affect) => {
    affect('load-balancer', change.id);
    for (const { nodes } of both(change)) for (const node of nodes) affect('interface', node.networkInterfaceId);
  }),
  rule(Listener, (change, _tx, affect) => {
    for (const { loadBalancerArn } of both(change)) {
      affect('load-balancer', loadBalancerArn);
      affect('gateway-load-balancer', loadBalancerArn);
    }
  }),
  rule(TargetGroup, ({ id }, tx, affect) => balancersThatUse(id, tx, affect)),
  rule(VpnGateway, (change, tx, affect) => {
    for (const { vpcId, propagatesTo } of both(change)) {
      if (vpcId) affect('vpc', vpcId);
      for (const tableId of propagatesTo) affect('route-table', tableId);
    }
    for (const { id } of tx.by(VpnConnection, 'vpnGatewayId', change.id)) affect('vpn-connection', id);
    routesTo(change.id, tx, affect);
  }),
  rule(VpnConnection, (change, tx, affect) => {
    affect('vpn-connection', change.id);
    for (const { endsAt } of both(change)) {
      const gateway = endsAt.kind === 'vpn-gateway' ? tx.find(VpnGateway, endsAt.id) : undefined;
      for (const tableId of gateway?.propagatesTo ?? []) affect('route-table', tableId);
    }
  }),
  rule(NetworkInterface, ({ id }, tx, affect) => {
    affect('interface', id);
    routesTo(id, tx, affect);
    for (const target of tx.by(TrafficMirrorTarget, 'networkInterfaceId', id))
      for (const session of tx.by(TrafficMirrorSession, 'targetId', target.id))
        affect('interface', session.networkInterfaceId);
  }),
  rule(FlowLog, (change, tx, affect) => {
    for (const { resource } of both(change)) {
      if (isOfTransit(resource)) {
        for (const one of loggedAttachments(tx, resource)) affect('transit-gateway-attachment', attachmentRowId(one));
      } else for (const { id } of loggedInterfaces(tx, resource)) affect('interface', id);
    }
  }),
  rule(TrafficMirrorSession, (change, _tx, affect) => {
    for (const { networkInterfaceId } of both(change)) affect('interface', networkInterfaceId);
  }),
  rule(TrafficMirrorFilter, ({ id }, tx, affect) => mirroredBy(id, tx, affect)),
  rule(TrafficMirrorFilterRule, (change, tx, affect) => {
    for (const { filterId } of both(change)) mirroredBy(filterId, tx, affect);
  }),
  rule(ElasticIp, (change, tx, affect) => {
    for (const { association } of both(change)) {
      if (!association) continue;
      affect('interface', association.networkInterfaceId, inAccount(tx, interfaceOwnerOf(tx, association)));
    }
  }),
  rule(Instance, (change, tx, affect) => {
    for (const { tags } of both(change)) {
      const name = tags[LOAD_BALANCER_TAG];
      if (name === undefined) continue;
      for (const { loadBalancers } of tx.by(VpcEndpointService, 'loadBalancerName', name))
        for (const { arn } of loadBalancers) affect('load-balancer', arn);
    }
    for (const group of tx.by(TargetGroup, 'instanceId', change.id)) balancersThatUse(group.id, tx, affect);
    for (const { id } of tx.by(ClassicLoadBalancer, 'instanceId', change.id)) affect('load-balancer', id);
    for (const { row, owner } of interfacesOfInstance(tx, change.id)) {
      affect('interface', row.id, owner);
      routesTo(row.id, owner, affect);
    }
  }),
  rule(Placement, (change, tx, affect) => {
    for (const one of both(change)) interfacesPlaced(one, tx, affect);
  }),
  rule(HostCondition, ({ id }, tx, affect) => {
    for (const one of placementsOn(tx, id)) interfacesPlaced(one, tx, affect);
  }),
];

const byKind = new Map(rules.map((one) => [one.kind, one]));

/** Names the rows that a change may affect; kinds without a rule affect none. */
export function affectedRows(kind: Kind<Row>, change: Change<Row>, tx: Transaction, affect: Affect): void {
  byKind.get(kind.name)?.affects(change, tx, affect);
}

/** Kinds of the model that have a rule. */
export const compiledKinds = (): readonly string[] => [...byKind.keys()];
