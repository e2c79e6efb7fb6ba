/** A network interface as packets meet it: its row with VPC, subnet and groups resolved, and questions about its addresses. */
import { type IpAddress, type Ipv4, ipv4 } from '../net/address.ts';
import { contains } from '../net/cidr.ts';
import { linkLocalOf } from '../net/ipv6-scope.ts';
import type { InterfaceRow } from '../tables/tables.ts';
import type { Vpc } from './network.ts';
import type { SecurityGroup } from './security-group.ts';
import type { Subnet } from './subnet.ts';

/** What an interface's row names, resolved. */
export interface InterfaceLinks {
  readonly vpc: Vpc;
  readonly subnet: Subnet;
  readonly groups: readonly SecurityGroup[];
}

/** Most interfaces have no public address, and share this. */
const NO_PUBLIC_ADDRESSES: ReadonlyMap<IpAddress, Ipv4> = new Map();

/** An attached network interface. Made once per id, its content is replaced whole when the row changes. */
export class Interface {
  private content: { readonly row: InterfaceRow; readonly links: InterfaceLinks } | undefined = undefined;
  private own: ReadonlySet<IpAddress> = new Set();
  private toPublic = NO_PUBLIC_ADDRESSES;
  /** Number of the port it is plugged into, or UNPLUGGED. */
  port = UNPLUGGED;
  /** Packets to link-local services in the second that began at `serviceSecondMs` (see the services stage). */
  servicePackets = 0;
  serviceSecondMs = 0;
  /** Link-local IPv4 address from which a guest in an IPv6-only subnet last asked those services. */
  linkLocalIpv4: Ipv4 = ipv4(0);

  /** `index`: a small number, unique among present interfaces; the lowest ones are used again. */
  constructor(readonly index: number) {}

  /** False until the first `set`. */
  get isSet(): boolean {
    return this.content !== undefined;
  }

  set(row: InterfaceRow, links: InterfaceLinks): void {
    this.content = { row, links };
    this.own = new Set<IpAddress>([...row.ipv4Addresses, ...row.ipv6Addresses, linkLocalOf(row.mac)]);
    this.toPublic =
      row.publicAddresses.length === 0
        ? NO_PUBLIC_ADDRESSES
        : new Map(row.publicAddresses.map((mapping) => [mapping.privateAddress, mapping.publicAddress]));
  }

  get row(): InterfaceRow {
    return this.present.row;
  }
  get vpc(): Vpc {
    return this.present.links.vpc;
  }
  get subnet(): Subnet {
    return this.present.links.subnet;
  }
  get groups(): readonly SecurityGroup[] {
    return this.present.links.groups;
  }

  /** Its single addresses of both families, without delegated prefixes; among them the link-local one of its MAC. */
  get addresses(): ReadonlySet<IpAddress> {
    return this.own;
  }

  get hasPrefixes(): boolean {
    return this.row.ipv4Prefixes.length > 0 || this.row.ipv6Prefixes.length > 0;
  }

  /** True for its own addresses: primary, secondary, IPv6, link-local, and those in delegated prefixes. */
  owns(address: IpAddress): boolean {
    if (this.own.has(address)) return true;
    const { ipv4Prefixes, ipv6Prefixes } = this.row;
    for (const prefix of typeof address === 'number' ? ipv4Prefixes : ipv6Prefixes) {
      if (contains(prefix, address)) return true;
    }
    return false;
  }

  /** The public address that an internet gateway puts in this private address's place, if any. */
  publicAddressOf(privateAddress: IpAddress): Ipv4 | undefined {
    return this.toPublic.get(privateAddress);
  }

  private get present(): { readonly row: InterfaceRow; readonly links: InterfaceLinks } {
    if (!this.content) throw new Error(`interface ${this.index} is used before it has a row`);
    return this.content;
  }
}

/** The port number of an interface that no guest's NIC stands behind. */
export const UNPLUGGED = -1;
