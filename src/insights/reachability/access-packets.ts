/** Packets that stand for all that an access scope asks about between two ends, one for all that fare alike. */
import type { IpAddress } from '../../net/address.ts';
import type { TraceRequest } from '../../tables/data-plane.ts';
import type { ScopeEnd } from './access-ends.ts';
import type { PathStatements } from './access-statements.ts';
import { firstBeyond } from './addresses-beyond.ts';
import { ANY_PORT, clientIntervalsOf, intervalsOf, type PortInterval, representative } from './headers.ts';
import { addressesFromOutside, type PathEnd, privateAddressesOf } from './path-ends.ts';

/** A packet, with the ports of all that it stands for. */
export interface ScopePacket {
  readonly request: TraceRequest;
  readonly sourcePorts: PortInterval;
  readonly destinationPorts: PortInterval;
  /** The same for packets that pass the same, but for both ends and their groups. Undefined: nothing is known of that. */
  readonly way: string | undefined;
}

/** What is asked between two ends. */
export interface PairQuestion {
  readonly from: ScopeEnd;
  readonly to: ScopeEnd;
  readonly protocol: number;
  readonly match: PathStatements;
  /** Paths about these ends that fit no packet that is asked for; what a packet passes is not asked here. */
  readonly excludes: readonly PathStatements[];
}

/** Ports within which all packets fare alike. */
export interface ScopePorts {
  readonly source: readonly PortInterval[];
  readonly destination: readonly PortInterval[];
}

/** `bounds`: where the network begins to say something else of destination ports; the scope's are added. */
export function scopePorts(paths: readonly PathStatements[], bounds: readonly number[]): ScopePorts {
  const sorted = (numbers: readonly number[]): readonly number[] =>
    [...new Set(numbers)].sort((one, other) => one - other);
  const destination = [...bounds, ...paths.flatMap((one) => one.destinationPortBounds)];
  return {
    source: clientIntervalsOf(ANY_PORT, sorted(paths.flatMap((one) => one.sourcePortBounds))),
    destination: intervalsOf(ANY_PORT, sorted(destination)),
  };
}

/** Packets of ends of which the sets say nothing: one for each interval, by the first address of both. */
export function* packetsToTrace(
  internet: IpAddress,
  ports: ScopePorts,
  { from, to, protocol, match, excludes }: PairQuestion,
): Generator<ScopePacket> {
  const origin = originOf(internet, from.end);
  const destination = destinationOf(internet, from.end, to.end);
  if (origin === undefined || destination === undefined || !match.fitsAddresses(origin.source, destination)) return;
  for (const sourcePorts of ports.source)
    for (const destinationPorts of ports.destination) {
      const sourcePort = representative(sourcePorts);
      const destinationPort = destinationPorts.from;
      const fits = (one: PathStatements): boolean =>
        one.fitsSourcePort(sourcePort) && one.fitsTraffic(protocol, destinationPort);
      const isExcluded = (one: PathStatements): boolean => fits(one) && one.fitsAddresses(origin.source, destination);
      if (!fits(match) || excludes.some(isExcluded)) continue;
      const request = { ...origin, destination, protocol, sourcePort, destinationPort, icmp: undefined };
      yield { request, sourcePorts, destinationPorts, way: undefined };
    }
}

function originOf(internet: IpAddress, end: PathEnd): Pick<TraceRequest, 'from' | 'source'> | undefined {
  if (end.kind === 'internet-gateway') return { from: { kind: 'internet' }, source: internet };
  const id = end.kind === 'interfaces' ? end.interfaces[0]?.row.id : undefined;
  const from = end.kind === 'gateway' ? end.origins[0] : id && { kind: 'interface' as const, id };
  const source = end.kind === 'gateway' ? firstBeyond(end.beyond) : privateAddressesOf(end.interfaces)[0];
  return from && source !== undefined ? { from, source } : undefined;
}

function destinationOf(internet: IpAddress, from: PathEnd, to: PathEnd): IpAddress | undefined {
  if (to.kind === 'internet-gateway') return internet;
  if (to.kind === 'gateway') return firstBeyond(to.beyond);
  if (from.kind === 'internet-gateway') return addressesFromOutside(to.interfaces)[0]?.outside;
  return privateAddressesOf(to.interfaces)[0];
}
