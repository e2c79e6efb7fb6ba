/** The rules of groups and firewalls and the entries of ACLs that let a flow pass. */
import type { TraceComponent } from '../tables/data-plane.ts';
import { addressAt, type Flow, groupsOf } from './all-pairs.ts';
import type { TrafficSpace } from './analysis.ts';
import { questionAt } from './firewall-sets.ts';
import type { Party } from './parties.ts';
import type { SetId } from './traffic-sets.ts';

/** Those that let some of this traffic of a flow pass, from one of its senders. */
export function rulesOf(space: TrafficSpace, flow: Flow, from: Party, traffic: SetId): readonly TraceComponent[] {
  return [
    ...groupRules(space, flow, from, traffic),
    ...aclEntries(space, flow, traffic),
    ...firewallRules(space, flow, traffic),
  ];
}

function groupRules(
  { cells, sets }: TrafficSpace,
  { lane, to }: Flow,
  from: Party,
  traffic: SetId,
): readonly TraceComponent[] {
  return lane.gates.flatMap((gate) => {
    const peer = { address: addressAt(gate, from, to), groups: groupsOf(gate.peerGroups, from, to) };
    return groupsOf(gate.of, from, to)
      .flatMap((group) => group[gate.direction])
      .filter((rule) => rule.speaksOf(peer))
      .filter((rule) => {
        const matches = (cell: number) => rule.traffic.matches(cells.packet(cell, peer.address, peer.address));
        return gate.cell === undefined ? sets.some(traffic, matches) : matches(gate.cell);
      })
      .map((rule) => rule.describe());
  });
}

function aclEntries({ cells, sets }: TrafficSpace, { lane }: Flow, traffic: SetId): readonly TraceComponent[] {
  const entries = new Set<TraceComponent>();
  for (const { acl, direction, source, destination, cell: there } of lane.acls)
    for (const cell of there === undefined ? sets.cellsOf(traffic) : [there]) {
      const component = acl?.decide(direction, cells.packet(cell, source, destination)).describe();
      if (component) entries.add(component);
    }
  return [...new Map([...entries].map((entry) => [`${entry.id} ${entry.detail}`, entry])).values()];
}

/** Those that pass a flow's first packet from the port of a usual client; default actions are no rules. */
function firewallRules({ cells, sets }: TrafficSpace, { lane }: Flow, traffic: SetId): readonly TraceComponent[] {
  const rules = new Map<string, TraceComponent>();
  for (const gate of lane.firewalls)
    for (const cell of sets.cellsOf(traffic)) {
      const packet = questionAt(cells, cell, gate, gate.sourcePort);
      const stateless = gate.firewall.stateless(packet);
      const ruling =
        stateless.action === 'forward'
          ? gate.firewall.stateful(packet, { side: 'to-server', isEstablished: false })
          : stateless;
      const component = ruling.describe();
      if (ruling.action === 'pass' && component.rule) rules.set(`${component.id} ${component.detail}`, component);
    }
  return [...rules.values()];
}
