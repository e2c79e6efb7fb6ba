/** Described VPCs and what belongs to them without an interface: option sets, prefix lists, subnets, gateways, ACLs. */
import type * as sdk from '@aws-sdk/client-ec2';
import { awsServicesOf } from '../model/aws-services.ts';
import { createDhcpOptions, defaultDhcpOptions } from '../model/dhcp-option-sets.ts';
import { FINAL_IPV4_NUMBER, FINAL_IPV6_NUMBER, readEntry } from '../model/network-acl-entries.ts';
import { createDefaultNetworkAcl } from '../model/network-acl-lifecycle.ts';
import { findZone } from '../model/regions.ts';
import { DhcpOptions } from '../model/resources/dhcp-options.ts';
import { EgressOnlyInternetGateway, InternetGateway } from '../model/resources/internet-gateway.ts';
import { Ipv6Block } from '../model/resources/ipv6-block.ts';
import { NetworkAcl, type NetworkAclEntry } from '../model/resources/network-acl.ts';
import { PrefixList, PrefixListVersion, versionKey } from '../model/resources/prefix-list.ts';
import { Subnet } from '../model/resources/subnet.ts';
import { cidrsOfVpc, Vpc } from '../model/resources/vpc.ts';
import { WORLD } from '../model/scope.ts';
import { cidrsOfSubnet } from '../model/subnet-cidr-rules.ts';
import { AMAZON_POOL } from '../model/vpc-lifecycle.ts';
import { type Cidr, cidrOf, covers, equalCidrs, formatCidr, overlaps, parseCidr } from '../net/cidr.ts';
import { existing, idOf, idOrNew, ipv4CidrOf, ipv6CidrOf, type Place, place, tagsOf, Unplaceable } from './placing.ts';

/** A DHCP option set. @throws Unplaceable, Fault */
export function placeDhcpOptions({ tx }: Place, one: sdk.DhcpOptions): void {
  const requested = (one.DhcpConfigurations ?? []).map(({ Key, Values }) => ({
    Key,
    Values: (Values ?? []).map(({ Value = '' }) => Value),
  }));
  // Checked by the one who makes such sets, and put under its own id.
  const made = createDhcpOptions(tx, requested, tagsOf(one.Tags));
  tx.remove(DhcpOptions, made.id);
  place(tx, DhcpOptions, { ...made, id: idOf('dopt', one.DhcpOptionsId) });
}

/**
 * A managed prefix list with the entries of its present version. AWS's list of a service keeps the blocks that AWS has, so
 * that questions about them are answered as there, and gets the address that stands for the service in the outside world
 * here, so that guests reach it by their endpoint. @throws Unplaceable
 */
export function placePrefixList({ tx, described }: Place, one: sdk.ManagedPrefixList): void {
  const id = idOf('pl', one.PrefixListId);
  const ofList = described.prefixListEntries.get(id);
  const service =
    one.OwnerId === 'AWS' ? awsServicesOf(tx.region).find(({ name }) => name === one.PrefixListName) : undefined;
  const known = tx.find(PrefixList, id);
  if (!ofList && known?.ownerId === 'AWS') return;
  if (!ofList) throw new Unplaceable('its entries are not described (get-managed-prefix-list-entries)');
  const read = ofList.map(({ Cidr: text, Description: description }) => ({
    cidr: blockOf(text),
    description: description === '' ? undefined : description,
  }));
  const here = service && { cidr: cidrOf(service.address, 32), description: 'the service in localvpc' };
  const entries = here && !read.some(({ cidr }) => equalCidrs(cidr, here.cidr)) ? [...read, here] : read;
  if (known?.ownerId === 'AWS') {
    tx.update(PrefixList, known.id, { entries });
    return;
  }
  const version = one.Version ?? 1;
  place(tx, PrefixList, {
    id,
    ownerId: one.OwnerId ?? tx.account,
    name: one.PrefixListName ?? id,
    addressFamily: one.AddressFamily === 'IPv6' ? 'IPv6' : 'IPv4',
    maxEntries: one.MaxEntries ?? entries.length,
    state: 'create-complete',
    stateMessage: undefined,
    version,
    entries,
    tags: tagsOf(one.Tags),
  });
  tx.put(PrefixListVersion, { id: versionKey(id, version), prefixListId: id, version, entries });
}

function blockOf(text: string | undefined): Cidr {
  const cidr = parseCidr(text ?? '');
  if (!cidr) throw new Unplaceable(`${text} is not a block`);
  return cidr;
}

const isAssociated = (state: string | undefined): boolean => state === undefined || state === 'associated';

