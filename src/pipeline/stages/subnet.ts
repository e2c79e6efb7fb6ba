/** Is the packet for a neighbour in the same subnet, or for the subnet's router? */
import { isIpv6LinkLocal } from '../../net/ipv6-scope.ts';
import type { Interface } from '../interface.ts';
import { balancerDecider, nodeAwaiting } from '../load-balancer.ts';
import type { Packet } from '../packet.ts';
import type { FromInterface } from '../passage.ts';
import { outStage } from '../stage.ts';
import { BACK_TO_LOAD_BALANCER, INTO_INTERFACE, NEXT, type Verdict } from '../verdict.ts';

export const subnet = outStage({
  name: 'subnet',
  does: 'sends packets for an interface of the same subnet straight to it, and the others to the router; what a target answers to a client, whose address a load balancer has kept, goes back to the node by which that came',
  drops: {
    'no-subnet': { when: 'the subnet of the interface is not known' },
    'unknown-mac': { when: 'the destination MAC is neither the router’s nor that of an interface in the subnet' },
    router: { when: 'it is for the router itself, which answers nothing but ARP, neighbour discovery and DHCP' },
    'link-local': { when: 'an IPv6 link-local address is of no use outside of its subnet' },
  },
  run(packet, passage, drop) {
    const { from } = passage;
    if (!from.subnet.row) return drop['no-subnet'];
    const node = from.vpc.balancerNodes.size > 0 ? nodeAwaiting(packet, passage) : undefined;
    if (node) return backToNode(node, passage);
    const { destination } = packet;
    if (destination === from.subnet.routerAddress || from.subnet.isIpv6Router(destination)) return drop.router;
    const isRouted = packet.destinationMac === from.subnet.routerMac;
    const neighbour = holderInSubnet(packet, from) ?? from.subnet.interfacesByMac.get(packet.destinationMac);
    if (neighbour && neighbour !== from) {
      passage.to = neighbour;
      return INTO_INTERFACE;
    }
    if (!isRouted) return drop['unknown-mac'];
    if (isIpv6LinkLocal(packet.source) || isIpv6LinkLocal(destination)) return drop['link-local'];
    passage.crossesSubnet = true;
    return NEXT;
  },
});

/** Neither the address of the client nor the MAC of a neighbour says whom the packet goes to. */
function backToNode(node: Interface, passage: FromInterface): Verdict {
  passage.decider = balancerDecider(node);
  passage.enter(node, node.subnet !== passage.from.subnet);
  return passage.crossesSubnet ? BACK_TO_LOAD_BALANCER : INTO_INTERFACE;
}

/**
 * The interface of the same subnet that holds the destination, whatever MAC the frame is for: traffic inside a subnet
 * cannot be led through an appliance (VPC guide, gateway-route-tables), and an address that was just reassigned is
 * reached although neighbours still have its former holder's MAC (unconfirmed as a sentence of AWS). Network ACLs never
 * act here, so a detour over the router changes nothing (unconfirmed).
 */
export function holderInSubnet(packet: Packet, from: Interface): Interface | undefined {
  const holder = from.vpc.interfaceAt(packet.destination);
  return holder?.subnet === from.subnet ? holder : undefined;
}
