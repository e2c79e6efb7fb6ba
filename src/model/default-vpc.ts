/**
 * The default VPC of a Region: what CreateDefaultVpc and CreateDefaultSubnet make, and what every Region begins with.
 *
 * Source: VPC user guide, "Default VPCs". On AWS the zones of the /20 blocks differ between accounts; here they come in
 * the order of the zones' names.
 */
import { ipv4, ipv6, parseIpv4 } from '../net/address.ts';
import { ANY_IPV4, cidrOf, type Ipv4Cidr, type Ipv6Cidr, overlaps } from '../net/cidr.ts';
import { defaultDhcpOptions } from './dhcp-option-sets.ts';
import { Fault } from './fault.ts';
import { quota } from './quotas.ts';
import { type Zone, zonesOf } from './regions.ts';
import { InternetGateway } from './resources/internet-gateway.ts';
import { RouteTable } from './resources/route-table.ts';
import { Subnet } from './resources/subnet.ts';
import { Vpc } from './resources/vpc.ts';
import { mainRouteTable } from './route-table-lifecycle.ts';
import { cidrsOfSubnet } from './subnet-cidr-rules.ts';
import { insertSubnet } from './subnet-lifecycle.ts';
import type { Transaction } from './transaction.ts';
import { insertVpc } from './vpc-lifecycle.ts';

const DEFAULT_VPC_CIDR = cidrOf(parseIpv4('172.31.0.0') ?? ipv4(0), 16);
const DEFAULT_SUBNET_LENGTH = 20;
const IPV6_SUBNET_LENGTH = 64;

/** Makes a default VPC where there is none. @throws Fault DefaultVpcAlreadyExists, VpcLimitExceeded */
export function createDefaultVpc(tx: Transaction): Vpc {
  if (tx.count(Vpc, 'isDefault', 'true') > 0) throw new Fault('DefaultVpcAlreadyExists');
  if (tx.size(Vpc) >= quota(tx, 'vpcsPerRegion')) throw new Fault('VpcLimitExceeded');
  const vpc = insertVpc(tx, {
    cidrBlocks: [{ associationId: tx.newId('vpc-cidr-assoc'), cidr: DEFAULT_VPC_CIDR }],
    ipv6CidrBlocks: [],
    isDefault: true,
    dhcpOptionsId: defaultDhcpOptions(tx).id,
    instanceTenancy: 'default',
    enableDnsSupport: true,
    enableDnsHostnames: true,
    enableNetworkAddressUsageMetrics: false,
    tags: {},
  });
  openToInternet(tx, vpc);
  for (const zone of zonesOf(tx.region)) insertDefaultSubnet(tx, vpc, zone, freeIpv4Block(tx, vpc));
  return vpc;
}

/** The gateway of a default VPC counts against no quota that could keep the VPC from being made (unconfirmed). */
function openToInternet(tx: Transaction, vpc: Vpc): void {
  const { id } = tx.insert(InternetGateway, { vpcId: vpc.id, tags: {} });
  const main = mainRouteTable(tx, vpc.id);
  const toInternet: RouteTable['routes'][number] = {
    destination: { kind: 'cidr', cidr: ANY_IPV4 },
    target: { kind: 'internet-gateway', id },
    origin: 'CreateRoute',
  };
  tx.update(RouteTable, main.id, { routes: [...main.routes, toInternet] });
}

/**
 * Makes the default subnet of a zone: the next free /20, or the next free /64 of an IPv6-only one.
 * @throws Fault DefaultVpcDoesNotExist, DefaultSubnetAlreadyExistsInAvailabilityZone, InsufficientCidrBlocks (unconfirmed)
 */
export function createDefaultSubnet(tx: Transaction, zone: Zone, ipv6Native: boolean): Subnet {
  const [vpc] = tx.by(Vpc, 'isDefault', 'true');
  if (!vpc) throw new Fault('DefaultVpcDoesNotExist');
  const [existing] = tx.by(Subnet, 'defaultForZone', zone.name);
  if (existing) {
    throw new Fault('DefaultSubnetAlreadyExistsInAvailabilityZone', { id: existing.id, zone: zone.name });
  }
  if (tx.count(Subnet, 'vpcId', vpc.id) >= quota(tx, 'subnetsPerVpc')) throw new Fault('SubnetLimitExceeded');
  return insertDefaultSubnet(tx, vpc, zone, ipv6Native ? freeIpv6Block(tx, vpc) : freeIpv4Block(tx, vpc));
}

type Block =
  | { readonly cidr: Ipv4Cidr; readonly ipv6Cidr: undefined }
  | { readonly cidr: undefined; readonly ipv6Cidr: Ipv6Cidr };

function insertDefaultSubnet(tx: Transaction, vpc: Vpc, zone: Zone, block: Block): Subnet {
  const subnet = insertSubnet(tx, { vpc, zone, ...block, tags: {} });
  return tx.update(Subnet, subnet.id, { defaultForAz: true, mapPublicIpOnLaunch: block.cidr !== undefined });
}

function freeIpv4Block(tx: Transaction, vpc: Vpc): Block {
  const taken = tx.by(Subnet, 'vpcId', vpc.id).flatMap(cidrsOfSubnet);
  const step = 2 ** (32 - DEFAULT_SUBNET_LENGTH);
  for (let index = 0; index < 2 ** (DEFAULT_SUBNET_LENGTH - DEFAULT_VPC_CIDR.length); index++) {
    const cidr = cidrOf(ipv4(DEFAULT_VPC_CIDR.address + index * step), DEFAULT_SUBNET_LENGTH);
    if (!taken.some((other) => overlaps(other, cidr))) return { cidr, ipv6Cidr: undefined };
  }
  throw noBlock(vpc);
}

/** An IPv6 block of a VPC is a /56, so it has 256 places for a subnet. */
function freeIpv6Block(tx: Transaction, vpc: Vpc): Block {
  const taken = tx.by(Subnet, 'vpcId', vpc.id).flatMap(cidrsOfSubnet);
  for (const { cidr: around } of vpc.ipv6CidrBlocks) {
    for (let index = 0n; index < 1n << BigInt(IPV6_SUBNET_LENGTH - around.length); index++) {
      const ipv6Cidr = cidrOf(ipv6(around.address + (index << 64n)), IPV6_SUBNET_LENGTH);
      if (!taken.some((other) => overlaps(other, ipv6Cidr))) return { cidr: undefined, ipv6Cidr };
    }
  }
  throw noBlock(vpc);
}

const noBlock = (vpc: Vpc): Fault =>
  new Fault('InsufficientCidrBlocks', `The VPC '${vpc.id}' has no free CIDR block for a default subnet.`);
