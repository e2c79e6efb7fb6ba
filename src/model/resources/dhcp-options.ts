/** A DHCP option set: what a VPC's guests are told besides their address. Immutable once made. */
import type { DhcpOptionsId } from '../../net/identifiers.ts';
import { kind, type TaggedRow } from '../kind.ts';

/** The keys that EC2 knows (CreateDhcpOptions). */
export type DhcpOptionKey =
  | 'domain-name'
  | 'domain-name-servers'
  | 'ntp-servers'
  | 'netbios-name-servers'
  | 'netbios-node-type'
  | 'ipv6-address-preferred-lease-time';

export interface DhcpOptions extends TaggedRow {
  readonly id: DhcpOptionsId;
  readonly configurations: readonly { readonly key: DhcpOptionKey; readonly values: readonly string[] }[];
}

export const DhcpOptions = kind<DhcpOptions>()({
  name: 'dhcp-options',
  prefix: 'dopt',
  notFound: 'InvalidDhcpOptionID.NotFound',
  malformed: 'InvalidDhcpOptionsId.Malformed',
});
