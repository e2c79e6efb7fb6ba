/**
 * Services of AWS that gateway endpoints lead to: their names, prefix lists and addresses in each Region.
 *
 * The addresses are not AWS's. They stand in the outside world of localvpc, in a range for documentation (RFC 5737), one
 * for each service and Region; whatever program listens there is the service. Two ids of prefix lists are AWS's; the
 * others are made from their names, so that they are the same in every account, as on AWS.
 */
import { type Ipv4, ipv4 } from '../net/address.ts';
import { cidrOf, type Ipv4Cidr } from '../net/cidr.ts';
import { isId, type PrefixListId } from '../net/identifiers.ts';
import { allRegions, regionNamed } from './regions.ts';
import { PrefixList } from './resources/prefix-list.ts';
import type { Transaction } from './transaction.ts';

/** Addresses of services that interface endpoints lead to: 192.0.2.64/26, one for each, the same in all Regions. */
const INTERFACE_SERVICE_RANGE = cidrOf(ipv4(0xc000_0240), 26);

/** Ranges of all these addresses in the outside world: 198.51.100.64/26 and 198.51.100.128/26 for gateway endpoints. */
export const AWS_SERVICE_RANGES: readonly Ipv4Cidr[] = [
  cidrOf(ipv4(0xc633_6440), 26),
  cidrOf(ipv4(0xc633_6480), 26),
  INTERFACE_SERVICE_RANGE,
];

interface GatewayService {
  readonly label: 's3' | 'dynamodb';
  readonly range: Ipv4Cidr;
  /** How many rules a reference counts for (VPC guide, working-with-aws-managed-prefix-lists). */
  readonly weight: number;
}

const SERVICES: readonly GatewayService[] = [
  { label: 's3', range: AWS_SERVICE_RANGES[0] ?? cidrOf(ipv4(0), 32), weight: 55 },
  { label: 'dynamodb', range: AWS_SERVICE_RANGES[1] ?? cidrOf(ipv4(0), 32), weight: 35 },
];

/** A service of AWS in one Region. */
export interface AwsService {
  /** "com.amazonaws.us-east-1.s3": of the service and of its prefix list. */
  readonly name: string;
  /** "s3.us-east-1.amazonaws.com" */
  readonly host: string;
  readonly address: Ipv4;
  readonly prefixListId: PrefixListId;
  readonly weight: number;
}

/** The services that gateway endpoints of a Region lead to. */
export function awsServicesOf(region: string): readonly AwsService[] {
  const position = allRegions().findIndex(({ name }) => name === region);
  return SERVICES.map(({ label, range, weight }) => ({
    name: `com.amazonaws.${region}.${label}`,
    host: `${label}.${region}.${regionNamed(region).partition.dnsSuffix}`,
    address: ipv4(range.address + position),
    prefixListId: prefixListIdOf(region, label),
    weight,
  }));
}

const KNOWN_IDS: Readonly<Record<string, string>> = {
  'us-east-1.s3': 'pl-63a5400a',
  'us-east-1.dynamodb': 'pl-02cd2c6b',
};

function prefixListIdOf(region: string, label: string): PrefixListId {
  const text = `${region}.${label}`;
  const id = KNOWN_IDS[text] ?? `pl-${hashOf(text).toString(16).padStart(8, '0')}`;
  if (!isId('pl', id)) throw new Error(`made a bad id: ${id}`);
  return id;
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}

/** Puts the prefix lists of the Region's services there, where they are not. */
export function insertAwsPrefixLists(tx: Transaction): void {
  for (const { name, address, prefixListId, weight } of awsServicesOf(tx.region)) {
    if (tx.find(PrefixList, prefixListId)) continue;
    tx.put(PrefixList, {
      id: prefixListId,
      ownerId: 'AWS',
      name,
      addressFamily: 'IPv4',
      maxEntries: weight,
      state: 'create-complete',
      stateMessage: undefined,
      version: 1,
      entries: [{ cidr: cidrOf(address, 32), description: undefined }],
      tags: {},
    });
  }
}

/** A service of AWS that interface endpoints of a Region lead to. */
export interface AwsInterfaceService {
  /** "com.amazonaws.us-east-1.ssm" */
  readonly name: string;
  /** The name that clients use, which the endpoint's private DNS gives: "ssm.us-east-1.amazonaws.com", "*.dkr.ecr.…". */
  readonly privateName: string;
  /** The domain of its endpoints' own names: "ssm.us-east-1.vpce.amazonaws.com". */
  readonly domain: string;
  /** Where it stands in the outside world; undefined for EC2 and STS, which are localvpc's own API. */
  readonly address: Ipv4 | undefined;
}

