/** Who and what is where in a network of the second implementation: hosts, their subnets, VPCs, routes and peers. */
import type { HostSpec, NetworkOptions, TransitVpcSpec } from './network-rows.ts';
import type { ReferencePacket } from './reference-flows.ts';
import { chooseRoute, type ReferenceRoute, routeParts } from './reference-rules.ts';
import type { RegionalNatSpec } from './regional-nat-rows.ts';

const isIpv6 = (address: string): boolean => address.includes(':');

/** Looks things up in the descriptions that tests write; nothing of it changes. */
export class ReferencePlaces {
  /** Interfaces of attachments to transit gateways, by the gateway's name and the VPC's. */
  protected readonly attached: Readonly<Record<string, HostSpec>>;
  /** Where regional NAT gateways stand, by their names and the zones' ids. */
  private readonly regional: Readonly<Record<string, RegionalPlace>>;
  private readonly hosts: Readonly<Record<string, HostSpec>>;

  constructor(
    hosts: Readonly<Record<string, HostSpec>>,
    protected readonly options: NetworkOptions,
  ) {
    this.attached = attachedInterfaces(options);
    this.regional = regionalPlaces(options);
    this.hosts = { ...hosts, ...this.attached, ...this.regional };
  }

  protected routeOf(host: string, destination: string): ReferenceRoute | undefined {
    const texts = this.regional[host]?.routes ?? this.options.routes?.[this.subnetOf(host)] ?? [];
    const own = texts.map(routeParts);
    const locals = this.blocksOf(this.vpcOf(host)).map((block) => routeParts(`${block} local`));
    const isReplaced = ({ block }: ReferenceRoute): boolean => own.some((route) => route.block === block);
    return chooseRoute([...own, ...locals.filter((local) => !isReplaced(local))], destination);
  }

  /** What an internet gateway's own table says of a destination in its VPC. */
  protected edgeRouteOf(vpc: string, destination: string): ReferenceRoute | 'no table' | undefined {
    const own = this.options.edgeRoutes?.[vpc]?.map(routeParts);
    // It has routes for subnets, and a regional NAT gateway is in none.
    if (!own || this.find((host) => this.regional[host]?.public === destination)) return 'no table';
    const locals = this.blocksOf(vpc).map((block) => routeParts(`${block} local`));
    return chooseRoute([...own, ...locals], destination);
  }

  protected readonly zoneOf = (host: string): string => this.options.zones?.[this.subnetOf(host)] ?? 'use1-az1';

  /** A zonal NAT gateway is for everybody; a regional one stands in the zones that it serves (user guide, nat-gateways-regional). */
  protected natGatewayFor(host: string, name: string): string | undefined {
    if (this.hosts[name]) return name;
    const place = `${name}/${this.zoneOf(host)}`;
    return this.regional[place]?.vpc === this.vpcOf(host) ? place : undefined;
  }

  /** One that has its own subnet, and to which a peered VPC's answers find back. */
  protected readonly isZonalNatGateway = (host: string): boolean =>
    this.spec(host).nat === true && !this.regional[host];

  /** Block Public Access in the sender's subnet, or in that of a receiver whose public address it is. */
  protected isBlockedOutwards({ source, destination }: ReferencePacket, host: string, door: string): boolean {
    const sender = this.hostAt(this.vpcOf(host), source) ?? host;
    const receiver = this.hostWithPublic(destination) ?? this.hostWithIpv6(destination);
    return this.isBlocked(sender, door) || (receiver !== undefined && this.isBlockedInwards(receiver, source));
  }

  protected isBlockedInwards(receiver: string, source: string): boolean {
    const door = isIpv6(source) ? this.routeOf(receiver, source)?.target : 'internet';
    return this.isBlocked(receiver, door);
  }

  /** "Only traffic to and from NAT gateways and egress-only internet gateways is allowed" while ingress is blocked. */
  protected isBlocked(host: string, door: string | undefined): boolean {
    const mode = this.regional[host]?.blockMode ?? this.options.blockModes?.[this.subnetOf(host)] ?? 'off';
    if (mode === 'block-ingress') return this.spec(host).nat !== true && door !== 'eigw';
    return mode === 'block-bidirectional';
  }

  /** One to one: of an error also what it quotes, each by its own public address (RFC 5508, section 4.2). */
  protected outside(packet: ReferencePacket, host: string, source: string): ReferencePacket {
    const { quoted } = packet;
    if (!quoted) return { ...packet, source };
    const receiver = this.hostAt(this.vpcOf(host), quoted.destination);
    const destination = (receiver === undefined ? undefined : this.spec(receiver).public) ?? quoted.destination;
    return { ...packet, source, quoted: { ...quoted, destination } };
  }

