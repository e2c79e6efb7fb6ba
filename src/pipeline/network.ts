/**
 * The network that packets move in: VPCs, subnets and interfaces with everything they name resolved to objects.
 *
 * It is built from the rows of `tables`. What names a row holds on to an object whose content is replaced when the
 * row changes, so replacing one row touches that row alone. A row that is named but absent is an empty object, and
 * empty always means closed: no rule, no route, no address. `apply` runs between two frames, so that packets see a
 * list of updates whole or not at all.
 */
import type { IpAddress, Ipv4, Ipv6 } from '../net/address.ts';
import { contains } from '../net/cidr.ts';
import type { RegionalNatGatewayRow, SubnetRow, TableRow, TableUpdate, VpcRow } from '../tables/tables.ts';
import { Balancers } from './balancers.ts';
import { Endpoints } from './endpoints.ts';
import { Epochs } from './epochs.ts';
import { Interface } from './interface.ts';
import { NetworkAcl } from './network-acl.ts';
import { Peering } from './peering.ts';
import { PublicIpv6 } from './public-ipv6.ts';
import { RegionalNatGateway } from './regional-nat-gateway.ts';
import { Registry } from './registry.ts';
import { RouteTable } from './route-table.ts';
import { PrefixList, SecurityGroup } from './security-group.ts';
import { Subnet } from './subnet.ts';
import { TransitGateways } from './transit-gateway.ts';
import type { Decider } from './verdict.ts';
import { VpnConnections } from './vpn.ts';

/** A VPC: its row, and its interfaces by their private addresses. */
export class Vpc {
  row: VpcRow | undefined = undefined;
  private readonly byAddress = new Map<IpAddress, Interface>();
  private readonly withPrefixes = new Set<Interface>();
  /** Nodes of load balancers, to which targets may have to answer. */
  readonly balancerNodes = new Set<Interface>();

  /** The attached interface that holds this private address, if any. */
  interfaceAt(address: IpAddress): Interface | undefined {
    const holder = this.byAddress.get(address);
    if (holder || this.withPrefixes.size === 0) return holder;
    for (const other of this.withPrefixes) if (other.owns(address)) return other;
    return undefined;
  }

  /** The route table for what enters by the virtual private gateway, if there is one. */
  vpnEdgeRouteTable: RouteTable | undefined = undefined;
  /** The route table for what enters by the internet gateway, if there is one. */
  edgeRouteTable: RouteTable | undefined = undefined;
  /** The attached internet gateway, as the component that lets packets in. */
  internetGateway: Decider | undefined = undefined;

  /** True for addresses of its blocks. */
  holds(address: IpAddress): boolean {
    return this.row?.cidrs.some((cidr) => contains(cidr, address)) ?? false;
  }

  /** The address two above the primary block's first: the VPC's resolver. */
  get resolverAddress(): Ipv4 | undefined {
    const primary = this.row?.cidrs[0]?.address;
    return typeof primary === 'number' ? ((primary + 2) as Ipv4) : undefined;
  }

  add(holder: Interface): void {
    for (const address of holder.addresses) this.byAddress.set(address, holder);
    if (holder.hasPrefixes) this.withPrefixes.add(holder);
    if (holder.row.owner.kind === 'load-balancer') this.balancerNodes.add(holder);
  }

  /** An address that another interface has taken over meanwhile stays with that one. */
  remove(holder: Interface): void {
    for (const address of holder.addresses) {
      if (this.byAddress.get(address) === holder) this.byAddress.delete(address);
    }
    this.withPrefixes.delete(holder);
    this.balancerNodes.delete(holder);
  }
}

/** A public address and the interface and private address that it maps to. */
export interface PublicMapping {
  readonly holder: Interface;
  readonly privateAddress: Ipv4;
}

function gatewayDecider(id: VpcRow['internetGatewayId']): Decider | undefined {
  return id && { describe: () => ({ kind: 'internet-gateway', id, detail: '' }) };
}

/** Every VPC, subnet and interface, kept up to date by table updates. */
export class Network extends Epochs {
  private readonly vpcs = new Registry(() => new Vpc());
  private readonly subnets = new Registry((id) => new Subnet(id));
  private readonly groups = new Registry(() => new SecurityGroup());
  private readonly prefixLists = new Registry(() => new PrefixList());
  private readonly acls = new Registry((id) => new NetworkAcl(id));
  private readonly routeTables = new Registry((id) => new RouteTable(id));
  readonly transitGateways = new TransitGateways();
  readonly vpnConnections = new VpnConnections();
  /** Those that have a row, by id. */
  readonly interfaces = new Map<string, Interface>();
  private readonly natGateways = new Map<string, Interface>();
  private readonly regionalNatGateways = new Map<string, RegionalNatGateway>();
  private readonly peerings = new Map<string, Peering>();
  /** VPC endpoints that are no interfaces, and what interface endpoints lead to. */
  readonly endpoints = new Endpoints();
  readonly balancers = new Balancers();
  private readonly byIndex: (Interface | undefined)[] = [];
  private readonly freeIndexes: number[] = [];
  private readonly publicAddresses = new Map<Ipv4, PublicMapping>();
  private readonly publicIpv6 = new PublicIpv6();
  private readonly peers = {
    securityGroup: (id: string) => this.groups.get(id),
    prefixList: (id: string) => this.prefixLists.get(id),
  };

