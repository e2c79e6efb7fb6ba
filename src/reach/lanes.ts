/**
 * Lanes: the ways between two places, with what network ACLs let through on them and what groups are still to be asked.
 *
 * A way is found by sending one packet of each kind of traffic through the pipeline with its filters noted. Everything
 * that differs between parties of one place is left as a reference ("the sender's address"), so that the way of one
 * pair of parties serves all pairs of the two places.
 */
import type { IpAddress } from '../net/address.ts';
import type { AclGate, FirewallGate, Gate, GroupGate } from '../pipeline/gates.ts';
import type { Interface } from '../pipeline/interface.ts';
import type { Network } from '../pipeline/network.ts';
import type { NetworkAcl } from '../pipeline/network-acl.ts';
import type { Direction, SecurityGroup } from '../pipeline/security-group.ts';
import type { Way, WayFinder } from '../pipeline/way.ts';
import type { TraceRequest } from '../tables/data-plane.ts';
import type { AddressAtoms } from './address-atoms.ts';
import { targetsBehind } from './balanced-targets.ts';
import { type FirewallSets, firewallSets } from './firewall-sets.ts';
import type { Party } from './parties.ts';
import type { TrafficCells, TrafficKind } from './traffic-cells.ts';
import type { SetId, TrafficSets } from './traffic-sets.ts';

/** An address at a gate: that of one of the two parties, or one that is the same for all pairs. */
export type AddressRef = 'sender' | 'public-sender' | 'receiver' | { readonly address: IpAddress };

/** Whose groups: those of one of the two parties, or some that are the same for all pairs. */
export type GroupsRef = 'sender' | 'receiver' | { readonly groups: readonly SecurityGroup[] };

/** Groups that are to be asked. */
export interface LaneGate {
  readonly direction: Direction;
  readonly of: GroupsRef;
  readonly peerAddress: AddressRef;
  readonly peerGroups: GroupsRef;
  /** Behind a load balancer that sends to another port: the cell that packets are in there. */
  readonly cell: number | undefined;
}

/** An ACL that is to be asked; `cell` as of groups. */
export interface LaneAcl extends AclGate {
  readonly cell: number | undefined;
}

/** What one or more kinds of traffic meet between two places, all of them the same. */
export interface Lane {
  /** What takes this lane and passes its ACLs and firewalls, from some client's port at least. */
  readonly traffic: SetId;
  /** Of the traffic: what passes them from some client's ports and not from others, which only firewalls tell apart. */
  readonly fromSomePorts: SetId;
  readonly gates: readonly LaneGate[];
  /** ACLs that were met; for the question which entries let it through. */
  readonly acls: readonly LaneAcl[];
  /** Firewalls that were met; for the question which rules let it through. */
  readonly firewalls: readonly FirewallGate[];
  /** Whether some were met on the way there or back. */
  readonly isInspected: boolean;
  /** Who gets the packet in the receiver's place: an appliance, which has to pass it on, or the target of a load balancer. */
  readonly via: Interface | undefined;
  /** Of the traffic: what gets its answer from every port of `CLIENT_PORTS`, and from some of them. */
  readonly answered: SetId;
  readonly answeredForSome: SetId;
  /** Ports from which clients get answers: cells of TCP and UDP. */
  readonly clientPorts: SetId;
}

/** Everything that lanes are found with, for one IP version. */
export interface LaneFinder {
  readonly ways: WayFinder;
  readonly cells: TrafficCells;
  readonly sets: TrafficSets;
  readonly atoms: AddressAtoms;
  readonly wayAtoms: AddressAtoms;
  /** The cells of each kind of traffic. */
  readonly kinds: ReadonlyMap<TrafficKind, SetId>;
  readonly network: Network;
  /** Ports from which clients ask. */
  readonly forClients: SetId;
  readonly aclSets: Map<NetworkAcl, Map<string, SetId>>;
}

/** A client's port: any that is no server's. */
const CLIENT_PORT = 40_000;
const ECHO_IDENTIFIER = 1;

