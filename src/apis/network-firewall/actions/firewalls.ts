/** Firewalls. */
import type * as sdk from '@aws-sdk/client-network-firewall';
import type { Decoded } from '../../../ec2/operation.ts';
import {
  associatePolicy,
  associateSubnets,
  changeFirewall,
  createFirewall,
  deleteFirewall,
  disassociateSubnets,
  type PlaceWanted,
} from '../../../model/network-firewall/firewalls.ts';
import { resourceNamed } from '../../../model/network-firewall/naming.ts';
import { refused } from '../../../model/network-firewall/refusal.ts';
import { zonesOf } from '../../../model/regions.ts';
import { Firewall } from '../../../model/resources/network-firewall.ts';
import type { Transaction } from '../../../model/transaction.ts';
import { action } from '../action.ts';
import { describeFirewall, describePlaces, describeStatus } from '../firewall-rendering.ts';
import { pageOf } from '../pages.ts';
import { describeEncryption, encryptionOf, optionalWord, tagged } from '../words.ts';

interface FirewallNaming {
  readonly FirewallArn?: string | undefined;
  readonly FirewallName?: string | undefined;
}

const firewallNamed = (tx: Transaction, { FirewallArn: arn, FirewallName: name }: FirewallNaming): Firewall =>
  resourceNamed(tx, Firewall, 'firewall', { arn, name });

const placesOf = (mappings: readonly Decoded<sdk.SubnetMapping>[] = []): readonly PlaceWanted[] =>
  mappings.map(({ SubnetId, IPAddressType }) => ({
    subnetId: SubnetId,
    addressType: optionalWord(IPAddressType, ['IPV4', 'IPV6', 'DUALSTACK'], 'IPAddressType') ?? 'IPV4',
  }));

/**
 * Without a word no protection is on: so answers show that were captured, though the API reference says that the operation
 * initializes the flags to TRUE (unconfirmed).
 */
export const CreateFirewall = action('CreateFirewall', (request, tx) => {
  if (request.TransitGatewayId !== undefined || request.AvailabilityZoneMappings) {
    throw refused('localvpc does not attach firewalls to transit gateways: a firewall has a VPC and subnets');
  }
  if ((request.EnabledAnalysisTypes ?? []).length > 0)
    throw refused('localvpc does not analyze traffic for a firewall');
  if (request.VpcId === undefined) throw refused('the request must contain VpcId');
  const firewall = createFirewall(tx, {
    name: request.FirewallName,
    policyArn: request.FirewallPolicyArn,
    vpcId: request.VpcId,
    places: placesOf(request.SubnetMappings),
    isDeleteProtected: request.DeleteProtection ?? false,
    isSubnetChangeProtected: request.SubnetChangeProtection ?? false,
    isPolicyChangeProtected: request.FirewallPolicyChangeProtection ?? false,
    description: request.Description,
    encryption: encryptionOf(request.EncryptionConfiguration),
    tags: tagged({}, request.Tags),
  });
  return { Firewall: describeFirewall(firewall), FirewallStatus: describeStatus(tx, firewall) };
});

export const DescribeFirewall = action('DescribeFirewall', (request, tx) => {
  const firewall = firewallNamed(tx, request);
  return {
    UpdateToken: firewall.updateToken,
    Firewall: describeFirewall(firewall),
    FirewallStatus: describeStatus(tx, firewall),
  };
});

export const DescribeFirewallMetadata = action('DescribeFirewallMetadata', (request, tx) => {
  const firewall = firewallNamed(tx, { FirewallArn: request.FirewallArn });
  return {
    FirewallArn: firewall.id,
    FirewallPolicyArn: firewall.policyArn,
    Description: firewall.description,
    Status: 'READY',
    SupportedAvailabilityZones: Object.fromEntries(
      zonesOf(tx.region).map(({ name }) => [name, { IPAddressType: 'DUALSTACK' as const }]),
    ),
  };
});

