/** Explanation codes about the load balancers of endpoint services and their targets, each where it is the answer. */
import { balancerIn, groupOf, listenerOf } from './balancers.ts';
import { given } from './instance-parts.ts';
import { targetOf, targetsOf, withdrawFrom } from './private-service.ts';
import { analyse, port, type ReachabilityCase, serviceInterface } from './reachability.ts';
import { endpoint } from './reachability-of-sites.ts';
import { admit, type Tiers } from './tiers.ts';

/** A subnet in another zone than the endpoint's. */
const subnetElsewhere = (net: Tiers, zone = 'b'): string =>
  net.subnet('10.0.7.0/24', `${net.account.scope.region}${zone}`);

/** The targets of the load balancer `first`, in the order in which they were launched. */
export const targets = ({ account }: Tiers): readonly string[] => targetsOf(account, 'first');

/** Makes an instance no target any more. */
export const withdraw = ({ account }: Tiers, instanceId: string): void => withdrawFrom(account, 'first', instanceId);

/** Lets TCP 443 into the target's group. */
function admitToTarget({ account }: Tiers, instanceId: string): void {
  const { Reservations } = account.call('DescribeInstances', { InstanceIds: [instanceId] });
  const group = Reservations?.[0]?.Instances?.[0]?.SecurityGroups?.[0];
  account.call('AuthorizeSecurityGroupIngress', {
    GroupId: given(group?.GroupId),
    IpPermissions: [{ IpProtocol: 'tcp', FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
  });
}

/** From the web server through the endpoint at TCP 443 to the target. */
export function throughEndpoint(net: Tiers) {
  const { endpointId } = endpoint(net);
  const [target] = targets(net);
  admitToTarget(net, given(target));
  const { NetworkInterfaces: [own] = [] } = net.account.call('DescribeNetworkInterfaces', {
    NetworkInterfaceIds: [serviceInterface(net, 'vpc_endpoint')],
  });
  const FilterAtSource = { DestinationAddress: given(own?.PrivateIpAddress), DestinationPortRange: port(443) };
  return { endpointId, path: { Destination: given(target), FilterAtSource } };
}

/** A load balancer in the web server's subnet, at whose port 80 there is a listener for these instances at port 8080. */
export function balancer(net: Tiers, targetIds: readonly string[], weight = 1) {
  const { account, vpcId, web } = net;
  const balancer = balancerIn(account, [web.subnetId], { name: 'front' });
  const group = groupOf(
    account,
    vpcId,
    targetIds.map((Id) => ({ Id })),
    { name: 'back', port: 8080 },
  );
  const listener = listenerOf(account, balancer, [group], { forwardsTo: [{ targetGroupArn: group.id, weight }] });
  const { NetworkInterfaces: [node] = [] } = account.call('DescribeNetworkInterfaces', {
    NetworkInterfaceIds: balancer.nodes.map(({ networkInterfaceId }) => networkInterfaceId),
  });
  const address = given(node?.PrivateIpAddress);
  const at = (to: number) => ({ FilterAtSource: { DestinationAddress: address, DestinationPortRange: port(to) } });
  return { balancer, group, listener, address, node: given(node?.NetworkInterfaceId), at };
}

export const CASES_OF_LOAD_BALANCERS: readonly ReachabilityCase[] = [
  {
    code: 'ELBV2_LISTENERS_MISMATCH',
    ask: (net) => analyse(net, balancer(net, [net.db.id]).at(81)),
  },
  {
    code: 'ELBV2_LISTENER_PORT_RESTRICTION',
    ask: (net) => analyse(net, balancer(net, [net.db.id]).at(81)),
  },
  {
    code: 'ELBV2_LISTENER_REQUIRES_TG_ACCEPT',
    ask: (net) => analyse(net, balancer(net, [net.instance()]).at(80)),
  },
  {
    code: 'ELBV2_SOURCE_ADDRESS_PRESERVATION',
    ask: (net) => {
      const { at, address } = balancer(net, [net.db.id]);
      admit(net, net.db.groupId, 8080);
      return analyse(net, { ...at(80), FilterAtDestination: { SourceAddress: address } });
    },
  },
  {
    code: 'ELBV2_NO_TARGETS_IN_AZ',
    ask: (net) => {
      const { endpointId } = endpoint(net);
      withdraw(net, given(targets(net)[0]));
      return analyse(net, { Destination: endpointId, DestinationPort: 443 });
    },
  },
  {
    code: 'ELBV2_LISTENER_HAS_NO_TG',
    ask: (net) => {
      const { endpointId } = endpoint(net);
      withdraw(net, given(targets(net)[0]));
      return analyse(net, { Destination: endpointId, DestinationPort: 443 });
    },
  },
  {
    code: 'ELB_NOT_CROSSZONE',
    ask: (net) => {
      const elsewhere = targetOf(net, 'first', subnetElsewhere(net));
      const { endpointId } = endpoint(net);
      for (const one of targets(net)) if (one !== elsewhere) withdraw(net, one);
      return analyse(net, { Destination: endpointId, DestinationPort: 443 });
    },
  },
  {
    code: 'ELB_INSTALLED_AZ_RESTRICTION',
    ask: (net) => {
      const { endpointId } = endpoint(net);
      withdraw(net, given(targets(net)[0]));
      targetOf(net, 'first', subnetElsewhere(net));
      return analyse(net, { Destination: endpointId, DestinationPort: 443 });
    },
  },
  {
    code: 'TARGET_ADDRESS_RESTRICTION',
    ask: (net) => analyse(net, { Source: endpoint(net).serviceId, Destination: net.web.id }),
  },
  {
    code: 'TARGET_PORT_RESTRICTION',
    ask: (net) =>
      analyse(net, { ...throughEndpoint(net).path, FilterAtDestination: { DestinationPortRange: port(8443) } }),
  },
];
