/** The packets that stand for all that a path speaks of: one for each address of its ends, or of those that are alike, and each interval of ports. */
import type { AnalysisPacketHeader } from '../../model/reachability.ts';
import type { PathFilter } from '../../model/resources/network-insights.ts';
import { type IpAddress, type Ipv4, parseIpv4 } from '../../net/address.ts';
import { TCP, UDP } from '../../net/protocol.ts';
import type { PacketEnds, TraceRequest } from '../../tables/data-plane.ts';
import type { AskedPath, Question } from './analysis-question.ts';
import { ANY_PORT, clientIntervalsOf, intervalsOf, type PortInterval, portBounds, representative } from './headers.ts';
import { addressesFromOutside, privateAddressesOf } from './path-ends.ts';

/** A packet that stands for all whose ports lie in its intervals. */
export interface Candidate {
  readonly request: TraceRequest;
  readonly sourcePorts: PortInterval;
  readonly destinationPorts: PortInterval;
}

/** Every packet to be run, those that a path would usually mean first. */
export function* candidatesOf(question: Question): Generator<Candidate> {
  const { path, source, destination, resources } = question;
  const vpcIds = [source.vpcId, destination?.vpcId].filter((id) => id !== undefined);
  const bounds = portBounds(resources, vpcIds);
  const sourceRange = intervalIn(path.filterAtSource, 'sourcePortRange') ?? ANY_PORT;
  const protocol = path.protocol === 'tcp' ? TCP : UDP;
  const targets = destinationsOf(question);
  const wantedTargets =
    destination?.kind === 'interfaces' ? destination.interfaces.map(({ row }) => ({ interfaceId: row.id })) : undefined;
  for (const { from, source: address } of sourcesOf(question))
    for (const target of targets)
      for (const destinationPorts of intervalsOf(destinationRange(path), bounds.server))
        for (const sourcePorts of clientIntervalsOf(sourceRange, bounds.client))
          yield {
            sourcePorts,
            destinationPorts,
            request: {
              from,
              source: address,
              destination: target,
              protocol,
              sourcePort: representative(sourcePorts),
              destinationPort: destinationPorts.from,
              icmp: undefined,
              ...(wantedTargets && { wantedTargets }),
            },
          };
}

function destinationRange({ destinationPort, filterAtSource, filterAtDestination }: AskedPath): PortInterval {
  if (destinationPort !== undefined) return { from: destinationPort, to: destinationPort };
  return (
    intervalIn(filterAtSource, 'destinationPortRange') ??
    intervalIn(filterAtDestination, 'destinationPortRange') ??
    ANY_PORT
  );
}

function intervalIn(
  filter: PathFilter | undefined,
  member: 'sourcePortRange' | 'destinationPortRange',
): PortInterval | undefined {
  const range = filter?.[member];
  return range && { from: range.fromPort, to: range.toPort };
}

/** Where candidates come from, and with which source address. */
function sourcesOf({
  path,
  source,
  parts,
  addresses: classes,
}: Question): readonly Pick<TraceRequest, 'from' | 'source'>[] {
  const asked = addressIn(path.sourceIp ?? path.filterAtSource?.sourceAddress);
  if (source.kind === 'internet-gateway') return [{ from: { kind: 'internet' }, source: asked ?? parts.internet() }];
  if (source.kind === 'gateway') {
    const addresses = asked === undefined ? classes.representatives(source.beyond) : [asked];
    return source.origins.flatMap((from) => addresses.map((address) => ({ from, source: address })));
  }
  return source.interfaces.flatMap((one) =>
    (asked === undefined ? privateAddressesOf([one]) : [asked]).map((address) => ({
      from: { kind: 'interface', id: one.row.id } as const,
      source: address,
    })),
  );
}

/** Destination addresses as the source writes them. */
function destinationsOf({ path, source, destination, parts, addresses }: Question): readonly IpAddress[] {
  const atSource = addressIn(path.filterAtSource?.destinationAddress);
  if (atSource !== undefined) return [atSource];
  const atDestination = addressIn(path.destinationIp ?? path.filterAtDestination?.destinationAddress);
  if (destination?.kind === 'interfaces' && source.kind === 'internet-gateway') {
    const known = addressesFromOutside(destination.interfaces);
    return known
      .filter(({ inside }) => atDestination === undefined || inside === atDestination)
      .map(({ outside }) => outside);
  }
  if (atDestination !== undefined) return [atDestination];
  if (destination?.kind === 'interfaces') return privateAddressesOf(destination.interfaces);
  if (destination?.kind === 'gateway') return addresses.representatives(destination.beyond);
  return [parts.internet()];
}

const addressIn = (text: string | undefined): Ipv4 | undefined => (text === undefined ? undefined : parseIpv4(text));

/** Ports that the path leaves open are shown as the range within which every packet fares alike. */
export const headerWith =
  ({ request, sourcePorts, destinationPorts }: Candidate, isReply: boolean) =>
  ({ source, destination, protocol, sourcePort, destinationPort }: PacketEnds): AnalysisPacketHeader => {
    const rangeOf = (port: number, asked: number, range: PortInterval) =>
      port === asked ? range : { from: port, to: port };
    const clientPort = isReply ? destinationPort : sourcePort;
    const serverPort = isReply ? sourcePort : destinationPort;
    const client = rangeOf(clientPort, request.sourcePort, sourcePorts);
    const server = rangeOf(serverPort, request.destinationPort, destinationPorts);
    return {
      protocol: String(protocol),
      sourceAddresses: [`${source}/32`],
      destinationAddresses: [`${destination}/32`],
      sourcePortRanges: [isReply ? server : client],
      destinationPortRanges: [isReply ? client : server],
    };
  };
