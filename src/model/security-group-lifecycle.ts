/** How security groups come and go: names, the default group of every VPC, and what keeps a group from being deleted. */
import { ANY_IPV4, ANY_IPV6, type Cidr } from '../net/cidr.ts';
import type { VpcId } from '../net/identifiers.ts';
import { Fault } from './fault.ts';
import type { Tags } from './kind.ts';
import { quota } from './quotas.ts';
import { NetworkInterface } from './resources/network-interface.ts';
import { SecurityGroup, type SecurityGroupRule } from './resources/security-group.ts';
import { SecurityGroupVpcAssociation } from './resources/security-group-vpc-association.ts';
import { Vpc } from './resources/vpc.ts';
import type { Transaction } from './transaction.ts';

/** The name that every VPC's first group has, and no other may have. */
export const DEFAULT_GROUP_NAME = 'default';

/** What CreateSecurityGroup says of a group. */
export interface NewSecurityGroup {
  readonly vpc: Vpc;
  readonly words: GroupWords;
  readonly tags: Tags;
}

/** Name and description of a group, as they may be. */
export interface GroupWords {
  readonly name: string;
  readonly description: string;
}

/** Characters of names and descriptions in a VPC (API_CreateSecurityGroup). */
const ALLOWED_TEXT = /^[a-zA-Z0-9 ._\-:/()#,@[\]+=&;{}!$*]*$/;
const MAX_CHARACTERS = 255;
const ALLOWED_SENTENCE =
  'are strings less than 256 characters from the following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*';

/**
 * Creates a group with its egress rule to everywhere, for IPv6 too where the VPC has IPv6 (unconfirmed for the API).
 * @throws Fault InvalidGroup.Duplicate, SecurityGroupLimitExceeded
 */
export function createSecurityGroup(tx: Transaction, { vpc, words, tags }: NewSecurityGroup): SecurityGroup {
  const { name, description } = words;
  const taken = tx.by(SecurityGroup, 'vpcId', vpc.id).some((group) => group.name.toLowerCase() === name.toLowerCase());
  if (taken) throw new Fault('InvalidGroup.Duplicate', { name, vpc: vpc.id });
  if (tx.size(SecurityGroup) >= quota(tx, 'securityGroupsPerRegion')) {
    throw new Fault('SecurityGroupLimitExceeded', { vpc: vpc.id });
  }
  return tx.insert(SecurityGroup, { vpcId: vpc.id, name, description, tags, rules: egressToEverywhere(tx, vpc) });
}

/**
 * Name and description that a request gives; blanks at the name's end go.
 * @throws Fault InvalidParameterValue, InvalidGroup.Reserved, MissingParameter
 */
export function readGroupWords(givenName: string, description: string): GroupWords {
  const name = givenName.trimEnd();
  checkName(name);
  checkDescription(description);
  return { name, description };
}

/** Creates the group that a VPC is born with: its members reach each other and everything outside. */
export function createDefaultSecurityGroup(tx: Transaction, vpc: Vpc): SecurityGroup {
  const group = tx.insert(SecurityGroup, {
    vpcId: vpc.id,
    name: DEFAULT_GROUP_NAME,
    description: 'default VPC security group',
    tags: {},
    rules: [],
  });
  const fromItself: SecurityGroupRule = {
    ...ruleFields(tx),
    egress: false,
    peer: { kind: 'security-group', id: group.id },
  };
  return tx.update(SecurityGroup, group.id, { rules: [fromItself, ...egressToEverywhere(tx, vpc)] });
}

/**
 * Gives the default group of a VPC the egress rule to ::/0 when the VPC gets its first IPv6 block, unless it has it or
 * its rule to 0.0.0.0/0 was taken away (user guide, default security groups; the condition is unconfirmed).
 */
export function allowIpv6EgressOfDefaultGroup(tx: Transaction, vpcId: VpcId): void {
  const group = defaultSecurityGroup(tx, vpcId);
  const allows = (cidr: Cidr): boolean => group.rules.some((rule) => isEgressTo(rule, cidr));
  if (!allows(ANY_IPV4) || allows(ANY_IPV6)) return;
  tx.update(SecurityGroup, group.id, { rules: [...group.rules, egressTo(tx, ANY_IPV6)] });
}

/** The default group of a VPC. @throws Error when it has none, which a mistake of ours would have to cause. */
export function defaultSecurityGroup(tx: Transaction, vpcId: VpcId): SecurityGroup {
  const group = tx.by(SecurityGroup, 'vpcId', vpcId).find((candidate) => candidate.name === DEFAULT_GROUP_NAME);
  if (!group) throw new Error(`${vpcId} has no default security group`);
  return group;
}

/**
 * The group of this name in the default VPC, where alone groups have names that calls take.
 * @throws Fault VPCIdNotSpecified, InvalidGroup.NotFound
 */
export function securityGroupNamed(tx: Transaction, name: string): SecurityGroup {
  const vpc = defaultVpc(tx);
  const group = tx.by(SecurityGroup, 'vpcId', vpc.id).find((candidate) => candidate.name === name);
  if (group) return group;
  throw new Fault('InvalidGroup.NotFound', `The security group '${name}' does not exist in default VPC '${vpc.id}'`);
}

/** The default VPC of the Region. @throws Fault VPCIdNotSpecified */
export function defaultVpc(tx: Transaction): Vpc {
  const [vpc] = tx.by(Vpc, 'isDefault', 'true');
  if (!vpc) throw new Fault('VPCIdNotSpecified');
  return vpc;
}

/**
 * Deletes a group that nobody needs any more. References from a peered VPC do not hold it: they go stale.
 * @throws Fault CannotDelete, DependencyViolation
 */
export function deleteSecurityGroup(tx: Transaction, group: SecurityGroup): void {
  if (group.name === DEFAULT_GROUP_NAME) throw new Fault('CannotDelete', { id: group.id });
  if (isUsed(tx, group)) throw new Fault('DependencyViolation', `resource ${group.id} has a dependent object`);
  tx.remove(SecurityGroup, group.id);
}

const isUsed = (tx: Transaction, { id, vpcId }: SecurityGroup): boolean =>
  tx.count(NetworkInterface, 'securityGroupId', id) > 0 ||
  tx.count(SecurityGroupVpcAssociation, 'groupId', id) > 0 ||
  tx.by(SecurityGroup, 'referencedGroupId', id).some((other) => other.vpcId === vpcId);

function checkName(name: string): void {
  if (name === '') {
    throw new Fault('InvalidParameterValue', 'Value () for parameter GroupName is invalid. The value cannot be empty');
  }
  if (name.toLowerCase() === DEFAULT_GROUP_NAME) {
    throw new Fault('InvalidGroup.Reserved', `Cannot use reserved security group name: ${name}`);
  }
  if (name.startsWith('sg-')) {
    throw invalidName(name, 'Group names may not be in the format sg-*.');
  }
  if (!isAllowed(name)) throw invalidName(name, `Valid group names ${ALLOWED_SENTENCE}`);
}

/** The sentence for sg-* has been seen, the other is unconfirmed. */
const invalidName = (name: string, reason: string): Fault =>
  new Fault('InvalidParameterValue', { value: name, parameter: 'GroupName', reason });

function checkDescription(description: string): void {
  if (description === '') {
    throw new Fault('MissingParameter', { parameter: 'GroupDescription' });
  }
  if (!isAllowed(description)) {
    throw new Fault(
      'InvalidParameterValue',
      `Invalid security group description. Valid descriptions ${ALLOWED_SENTENCE}`,
    );
  }
}

const isAllowed = (text: string): boolean => text.length <= MAX_CHARACTERS && ALLOWED_TEXT.test(text);

const egressToEverywhere = (tx: Transaction, vpc: Vpc): SecurityGroupRule[] =>
  [ANY_IPV4, ...(vpc.ipv6CidrBlocks.length > 0 ? [ANY_IPV6] : [])].map((cidr) => egressTo(tx, cidr));

const egressTo = (tx: Transaction, cidr: Cidr): SecurityGroupRule => ({
  ...ruleFields(tx),
  egress: true,
  peer: { kind: 'cidr', cidr },
});

const ruleFields = (tx: Transaction): Omit<SecurityGroupRule, 'egress' | 'peer'> => ({
  id: tx.newId('sgr'),
  traffic: { kind: 'all' },
  description: undefined,
  peerOwnerId: undefined,
  tags: {},
});

const isEgressTo = ({ egress, traffic, peer }: SecurityGroupRule, cidr: Cidr): boolean =>
  egress &&
  traffic.kind === 'all' &&
  peer.kind === 'cidr' &&
  peer.cidr.length === cidr.length &&
  peer.cidr.address === cidr.address;
