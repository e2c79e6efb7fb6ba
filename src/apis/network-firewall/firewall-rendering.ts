/** A firewall and its status as the API shows them. */
import type * as sdk from '@aws-sdk/client-network-firewall';
import { type Firewall, FirewallPolicy, FirewallRuleGroup } from '../../model/resources/network-firewall.ts';
import type { Transaction } from '../../model/transaction.ts';
import { describeEncryption, describeTags } from './words.ts';

export const describeFirewall = (firewall: Firewall): sdk.Firewall => ({
  FirewallName: firewall.name,
  FirewallArn: firewall.id,
  FirewallPolicyArn: firewall.policyArn,
  VpcId: firewall.vpcId,
  SubnetMappings: describePlaces(firewall),
  DeleteProtection: firewall.isDeleteProtected,
  SubnetChangeProtection: firewall.isSubnetChangeProtected,
  FirewallPolicyChangeProtection: firewall.isPolicyChangeProtected,
  Description: firewall.description,
  FirewallId: firewall.uniqueId,
  Tags: describeTags(firewall.tags),
  EncryptionConfiguration: describeEncryption(firewall.encryption),
  NumberOfAssociations: 0,
});

export const describePlaces = ({ places }: Firewall): sdk.SubnetMapping[] =>
  places.map(({ subnetId, addressType }) => ({ SubnetId: subnetId, IPAddressType: addressType }));

/** Everything is in force when a call returns, so that a firewall is ready as soon as it is there. */
export function describeStatus(tx: Transaction, firewall: Firewall): sdk.FirewallStatus {
  const config = describeConfig(tx, firewall);
  const states = firewall.places.map(({ zone, subnetId, endpointId }): [string, sdk.SyncState] => [
    zone,
    { Attachment: { SubnetId: subnetId, EndpointId: endpointId, Status: 'READY' }, Config: config },
  ]);
  return {
    Status: 'READY',
    ConfigurationSyncStateSummary: 'IN_SYNC',
    SyncStates: Object.fromEntries(states),
    CapacityUsageSummary: { CIDRs: { AvailableCIDRCount: MAX_REFERENCED_CIDRS, UtilizedCIDRCount: 0 } },
  };
}

/** Developer guide, quotas: blocks in IP set references, of which there are none here. */
const MAX_REFERENCED_CIDRS = 1_000_000;

/** The policy and its groups, each with the token of what is in force. */
function describeConfig(tx: Transaction, { policyArn }: Firewall): Record<string, sdk.PerObjectStatus> {
  const policy = tx.find(FirewallPolicy, policyArn);
  if (!policy) return {};
  const { statelessGroups, statefulGroups } = policy.settings;
  const groups = [...statelessGroups, ...statefulGroups].map(({ arn }) => tx.find(FirewallRuleGroup, arn));
  return Object.fromEntries(
    [policy, ...groups.filter((group) => group !== undefined)].map(({ id, updateToken }) => [
      id,
      { SyncStatus: 'IN_SYNC', UpdateToken: updateToken },
    ]),
  );
}
