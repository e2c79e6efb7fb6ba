/** Classic Load Balancers as the API shows them. */
import type * as sdk from '@aws-sdk/client-elastic-load-balancing';
import { classicDnsName, classicHostedZone } from '../../model/classic-load-balancer-names.ts';
import type {
  ClassicAttributes,
  ClassicHealthCheck,
  ClassicLoadBalancer,
} from '../../model/resources/classic-load-balancer.ts';
import { SecurityGroup } from '../../model/resources/security-group.ts';
import type { Transaction } from '../../model/transaction.ts';

/** CanonicalHostedZoneName is said of load balancers to the internet alone, as AWS's answers do (unconfirmed as a rule). */
export function describeLoadBalancer(tx: Transaction, row: ClassicLoadBalancer): sdk.LoadBalancerDescription {
  const dnsName = classicDnsName(tx.region, row);
  return {
    LoadBalancerName: row.name,
    DNSName: dnsName,
    CanonicalHostedZoneName: row.scheme === 'internet-facing' ? dnsName : undefined,
    CanonicalHostedZoneNameID: classicHostedZone(tx.region),
    ListenerDescriptions: row.listeners.map(({ loadBalancerPort, instancePort }) => ({
      Listener: {
        Protocol: 'TCP',
        LoadBalancerPort: loadBalancerPort,
        InstanceProtocol: 'TCP',
        InstancePort: instancePort,
      },
      PolicyNames: [],
    })),
    Policies: { AppCookieStickinessPolicies: [], LBCookieStickinessPolicies: [], OtherPolicies: [] },
    BackendServerDescriptions: [],
    AvailabilityZones: row.nodes.map(({ zone }) => zone),
    Subnets: row.nodes.map(({ subnetId }) => subnetId),
    VPCId: row.vpcId,
    Instances: describeInstances(row),
    HealthCheck: describeHealthCheck(row.healthCheck),
    SourceSecurityGroup: describeSourceGroup(tx, row),
    SecurityGroups: [...row.securityGroupIds],
    CreatedTime: new Date(row.createdAtMs),
    Scheme: row.scheme,
  };
}

export const describeInstances = ({ instanceIds }: ClassicLoadBalancer): sdk.Instance[] =>
  instanceIds.map((id) => ({ InstanceId: id }));

/** What rules of instances name to let the load balancer in: its first group. */
function describeSourceGroup(
  tx: Transaction,
  { securityGroupIds: [first] }: ClassicLoadBalancer,
): sdk.SourceSecurityGroup | undefined {
  const group = first === undefined ? undefined : tx.find(SecurityGroup, first);
  return group && { OwnerAlias: tx.account, GroupName: group.name };
}

export const describeHealthCheck = (check: ClassicHealthCheck): sdk.HealthCheck => ({
  Target: check.target,
  Interval: check.intervalSeconds,
  Timeout: check.timeoutSeconds,
  UnhealthyThreshold: check.unhealthyThreshold,
  HealthyThreshold: check.healthyThreshold,
});

/** The key of the one additional attribute that there is. */
export const DESYNC_MODE = 'elb.http.desyncmitigationmode';

export const describeAttributes = (attributes: ClassicAttributes): sdk.LoadBalancerAttributes => ({
  CrossZoneLoadBalancing: { Enabled: attributes.crossZone },
  AccessLog: { Enabled: false },
  ConnectionDraining: { Enabled: attributes.drainsConnections, Timeout: attributes.drainingSeconds },
  ConnectionSettings: { IdleTimeout: attributes.idleTimeoutSeconds },
  AdditionalAttributes: [{ Key: DESYNC_MODE, Value: attributes.desyncMitigationMode }],
});
