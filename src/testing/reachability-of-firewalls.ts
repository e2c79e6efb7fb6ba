/** Explanation codes about firewalls, each in a network in which it is the answer. */
import { type FirewallParts, type MadeFirewall, makeFirewall } from './firewall-parts.ts';
import { given } from './instance-parts.ts';
import { analyse, type ReachabilityCase, route } from './reachability.ts';
import { admit, type Tiers } from './tiers.ts';

/** A firewall on the way from the web server to the database, by a route that is more specific than the local one. */
export function firewallBetween(net: Tiers, parts: Omit<FirewallParts, 'vpcId' | 'subnetIds'>): MadeFirewall {
  const { account, vpcId } = net;
  const subnetId = net.subnet('10.0.5.0/24');
  const RouteTableId = given(account.call('CreateRouteTable', { VpcId: vpcId }).RouteTable?.RouteTableId);
  account.call('AssociateRouteTable', { RouteTableId, SubnetId: subnetId });
  const made = makeFirewall(account, { ...parts, vpcId, subnetIds: [subnetId] });
  for (const block of ['10.0.1.0/24', '10.0.2.0/24']) route(net, block, { VpcEndpointId: given(made.endpointIds[0]) });
  return made;
}

export const CASES_OF_FIREWALLS: readonly ReachabilityCase[] = [
  {
    code: 'FIREWALL_RULES_RESTRICTION',
    ask: (net) => {
      admit(net, net.db.groupId, 5432);
      firewallBetween(net, { rules: 'drop tcp any any -> any 5432 (sid:1;)' });
      return analyse(net, {});
    },
  },
];
