/**
 * Transit gateways, virtual private gateways and VPN connections that code writes down, as EC2 would describe them.
 *
 * Every language takes them apart alike: a gateway, its attachments, tables, associations and routes are resources of
 * their own. Whoever reads one calls these in the order of the methods; each says why it cannot be taken, if so.
 */
import type * as sdk from '@aws-sdk/client-ec2';
import type { Scope } from '../model/scope.ts';
import type { DescribedParts, noResources } from './description.ts';
import { type StandInAddresses, standIn } from './stand-ins.ts';

/** A reason why something cannot be taken: a sentence without its full stop. */
type Problem = string | undefined;

/** What code says of a transit gateway; what it does not say is as EC2 has it. */
export interface WrittenTransitGateway {
  readonly id: string;
  readonly description: string | undefined;
  readonly asn: number | undefined;
  /** By the names of the API's options, each "enable" or "disable". */
  readonly options: Readonly<Record<TransitOption, string | undefined>>;
  readonly tags: sdk.Tag[];
}

/** Options that are on or off, and what they are where nothing is said. */
const TRANSIT_OPTIONS = {
  AutoAcceptSharedAttachments: 'disable',
  DefaultRouteTableAssociation: 'enable',
  DefaultRouteTablePropagation: 'enable',
  DnsSupport: 'enable',
  SecurityGroupReferencingSupport: 'disable',
  VpnEcmpSupport: 'enable',
} as const;

export type TransitOption = keyof typeof TRANSIT_OPTIONS;

const isOn = (options: Readonly<Record<TransitOption, string | undefined>>, name: TransitOption): boolean =>
  (options[name] ?? TRANSIT_OPTIONS[name]) === 'enable';

/** A VPC's attachment. */
export interface WrittenAttachment {
  readonly id: string;
  readonly transitGatewayId: string | undefined;
  readonly vpcId: string | undefined;
  readonly subnetIds: readonly string[];
  /** DnsSupport, Ipv6Support, ApplianceModeSupport and SecurityGroupReferencingSupport. */
  readonly options: Readonly<Record<string, string | undefined>>;
  /** False where it is not to be associated with, or propagate to, the gateway's default table. */
  readonly usesDefaults: { readonly association: boolean; readonly propagation: boolean };
  readonly tags: sdk.Tag[];
}

/** A route of a transit gateway's table. */
export interface WrittenTransitRoute {
  readonly tableId: string | undefined;
  readonly cidr: string | undefined;
  readonly attachmentId: string | undefined;
  readonly isBlackhole: boolean;
}

/** A VPN connection. */
export interface WrittenConnection {
  readonly id: string;
  readonly customerGatewayId: string | undefined;
  readonly vpnGatewayId: string | undefined;
  readonly transitGatewayId: string | undefined;
  readonly staticRoutesOnly: boolean;
  readonly tags: sdk.Tag[];
}

/** The gateways of one document, and what of them stands beside the resources in a description. */
export class WrittenGateways {
  readonly #scope: Scope;
  readonly #into: ReturnType<typeof noResources>;
  readonly #addresses: StandInAddresses;
  readonly #routes = new Map<string, sdk.TransitGatewayRoute[]>();
  readonly #propagations = new Map<string, string[]>();

  constructor(scope: Scope, into: ReturnType<typeof noResources>, addresses: StandInAddresses) {
    this.#scope = scope;
    this.#into = into;
    this.#addresses = addresses;
  }

