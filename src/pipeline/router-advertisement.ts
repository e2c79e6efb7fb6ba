/**
 * What the router of a subnet tells its guests about itself.
 *
 * As guests on AWS see it: a default route for half an hour, the subnet's block on the link, and addresses by DHCPv6
 * only. That the prefix is advertised as on-link, and the lifetime, are unconfirmed.
 */
import type { Ipv6 } from '../net/address.ts';
import type { Mac } from '../net/mac.ts';
import { emitRouterAdvertisement } from '../wire/neighbour-discovery.ts';
import type { Answer } from './answer.ts';
import type { Interface } from './interface.ts';
import { VPC_MTU_BYTES } from './passage.ts';

export const ROUTER_LIFETIME_SECONDS = 1800;
const HOP_LIMIT = 64;

/** Writes a router advertisement for the guest behind an interface. */
export function advertiseRouter(
  answer: Answer,
  { subnet, row }: Interface,
  destination: Ipv6,
  destinationMac: Mac = row.mac,
): void {
  const path = { sourceMac: subnet.routerMac, destinationMac, source: subnet.routerLinkLocal, destination };
  const advertisement = {
    mac: subnet.routerMac,
    lifetimeSeconds: ROUTER_LIFETIME_SECONDS,
    hopLimit: HOP_LIMIT,
    mtuBytes: VPC_MTU_BYTES,
    onLink: subnet.row?.ipv6Cidrs ?? [],
  };
  answer.discovery(path, (bytes, at) => emitRouterAdvertisement(bytes, at, advertisement));
}