/** A VPC, still without its route tables, ACLs and groups. @throws Unplaceable */
export function placeVpc(where: Place, one: sdk.Vpc): void {
  const { tx, described } = where;
  const id = idOf('vpc', one.VpcId);
  const primary = ipv4CidrOf(one.CidrBlock);
  const associations = (one.CidrBlockAssociationSet ?? []).filter((set) => isAssociated(set.CidrBlockState?.State));
  const blocks = associations.map((set) => ({
    associationId: idOrNew(tx, 'vpc-cidr-assoc', set.AssociationId),
    cidr: ipv4CidrOf(set.CidrBlock),
  }));
  const isPrimary = ({ cidr }: { readonly cidr: Cidr }): boolean => formatCidr(cidr) === formatCidr(primary);
  const first = blocks.find(isPrimary) ?? { associationId: tx.newId('vpc-cidr-assoc'), cidr: primary };
  const attributes = described.vpcAttributes.get(id) ?? {};
  place(tx, Vpc, {
    id,
    cidrBlocks: [first, ...blocks.filter((block) => !isPrimary(block))],
    ipv6CidrBlocks: ipv6Blocks(where, one),
    isDefault: one.IsDefault ?? false,
    dhcpOptionsId: dhcpOptionsOf(where, one.DhcpOptionsId),
    instanceTenancy: one.InstanceTenancy === 'dedicated' ? 'dedicated' : 'default',
    enableDnsSupport: attributes.EnableDnsSupport ?? true,
    enableDnsHostnames: attributes.EnableDnsHostnames ?? hasPublicNames(described.resources.NetworkInterfaces, id),
    enableNetworkAddressUsageMetrics: false,
    tags: tagsOf(one.Tags),
  });
}

/** DescribeVpcs does not say whether hosts have public names: that one has is a sign that they do. */
const hasPublicNames = (interfaces: readonly sdk.NetworkInterface[], vpcId: string): boolean =>
  interfaces.some((one) => one.VpcId === vpcId && Boolean(one.Association?.PublicDnsName));

function ipv6Blocks({ tx }: Place, one: sdk.Vpc): Vpc['ipv6CidrBlocks'] {
  const associations = (one.Ipv6CidrBlockAssociationSet ?? []).filter((set) =>
    isAssociated(set.Ipv6CidrBlockState?.State),
  );
  return associations.map((set) => {
    const cidr = ipv6CidrOf(set.Ipv6CidrBlock);
    const world = tx.in(WORLD);
    const id = formatCidr(cidr);
    if (world.find(Ipv6Block, id)) throw new Unplaceable(`the block ${id} belongs to another VPC`);
    world.put(Ipv6Block, { id, account: tx.account, region: tx.region });
    return {
      associationId: idOrNew(tx, 'vpc-cidr-assoc', set.AssociationId),
      cidr,
      networkBorderGroup: set.NetworkBorderGroup ?? tx.region,
      pool: set.Ipv6Pool ?? AMAZON_POOL,
    };
  });
}

/** Descriptions often come without the option sets: then the set is taken for the Region's default one. */
function dhcpOptionsOf({ tx, ignore }: Place, text: string | undefined): Vpc['dhcpOptionsId'] {
  if (text === 'default') return 'default';
  if (text === undefined) return defaultDhcpOptions(tx).id;
  const id = idOf('dopt', text);
  if (tx.find(DhcpOptions, id)) return id;
  ignore({ what: id, why: 'it is not described, and taken for the Region’s default option set' });
  return tx.put(DhcpOptions, { ...defaultDhcpOptions(tx), id }).id;
}

/** An ACL with its entries; which subnets have it is told by `placeSubnet`. @throws Unplaceable, Fault */
export function placeNetworkAcl({ tx }: Place, one: sdk.NetworkAcl): void {
  const vpc = existing(tx, Vpc, one.VpcId);
  const entries = (one.Entries ?? []).filter(({ RuleNumber: number = 0 }) => !FINAL.has(number)).map(entryOf);
  place(tx, NetworkAcl, {
    id: idOf('acl', one.NetworkAclId),
    vpcId: vpc.id,
    isDefault: one.IsDefault ?? false,
    entries: entries.sort((a, b) => a.number - b.number),
    tags: tagsOf(one.Tags),
  });
}

const FINAL: ReadonlySet<number> = new Set([FINAL_IPV4_NUMBER, FINAL_IPV6_NUMBER]);

/** A description has the members of a request. */
const entryOf = (entry: sdk.NetworkAclEntry): NetworkAclEntry =>
  readEntry({
    ...entry,
    RuleNumber: entry.RuleNumber ?? 0,
    Protocol: entry.Protocol ?? '',
    RuleAction: entry.RuleAction ?? '',
    Egress: entry.Egress ?? false,
  });