  /** Applies updates in order; returns the indexes of interfaces that are gone, whose connections are to be forgotten. */
  apply(updates: readonly TableUpdate[]): ReadonlySet<number> {
    const gone = new Set<number>();
    for (const update of updates) {
      if (update.change === 'put') this.put(update.row, gone);
      else this.remove(update.kind, update.id, gone);
    }
    this.epoch += 1;
    return gone;
  }

  /** The interface with this id, if it has a row. */
  interfaceById(id: string): Interface | undefined {
    return this.interfaces.get(id);
  }

  /** The interface with this index (see `Interface.index`). */
  interfaceAtIndex(index: number): Interface | undefined {
    return this.byIndex[index];
  }

  /** The interface of a zonal NAT gateway, if it is available. */
  natGateway(id: string): Interface | undefined {
    return this.natGateways.get(id);
  }

  /** A regional NAT gateway, if it is available. */
  regionalNatGateway(id: string): RegionalNatGateway | undefined {
    return this.regionalNatGateways.get(id);
  }

  /** The active peering connections of a VPC. */
  *peeringsOf(vpc: Vpc): Iterable<Peering> {
    for (const peering of this.peerings.values()) if (peering.otherSide(vpc)) yield peering;
  }

  /** A peering connection, if it is active. */
  peering(id: string): Peering | undefined {
    return this.peerings.get(id);
  }

  /** What a public address maps to, if to anything. */
  publicMapping(address: Ipv4): PublicMapping | undefined {
    return this.publicAddresses.get(address);
  }

  /** The interface with this public IPv6 address, of whichever VPC. */
  publicIpv6Holder(address: Ipv6): Interface | undefined {
    return this.publicIpv6.holderOf(address);
  }

  private put(row: TableRow, gone: Set<number>): void {
    switch (row.kind) {
      case 'vpc':
        this.putVpc(row);
        return;
      case 'peering':
        this.peerings.set(row.id, new Peering(row, [this.vpcs.get(row.vpcIds[0]), this.vpcs.get(row.vpcIds[1])]));
        return;
      case 'transit-gateway-route-table':
        this.transitGateways.putTable(row);
        return;
      case 'transit-gateway-attachment':
        this.transitGateways.putAttachment(row);
        return;
      case 'gateway-endpoint':
        this.endpoints.putGateway(row, this.vpcs.get(row.vpcId), () => this.takeIndex());
        return;
      case 'endpoint-service':
      case 'firewall':
      case 'gateway-load-balancer':
        this.endpoints.putBehind(row);
        return;
      case 'regional-nat-gateway':
        this.putRegionalNatGateway(row, gone);
        return;
      case 'load-balancer':
        this.balancers.put(row);
        return;
      case 'vpn-connection':
        this.vpnConnections.put(row, row.endsAt.kind === 'vpc' ? this.vpcs.get(row.endsAt.vpcId) : undefined);
        return;
      case 'prefix-list':
        this.prefixLists.get(row.id).set(row);
        return;
      case 'security-group':
        this.groups.get(row.id).set(row, this.peers);
        return;
      case 'network-acl':
        this.acls.get(row.id).set(row);
        return;
      case 'route-table':
        this.routeTables.get(row.id).set(row);
        return;
      case 'subnet':
        this.putSubnet(row);
        return;
      case 'interface': {
        const holder = this.interfaces.get(row.id) ?? new Interface(this.takeIndex());
        this.unlink(holder);
        holder.set(row, {
          vpc: this.vpcs.get(row.vpcId),
          subnet: this.subnets.get(row.subnetId),
          groups: row.securityGroupIds.map((id) => this.groups.get(id)),
        });
        this.link(holder);
      }
    }
  }

  private putVpc(row: VpcRow): void {
    const vpc = this.vpcs.get(row.id);
    vpc.row = row;
    vpc.internetGateway = gatewayDecider(row.internetGatewayId);
    const tableOf = (id: string | undefined): RouteTable | undefined =>
      id === undefined ? undefined : this.routeTables.get(id);
    vpc.edgeRouteTable = tableOf(row.edgeRouteTableId);
    vpc.vpnEdgeRouteTable = tableOf(row.vpnEdgeRouteTableId);
  }

  private putSubnet(row: SubnetRow): void {
    const subnet = this.subnets.get(row.id);
    subnet.row = row;
    subnet.vpc = this.vpcs.get(row.vpcId);
    subnet.acl = row.networkAclId === undefined ? undefined : this.acls.get(row.networkAclId);
    subnet.routeTable = this.routeTables.get(row.routeTableId);
  }