  /** Routes and propagations of tables. */
  get parts(): Pick<DescribedParts, 'transitGatewayRoutes' | 'transitGatewayPropagations'> {
    return { transitGatewayRoutes: this.#routes, transitGatewayPropagations: this.#propagations };
  }

  vpnGateway(id: string, asn: number | undefined, Tags: sdk.Tag[]): void {
    this.#into.VpnGateways.push({ VpnGatewayId: id, State: 'available', AmazonSideAsn: asn, VpcAttachments: [], Tags });
  }

  attachVpnGateway(id: string | undefined, VpcId: string | undefined): Problem {
    const gateway = this.#into.VpnGateways.find(({ VpnGatewayId: each }) => each === id);
    if (!gateway) return 'its virtual private gateway is not part of the code';
    gateway.VpcAttachments = [...(gateway.VpcAttachments ?? []), { VpcId, State: 'attached' }];
    return undefined;
  }

  customerGateway(id: string, ipAddress: string | undefined, asn: number | undefined, Tags: sdk.Tag[]): void {
    const BgpAsn = String(asn ?? 65_000);
    this.#into.CustomerGateways.push({ CustomerGatewayId: id, IpAddress: ipAddress, BgpAsn, State: 'available', Tags });
  }

  transitGateway({ id, description, asn, options, tags }: WrittenTransitGateway): void {
    const tableId = standIn('tgw-rtb', `${id} default`);
    const associates = isOn(options, 'DefaultRouteTableAssociation');
    const propagates = isOn(options, 'DefaultRouteTablePropagation');
    if (associates || propagates) this.transitRouteTable(tableId, id, []);
    const written = Object.keys(TRANSIT_OPTIONS).map((name) => [
      name,
      isOn(options, name as TransitOption) ? 'enable' : 'disable',
    ]);
    this.#into.TransitGateways.push({
      TransitGatewayId: id,
      State: 'available',
      OwnerId: this.#scope.account,
      Description: description,
      Options: {
        ...Object.fromEntries(written),
        AmazonSideAsn: asn,
        ...(associates && { AssociationDefaultRouteTableId: tableId }),
        ...(propagates && { PropagationDefaultRouteTableId: tableId }),
      },
      Tags: tags,
    });
  }

  transitRouteTable(id: string, TransitGatewayId: string | undefined, Tags: sdk.Tag[]): void {
    this.#into.TransitGatewayRouteTables.push({ TransitGatewayRouteTableId: id, TransitGatewayId, Tags });
    this.#routes.set(id, []);
    this.#propagations.set(id, []);
  }

  transitAttachment(one: WrittenAttachment): Problem {
    const { id, transitGatewayId, vpcId, subnetIds, options, usesDefaults, tags } = one;
    const problem = this.#attach(id, transitGatewayId, { ResourceType: 'vpc', ResourceId: vpcId }, usesDefaults, tags);
    if (problem !== undefined) return problem;
    this.#into.TransitGatewayVpcAttachments.push({
      TransitGatewayAttachmentId: id,
      SubnetIds: [...subnetIds],
      Options: { DnsSupport: 'enable', Ipv6Support: 'disable', ApplianceModeSupport: 'disable', ...given(options) },
    });
    for (const SubnetId of subnetIds)
      this.#into.NetworkInterfaces.push({
        NetworkInterfaceId: standIn('eni', `${id} ${SubnetId}`),
        SubnetId,
        VpcId: vpcId,
        InterfaceType: 'transit_gateway',
        // AWS names the attachment in its interfaces' descriptions, and nowhere else.
        Description: `Network Interface for Transit Gateway Attachment ${id}`,
        RequesterManaged: true,
        SourceDestCheck: false,
        PrivateIpAddress: this.#addresses.choosePrivate(SubnetId),
        Groups: [],
      });
    return undefined;
  }

  #attach(
    id: string,
    transitGatewayId: string | undefined,
    resource: Pick<sdk.TransitGatewayAttachment, 'ResourceType' | 'ResourceId'>,
    usesDefaults: WrittenAttachment['usesDefaults'],
    Tags: sdk.Tag[],
  ): Problem {
    const gateway = this.#into.TransitGateways.find(({ TransitGatewayId: each }) => each === transitGatewayId);
    if (!gateway) return 'its transit gateway is not part of the code';
    const { AssociationDefaultRouteTableId: association, PropagationDefaultRouteTableId: propagation } =
      gateway.Options ?? {};
    this.#into.TransitGatewayAttachments.push({
      TransitGatewayAttachmentId: id,
      TransitGatewayId: transitGatewayId,
      TransitGatewayOwnerId: this.#scope.account,
      ResourceOwnerId: this.#scope.account,
      ...resource,
      State: 'available',
      ...(association && usesDefaults.association && { Association: { TransitGatewayRouteTableId: association } }),
      Tags,
    });
    if (propagation && usesDefaults.propagation) this.#propagations.get(propagation)?.push(id);
    return undefined;
  }

  associate(tableId: string | undefined, attachmentId: string | undefined): Problem {
    const attachment = this.#into.TransitGatewayAttachments.find(
      ({ TransitGatewayAttachmentId: each }) => each === attachmentId,
    );
    if (!attachment) return 'its attachment is not part of the code';
    attachment.Association = { TransitGatewayRouteTableId: tableId };
    return undefined;
  }

  propagate(tableId: string | undefined, attachmentId: string | undefined): Problem {
    const propagations = this.#propagations.get(tableId ?? '');
    if (!propagations || attachmentId === undefined) return 'its table or its attachment is not part of the code';
    if (!propagations.includes(attachmentId)) propagations.push(attachmentId);
    return undefined;
  }

  transitRoute({ tableId, cidr, attachmentId, isBlackhole }: WrittenTransitRoute): Problem {
    const routes = this.#routes.get(tableId ?? '');
    if (!routes) return 'its table is not part of the code';
    if (!isBlackhole && attachmentId === undefined) return 'it names no attachment';
    routes.push({
      DestinationCidrBlock: cidr,
      Type: 'static',
      State: isBlackhole ? 'blackhole' : 'active',
      TransitGatewayAttachments: isBlackhole ? [] : [{ TransitGatewayAttachmentId: attachmentId }],
    });
    return undefined;
  }

  /** One at a transit gateway is an attachment of it as well. */
  connection(one: WrittenConnection): Problem {
    const { id, customerGatewayId, vpnGatewayId, transitGatewayId, staticRoutesOnly, tags } = one;
    if (transitGatewayId !== undefined) {
      const attachmentId = attachmentOfConnection(id);
      const resource = { ResourceType: 'vpn', ResourceId: id } as const;
      const problem = this.#attach(attachmentId, transitGatewayId, resource, ALL_DEFAULTS, []);
      if (problem !== undefined) return problem;
    }
    this.#into.VpnConnections.push({
      VpnConnectionId: id,
      State: 'available',
      CustomerGatewayId: customerGatewayId,
      ...(transitGatewayId === undefined ? { VpnGatewayId: vpnGatewayId } : { TransitGatewayId: transitGatewayId }),
      Options: { StaticRoutesOnly: staticRoutesOnly },
      Routes: [],
      Tags: tags,
    });
    return undefined;
  }

  connectionRoute(connectionId: string | undefined, cidr: string | undefined): Problem {
    const connection = this.#into.VpnConnections.find(({ VpnConnectionId: each }) => each === connectionId);
    if (!connection) return 'its VPN connection is not part of the code';
    connection.Routes = [...(connection.Routes ?? []), { DestinationCidrBlock: cidr, State: 'available' }];
    return undefined;
  }

  /** Has a VPC's table learn from a virtual private gateway. To be called once the tables are read. */
  learn(tableId: string | undefined, GatewayId: string | undefined): Problem {
    const table = this.#into.RouteTables.find(({ RouteTableId: each }) => each === tableId);
    if (!table) return 'its route table is not part of the code';
    table.PropagatingVgws = [...(table.PropagatingVgws ?? []), { GatewayId }];
    return undefined;
  }
}

const ALL_DEFAULTS = { association: true, propagation: true };

/** The id of the attachment that a VPN connection at a transit gateway is. */
export const attachmentOfConnection = (connectionId: string): string => standIn('tgw-attach', connectionId);

const given = (options: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(options).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
