/** Route lookup in the table of the subnet that the packet leaves. */
import { isAwaited } from '../nat-gateway.ts';
import type { Packet } from '../packet.ts';
import type { FromInterface } from '../passage.ts';
import type { Route } from '../route-table.ts';
import { outStage } from '../stage.ts';
import { NEXT } from '../verdict.ts';

export const route = outStage({
  name: 'route',
  does: 'looks the destination up in the route table of the subnet that the packet leaves; the longest prefix wins, and answers find a peered VPC’s NAT gateway without a route',
  drops: {
    'no-route': { when: 'no route of the table holds the destination', code: 'NO_ROUTE_TO_DESTINATION' },
    blackhole: { when: 'the target of the route is not available', code: 'BAD_STATE_ROUTE' },
  },
  run(packet, passage, drop) {
    const table = passage.from.subnet.routeTable;
    const found = table?.lookup(packet.destination) ?? returnRoute(packet, passage);
    passage.decider = found ?? table;
    if (!found) return drop['no-route'];
    if (found.isBlackhole) return drop.blackhole;
    passage.route = found;
    return NEXT;
  },
});

/** What a NAT gateway of a peered VPC has asked for returns to it, whether there is a route or not (user guide, nat-gateway-basics). */
function returnRoute(packet: Packet, passage: FromInterface): Route | undefined {
  const { from, network } = passage;
  for (const peering of network.peeringsOf(from.vpc)) {
    const holder = peering.otherSide(from.vpc)?.interfaceAt(packet.destination);
    if (holder?.row.owner.kind === 'nat-gateway' && isAwaited(packet, passage, holder)) return peering.returnRoute;
  }
  return undefined;
}
