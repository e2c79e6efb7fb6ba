/** The VPC endpoints of a network: gateway endpoints by id and by address, those that inspect with the firewalls behind them, and the services of interface endpoints. */
import { FIRST_RFC6598, type Ipv4, ipv4 } from '../net/address.ts';
import type { FirewallRow } from '../tables/firewall-row.ts';
import type { GatewayLoadBalancerRow } from '../tables/gateway-load-balancer-row.ts';
import type { EndpointServiceRow, GatewayEndpointRow } from '../tables/tables.ts';
import { Firewall } from './firewall.ts';
import { GatewayLoadBalancers } from './gateway-load-balancers.ts';
import type { Interface } from './interface.ts';
import type { Vpc } from './network.ts';

/** What stands for an endpoint in the outside world, by its own index or that of its interface. */
export const outsideAddressOf = (index: number): Ipv4 => ipv4(FIRST_RFC6598 + index);

/**
 * The 64 bits by which an endpoint is named to appliances: the digits of its id, as those of appliances' makers that show
 * an id do (unconfirmed).
 */
export const numberOfEndpoint = (id: string): bigint => BigInt.asUintN(64, digitsOf(id));

function digitsOf(id: string): bigint {
  let number = 0n;
  for (const digit of id.slice(id.indexOf('-') + 1)) number = (number << 4n) | BigInt(Number.parseInt(digit, 16) || 0);
  return number;
}

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
  readonly gatewayLoadBalancers = new GatewayLoadBalancers();
  private readonly gateways = new Map<string, GatewayEndpoint>();
  private readonly gatewaysByAddress = new Map<Ipv4, GatewayEndpoint>();
  private readonly services = new Map<string, EndpointServiceRow>();
  private readonly inspecting = new Map<string, Interface>();
  private readonly inspectingByNumber = new Map<bigint, Interface>();
  private readonly firewalls = new Map<string, Firewall>();

  /** The firewall with this ARN, if there is one. */
  firewall(arn: string): Firewall | undefined {
    return this.firewalls.get(arn);
  }

  /** What endpoints lead to. */
  putBehind(row: EndpointServiceRow | FirewallRow | GatewayLoadBalancerRow): void {
    if (row.kind === 'endpoint-service') this.services.set(row.id, row);
    else if (row.kind === 'firewall') this.firewalls.set(row.id, new Firewall(row));
    else this.gatewayLoadBalancers.put(row);
  }

  removeBehind(kind: 'endpoint-service' | 'firewall' | 'gateway-load-balancer', id: string): void {
    if (kind === 'endpoint-service') this.services.delete(id);
    else if (kind === 'firewall') this.firewalls.delete(id);
    else this.gatewayLoadBalancers.remove(id);
  }

  /** The interface of a Gateway Load Balancer endpoint, if there is one of this id and it is available. */
  inspectingAt(id: string): Interface | undefined {
    return this.inspecting.get(id);
  }

  /** The one that this number stands for in the tunnels of Gateway Load Balancers. */
  inspectingWith(number: bigint): Interface | undefined {
    return this.inspectingByNumber.get(number);
  }

  /** Takes note of an interface that is an endpoint's. */
  link(holder: Interface): void {
    const { kind, id } = holder.row.owner;
    if (kind !== 'gateway-load-balancer-endpoint') return;
    this.inspecting.set(id, holder);
    this.inspectingByNumber.set(numberOfEndpoint(id), holder);
  }

  unlink(holder: Interface): void {
    const { id } = holder.row.owner;
    if (this.inspecting.get(id) !== holder) return;
    this.inspecting.delete(id);
    this.inspectingByNumber.delete(numberOfEndpoint(id));
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
}