export const ListFirewalls = action('ListFirewalls', (request, tx) => {
  const { VpcIds: vpcIds = [] } = request;
  const firewalls = tx.list(Firewall, ({ vpcId }) => vpcIds.length === 0 || vpcIds.includes(vpcId));
  const { items, NextToken } = pageOf(firewalls, request);
  return { NextToken, Firewalls: items.map(({ name, id }) => ({ FirewallName: name, FirewallArn: id })) };
});

export const DeleteFirewall = action('DeleteFirewall', (request, tx) => {
  const firewall = firewallNamed(tx, request);
  const status = describeStatus(tx, firewall);
  deleteFirewall(tx, firewall);
  return { Firewall: describeFirewall(firewall), FirewallStatus: { ...status, Status: 'DELETING' } };
});

const named = ({ id, name, updateToken }: Firewall) => ({
  FirewallArn: id,
  FirewallName: name,
  UpdateToken: updateToken,
});

export const AssociateFirewallPolicy = action('AssociateFirewallPolicy', (request, tx) => {
  const { UpdateToken, FirewallPolicyArn } = request;
  const firewall = associatePolicy(tx, firewallNamed(tx, request), UpdateToken, FirewallPolicyArn);
  return { ...named(firewall), FirewallPolicyArn: firewall.policyArn };
});

export const AssociateSubnets = action('AssociateSubnets', (request, tx) => {
  const wanted = placesOf(request.SubnetMappings);
  const firewall = associateSubnets(tx, firewallNamed(tx, request), request.UpdateToken, wanted);
  return { ...named(firewall), SubnetMappings: describePlaces(firewall) };
});

export const DisassociateSubnets = action('DisassociateSubnets', (request, tx) => {
  const firewall = disassociateSubnets(tx, firewallNamed(tx, request), request.UpdateToken, request.SubnetIds);
  return { ...named(firewall), SubnetMappings: describePlaces(firewall) };
});

export const UpdateFirewallDeleteProtection = action('UpdateFirewallDeleteProtection', (request, tx) => {
  const change = { isDeleteProtected: request.DeleteProtection };
  const firewall = changeFirewall(tx, firewallNamed(tx, request), request.UpdateToken, change);
  return { ...named(firewall), DeleteProtection: firewall.isDeleteProtected };
});

export const UpdateSubnetChangeProtection = action('UpdateSubnetChangeProtection', (request, tx) => {
  const change = { isSubnetChangeProtected: request.SubnetChangeProtection };
  const firewall = changeFirewall(tx, firewallNamed(tx, request), request.UpdateToken, change);
  return { ...named(firewall), SubnetChangeProtection: firewall.isSubnetChangeProtected };
});

export const UpdateFirewallPolicyChangeProtection = action('UpdateFirewallPolicyChangeProtection', (request, tx) => {
  const change = { isPolicyChangeProtected: request.FirewallPolicyChangeProtection };
  const firewall = changeFirewall(tx, firewallNamed(tx, request), request.UpdateToken, change);
  return { ...named(firewall), FirewallPolicyChangeProtection: firewall.isPolicyChangeProtected };
});

export const UpdateFirewallDescription = action('UpdateFirewallDescription', (request, tx) => {
  const change = { description: request.Description };
  const firewall = changeFirewall(tx, firewallNamed(tx, request), request.UpdateToken, change);
  return { ...named(firewall), Description: firewall.description };
});

export const UpdateFirewallEncryptionConfiguration = action('UpdateFirewallEncryptionConfiguration', (request, tx) => {
  const change = { encryption: encryptionOf(request.EncryptionConfiguration) };
  const firewall = changeFirewall(tx, firewallNamed(tx, request), request.UpdateToken, change);
  return { ...named(firewall), EncryptionConfiguration: describeEncryption(firewall.encryption) };
});

/** Nothing is logged, and UpdateLoggingConfiguration is not served. */
export const DescribeLoggingConfiguration = action('DescribeLoggingConfiguration', (request, tx) => ({
  FirewallArn: firewallNamed(tx, request).id,
  LoggingConfiguration: { LogDestinationConfigs: [] },
}));
