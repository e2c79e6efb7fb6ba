/** What both network ACL stages do: let pass what the first matching entry allows. */
import type { NetworkAcl } from './network-acl.ts';
import type { Packet } from './packet.ts';
import type { Passage } from './passage.ts';
import type { Direction } from './security-group.ts';

/** True when the ACL lets the packet pass; one that is not known lets nothing pass. */
export function aclAllows(
  packet: Packet,
  passage: Passage,
  acl: NetworkAcl | undefined,
  direction: Direction,
): boolean {
  if (passage.gates) {
    const { source, destination, destinationPort } = packet;
    passage.gates.push({ kind: 'network-acl', acl, direction, source, destination, destinationPort });
    return true;
  }
  const entry = acl?.decide(direction, packet);
  passage.decider = entry;
  return entry?.allows ?? false;
}
