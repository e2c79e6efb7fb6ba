/** Is the packet for a neighbour in the same subnet, or for the subnet's router? */
import type { Interface } from '../interface.ts';
import type { Packet } from '../packet.ts';
import { outStage } from '../stage.ts';
import { INTO_INTERFACE, NEXT } from '../verdict.ts';

export const subnet = outStage({
  name: 'subnet',
  does: 'sends packets for an interface of the same subnet straight to it, and the others to the router',
  drops: {
    'no-subnet': { when: 'the subnet of the interface is not known' },
    'unknown-mac': { when: 'the destination MAC is neither the router’s nor that of an interface in the subnet' },
    router: { when: 'it is for the router itself, which answers nothing but ARP and DHCP' },
  },
  run(packet, passage, drop) {
    const { from } = passage;
    if (!from.subnet.row) return drop['no-subnet'];
    if (packet.destination === from.subnet.routerAddress) return drop.router;
    const isRouted = packet.destinationMac === from.subnet.routerMac;
    const neighbour = isRouted ? neighbourAt(packet, from) : from.subnet.interfacesByMac.get(packet.destinationMac);
    if (neighbour && neighbour !== from) {
      passage.to = neighbour;
      return INTO_INTERFACE;
    }
    if (!isRouted) return drop['unknown-mac'];
    passage.crossesSubnet = true;
    return NEXT;
  },
});

/** Network ACLs never act between interfaces of one subnet, so a detour over the router changes nothing (unconfirmed). */
function neighbourAt(packet: Packet, from: Interface): Interface | undefined {
  const holder = from.vpc.interfaceAt(packet.destination);
  return holder?.subnet === from.subnet ? holder : undefined;
}
