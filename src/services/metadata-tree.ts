/**
 * The tree of categories under `/latest/`, of which every directory and leaf is made when it is asked for.
 *
 * Keys without a value are absent: they are in no listing and answer 404 (user guide, instancedata-data-categories).
 * Absent altogether, as nothing here could fill them: iam, identity-credentials, spot, autoscaling, kernel-id,
 * ramdisk-id, product-codes, hosts, and instance-identity/dsa2048, which AWS does not describe.
 */
import { formatAddress, formatIpv4, formatIpv6, type IpAddress } from '../net/address.ts';
import { type Cidr, formatCidr } from '../net/cidr.ts';
import { formatMac } from '../net/mac.ts';
import type { IdentitySigner } from './identity-signer.ts';
import type { MetadataInterface, MetadataView } from './metadata-view.ts';

/** A value, a directory, or nothing. Bytes are user data. */
export type MetadataNode = string | Uint8Array | MetadataDirectory | undefined;

/** What a name of a directory leads to, and how a listing shows it where that is not the name itself. */
interface MetadataEntry {
  readonly listedAs?: string;
  readonly node: () => MetadataNode;
}

/** Entries by name, in the order of the listing. A map, for names may come from tags. */
export interface MetadataDirectory {
  readonly kind: 'directory';
  /** Whether a listing puts "/" behind the names of directories; the topmost one does not. */
  readonly marksDirectories: boolean;
  readonly entries: ReadonlyMap<string, MetadataEntry>;
}

/** The node under `/latest/` at these names. */
export function metadataNodeAt(view: MetadataView, names: readonly string[], signer: IdentitySigner): MetadataNode {
  let node: MetadataNode = latest(view, signer);
  for (const name of names) {
    if (!isDirectory(node)) return undefined;
    node = node.entries.get(name)?.node();
  }
  return node;
}

/** Whether the node is a directory. */
export const isDirectory = (node: MetadataNode): node is MetadataDirectory =>
  typeof node === 'object' && 'kind' in node;

/** The names in a directory, one per line; those of directories end with "/". */
export function listing(directory: MetadataDirectory): string {
  const lines: string[] = [];
  for (const [name, { listedAs, node }] of directory.entries) {
    const there = node();
    if (there === undefined) continue;
    const mark = directory.marksDirectories && listedAs === undefined && isDirectory(there) ? '/' : '';
    lines.push(`${listedAs ?? name}${mark}`);
  }
  return lines.join('\n');
}

type Nodes = Readonly<Record<string, () => MetadataNode>>;

const directory = (nodes: Nodes): MetadataDirectory =>
  directoryOf(Object.entries(nodes).map(([name, node]) => [name, { node }]));

const directoryOf = (entries: Iterable<readonly [string, MetadataEntry]>): MetadataDirectory => ({
  kind: 'directory',
  marksDirectories: true,
  entries: new Map(entries),
});

/** One value per line; absent where there is none. */
const lines = (values: readonly string[]): string | undefined => (values.length > 0 ? values.join('\n') : undefined);
const addressLines = (addresses: readonly IpAddress[]): string | undefined => lines(addresses.map(formatAddress));
const cidrLines = (cidrs: readonly Cidr[]): string | undefined => lines(cidrs.map(formatCidr));
const cidrLine = (cidr: Cidr | undefined): string | undefined => cidr && formatCidr(cidr);

/** That this one listing has no "/" behind its directories is remembered from instances and unconfirmed. */
const latest = (view: MetadataView, signer: IdentitySigner): MetadataDirectory => ({
  ...directory({
    dynamic: () => dynamicData(view, signer),
    'meta-data': () => metaData(view),
    'user-data': view.userData,
  }),
  marksDirectories: false,
});

function metaData(view: MetadataView): MetadataDirectory {
  const interfaces = view.interfaces();
  const [primary] = interfaces;
  const publicAddress = primary?.publicAddresses.find((one) => one.privateAddress === primary.ipv4Addresses[0]);
  return directory({
    'ami-id': () => view.imageId,
    'ami-launch-index': () => String(view.launchIndex),
    'ami-manifest-path': () => '(unknown)',
    'block-device-mapping': () => directory({ ami: () => view.rootDeviceName, root: () => view.rootDeviceName }),
    events: () => directory({ maintenance: () => directory({ history: () => '[]', scheduled: () => '[]' }) }),
    hostname: () => view.hostName,
    'instance-action': () => 'none',
    'instance-id': () => view.instanceId,
    'instance-life-cycle': () => 'on-demand',
    'instance-type': () => view.instanceType,
    ipv6: () => addressLines(primary?.ipv6Addresses.slice(0, 1) ?? []),
    'local-hostname': () => view.hostName,
    'local-ipv4': () => addressLines(primary?.ipv4Addresses.slice(0, 1) ?? []),
    mac: () => primary && formatMac(primary.mac),
    network: () => directory({ interfaces: () => directory({ macs: () => macs(interfaces) }) }),
    placement: () => placement(view),
    profile: () => 'default-hvm',
    'public-hostname': () => publicAddress && primary?.publicHostName,
    'public-ipv4': () => publicAddress && formatIpv4(publicAddress.publicAddress),
    'public-keys': () => publicKeys(view),
    'reservation-id': () => view.reservationId,
    'security-groups': () => lines(primary?.securityGroups.map((group) => group.name) ?? []),
    services: () => directory({ domain: () => view.serviceDomain, partition: () => view.partition }),
    system: () => view.system,
    tags: () => tags(view),
  });
}