/** EC2 and STS, which localvpc serves itself. */
const API_SERVICES: readonly string[] = ['ec2', 'sts'];

/** Others by the last part of their names, with the first part of their hosts' where that is another (PrivateLink guide, aws-services-privatelink-support). */
const INTERFACE_SERVICES: readonly (readonly [label: string, host?: string])[] = [
  ['autoscaling'],
  ['cloudformation'],
  ['ec2messages'],
  ['ecr.api', 'api.ecr'],
  ['ecr.dkr', '*.dkr.ecr'],
  ['ecs'],
  ['ecs-agent', 'ecs-a'],
  ['ecs-telemetry', 'ecs-t'],
  ['elasticloadbalancing'],
  ['events'],
  ['execute-api', '*.execute-api'],
  ['kinesis-firehose', 'firehose'],
  ['kinesis-streams', 'kinesis'],
  ['kms'],
  ['lambda'],
  ['logs'],
  ['monitoring'],
  ['rds'],
  ['secretsmanager'],
  ['sns'],
  ['sqs'],
  ['ssm'],
  ['ssmmessages'],
  ['states'],
];

/** Where all other services of AWS stand that an endpoint may lead to which was imported: the range's last address. */
const OTHER_SERVICES_ADDRESS = ipv4(INTERFACE_SERVICE_RANGE.address + 63);

/** The services that interface endpoints of a Region lead to. */
export const awsInterfaceServicesOf = (region: string): readonly AwsInterfaceService[] => [
  ...API_SERVICES.map((label) => interfaceService(region, label, label, undefined)),
  ...INTERFACE_SERVICES.map(([label, host = label], index) =>
    interfaceService(region, label, host, ipv4(INTERFACE_SERVICE_RANGE.address + index)),
  ),
];

function interfaceService(region: string, label: string, host: string, address: Ipv4 | undefined): AwsInterfaceService {
  const { dnsSuffix } = regionNamed(region).partition;
  return {
    name: `com.amazonaws.${region}.${label}`,
    privateName: `${host}.${region}.${dnsSuffix}`,
    domain: `${host.replace('*.', '')}.${region}.vpce.${dnsSuffix}`,
    address,
  };
}

/** The service of this name in a Region, if interface endpoints lead to it. */
export const awsInterfaceService = (region: string, name: string): AwsInterfaceService | undefined =>
  awsInterfaceServicesOf(region).find((service) => service.name === name);

/**
 * The service of AWS that an interface endpoint leads to. Imported endpoints lead to all that AWS has, S3 and DynamoDB
 * included. Their hosts are named as most are: the parts of the service's name the other way round (unconfirmed of each).
 */
export function awsServiceBehind(region: string, name: string): AwsInterfaceService | undefined {
  const known = awsInterfaceService(region, name);
  if (known) return known;
  const stem = `com.amazonaws.${region}.`;
  if (!name.startsWith(stem) || name.length === stem.length) return undefined;
  const label = name.slice(stem.length);
  const gateway = awsServicesOf(region).find((one) => one.name === name);
  const host = label.split('.').reverse().join('.');
  return interfaceService(region, label, host, gateway?.address ?? OTHER_SERVICES_ADDRESS);
}

/** Hosts of services by name, the Regional ones and S3's global one, each with its address. */
const hosts: ReadonlyMap<string, Ipv4> = new Map(
  allRegions().flatMap(({ name }) => [
    ...awsInterfaceServicesOf(name).flatMap(({ privateName, address }): [string, Ipv4][] =>
      address === undefined || privateName.startsWith('*.') ? [] : [[privateName, address]],
    ),
    ...awsServicesOf(name).flatMap(({ host, address }): [string, Ipv4][] => [
      [host, address],
      ...(host === 's3.us-east-1.amazonaws.com' ? [['s3.amazonaws.com', address] as [string, Ipv4]] : []),
    ]),
  ]),
);

/** The address of a service's host name, or of a bucket's ("my-bucket.s3.us-east-1.amazonaws.com"); undefined for others. */
export function addressOfAwsHost(name: string): Ipv4 | undefined {
  const known = hosts.get(name);
  if (known !== undefined) return known;
  const at = name.search(/\.s3\./);
  return at < 1 ? undefined : hosts.get(name.slice(at + 1));
}
