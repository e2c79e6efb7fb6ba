/** A client behind a NAT gateway, for tests of what the gateway does. */
import { formatAddress } from '../net/address.ts';
import { TCP } from '../net/protocol.ts';
import { ACK, SYN } from '../wire/tcp.ts';
import { network, type TestNetwork } from './network.ts';
import type { NetworkOptions } from './network-rows.ts';
import type { TestPacket } from './packets.ts';

const ALL = ['all from 0.0.0.0/0'];
/** Of the gateway. */
export const ELASTIC_IP = '198.18.0.20';
/** Private address of the gateway. */
export const NAT_ADDRESS = '10.0.2.20';

/** A client without a public address, a NAT gateway in a public subnet, a server with a public address. */
export const behindNat = (options: NetworkOptions = {}): TestNetwork =>
  network(
    {
      client: { ip: '10.0.1.10' },
      second: { ip: '10.0.1.11' },
      nat: { ip: NAT_ADDRESS, public: ELASTIC_IP, nat: true },
      neighbour: { ip: '10.0.2.30', in: ALL },
      web: { ip: '10.0.3.10', public: '198.18.0.30', in: ALL },
    },
    {
      routes: {
        '10.0.1.0/24': ['0.0.0.0/0 nat nat'],
        '10.0.2.0/24': ['0.0.0.0/0 internet'],
        '10.0.3.0/24': ['0.0.0.0/0 internet'],
      },
      ...options,
    },
  );

/** Source of what came out last. */
export const sourceOf = (net: TestNetwork): string => formatAddress(net.lastPacket.source);
/** Destination of what came out last. */
export const destinationOf = (net: TestNetwork): string => formatAddress(net.lastPacket.destination);

/** The answer to what came out last at the outside world. */
export function answerTo(net: TestNetwork, options: TestPacket['options'] = {}): TestPacket {
  const { lastPacket: seen } = net;
  const isTcp = seen.protocol === TCP;
  return {
    from: 'internet',
    to: formatAddress(seen.source),
    protocol: seen.protocol,
    destinationPort: seen.sourcePort,
    options: {
      source: formatAddress(seen.destination),
      sourcePort: seen.destinationPort,
      ...(isTcp ? { tcpFlags: (seen.tcpFlags & SYN) === 0 ? ACK : SYN | ACK } : {}),
      ...(seen.isIcmp ? { icmpType: 0, icmpIdentifier: seen.icmpIdentifier } : {}),
      ...options,
    },
  };
}
