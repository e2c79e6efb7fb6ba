/** ARP: the fabric answers for the router and for the interfaces of the same subnet; no guest sees another's ARP. */
import type { Ipv4 } from '../../net/address.ts';
import type { Mac } from '../../net/mac.ts';
import { ARP_REPLY, ARP_REQUEST, parseArp } from '../../wire/arp.ts';
import { ETHER_TYPE_ARP, ETHERNET_HEADER_LENGTH } from '../../wire/ethernet.ts';
import type { Interface } from '../interface.ts';
import { isLinkLocal } from '../service-address.ts';
import { outStage } from '../stage.ts';
import { ANSWERED, NEXT } from '../verdict.ts';

export const arp = outStage({
  name: 'arp',
  does: 'answers ARP requests for the router, the VPC’s resolver, link-local services and interfaces of the same subnet',
  drops: {
    malformed: { when: 'it is not ARP for IPv4 over Ethernet' },
    unsolicited: { when: 'it is an ARP reply or announcement; addresses move through the API only' },
    nobody: { when: 'nobody in the subnet has the address that is asked for' },
  },
  run(packet, { from, answer }, drop) {
    if (packet.etherType !== ETHER_TYPE_ARP) return NEXT;
    const request = parseArp(packet.bytes, packet.network, packet.frameLength - ETHERNET_HEADER_LENGTH);
    if (!request) return drop.malformed;
    const { operation, senderAddress, senderMac, targetAddress } = request;
    if (operation !== ARP_REQUEST || senderAddress === targetAddress) return drop.unsolicited;
    const holder = holderOf(from, targetAddress);
    if (holder === undefined) return drop.nobody;
    answer.arp({
      operation: ARP_REPLY,
      senderMac: holder,
      senderAddress: targetAddress,
      targetMac: senderMac,
      targetAddress: senderAddress,
    });
    return ANSWERED;
  },
});

/** The MAC that an address has in the interface's subnet. Its own address is nobody's: a guest that probes it may have it. */
function holderOf(from: Interface, address: Ipv4): Mac | undefined {
  const { subnet, vpc } = from;
  if (address === subnet.routerAddress || address === vpc.resolverAddress || isLinkLocal(address)) {
    return subnet.routerMac;
  }
  const holder = vpc.interfaceAt(address);
  return holder && holder !== from && holder.subnet === subnet ? holder.row.mac : undefined;
}
