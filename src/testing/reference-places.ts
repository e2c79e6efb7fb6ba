/** Who and what is where in a network of the second implementation: hosts, their subnets, VPCs, routes and peers. */
import type { HostSpec, NetworkOptions } from './network-rows.ts';
import { chooseRoute, type ReferenceRoute, routeParts } from './reference-rules.ts';

/** Looks things up in the descriptions that tests write; nothing of it changes. */
export class ReferencePlaces {
  /** Interfaces of attachments to transit gateways, by the gateway's name and the VPC's. */
  protected readonly attached: Readonly<Record<string, HostSpec>>;
  private readonly hosts: Readonly<Record<string, HostSpec>>;

  constructor(
    hosts: Readonly<Record<string, HostSpec>>,
    protected readonly options: NetworkOptions,
  ) {
    this.attached = attachedInterfaces(options);
    this.hosts = { ...hosts, ...this.attached };
  }

  protected routeOf(host: string, destination: string): ReferenceRoute | undefined {
    const own = (this.options.routes?.[this.subnetOf(host)] ?? []).map(routeParts);
    const locals = this.blocksOf(this.vpcOf(host)).map((block) => routeParts(`${block} local`));
    const isReplaced = ({ block }: ReferenceRoute): boolean => own.some((route) => route.block === block);
    return chooseRoute([...own, ...locals.filter((local) => !isReplaced(local))], destination);
  }

  /** What an internet gateway's own table says of a destination in its VPC. */
  protected edgeRouteOf(vpc: string, destination: string): ReferenceRoute | 'no table' | undefined {
    const own = this.options.edgeRoutes?.[vpc]?.map(routeParts);
    if (!own) return 'no table';
    const locals = this.blocksOf(vpc).map((block) => routeParts(`${block} local`));
    return chooseRoute([...own, ...locals], destination);
  }

  protected readonly zoneOf = (host: string): string => this.options.zones?.[this.subnetOf(host)] ?? 'use1-az1';

  protected spec(host: string): HostSpec {
    const spec = this.hosts[host];
    if (!spec) throw new Error(`no host ${host}`);
    return spec;
  }

  protected readonly groupsOf = (host: string): readonly string[] => this.spec(host).groups ?? [host];
  protected readonly vpcOf = (host: string): string => this.spec(host).vpc ?? 'main';
  protected readonly subnetOf = (host: string): string => this.spec(host).ip.replace(/\d+$/, '0/24');
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
