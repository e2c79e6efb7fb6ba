/** Route lookup in the table of the sender's subnet. */
import { outStage } from '../stage.ts';
import { NEXT } from '../verdict.ts';

export const route = outStage({
  name: 'route',
  does: 'looks the destination up in the route table of the sender’s subnet; the longest prefix wins',
  drops: {
    'no-route': { when: 'no route of the table holds the destination', code: 'NO_ROUTE_TO_DESTINATION' },
    blackhole: { when: 'the target of the route is not available', code: 'BAD_STATE_ROUTE' },
  },
  run(packet, passage, drop) {
    const table = passage.from.subnet.routeTable;
    const found = table?.lookup(packet.destination);
    passage.decider = found ?? table;
    if (!found) return drop['no-route'];
    if (found.isBlackhole) return drop.blackhole;
    passage.route = found;
    return NEXT;
  },
});
