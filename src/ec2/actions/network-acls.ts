/** Network ACLs: the lists, their entries, and which subnet has which. */
import type * as sdk from '@aws-sdk/client-ec2';
import {
  createEntry,
  deleteEntry,
  FINAL_IPV4_NUMBER,
  FINAL_IPV6_NUMBER,
  readEntry,
  readNumber,
  replaceEntry,
} from '../../model/network-acl-entries.ts';
import { createNetworkAcl, deleteNetworkAcl, replaceNetworkAclAssociation } from '../../model/network-acl-lifecycle.ts';
import { NetworkAcl, type NetworkAclEntry } from '../../model/resources/network-acl.ts';
import { Subnet } from '../../model/resources/subnet.ts';
import { Vpc } from '../../model/resources/vpc.ts';
import { tagsOf } from '../../model/tags.ts';
import type { Transaction } from '../../model/transaction.ts';
import { ANY_IPV4, ANY_IPV6, type Cidr, formatCidr, isIpv4Cidr } from '../../net/cidr.ts';
import type { TrafficMatch } from '../../net/traffic-match.ts';
import { action } from '../action.ts';
import { describe } from '../describe.ts';
import { describeTags } from '../tag-set.ts';

/** CreateNetworkAcl. */
export const CreateNetworkAcl = action('CreateNetworkAcl', (request, tx) => {
  const vpc = tx.get(Vpc, request.VpcId);
  const acl = createNetworkAcl(tx, vpc, tagsOf(request.TagSpecifications, 'network-acl'));
  return { NetworkAcl: describeNetworkAcl(acl, tx), ClientToken: request.ClientToken };
});

/** DeleteNetworkAcl. */
export const DeleteNetworkAcl = action('DeleteNetworkAcl', (request, tx) => {
  deleteNetworkAcl(tx, tx.get(NetworkAcl, request.NetworkAclId));
});

/** CreateNetworkAclEntry. */
export const CreateNetworkAclEntry = action('CreateNetworkAclEntry', (request, tx) => {
  const entry = readEntry(request);
  createEntry(tx, tx.get(NetworkAcl, request.NetworkAclId), entry);
});

/** ReplaceNetworkAclEntry. */
export const ReplaceNetworkAclEntry = action('ReplaceNetworkAclEntry', (request, tx) => {
  const entry = readEntry(request);
  replaceEntry(tx, tx.get(NetworkAcl, request.NetworkAclId), entry);
});

/** DeleteNetworkAclEntry. */
export const DeleteNetworkAclEntry = action('DeleteNetworkAclEntry', (request, tx) => {
  const place = { egress: request.Egress, number: readNumber(request.RuleNumber) };
  deleteEntry(tx, tx.get(NetworkAcl, request.NetworkAclId), place);
});

/** ReplaceNetworkAclAssociation. */
export const ReplaceNetworkAclAssociation = action('ReplaceNetworkAclAssociation', (request, tx) => ({
  NewAssociationId: replaceNetworkAclAssociation(tx, request.AssociationId, request.NetworkAclId),
}));

/** A network ACL as the API shows it, with the final denies that nobody can change. */
export const describeNetworkAcl = (acl: NetworkAcl, tx: Transaction): sdk.NetworkAcl => ({
  NetworkAclId: acl.id,
  VpcId: acl.vpcId,
  OwnerId: tx.account,
  IsDefault: acl.isDefault,
  Entries: [true, false].flatMap((egress) => [
    ...acl.entries.filter((entry) => entry.egress === egress).map(describeEntry),
    ...finalDenies(acl, egress, tx),
  ]),
  Associations: subnetsOf(acl, tx).map((subnet) => ({
    NetworkAclAssociationId: subnet.networkAclAssociation.id,
    NetworkAclId: acl.id,
    SubnetId: subnet.id,
  })),
  Tags: describeTags(acl.tags),
});

const subnetsOf = (acl: NetworkAcl, tx: Transaction): Subnet[] => tx.by(Subnet, 'networkAclId', acl.id);

