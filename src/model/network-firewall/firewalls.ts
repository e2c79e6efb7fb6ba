/**
 * How firewalls come, change and go. Each has an endpoint in every zone in which it has a subnet; routes lead packets there.
 *
 * Source: API reference, CreateFirewall, AssociateSubnets, DisassociateSubnets, DeleteFirewall.
 */
import type { FirewallPolicyArn } from '../../net/identifiers.ts';
import { Fault } from '../fault.ts';
import { createFirewallEndpoint, deleteFirewallEndpoint } from '../inspection-endpoints.ts';
import type { Tags } from '../kind.ts';
import { quota } from '../quotas.ts';
import { type EncryptionChoice, Firewall, type FirewallPlace, FirewallPolicy } from '../resources/network-firewall.ts';
import { RouteTable } from '../resources/route-table.ts';
import { Subnet } from '../resources/subnet.ts';
import { Vpc } from '../resources/vpc.ts';
import { VpcEndpoint } from '../resources/vpc-endpoint.ts';
import type { Transaction } from '../transaction.ts';
import { arnOf, checkName, checkToken, newUuid } from './naming.ts';
import { refused } from './refusal.ts';

/** A subnet in which a firewall is to have an endpoint. */
export interface PlaceWanted {
  readonly subnetId: string;
  readonly addressType: FirewallPlace['addressType'];
}

export interface FirewallSpec {
  readonly name: string;
  readonly policyArn: string;
  readonly vpcId: string;
  readonly places: readonly PlaceWanted[];
  readonly isDeleteProtected: boolean;
  readonly isSubnetChangeProtected: boolean;
  readonly isPolicyChangeProtected: boolean;
  readonly description: string | undefined;
  readonly encryption: EncryptionChoice;
  readonly tags: Tags;
}

/** @throws Fault InvalidRequestException, LimitExceededException */
export function createFirewall(tx: Transaction, spec: FirewallSpec): Firewall {
  const id = arnOf(tx, 'firewall', checkName(spec.name));
  const policyArn = existingPolicy(tx, spec.policyArn);
  const vpc = tx.find(Vpc, spec.vpcId);
  if (!vpc) throw refused(`the VPC ${spec.vpcId.slice(0, 100)} does not exist`);
  if (tx.find(Firewall, id)) throw refused('a resource with the specified name already exists');
  if (tx.size(Firewall) >= quota(tx, 'firewallsPerRegion')) {
    throw new Fault('LimitExceededException', 'The maximum number of firewalls has been reached.');
  }
  if (spec.places.length === 0) throw refused('a firewall must have a subnet');
  const { places: wanted, ...rest } = spec;
  const times = { updateToken: newUuid(tx), modifiedAtMs: tx.nowMs };
  const firewall = tx.put(Firewall, {
    ...rest,
    policyArn,
    vpcId: vpc.id,
    places: [],
    id,
    uniqueId: newUuid(tx),
    ...times,
  });
  return tx.update(Firewall, id, { places: openPlaces(tx, firewall, wanted) });
}

/** The members of a firewall that a change sets. */
export type FirewallChange = Partial<
  Pick<
    Firewall,
    'description' | 'encryption' | 'isDeleteProtected' | 'isSubnetChangeProtected' | 'isPolicyChangeProtected'
  >
>;

/** @throws Fault InvalidTokenException */
export function changeFirewall(
  tx: Transaction,
  firewall: Firewall,
  token: string | undefined,
  change: FirewallChange,
): Firewall {
  checkToken(token, firewall);
  return renewed(tx, firewall, change);
}

/** @throws Fault InvalidTokenException, InvalidOperationException while protected, InvalidRequestException */
export function associatePolicy(tx: Transaction, firewall: Firewall, token: string | undefined, arn: string): Firewall {
  checkToken(token, firewall);
  if (firewall.isPolicyChangeProtected) throw isProtected('firewall policy change');
  return renewed(tx, firewall, { policyArn: existingPolicy(tx, arn) });
}

