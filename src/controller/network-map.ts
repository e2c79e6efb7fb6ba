/** Draws the map of a network, as the model is now. */
import type {
  GatewayOnMap,
  InterfaceOnMap,
  NamedOnMap,
  NetworkMap,
  SubnetOnMap,
  VpcOnMap,
} from '../console/network-map.ts';
import { instanceOfInterface } from '../model/instance-interfaces.ts';
import { elasticIpsOn } from '../model/interface-elastic-ips.ts';
import type { TaggedRow } from '../model/kind.ts';
import { peeringState } from '../model/peering-state.ts';
import { EgressOnlyInternetGateway, InternetGateway } from '../model/resources/internet-gateway.ts';
import { NetworkInterface } from '../model/resources/network-interface.ts';
import { SecurityGroup } from '../model/resources/security-group.ts';
import { Subnet } from '../model/resources/subnet.ts';
import { TransitGatewayAttachment } from '../model/resources/transit-gateway.ts';
import { cidrsOfVpc, Vpc } from '../model/resources/vpc.ts';
import { VpcEndpoint } from '../model/resources/vpc-endpoint.ts';
import { VpcPeeringConnection } from '../model/resources/vpc-peering-connection.ts';
import { VpnGateway } from '../model/resources/vpn.ts';
import { formatDestination } from '../model/route-destinations.ts';
import { routeState } from '../model/route-state.ts';
import { routeTableOfSubnet } from '../model/route-table-associations.ts';
import { cidrsOfSubnet } from '../model/subnet-cidr-rules.ts';
import type { Transaction } from '../model/transaction.ts';
import { isStanding } from '../model/transit-gateway-lifecycle.ts';
import { formatAddress, formatIpv4 } from '../net/address.ts';
import { formatCidr } from '../net/cidr.ts';

/** Interfaces of one subnet that somebody can look at. */
const SHOWN_INTERFACES = 60;

/** The map of the transaction's account and Region. */
export const networkMap = (tx: Transaction): NetworkMap => ({
  account: tx.account,
  region: tx.region,
  vpcs: tx.list(Vpc).map((vpc) => vpcOnMap(tx, vpc)),
});

const named = ({ id, tags }: TaggedRow): NamedOnMap => ({ id, name: tags.Name });

const vpcOnMap = (tx: Transaction, vpc: Vpc): VpcOnMap => ({
  ...named(vpc),
  isDefault: vpc.isDefault,
  cidrs: cidrsOfVpc(vpc).map(formatCidr),
  gateways: gatewaysOf(tx, vpc),
  subnets: tx
    .by(Subnet, 'vpcId', vpc.id)
    .map((subnet) => subnetOnMap(tx, subnet))
    .toSorted((one, other) => one.zone.localeCompare(other.zone)),
});

function gatewaysOf(tx: Transaction, { id }: Vpc): readonly GatewayOnMap[] {
  const door = (kind: string, row: TaggedRow, leadsTo?: string): GatewayOnMap => ({ ...named(row), kind, leadsTo });
  const peerings = tx
    .by(VpcPeeringConnection, 'vpcId', id)
    .filter((connection) => peeringState(connection, tx.nowMs) === 'active');
  return [
    ...tx.by(InternetGateway, 'vpcId', id).map((row) => door('internet gateway', row)),
    ...tx
      .list(EgressOnlyInternetGateway, ({ vpcId }) => vpcId === id)
      .map((row) => door('egress-only internet gateway', row)),
    ...peerings.map((row) =>
      door('peering connection', row, row.requester.vpcId === id ? row.accepter.vpcId : row.requester.vpcId),
    ),
    ...tx
      .by(TransitGatewayAttachment, 'vpcId', id)
      .filter(isStanding)
      .map((row) => door('attachment', row, row.transitGatewayId)),
    ...tx.list(VpnGateway, ({ vpcId }) => vpcId === id).map((row) => door('virtual private gateway', row)),
    ...tx
      .list(VpcEndpoint, ({ vpcId }) => vpcId === id)
      .map((row) => door(`${row.type.toLowerCase()} endpoint`, row, row.serviceName)),
  ];
}

function subnetOnMap(tx: Transaction, subnet: Subnet): SubnetOnMap {
  const table = routeTableOfSubnet(tx, subnet);
  const interfaces = tx.by(NetworkInterface, 'subnetId', subnet.id);
  return {
    ...named(subnet),
    zone: subnet.zone,
    cidrs: cidrsOfSubnet(subnet).map(formatCidr),
    routeTableId: table.id,
    routes: table.routes.map((route) => ({
      destination: formatDestination(route.destination),
      target: route.target.kind === 'local' ? 'local' : route.target.id,
      state: routeState(tx, route, subnet.vpcId),
    })),
    networkAclId: subnet.networkAclAssociation.networkAclId,
    interfaces: interfaces.slice(0, SHOWN_INTERFACES).map((row) => interfaceOnMap(tx, row)),
    moreInterfaces: Math.max(0, interfaces.length - SHOWN_INTERFACES),
  };
}

function interfaceOnMap(tx: Transaction, row: NetworkInterface): InterfaceOnMap {
  const instance = instanceOfInterface(tx, row)?.row;
  const automatic = row.autoAssignedPublicIp;
  return {
    ...named(row),
    interfaceType: row.interfaceType,
    description: row.description,
    instance: instance && {
      ...named(instance),
      state: instance.state,
      instanceType: instance.instanceType,
      deviceIndex: row.attachment?.deviceIndex ?? 0,
    },
    privateAddresses: [...row.ipv4Addresses, ...row.ipv6Addresses].map(formatAddress),
    publicAddresses: [
      ...(automatic === undefined ? [] : [formatIpv4(automatic)]),
      ...elasticIpsOn(tx, row.id).map(({ row: { publicIp } }) => formatIpv4(publicIp)),
    ],
    securityGroups: row.securityGroupIds.map((id) => ({ id, groupName: tx.find(SecurityGroup, id)?.name ?? id })),
    sourceDestCheck: row.sourceDestCheck,
  };
}