const describeEntry = (entry: NetworkAclEntry): sdk.NetworkAclEntry => ({
  RuleNumber: entry.number,
  Egress: entry.egress,
  RuleAction: entry.action,
  ...describeCidr(entry.cidr),
  ...describeTraffic(entry.traffic),
});

/** That for IPv6 is shown where the VPC has IPv6 (unconfirmed). */
const finalDenies = (acl: NetworkAcl, egress: boolean, tx: Transaction): sdk.NetworkAclEntry[] => [
  { RuleNumber: FINAL_IPV4_NUMBER, Egress: egress, RuleAction: 'deny', Protocol: '-1', ...describeCidr(ANY_IPV4) },
  ...(tx.get(Vpc, acl.vpcId).ipv6CidrBlocks.length > 0
    ? [
        {
          RuleNumber: FINAL_IPV6_NUMBER,
          Egress: egress,
          RuleAction: 'deny' as const,
          Protocol: '-1',
          ...describeCidr(ANY_IPV6),
        },
      ]
    : []),
];

const describeCidr = (cidr: Cidr): sdk.NetworkAclEntry =>
  isIpv4Cidr(cidr) ? { CidrBlock: formatCidr(cidr) } : { Ipv6CidrBlock: formatCidr(cidr) };

/** Protocols are numbers here, unlike in security groups. */
function describeTraffic(traffic: TrafficMatch): sdk.NetworkAclEntry {
  switch (traffic.kind) {
    case 'all':
      return { Protocol: '-1' };
    case 'ports':
      return {
        Protocol: String(traffic.protocol),
        PortRange: { From: traffic.ports.from, To: traffic.ports.to },
      };
    case 'icmp':
      return { Protocol: String(traffic.protocol), IcmpTypeCode: { Type: traffic.type, Code: traffic.code } };
    case 'protocol':
      return { Protocol: String(traffic.protocol) };
  }
}

/** What a filter reads of an ACL's entries, the final denies included. */
const ofEntries =
  <Value>(read: (entry: sdk.NetworkAclEntry) => Value) =>
  (acl: NetworkAcl, tx: Transaction): Value[] =>
    (describeNetworkAcl(acl, tx).Entries ?? []).map(read);

/** DescribeNetworkAcls. */
export const DescribeNetworkAcls = describe('DescribeNetworkAcls', 'NetworkAcls', {
  kind: NetworkAcl,
  ids: 'NetworkAclIds',
  filters: {
    'association.association-id': (acl, tx) => subnetsOf(acl, tx).map((subnet) => subnet.networkAclAssociation.id),
    'association.network-acl-id': (acl, tx) => (subnetsOf(acl, tx).length > 0 ? acl.id : undefined),
    'association.subnet-id': (acl, tx) => subnetsOf(acl, tx).map((subnet) => subnet.id),
    default: (acl) => acl.isDefault,
    'entry.cidr': ofEntries((entry) => entry.CidrBlock),
    'entry.ipv6-cidr': ofEntries((entry) => entry.Ipv6CidrBlock),
    'entry.egress': ofEntries((entry) => entry.Egress),
    'entry.icmp.code': ofEntries((entry) => entry.IcmpTypeCode?.Code),
    'entry.icmp.type': ofEntries((entry) => entry.IcmpTypeCode?.Type),
    'entry.port-range.from': ofEntries((entry) => entry.PortRange?.From),
    'entry.port-range.to': ofEntries((entry) => entry.PortRange?.To),
    'entry.protocol': ofEntries((entry) => entry.Protocol),
    'entry.rule-action': ofEntries((entry) => entry.RuleAction),
    'entry.rule-number': ofEntries((entry) => entry.RuleNumber),
    'network-acl-id': (acl) => acl.id,
    'owner-id': (_acl, tx) => tx.account,
    'vpc-id': (acl) => acl.vpcId,
  },
  render: describeNetworkAcl,
});

/** What this file serves. */
export const networkAclActions = [
  CreateNetworkAcl,
  DeleteNetworkAcl,
  CreateNetworkAclEntry,
  ReplaceNetworkAclEntry,
  DeleteNetworkAclEntry,
  ReplaceNetworkAclAssociation,
  DescribeNetworkAcls,
];