/** The lanes from one party to another; none for traffic that no filter could let arrive. */
export function lanesBetween(finder: LaneFinder, sender: Party, receiver: Party): readonly Lane[] {
  const lanes = new Map<string, Lane>();
  for (const asked of kindsFor(finder, receiver))
    for (const request of requestsOf(finder, asked, sender, receiver)) {
      const lane = laneOf(finder, asked, request, sender, receiver);
      if (!lane) continue;
      const key = keyOf(lane);
      const same = lanes.get(key);
      lanes.set(key, same ? united(finder.sets, same, lane) : lane);
    }
  return [...lanes.values()];
}

/** The kinds of traffic with their cells. To a load balancer each port may take a way of its own: its listeners decide. */
export function* kindsFor({ kinds, sets }: LaneFinder, { holder }: Party): Iterable<AskedKind> {
  const owner = holder?.row.owner;
  const isBalanced =
    owner?.kind === 'load-balancer' || (owner?.kind === 'vpc-endpoint' && owner.leadsTo.kind === 'service');
  for (const [kind, ofKind] of kinds) {
    if (!isBalanced || (kind !== 'tcp' && kind !== 'udp')) yield [kind, ofKind];
    else for (const cell of sets.cellsOf(ofKind)) yield [kind, sets.where((one) => one === cell)];
  }
}

/** A kind of traffic with those of its cells that are asked about. */
type AskedKind = readonly [TrafficKind, SetId];

/** The requests that find all ways of a kind: one, or one for each target of a load balancer. */
export function requestsOf(
  finder: LaneFinder,
  asked: AskedKind,
  sender: Party,
  { address, holder }: Party,
): readonly TraceRequest[] {
  const request = requestOf(finder, asked, sender, address);
  const targets = targetsBehind(finder.network, holder, request);
  return targets.length === 0 ? [request] : targets.map((target) => ({ ...request, wantedTargets: [target] }));
}

/** The request for a packet of some cells of a kind. */
function requestOf(
  { cells, kinds, sets }: LaneFinder,
  [kind, traffic]: AskedKind,
  sender: Party,
  destination: IpAddress,
): TraceRequest {
  const [first = -1] = traffic === kinds.get(kind) ? [] : sets.cellsOf(traffic);
  const cell = cells.cells[first] ?? cells.ofKind(kind);
  if (!cell) throw new Error(`no traffic is ${kind}`);
  return {
    from: sender.holder ? { kind: 'interface', id: sender.holder.row.id } : { kind: sender.edge ?? 'internet' },
    source: sender.address,
    destination,
    protocol: cell.protocol,
    sourcePort: cell.kind === 'ports' ? CLIENT_PORT : 0,
    destinationPort: cell.kind === 'ports' ? cell.ports.from : 0,
    icmp:
      cell.kind === 'icmp' ? { type: cell.types.from, code: cell.codes.from, identifier: ECHO_IDENTIFIER } : undefined,
  };
}

function laneOf(
  finder: LaneFinder,
  [kind, ofKind]: AskedKind,
  request: TraceRequest,
  sender: Party,
  receiver: Party,
): Lane | undefined {
  const { there, back } = finder.ways.find(request);
  const via = arrival(there, request, receiver, sender);
  if (via === 'nowhere') return undefined;
  const { sets } = finder;
  const acls = there.gates
    .filter((gate) => gate.kind === 'network-acl')
    .map((gate) => ({ ...gate, cell: cellAt(finder, gate, request) }));
  const pastAcls = acls.reduce((set, gate) => admittedAt(sets, set, aclSet(finder, gate), gate.cell), ofKind);
  const gates = there.gates
    .filter((gate) => gate.kind === 'groups')
    .map((gate) => laneGate(gate, sender, receiver, cellAt(finder, gate, request)));
  const inspected = inspectedTraffic(finder, kind, ofKind, there, back);
  const traffic = inspected ? sets.and(pastAcls, inspected.arrives.fromSome) : pastAcls;
  if (traffic === sets.none) return undefined;
  const fromSomePorts = inspected ? sets.minus(traffic, inspected.arrives.fromAll) : sets.none;
  const answered = answers(finder, kind, { request, back, traffic, sender });
  const common = { traffic, fromSomePorts, gates, acls, firewalls: firewallsOn(there), via };
  const isInspected = inspected !== undefined;
  return { ...common, isInspected, ...(inspected ? restricted(sets, answered, inspected) : answered) };
}