/** A subnet. Its ACL is the one whose description names it, else the default one of its VPC. @throws Unplaceable */
export function placeSubnet(where: Place, one: sdk.Subnet): void {
  const { tx } = where;
  const vpc = existing(tx, Vpc, one.VpcId);
  const zone = findZone(tx.region, one.AvailabilityZone ?? '');
  if (!zone) throw new Unplaceable(`${tx.region} has no zone ${one.AvailabilityZone}`);
  const options = one.PrivateDnsNameOptionsOnLaunch ?? {};
  const subnet: Subnet = {
    id: idOf('subnet', one.SubnetId),
    vpcId: vpc.id,
    zone: zone.name,
    cidr: one.CidrBlock === undefined || one.Ipv6Native ? undefined : ipv4CidrOf(one.CidrBlock),
    ipv6CidrBlocks: (one.Ipv6CidrBlockAssociationSet ?? [])
      .filter((set) => isAssociated(set.Ipv6CidrBlockState?.State))
      .map((set) => ({
        associationId: idOrNew(tx, 'subnet-cidr-assoc', set.AssociationId),
        cidr: ipv6CidrOf(set.Ipv6CidrBlock),
      })),
    ipv6Native: one.Ipv6Native ?? false,
    defaultForAz: one.DefaultForAz ?? false,
    mapPublicIpOnLaunch: one.MapPublicIpOnLaunch ?? false,
    assignIpv6AddressOnCreation: one.AssignIpv6AddressOnCreation ?? false,
    enableDns64: one.EnableDns64 ?? false,
    privateDnsNameOptions: {
      hostnameType: options.HostnameType === 'resource-name' ? 'resource-name' : 'ip-name',
      enableResourceNameDnsARecord: options.EnableResourceNameDnsARecord ?? false,
      enableResourceNameDnsAAAARecord: options.EnableResourceNameDnsAAAARecord ?? false,
    },
    networkAclAssociation: aclAssociationOf(where, one, vpc),
    tags: tagsOf(one.Tags),
  };
  refuseBadBlocks(where, subnet, vpc);
  place(tx, Subnet, subnet);
}

function aclAssociationOf({ tx, described }: Place, one: sdk.Subnet, vpc: Vpc): Subnet['networkAclAssociation'] {
  for (const acl of described.resources.NetworkAcls) {
    const association = acl.Associations?.find(({ SubnetId: id }) => id === one.SubnetId);
    if (!association || !tx.find(NetworkAcl, acl.NetworkAclId ?? '')) continue;
    return {
      id: idOrNew(tx, 'aclassoc', association.NetworkAclAssociationId),
      networkAclId: idOf('acl', acl.NetworkAclId),
    };
  }
  const [acl] = tx.by(NetworkAcl, 'defaultOfVpcId', vpc.id);
  return { id: tx.newId('aclassoc'), networkAclId: (acl ?? createDefaultNetworkAcl(tx, vpc)).id };
}

/** What two descriptions that contradict each other would break: every address has one subnet. */
function refuseBadBlocks({ tx }: Place, { cidr, ipv6CidrBlocks }: Subnet, vpc: Vpc): void {
  const own: readonly Cidr[] = [...(cidr ? [cidr] : []), ...ipv6CidrBlocks.map((block) => block.cidr)];
  for (const block of own) {
    if (!cidrsOfVpc(vpc).some((outer) => covers(outer, block)))
      throw new Unplaceable(`its block ${formatCidr(block)} lies outside of ${vpc.id}`);
    const other = tx
      .by(Subnet, 'vpcId', vpc.id)
      .find((one) => cidrsOfSubnet(one).some((taken) => overlaps(taken, block)));
    if (other) throw new Unplaceable(`its block ${formatCidr(block)} overlaps that of ${other.id}`);
  }
}

/** @throws Unplaceable */
export function placeInternetGateway({ tx }: Place, one: sdk.InternetGateway): void {
  const vpcId = one.Attachments?.[0]?.VpcId;
  const vpc = vpcId === undefined ? undefined : existing(tx, Vpc, vpcId);
  place(tx, InternetGateway, { id: idOf('igw', one.InternetGatewayId), vpcId: vpc?.id, tags: tagsOf(one.Tags) });
}

/** @throws Unplaceable */
export function placeEgressOnlyInternetGateway({ tx }: Place, one: sdk.EgressOnlyInternetGateway): void {
  const vpc = existing(tx, Vpc, one.Attachments?.[0]?.VpcId);
  const id = idOf('eigw', one.EgressOnlyInternetGatewayId);
  place(tx, EgressOnlyInternetGateway, { id, vpcId: vpc.id, tags: tagsOf(one.Tags) });
}
