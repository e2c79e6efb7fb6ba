/** Explanation codes about the load balancers of endpoint services and their targets, each where it is the answer. */
import { LOAD_BALANCER_TAG } from '../model/load-balancers.ts';
import { given } from './instance-parts.ts';
import { targetOf } from './private-service.ts';
import { analyse, port, type ReachabilityCase, serviceInterface } from './reachability.ts';
import { endpoint } from './reachability-of-sites.ts';
import type { Tiers } from './tiers.ts';

/** A subnet in another zone than the endpoint's. */
const subnetElsewhere = (net: Tiers, zone = 'b'): string =>
  net.subnet('10.0.7.0/24', `${net.account.scope.region}${zone}`);

/** The targets of the load balancer `first`, in the order in which they were launched. */
export function targets({ account }: Tiers): readonly string[] {
  const Filters = [{ Name: `tag:${LOAD_BALANCER_TAG}`, Values: ['first'] }];
  const { Reservations = [] } = account.call('DescribeInstances', { Filters });
  return Reservations.flatMap(({ Instances = [] }) => Instances.map(({ InstanceId }) => given(InstanceId)));
}

/** Makes an instance no target any more. */
export const withdraw = ({ account }: Tiers, instanceId: string): void =>
  void account.call('DeleteTags', { Resources: [instanceId], Tags: [{ Key: LOAD_BALANCER_TAG }] });

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

export const CASES_OF_LOAD_BALANCERS: readonly ReachabilityCase[] = [
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