/** The cell that a packet is in at a gate, where it is not the one that it was sent in: a load balancer alone sends to other ports. */
export const cellAt = (
  { cells }: LaneFinder,
  { destinationPort }: AclGate | GroupGate,
  request: TraceRequest,
): number | undefined =>
  destinationPort === request.destinationPort ? undefined : cells.atPort(request.protocol, destinationPort);

/** What of the traffic passes a gate that admits a set, of the traffic itself or of the cell that it is in there. */
export const admittedAt = (sets: TrafficSets, traffic: SetId, admits: SetId, cell: number | undefined): SetId => {
  if (cell === undefined) return sets.and(traffic, admits);
  return sets.has(admits, cell) ? traffic : sets.none;
};

const firewallsOn = (way: Way | undefined): readonly FirewallGate[] =>
  (way?.gates ?? []).filter((gate) => gate.kind === 'firewall');

/** What the firewalls on a way and on that back let through; undefined where there are none. */
function inspectedTraffic(
  finder: LaneFinder,
  kind: TrafficKind,
  ofKind: SetId,
  there: Way,
  back: Way | undefined,
): FirewallSets | undefined {
  const way = { kind, there: firewallsOn(there), back: firewallsOn(back) };
  if (way.there.length + way.back.length === 0) return undefined;
  return firewallSets(finder, ofKind, { ...way, sentFrom: kind === 'tcp' || kind === 'udp' ? CLIENT_PORT : 0 });
}

type Answers = Pick<Lane, 'answered' | 'answeredForSome' | 'clientPorts'>;

const restricted = (sets: TrafficSets, answers: Answers, { isAnswered, clientPorts }: FirewallSets): Answers => ({
  answered: sets.and(answers.answered, isAnswered.fromAll),
  answeredForSome: sets.and(answers.answeredForSome, isAnswered.fromSome),
  clientPorts: sets.and(answers.clientPorts, clientPorts),
});

/** Who gets the packet: the receiver (undefined), somebody in its place, or nobody that counts. */
function arrival(
  { to }: Way,
  { destination }: TraceRequest,
  receiver: Party,
  sender: Party,
): Interface | undefined | 'nowhere' {
  // A route may lead back to who sent it, such as an appliance in front of the receiver: that one reaches nobody so.
  if (to === undefined || to === sender.holder) return 'nowhere';
  if (typeof to === 'string') return to === receiver.edge ? undefined : 'nowhere';
  if (to === receiver.holder) return undefined;
  // In the sender's VPC somebody else has the address.
  return to.owns(destination) ? 'nowhere' : to;
}

/** What an ACL lets through between these addresses. */
export function aclSet(finder: LaneFinder, { acl, direction, source, destination }: AclGate): SetId {
  if (!acl) return finder.sets.none;
  const address = direction === 'ingress' ? source : destination;
  const ofAcl = finder.aclSets.get(acl) ?? new Map<string, SetId>();
  finder.aclSets.set(acl, ofAcl);
  const key = `${direction} ${finder.wayAtoms.atomOf(address)}`;
  const known = ofAcl.get(key);
  if (known !== undefined) return known;
  const { cells, sets } = finder;
  const set = sets.where((cell) => acl.decide(direction, cells.packet(cell, source, destination)).allows);
  ofAcl.set(key, set);
  return set;
}

interface Asked {
  readonly request: TraceRequest;
  readonly back: Way | undefined;
  readonly traffic: SetId;
  readonly sender: Party;
}

/** What of a lane's traffic is answered. What has no answers (ICMP that is no request) needs none. */
function answers(finder: LaneFinder, kind: TrafficKind, asked: Asked): Answers {
  const { sets } = finder;
  const { traffic } = asked;
  if (kind === 'icmp' || kind === 'discovery')
    return { answered: traffic, answeredForSome: traffic, clientPorts: sets.none };
  const gates = answerGates(asked);
  if (!gates) return { answered: sets.none, answeredForSome: sets.none, clientPorts: sets.none };
  if (kind === 'tcp' || kind === 'udp') return answersToPorts(finder, kind, asked, gates);
  const allowed = gates.reduce((set, gate) => sets.and(set, aclSet(finder, gate)), sets.all);
  const isAnswered = kind === 'echo' ? sets.has(allowed, finder.cells.echoReply) : undefined;
  const answered = isAnswered === undefined ? sets.and(traffic, allowed) : isAnswered ? traffic : sets.none;
  return { answered, answeredForSome: answered, clientPorts: sets.none };
}