/** @throws Fault as `associatePolicy` */
export function associateSubnets(
  tx: Transaction,
  firewall: Firewall,
  token: string | undefined,
  wanted: readonly PlaceWanted[],
): Firewall {
  checkToken(token, firewall);
  if (firewall.isSubnetChangeProtected) throw isProtected('subnet change');
  return renewed(tx, firewall, { places: [...firewall.places, ...openPlaces(tx, firewall, wanted)] });
}

/** @throws Fault as `associatePolicy` */
export function disassociateSubnets(
  tx: Transaction,
  firewall: Firewall,
  token: string | undefined,
  subnetIds: readonly string[],
): Firewall {
  checkToken(token, firewall);
  if (firewall.isSubnetChangeProtected) throw isProtected('subnet change');
  const gone = subnetIds.map((id) => {
    const place = firewall.places.find(({ subnetId }) => subnetId === id);
    if (!place) throw refused(`the subnet ${id.slice(0, 100)} is not associated with the firewall`);
    return place;
  });
  const places = firewall.places.filter((place) => !gone.includes(place));
  // That a firewall keeps one subnet is unconfirmed.
  if (places.length === 0) throw new Fault('InvalidOperationException', 'A firewall must have at least one subnet.');
  for (const place of gone) closePlace(tx, place);
  return renewed(tx, firewall, { places });
}

/** @throws Fault InvalidOperationException while it is protected, or while routes lead to one of its endpoints */
export function deleteFirewall(tx: Transaction, firewall: Firewall): void {
  if (firewall.isDeleteProtected) throw isProtected('delete');
  for (const place of firewall.places) closePlace(tx, place);
  tx.remove(Firewall, firewall.id);
}

const renewed = (tx: Transaction, { id }: Firewall, change: Partial<Omit<Firewall, 'id'>>): Firewall =>
  tx.update(Firewall, id, { ...change, updateToken: newUuid(tx), modifiedAtMs: tx.nowMs });

const isProtected = (what: string): Fault =>
  new Fault('InvalidOperationException', `The firewall has ${what} protection enabled.`);

function existingPolicy(tx: Transaction, arn: string): FirewallPolicyArn {
  const policy = tx.find(FirewallPolicy, arn);
  if (policy) return policy.id;
  throw refused(`the firewall policy ${arn.slice(0, 300)} does not exist`);
}

function openPlaces(tx: Transaction, firewall: Firewall, wanted: readonly PlaceWanted[]): readonly FirewallPlace[] {
  const zones = new Set(firewall.places.map(({ zone }) => zone));
  return wanted.map(({ subnetId, addressType }) => {
    const subnet = tx.find(Subnet, subnetId);
    if (!subnet || subnet.vpcId !== firewall.vpcId) {
      throw refused(`the subnet ${subnetId.slice(0, 100)} does not exist in the VPC ${firewall.vpcId}`);
    }
    if (zones.has(subnet.zone))
      throw refused(`the firewall has a subnet in the Availability Zone ${subnet.zone} already`);
    zones.add(subnet.zone);
    const endpoint = createFirewallEndpoint(tx, {
      subnet,
      firewallArn: firewall.id,
      serviceName: serviceNameOf(tx),
      addressType: addressType === 'IPV4' ? 'ipv4' : addressType === 'IPV6' ? 'ipv6' : 'dualstack',
      // As AWS tags them, by which tools find them.
      tags: {
        Firewall: firewall.id,
        AWSNetworkFirewallManaged: 'true',
        Name: `${firewall.name} (${subnet.zone})`,
      },
    });
    return { subnetId: subnet.id, zone: subnet.zone, addressType, endpointId: endpoint.id };
  });
}

/** AWS has one for each firewall. */
const serviceNameOf = (tx: Transaction): string => `com.amazonaws.vpce.${tx.region}.${tx.newId('vpce-svc')}`;

function closePlace(tx: Transaction, { endpointId }: FirewallPlace): void {
  const endpoint = tx.find(VpcEndpoint, endpointId);
  if (!endpoint) return;
  if (tx.count(RouteTable, 'targetId', endpointId) > 0) {
    const sentence = `The endpoint ${endpointId} of the firewall is in use by a route table: remove the route first.`;
    throw new Fault('InvalidOperationException', sentence);
  }
  deleteFirewallEndpoint(tx, endpoint);
}
