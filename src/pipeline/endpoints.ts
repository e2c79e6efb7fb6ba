/** The VPC endpoints of a network: gateway endpoints by id and by address, those that inspect with the firewalls behind them, and the services of interface endpoints. */
import { FIRST_RFC6598, type Ipv4, ipv4 } from '../net/address.ts';
import type { FirewallRow } from '../tables/firewall-row.ts';
import type { EndpointServiceRow, GatewayEndpointRow } from '../tables/tables.ts';
import { Firewall } from './firewall.ts';
import type { Interface } from './interface.ts';
import type { Vpc } from './network.ts';

/** What stands for an endpoint in the outside world, by its own index or that of its interface. */
export const outsideAddressOf = (index: number): Ipv4 => ipv4(FIRST_RFC6598 + index);

/** A gateway endpoint: its row, its VPC, and what stands for it in the outside world. */
export class GatewayEndpoint {
  /** Where the service sends its answers: an address of shared space (RFC 6598), which is nobody's out there. */
  readonly address: Ipv4;

  /** `index`: as that of an interface, unique among both. */
  constructor(
    readonly row: GatewayEndpointRow,
    readonly vpc: Vpc,
    readonly index: number,
  ) {
    this.address = outsideAddressOf(index);
  }
}

/** Kept up to date by the network that they are part of. */
export class Endpoints {
  private readonly gateways = new Map<string, GatewayEndpoint>();
  private readonly gatewaysByAddress = new Map<Ipv4, GatewayEndpoint>();
  private readonly services = new Map<string, EndpointServiceRow>();
  private readonly inspecting = new Map<string, Interface>();
  private readonly firewalls = new Map<string, Firewall>();

  /** The firewall with this ARN, if there is one. */
  firewall(arn: string): Firewall | undefined {
    return this.firewalls.get(arn);
  }

  putFirewall(row: FirewallRow): void {
    this.firewalls.set(row.id, new Firewall(row));
  }

  removeFirewall(arn: string): void {
    this.firewalls.delete(arn);
  }

  /** The interface of a Gateway Load Balancer endpoint, if there is one of this id and it is available. */
  inspectingAt(id: string): Interface | undefined {
    return this.inspecting.get(id);
  }

  /** Takes note of an interface that is an endpoint's. */
  link(holder: Interface): void {
    const { kind, id } = holder.row.owner;
    if (kind === 'gateway-load-balancer-endpoint') this.inspecting.set(id, holder);
  }

  unlink(holder: Interface): void {
    const { id } = holder.row.owner;
    if (this.inspecting.get(id) === holder) this.inspecting.delete(id);
  }

  /** A gateway endpoint, if there is one of this id. */
  gateway(id: string): GatewayEndpoint | undefined {
    return this.gateways.get(id);
  }

  /** The gateway endpoint that has this address in the outside world. */
  gatewayAt(address: Ipv4): GatewayEndpoint | undefined {
    return this.gatewaysByAddress.get(address);
  }

  /** An endpoint service, if there is one of this id. */
  service(id: string): EndpointServiceRow | undefined {
    return this.services.get(id);
  }

  /** `takeIndex` gives a number for an endpoint that is new. */
  putGateway(row: GatewayEndpointRow, vpc: Vpc, takeIndex: () => number): void {
    const endpoint = new GatewayEndpoint(row, vpc, this.gateways.get(row.id)?.index ?? takeIndex());
    this.gateways.set(row.id, endpoint);
    this.gatewaysByAddress.set(endpoint.address, endpoint);
  }

  /** The index that is free now, if there was such an endpoint. */
  removeGateway(id: string): number | undefined {
    const endpoint = this.gateways.get(id);
    if (!endpoint) return undefined;
    this.gateways.delete(id);
    this.gatewaysByAddress.delete(endpoint.address);
    return endpoint.index;
  }

  putService(row: EndpointServiceRow): void {
    this.services.set(row.id, row);
  }

  removeService(id: string): void {
    this.services.delete(id);
  }
}
