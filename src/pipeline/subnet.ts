/** A subnet as packets meet it: what applies at its edge, its interfaces, and the addresses that its router answers for. */
import type { IpAddress, Ipv4, Ipv6 } from '../net/address.ts';
import { ipv4CidrSize } from '../net/cidr.ts';
import { linkLocalOf } from '../net/ipv6-scope.ts';
import { type Mac, mac } from '../net/mac.ts';
import type { SubnetRow } from '../tables/tables.ts';
import type { Interface } from './interface.ts';
import type { Vpc } from './network.ts';
import type { NetworkAcl } from './network-acl.ts';
import type { RouteTable } from './route-table.ts';

/** fe80:ec2::1, at which every subnet's router can be reached (VPC user guide, subnet-sizing). */
const ROUTER_LINK_LOCAL = ((0xfe80_0ec2n << 96n) | 1n) as Ipv6;

/** A subnet: its row, what applies at its edge, and its interfaces by MAC. */
export class Subnet {
  row: SubnetRow | undefined = undefined;
  vpc: Vpc | undefined = undefined;
  acl: NetworkAcl | undefined = undefined;
  routeTable: RouteTable | undefined = undefined;
  readonly interfacesByMac = new Map<Mac, Interface>();
  /** MAC of the implicit router, the same on every interface of the subnet. */
  readonly routerMac: Mac;
  /** The router's link-local address from its MAC: it advertises itself under this one. */
  readonly routerLinkLocal: Ipv6;

  constructor(readonly id: string) {
    this.routerMac = routerMacOf(id);
    this.routerLinkLocal = linkLocalOf(this.routerMac);
  }

  /** The router's address, base + 1; undefined in an IPv6-only subnet. */
  get routerAddress(): Ipv4 | undefined {
    const base = this.row?.ipv4Cidr?.address;
    return base === undefined ? undefined : ((base + 1) as Ipv4);
  }

  /** Whether guests have IPv6 there: the subnet has a block of it. */
  get hasIpv6(): boolean {
    return (this.row?.ipv6Cidrs.length ?? 0) > 0;
  }

  /** True for the router's IPv6 addresses: ::1 of each block, fe80:ec2::1, and the link-local one of its MAC. */
  isIpv6Router(address: IpAddress): boolean {
    if (!this.hasIpv6) return false;
    if (address === ROUTER_LINK_LOCAL || address === this.routerLinkLocal) return true;
    return this.row?.ipv6Cidrs.some((cidr) => address === cidr.address + 1n) ?? false;
  }

  /** The address that other networks broadcast to, the subnet's last one. */
  get broadcastAddress(): Ipv4 | undefined {
    const cidr = this.row?.ipv4Cidr;
    return cidr ? ((cidr.address + ipv4CidrSize(cidr) - 1) as Ipv4) : undefined;
  }
}

/** A locally administered address made from the subnet's id (FNV-1a); its first octet 5a is none that EC2 gives interfaces. */
function routerMacOf(subnetId: string): Mac {
  let hash = 0x811c9dc5;
  for (let index = 0; index < subnetId.length; index++) {
    hash = Math.imul(hash ^ subnetId.charCodeAt(index), 0x01000193);
  }
  return mac(0x5a01_0000_0000 + (hash >>> 0));
}