/** The ACLs on the answer's way; undefined when it does not come to the sender as the answer to what was asked. */
function answerGates({ request, back, sender }: Asked): readonly AclGate[] | undefined {
  if (!back || back.to !== (sender.holder ?? sender.edge)) return undefined;
  if (back.deliveredAs?.source !== request.destination) return undefined;
  const isAcl = (gate: Gate): gate is AclGate => gate.kind === 'network-acl';
  return back.gates.some(({ kind }) => kind === 'groups') ? undefined : back.gates.filter(isAcl);
}

/** An answer goes to the client's port or, before a NAT gateway puts that back, to any that the gateway may have chosen. */
function answersToPorts(
  finder: LaneFinder,
  kind: 'tcp' | 'udp',
  { traffic }: Asked,
  gates: readonly AclGate[],
): Answers {
  const { sets, kinds } = finder;
  const ofKind = kinds.get(kind) ?? sets.none;
  const forClients = sets.and(ofKind, finder.forClients);
  let clientPorts = ofKind;
  let chosen = forClients;
  for (const gate of gates) {
    const allowed = aclSet(finder, gate);
    if (gate.destinationPort === CLIENT_PORT) clientPorts = sets.and(clientPorts, allowed);
    else chosen = sets.and(chosen, allowed);
  }
  const forSome = sets.and(clientPorts, forClients) !== sets.none && chosen !== sets.none;
  const forAll = chosen === forClients && sets.isWithin(forClients, clientPorts);
  return {
    answered: forAll ? traffic : sets.none,
    answeredForSome: forSome ? traffic : sets.none,
    clientPorts: forSome ? clientPorts : sets.none,
  };
}

/** A gate with references in the place of what is the two parties' own. */
export function laneGate(
  { direction, holder, peer }: GroupGate,
  sender: Party,
  receiver: Party,
  cell: number | undefined,
): LaneGate {
  return {
    cell,
    direction,
    of: groupsRef(holder.groups, sender, receiver),
    peerAddress: addressRef(peer.address, sender, receiver),
    peerGroups: groupsRef(peer.groups, sender, receiver),
  };
}

function groupsRef(groups: readonly SecurityGroup[], sender: Party, receiver: Party): GroupsRef {
  if (groups === sender.holder?.groups) return 'sender';
  return groups === receiver.holder?.groups ? 'receiver' : { groups };
}

function addressRef(address: IpAddress, sender: Party, receiver: Party): AddressRef {
  if (address === sender.address) return 'sender';
  if (address === sender.publicAddress) return 'public-sender';
  return address === receiver.address ? 'receiver' : { address };
}

/** Groups that are the same for all pairs belong to `via`, which stands in the key itself, or are none. */
const refText = (ref: AddressRef | GroupsRef): string =>
  typeof ref === 'string' ? ref : 'groups' in ref ? 'fixed' : String(ref.address);

/** Equal for lanes that differ in nothing but their traffic. */
const keyOf = ({ gates, acls, via, answered, answeredForSome, traffic }: Lane): string =>
  [
    ...gates.map(
      ({ of, direction, peerAddress, peerGroups, cell }) =>
        [of, peerAddress, peerGroups].map(refText).join() + direction + (cell ?? ''),
    ),
    ...acls.map(({ cell }) => cell ?? ''),
    via?.row.id ?? '',
    answered === traffic,
    answeredForSome === traffic,
  ].join(' ');

const united = (sets: TrafficSets, one: Lane, other: Lane): Lane => ({
  ...one,
  traffic: sets.or(one.traffic, other.traffic),
  fromSomePorts: sets.or(one.fromSomePorts, other.fromSomePorts),
  answered: sets.or(one.answered, other.answered),
  answeredForSome: sets.or(one.answeredForSome, other.answeredForSome),
  clientPorts: sets.or(one.clientPorts, other.clientPorts),
});
