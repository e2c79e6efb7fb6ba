/** Questions about datagrams in a test's network. */
import { UDP } from '../net/protocol.ts';
import type { TraceRequest } from '../tables/data-plane.ts';
import type { TestNetwork } from './network.ts';
import { addressOf } from './rows.ts';

/** A datagram from a host's first address to another address. */
export function questionIn(net: TestNetwork, from: string, to: string, destinationPort: number): TraceRequest {
  const { id, ipv4Addresses } = net.rowOf(from);
  const [source] = ipv4Addresses;
  if (source === undefined) throw new Error(`${from} has no IPv4 address`);
  const ports = { protocol: UDP, sourcePort: 40_000, destinationPort, icmp: undefined };
  return { from: { kind: 'interface', id }, source, destination: addressOf(to), ...ports };
}
