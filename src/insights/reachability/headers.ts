/**
 * Which packets stand for all that a path speaks of.
 *
 * A path leaves fields open: any source port, often any destination port. The pipeline compares a port with the bounds
 * of rules and entries and with nothing else, so between two neighbouring bounds all ports fare alike, and one of each
 * interval is asked for all. Addresses that are open are those of the ends' own interfaces; of the outside world there is
 * one representative, so rules about other parts of it are not found (an approximation, said in the warning).
 */
import { firewallRow } from '../../compile/firewall-rows.ts';
import { NetworkAcl } from '../../model/resources/network-acl.ts';
import { Firewall } from '../../model/resources/network-firewall.ts';
import { SecurityGroup } from '../../model/resources/security-group.ts';
import { Vpc } from '../../model/resources/vpc.ts';
import type { TrafficMatch } from '../../net/traffic-match.ts';
import { portBoundsOf } from '../../pipeline/firewall.ts';
import type { Resources } from './analysis-components.ts';
import { tunnelPortBounds } from './gateway-balancers.ts';

/** Ports from and to, both included. */
export interface PortInterval {
  readonly from: number;
  readonly to: number;
}

export const ANY_PORT: PortInterval = { from: 0, to: 65_535 };
/** A port that a client's system might choose: its interval is asked first. */
const USUAL_CLIENT_PORT = 32_768;

/** Ports at which some rule or entry of the VPCs begins to say something else of a packet. */
export interface PortBounds {
  /** Groups and ACLs look at the server's port. */
  readonly server: readonly number[];
  /** ACLs look at the client's port in the answer, and firewalls always. */
  readonly client: readonly number[];
}

export function portBounds(resources: Resources, vpcIds: readonly string[]): PortBounds {
  const vpcs = vpcIds.flatMap((id) => {
    const tx = resources.near(Vpc, id);
    return tx ? [{ id, tx }] : [];
  });
  const ofGroups = vpcs.flatMap(({ id, tx }) => tx.by(SecurityGroup, 'vpcId', id)).flatMap(({ rules }) => rules);
  const ofAcls = vpcs.flatMap(({ id, tx }) => tx.by(NetworkAcl, 'vpcId', id)).flatMap(({ entries }) => entries);
  const ofFirewalls = firewallBounds(resources);
  return {
    server: merged(boundsOf([...ofGroups, ...ofAcls]), [...ofFirewalls, ...tunnelPortBounds(resources)]),
    client: merged(boundsOf(ofAcls), ofFirewalls),
  };
}

/** Firewalls look at both ports, in whichever VPC on the way they are. */
function firewallBounds(resources: Resources): readonly number[] {
  return resources.all(Firewall).flatMap((firewall) => {
    const tx = resources.near(Firewall, firewall.id);
    const row = tx && firewallRow(tx, firewall);
    return row ? portBoundsOf(row) : [];
  });
}

const merged = (one: readonly number[], other: readonly number[]): readonly number[] =>
  [...new Set([...one, ...other])].sort((a, b) => a - b);

function boundsOf(rules: readonly { readonly traffic: TrafficMatch }[]): readonly number[] {
  const bounds = new Set<number>();
  for (const { traffic } of rules)
    if (traffic.kind === 'ports') bounds.add(traffic.ports.from).add(traffic.ports.to + 1);
  return [...bounds].sort((one, other) => one - other);
}

/** The parts of a range within which every port fares alike. */
export function intervalsOf({ from, to }: PortInterval, bounds: readonly number[]): readonly PortInterval[] {
  const starts = [from, ...bounds.filter((bound) => bound > from && bound <= to)];
  return starts.map((start, index) => ({ from: start, to: (starts[index + 1] ?? to + 1) - 1 }));
}

/** The same, the one that a client's port would usually be in first. */
export function clientIntervalsOf(range: PortInterval, bounds: readonly number[]): readonly PortInterval[] {
  const intervals = intervalsOf(range, bounds);
  const isUsual = (one: PortInterval): boolean => one.from <= USUAL_CLIENT_PORT && one.to >= USUAL_CLIENT_PORT;
  return [...intervals.filter(isUsual), ...intervals.filter((one) => !isUsual(one))];
}

/** A port of the interval: the usual one where it is in it. */
export const representative = ({ from, to }: PortInterval): number =>
  from <= USUAL_CLIENT_PORT && to >= USUAL_CLIENT_PORT ? USUAL_CLIENT_PORT : from;
