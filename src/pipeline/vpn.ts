/** VPN connections as packets meet them: which one leads to an address at the customer's site, and which one from there. */
import type { IpAddress } from '../net/address.ts';
import type { VpnConnectionRow } from '../tables/tables.ts';
import { BlockFilter } from './block-filter.ts';
import type { Vpc } from './network.ts';
import type { Component, Decider } from './verdict.ts';

/** A connection that is available. */
export class Vpn implements Decider {
  private readonly blocks: readonly { readonly filter: BlockFilter; readonly length: number }[];

  constructor(
    readonly row: VpnConnectionRow,
    /** The VPC at whose virtual private gateway it ends, if it does. */
    readonly vpc: Vpc | undefined,
  ) {
    this.blocks = row.siteCidrs.map((cidr) => ({ filter: new BlockFilter(cidr), length: cidr.length }));
  }

  /** Length of the longest block of the site that holds the address, -1 for none. */
  matchOf(address: IpAddress): number {
    let longest = -1;
    for (const { filter, length } of this.blocks) if (length > longest && filter.has(address)) longest = length;
    return longest;
  }

  describe(): Component {
    return { kind: 'vpn-connection', id: this.row.id, detail: '' };
  }
}

/** Every connection, kept up to date by table updates. */
export class VpnConnections {
  private readonly byId = new Map<string, Vpn>();

  put(row: VpnConnectionRow, vpc: Vpc | undefined): void {
    this.byId.set(row.id, new Vpn(row, vpc));
  }

  remove(id: string): void {
    this.byId.delete(id);
  }

  /** The connection of this id, if it is available. */
  connection(id: string): Vpn | undefined {
    return this.byId.get(id);
  }

  /** The connection of the VPC that leads to this address at the site: longest prefix. */
  towards(vpc: Vpc, destination: IpAddress): Vpn | undefined {
    return this.best((vpn) => (vpn.vpc === vpc ? vpn.matchOf(destination) : -1));
  }

  /**
   * The connection by which a packet of the site comes: its source is of the connection, by longest prefix, and its
   * destination in the VPC at its end. One to a transit gateway, whose tables may lead anywhere, comes last.
   */
  from(source: IpAddress, destination: IpAddress): Vpn | undefined {
    return (
      this.best((vpn) => (vpn.vpc?.holds(destination) ? vpn.matchOf(source) : -1)) ??
      this.best((vpn) => (vpn.vpc ? -1 : vpn.matchOf(source)))
    );
  }

  private best(matchOf: (vpn: Vpn) => number): Vpn | undefined {
    let found: Vpn | undefined;
    let longest = -1;
    for (const vpn of this.byId.values()) {
      const match = matchOf(vpn);
      if (match <= longest) continue;
      longest = match;
      found = vpn;
    }
    return found;
  }
}
