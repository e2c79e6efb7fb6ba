/** Explanation codes about Classic Load Balancers, each where it is the answer. */
import { given } from './instance-parts.ts';
import { elb } from './other-services.ts';
import { analyse, port, type ReachabilityCase } from './reachability.ts';
import { admit, closedAcl, type Tiers } from './tiers.ts';

/** An internal load balancer in a subnet, whose port 80 leads to port 8080 of these instances, and whose group lets in 80 and 81. */
export function classicBalancer(net: Tiers, instanceIds: readonly string[], subnetIds = [net.web.subnetId]) {
  const { account, vpcId } = net;
  const call = elb(account);
  const group = account.call('CreateSecurityGroup', { VpcId: vpcId, GroupName: 'front', Description: 'front' });
  const groupId = given(group.GroupId);
  for (const one of [80, 81]) admit(net, groupId, one);
  call('CreateLoadBalancer', {
    LoadBalancerName: 'front',
    Listeners: [{ Protocol: 'TCP', LoadBalancerPort: 80, InstancePort: 8080 }],
    Subnets: subnetIds,
    SecurityGroups: [groupId],
    Scheme: 'internal',
  });
  call('RegisterInstancesWithLoadBalancer', {
    LoadBalancerName: 'front',
    Instances: instanceIds.map((InstanceId) => ({ InstanceId })),
  });
  const Filters = [{ Name: 'description', Values: ['ELB front'] }];
  const { NetworkInterfaces: [node] = [] } = account.call('DescribeNetworkInterfaces', { Filters });
  const address = given(node?.PrivateIpAddress);
  return {
    arn: `arn:aws:elasticloadbalancing:${account.scope.region}:${account.scope.account}:loadbalancer/front`,
    node: given(node?.NetworkInterfaceId),
    at: (to: number) => ({ FilterAtSource: { DestinationAddress: address, DestinationPortRange: port(to) } }),
  };
}

/** The load balancer beside the database, in whose subnet an ACL lets in what the load balancer takes, and nothing out. */
export function behindAcl(net: Tiers) {
  const made = classicBalancer(net, [net.db.id], [net.db.subnetId]);
  admit(net, net.db.groupId, 8080);
  net.account.call('CreateNetworkAclEntry', {
    NetworkAclId: closedAcl(net, net.db.subnetId),
    RuleNumber: 100,
    Egress: false,
    Protocol: '6',
    PortRange: { From: 80, To: 80 },
    CidrBlock: '0.0.0.0/0',
    RuleAction: 'allow',
  });
  return made;
}

export const CASES_OF_CLASSIC_LOAD_BALANCERS: readonly ReachabilityCase[] = [
  {
    code: 'ELB_LISTENERS_MISMATCH',
    ask: (net) => analyse(net, classicBalancer(net, [net.db.id]).at(81)),
  },
  {
    code: 'ELB_LISTENER_PORT_RESTRICTION',
    ask: (net) => {
      const { at } = classicBalancer(net, [net.db.id]);
      admit(net, net.db.groupId, 8080);
      return analyse(net, { ...at(80), FilterAtDestination: { DestinationPortRange: port(80) } });
    },
  },
  {
    code: 'ELB_ACL_RESTRICTION',
    ask: (net) => analyse(net, behindAcl(net).at(80)),
  },
];
