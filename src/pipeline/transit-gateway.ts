/**
 * Transit gateways as packets meet them: attachments, each with the table that decides for what enters by it, and the
 * zone by which a packet leaves to a VPC.
 */
import type { IpAddress } from '../net/address.ts';
import { formatCidr } from '../net/cidr.ts';
import type {
  TransitGatewayAttachmentRow,
  TransitGatewayRouteRow,
  TransitGatewayRouteTableRow,
} from '../tables/tables.ts';
import { BlockFilter } from './block-filter.ts';
import type { Interface } from './interface.ts';
import type { Packet } from './packet.ts';
import type { Component, Decider } from './verdict.ts';

/** One compiled route of a transit gateway. */
export class TransitRoute implements Decider {
  readonly isBlackhole: boolean;
  readonly block: BlockFilter;
  readonly attachmentId: string | undefined;

  constructor(
    private readonly tableId: string,
    private readonly row: TransitGatewayRouteRow,
  ) {
    this.isBlackhole = row.state === 'blackhole';
    this.block = new BlockFilter(row.destination);
    this.attachmentId = row.attachmentId;
  }

  describe(): Component {
    const { destination, prefixListId } = this.row;
    const list = prefixListId === undefined ? '' : ` of ${prefixListId}`;
    const leadsTo = this.attachmentId === undefined ? '' : ` to ${this.attachmentId}`;
    const detail = `${formatCidr(destination)}${list}${leadsTo}${this.isBlackhole ? ', blackhole' : ''}`;
    const rule = {
      kind: 'route',
      destination: formatCidr(destination),
      target: this.attachmentId ?? 'blackhole',
    } as const;
    return { kind: 'transit-gateway-route-table', id: this.tableId, detail, rule };
  }
}

/** A route table of a transit gateway; attachments hold on to it, its content is replaced whole. */
export class TransitRouteTable implements Decider {
  private routes: readonly TransitRoute[] = [];

  constructor(private readonly id: string) {}

  /** Replaces the content; undefined empties it, and an empty table leads nowhere. */
  set(row: TransitGatewayRouteTableRow | undefined): void {
    const routes = [...(row?.routes ?? [])];
    routes.sort((one, other) => other.destination.length - one.destination.length);
    this.routes = routes.map((route) => new TransitRoute(this.id, route));
  }

  /** The route with the longest prefix; a blackhole wins its lookup like any other. */
  lookup(destination: IpAddress): TransitRoute | undefined {
    for (const route of this.routes) if (route.block.has(destination)) return route;
    return undefined;
  }

  /** The table itself, as the component that decided when no route matched. */
  describe(): Component {
    return { kind: 'transit-gateway-route-table', id: this.id, detail: 'no route matches' };
  }
}

/** An available attachment. */
export class TransitAttachment implements Decider {
  constructor(
    readonly row: TransitGatewayAttachmentRow,
    readonly table: TransitRouteTable | undefined,
    private readonly interfaces: TransitInterfaces,
  ) {}

  /** Its interface in this zone, by which packets from there enter. */
  interfaceIn(zoneId: string): Interface | undefined {
    return this.interfaces.in(this.row.attachmentId, zoneId);
  }

  /**
   * The interface by which a packet leaves to the VPC: in the zone that it came from, if the attachment is there; else,
   * and always in appliance mode, one that is the same for both directions between two addresses. (AWS takes a random
   * one without appliance mode, and says no more of its hash than that it is of the flow.)
   */
  exitFor(packet: Packet, zoneId: string | undefined): Interface | undefined {
    const { attached, attachmentId } = this.row;
    if (attached.kind !== 'vpc') return undefined;
    const isSticky = attached.isApplianceMode || zoneId === undefined;
    return (isSticky ? undefined : this.interfaceIn(zoneId)) ?? this.interfaces.ofFlow(attachmentId, packet);
  }

  describe(): Component {
    return { kind: 'transit-gateway-attachment', id: this.row.attachmentId, detail: this.row.transitGatewayId };
  }
}

/** The interfaces of attachments, by zone. */
export class TransitInterfaces {
  private readonly byAttachment = new Map<string, Map<string, Interface>>();

  in(attachmentId: string, zoneId: string): Interface | undefined {
    return this.byAttachment.get(attachmentId)?.get(zoneId);
  }

  /** One of them, chosen by the two addresses of the packet whichever way it goes: fragments have no ports. */
  ofFlow(attachmentId: string, { source, destination }: Packet): Interface | undefined {
    const zones = this.byAttachment.get(attachmentId);
    if (!zones) return undefined;
    const inOrder = [...zones].sort(([one], [other]) => (one < other ? -1 : 1));
    return inOrder[(hashOf(source) ^ hashOf(destination)) % inOrder.length]?.[1];
  }

  add(attachmentId: string, holder: Interface): void {
    const zones = this.byAttachment.get(attachmentId) ?? new Map<string, Interface>();
    this.byAttachment.set(attachmentId, zones.set(holder.subnet.row?.zoneId ?? '', holder));
  }

  remove(attachmentId: string, holder: Interface): void {
    const zones = this.byAttachment.get(attachmentId);
    for (const [zone, other] of zones ?? []) if (other === holder) zones?.delete(zone);
    if (zones?.size === 0) this.byAttachment.delete(attachmentId);
  }
}

/** A non-negative number of 31 bits, spread so that neighbours differ (Knuth's multiplicative hash). */
function hashOf(address: IpAddress): number {
  const word = typeof address === 'number' ? address : Number((address ^ (address >> 64n)) & 0xffff_ffffn);
  return (Math.imul(word, 0x9e37_79b1) >>> 1) >>> 8;
}

/** Every transit gateway, kept up to date by table updates. */
export class TransitGateways {
  readonly interfaces = new TransitInterfaces();
  private readonly tables = new Map<string, TransitRouteTable>();
  private readonly byId = new Map<string, TransitAttachment>();
  /** `tgw-…/vpc-…` to the attachment of the VPC. */
  private readonly byVpc = new Map<string, TransitAttachment>();

  /** An attachment by the id of its row, if it is available. */
  attachment(id: string): TransitAttachment | undefined {
    return this.byId.get(id);
  }

  /** The attachment of a VPC to a gateway, if it is available. */
  attachmentOf(transitGatewayId: string, vpcId: string | undefined): TransitAttachment | undefined {
    return this.byVpc.get(`${transitGatewayId}/${vpcId}`);
  }

  putTable(row: TransitGatewayRouteTableRow): void {
    this.table(row.id).set(row);
  }

  /** Attachments that hold on to it see it emptied. */
  removeTable(id: string): void {
    this.tables.get(id)?.set(undefined);
    this.tables.delete(id);
  }

  putAttachment(row: TransitGatewayAttachmentRow): void {
    const table = row.routeTableId === undefined ? undefined : this.table(row.routeTableId);
    const attachment = new TransitAttachment(row, table, this.interfaces);
    this.byId.set(row.id, attachment);
    if (row.attached.kind === 'vpc') this.byVpc.set(`${row.transitGatewayId}/${row.attached.vpcId}`, attachment);
  }

  removeAttachment(id: string): void {
    const row = this.byId.get(id)?.row;
    this.byId.delete(id);
    if (row?.attached.kind === 'vpc') this.byVpc.delete(`${row.transitGatewayId}/${row.attached.vpcId}`);
  }

  /** Made on first mention: an attachment may come before the table that it names. */
  private table(id: string): TransitRouteTable {
    const known = this.tables.get(id) ?? new TransitRouteTable(id);
    this.tables.set(id, known);
    return known;
  }
}