const placement = (view: MetadataView): MetadataDirectory =>
  directory({
    'availability-zone': () => view.zone,
    'availability-zone-id': () => view.zoneId,
    'group-name': () => view.placementGroupName,
    'partition-number': () => (view.partitionNumber === undefined ? undefined : String(view.partitionNumber)),
    region: () => view.region,
  });

/** The listing shows "0=name", the path is "0". */
function publicKeys(view: MetadataView): MetadataNode {
  const key = view.publicKey();
  if (!key) return undefined;
  const node = () => directory({ 'openssh-key': () => key.openSshKey });
  return directoryOf([['0', { listedAs: `0=${key.name}`, node }]]);
}

/** Keys that cannot be a name in a path are left out; EC2 refuses to switch the category on for those. */
function tags({ options, tags: values }: MetadataView): MetadataNode {
  if (options.instanceMetadataTags === 'disabled') return undefined;
  const entries = Object.entries(values)
    .filter(([key]) => !/[/\s]/.test(key))
    .map(([key, value]) => [key, { node: () => value }] as const);
  return entries.length > 0 ? directory({ instance: () => directoryOf(entries) }) : undefined;
}

const macs = (interfaces: readonly MetadataInterface[]): MetadataDirectory =>
  directoryOf(interfaces.map((one) => [formatMac(one.mac), { node: () => interfaceLeaves(one) }]));

function interfaceLeaves(one: MetadataInterface): MetadataDirectory {
  const { publicAddresses, securityGroups, subnet, vpc } = one;
  const publicTexts = [...new Set(publicAddresses.map(({ publicAddress }) => formatIpv4(publicAddress)))];
  return directory({
    'device-number': () => String(one.deviceIndex),
    'interface-id': () => one.id,
    'ipv4-associations': () => ipv4Associations(one),
    'ipv4-prefix': () => cidrLines(one.ipv4Prefixes),
    'ipv6-prefix': () => cidrLines(one.ipv6Prefixes),
    ipv6s: () => lines(one.ipv6Addresses.map(formatIpv6)),
    'local-hostname': () => one.localHostName,
    'local-ipv4s': () => addressLines(one.ipv4Addresses),
    mac: () => formatMac(one.mac),
    'network-card': () => (one.networkCardIndex === undefined ? undefined : String(one.networkCardIndex)),
    'owner-id': () => one.owner,
    'public-hostname': () => one.publicHostName,
    'public-ipv4s': () => lines(publicTexts),
    'security-group-ids': () => lines(securityGroups.map((group) => group.id)),
    'security-groups': () => lines(securityGroups.map((group) => group.name)),
    'subnet-id': () => subnet.id,
    'subnet-ipv4-cidr-block': () => cidrLine(subnet.ipv4Cidr),
    'subnet-ipv6-cidr-blocks': () => cidrLines(subnet.ipv6Cidrs),
    'vpc-id': () => vpc.id,
    'vpc-ipv4-cidr-block': () => cidrLine(vpc.ipv4Cidrs[0]),
    'vpc-ipv4-cidr-blocks': () => cidrLines(vpc.ipv4Cidrs),
    'vpc-ipv6-cidr-blocks': () => cidrLines(vpc.ipv6Cidrs),
  });
}

/** Public address → the private addresses that it is mapped to. */
function ipv4Associations({ publicAddresses }: MetadataInterface): MetadataNode {
  if (publicAddresses.length === 0) return undefined;
  const entries = publicAddresses.map(
    ({ publicAddress, privateAddress }) =>
      [formatIpv4(publicAddress), { node: () => formatIpv4(privateAddress) }] as const,
  );
  return directoryOf(entries);
}

const dynamicData = (view: MetadataView, signer: IdentitySigner): MetadataDirectory =>
  directory({
    fws: () => directory({ 'instance-monitoring': () => (view.monitoring ? 'enabled' : 'disabled') }),
    'instance-identity': () => instanceIdentity(view, signer),
  });

/**
 * The document and what verifies it. AWS's pkcs7 is of a DSA key and SHA-1; here one key signs all (host/instance-identity).
 */
const instanceIdentity = (view: MetadataView, signer: IdentitySigner): MetadataDirectory =>
  directory({
    document: () => identityDocument(view),
    pkcs7: () => signer.pkcs7(identityDocument(view)),
    rsa2048: () => signer.pkcs7(identityDocument(view)),
    signature: () => signer.signature(identityDocument(view)),
  });

/** The instance identity document (user guide, instance-identity-documents), in the layout that instances show. */
function identityDocument(view: MetadataView): string {
  const privateAddress = view.interfaces()[0]?.ipv4Addresses[0];
  const document = {
    accountId: view.account,
    architecture: view.architecture,
    availabilityZone: view.zone,
    billingProducts: null,
    devpayProductCodes: null,
    marketplaceProductCodes: null,
    imageId: view.imageId,
    instanceId: view.instanceId,
    instanceType: view.instanceType,
    kernelId: null,
    pendingTime: `${new Date(view.launchedAtMs).toISOString().slice(0, 19)}Z`,
    privateIp: privateAddress === undefined ? null : formatIpv4(privateAddress),
    ramdiskId: null,
    region: view.region,
    version: '2017-09-30',
  };
  return JSON.stringify(document, undefined, 2).replaceAll('": ', '" : ');
}
