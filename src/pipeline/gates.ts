/**
 * The filters on a packet's way, noted instead of asked.
 *
 * Where a packet goes is decided by its addresses, and which packets may go that way by groups and ACLs. A run that
 * notes the filters and passes them finds the way once; the filters can then be asked about all packets that take it.
 */
import type { IpAddress } from '../net/address.ts';
import type { Firewall } from './firewall.ts';
import type { Interface } from './interface.ts';
import type { NetworkAcl } from './network-acl.ts';
import type { Direction, Peer } from './security-group.ts';

/** The groups of an interface that a new flow crosses, and the packet's destination port as it is there. */
export interface GroupGate {
  readonly kind: 'groups';
  readonly holder: Interface;
  readonly direction: Direction;
  readonly peer: Peer;
  readonly destinationPort: number;
}

/** The network ACL of a subnet, and the packet's addresses and destination port as they are there. */
export interface AclGate {
  readonly kind: 'network-acl';
  /** An ACL that is not known denies everything. */
  readonly acl: NetworkAcl | undefined;
  readonly direction: Direction;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly destinationPort: number;
}

/** A firewall behind an endpoint, and the packet's addresses and ports as they are there. */
export interface FirewallGate {
  readonly kind: 'firewall';
  readonly firewall: Firewall;
  readonly endpoint: Interface;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly sourcePort: number;
  readonly destinationPort: number;
}

/** One filter that a packet met. */
export type Gate = GroupGate | AclGate | FirewallGate;