  /** Its places are interfaces that nobody finds by their ids. */
  private putRegionalNatGateway(row: RegionalNatGatewayRow, gone: Set<number>): void {
    const before = this.regionalNatGateways.get(row.id);
    for (const place of before?.places.values() ?? []) this.unlinkAddresses(place);
    const links = { vpc: this.vpcs.get(row.vpcId), routeTable: this.routeTables.get(row.routeTableId) };
    const gateway = new RegionalNatGateway(row, links, before, () => this.takeIndex());
    this.forgetPlaces(before, gateway.places, gone);
    for (const place of gateway.places.values()) this.linkAddresses(place);
    this.regionalNatGateways.set(row.id, gateway);
  }

  private forgetPlaces(
    gateway: RegionalNatGateway | undefined,
    kept: RegionalNatGateway['places'],
    gone: Set<number>,
  ): void {
    for (const [zoneId, place] of gateway?.places ?? []) {
      if (kept.has(zoneId)) continue;
      this.unlinkAddresses(place);
      this.giveBack(place.index, gone);
    }
  }

  private remove(kind: TableRow['kind'], id: string, gone: Set<number>): void {
    switch (kind) {
      case 'vpc':
        this.vpcs.take(id).row = undefined;
        return;
      case 'peering':
        this.peerings.delete(id);
        return;
      case 'transit-gateway-route-table':
        this.transitGateways.removeTable(id);
        return;
      case 'transit-gateway-attachment':
        this.transitGateways.removeAttachment(id);
        return;
      case 'gateway-endpoint':
        this.giveBack(this.endpoints.removeGateway(id), gone);
        return;
      case 'endpoint-service':
      case 'firewall':
      case 'gateway-load-balancer':
        this.endpoints.removeBehind(kind, id);
        return;
      case 'regional-nat-gateway':
        this.forgetPlaces(this.regionalNatGateways.get(id), new Map(), gone);
        this.regionalNatGateways.delete(id);
        return;
      case 'load-balancer':
        this.balancers.remove(id);
        return;
      case 'vpn-connection':
        this.vpnConnections.remove(id);
        return;
      case 'prefix-list':
        this.prefixLists.take(id).set(undefined);
        return;
      case 'security-group':
        this.groups.take(id).set(undefined, this.peers);
        return;
      case 'network-acl':
        this.acls.take(id).set(undefined);
        return;
      case 'route-table':
        this.routeTables.take(id).set(undefined);
        return;
      case 'subnet':
        this.removeSubnet(id);
        return;
      case 'interface': {
        const holder = this.interfaces.get(id);
        if (!holder) return;
        this.unlink(holder);
        this.interfaces.delete(id);
        this.giveBack(holder.index, gone);
      }
    }
  }

  private removeSubnet(id: string): void {
    const subnet = this.subnets.take(id);
    subnet.row = undefined;
    subnet.acl = undefined;
    subnet.routeTable = undefined;
  }

  /** A number that nobody has, of which a place is kept: not everybody who takes one is an interface. */
  private takeIndex(): number {
    return this.freeIndexes.pop() ?? this.byIndex.push(undefined) - 1;
  }

  private giveBack(index: number | undefined, gone: Set<number>): void {
    if (index === undefined) return;
    this.byIndex[index] = undefined;
    this.freeIndexes.push(index);
    gone.add(index);
  }

  private link(holder: Interface): void {
    this.interfaces.set(holder.row.id, holder);
    this.byIndex[holder.index] = holder;
    this.linkAddresses(holder);
    this.publicIpv6.add(holder);
    holder.subnet.interfacesByMac.set(holder.row.mac, holder);
    const { owner } = holder.row;
    if (owner.kind === 'nat-gateway') this.natGateways.set(owner.id, holder);
    if (owner.kind === 'transit-gateway-attachment') this.transitGateways.interfaces.add(owner.id, holder);
    this.endpoints.link(holder);
  }

  private linkAddresses(holder: Interface): void {
    holder.vpc.add(holder);
    for (const { publicAddress, privateAddress } of holder.row.publicAddresses) {
      this.publicAddresses.set(publicAddress, { holder, privateAddress });
    }
  }

  private unlink(holder: Interface): void {
    if (!holder.isSet) return;
    this.unlinkAddresses(holder);
    this.publicIpv6.remove(holder);
    if (holder.subnet.interfacesByMac.get(holder.row.mac) === holder) {
      holder.subnet.interfacesByMac.delete(holder.row.mac);
    }
    const { owner } = holder.row;
    if (owner.kind === 'nat-gateway' && this.natGateways.get(owner.id) === holder) this.natGateways.delete(owner.id);
    if (owner.kind === 'transit-gateway-attachment') this.transitGateways.interfaces.remove(owner.id, holder);
    this.endpoints.unlink(holder);
  }

  private unlinkAddresses(holder: Interface): void {
    holder.vpc.remove(holder);
    for (const { publicAddress } of holder.row.publicAddresses) {
      if (this.publicAddresses.get(publicAddress)?.holder === holder) this.publicAddresses.delete(publicAddress);
    }
  }
}