  /** What would come in for this source goes to an appliance, which has to send the answers too. */
  protected isRedirected(source: string, host: string): boolean {
    const route = this.edgeRouteOf(this.vpcOf(host), source);
    return route !== 'no table' && ['to-host', 'inspect'].includes(route?.target ?? '') && route?.name !== host;
  }

  /** The VPC that a gateway's table leads to, by the table of the next one if over a peering. */
  protected exitOf(
    gateway: string,
    table: string | undefined,
    destination: string,
  ): { readonly gateway: string; readonly vpc: string; readonly by: TransitVpcSpec } | undefined {
    const { vpcs = {}, peers = {}, tables = {} } = this.options.transit?.[gateway] ?? {};
    const routes = (table === undefined ? [] : (tables[table] ?? [])).map(routeParts);
    const target = chooseRoute(routes, destination)?.target ?? 'nowhere';
    const by = vpcs[target];
    if (by) return { gateway, vpc: target, by };
    const farEnd = peers[target] && this.options.transit?.[target]?.peers?.[gateway];
    return farEnd && this.exitOf(target, farEnd.table, destination);
  }

  protected spec(host: string): HostSpec {
    const spec = this.hosts[host];
    if (!spec) throw new Error(`no host ${host}`);
    return spec;
  }

  protected readonly groupsOf = (host: string): readonly string[] => this.spec(host).groups ?? [host];
  protected readonly vpcOf = (host: string): string => this.spec(host).vpc ?? 'main';
  /** A regional NAT gateway is in none that anybody else is in. */
  protected readonly subnetOf = (host: string): string =>
    this.regional[host] ? host : this.spec(host).ip.replace(/\d+$/, '0/24');
  protected readonly blocksOf = (vpc: string): readonly string[] => this.options.blocks?.[vpc] ?? [];

  protected owns(host: string, address: string): boolean {
    const { ip, ipv6, more = [] } = this.spec(host);
    return [ip, ipv6, ...more].includes(address);
  }

  protected find(test: (host: string) => boolean): string | undefined {
    return Object.keys(this.hosts).find(test);
  }

  protected hostAt(vpc: string, address: string): string | undefined {
    return this.find((host) => this.vpcOf(host) === vpc && this.owns(host, address));
  }

  protected neighbour(host: string, address: string): string | undefined {
    const found = this.hostAt(this.vpcOf(host), address);
    return found !== undefined && found !== host && this.subnetOf(found) === this.subnetOf(host) ? found : undefined;
  }

  protected hostWithPublic(address: string): string | undefined {
    return this.find((host) => this.spec(host).public === address);
  }

  protected hostWithIpv6(address: string): string | undefined {
    return this.find((host) => this.spec(host).ipv6 === address);
  }

  protected peers(vpc: string): string[] {
    const names = Object.keys(this.options.peerings ?? {});
    return names.map((name) => this.otherSide(name, vpc)).filter((other) => other !== undefined);
  }

  protected peeredHost(host: string, address: string): string | undefined {
    for (const vpc of this.peers(this.vpcOf(host))) {
      const found = this.hostAt(vpc, address);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  protected otherSide(peering: string, vpc: string): string | undefined {
    const [one, other] = this.options.peerings?.[peering]?.between ?? [];
    if (vpc === one) return other;
    return vpc === other ? one : undefined;
  }
}

/** Where a regional NAT gateway stands, with one public address that it translates to. */
type RegionalPlace = HostSpec & Required<Pick<RegionalNatSpec, 'routes' | 'blockMode'>>;

const regionalPlaces = ({ regionalNats = {} }: NetworkOptions): Readonly<Record<string, RegionalPlace>> =>
  Object.fromEntries(
    Object.entries(regionalNats).flatMap(([name, { vpc = 'main', zones, routes = [], blockMode = 'off' }]) =>
      Object.entries(zones).map(([zone, [address = '']]) => [
        `${name}/${zone}`,
        { ip: address, public: address, vpc, nat: true, routes, blockMode },
      ]),
    ),
  );

/** The interface of each attachment, in its one subnet. */
function attachedInterfaces({ transit = {} }: NetworkOptions): Readonly<Record<string, HostSpec>> {
  return Object.fromEntries(
    Object.entries(transit).flatMap(([gateway, { vpcs }]) =>
      Object.entries(vpcs).map(
        ([
          vpc,
          {
            subnets: [subnet = ''],
          },
        ]) => {
          const spec: HostSpec = { ip: subnet.replace('.0/24', '.200'), vpc, check: false };
          return [`${gateway}-${vpc}`, spec] as const;
        },
      ),
    ),
  );
}
