/** Instance types, as DescribeInstanceTypes describes them, and the limits that follow from them. */
import { INSTANCE_TYPE_TABLE } from './data/instance-types.ts';

/** A network card of a type (API_NetworkCardInfo); the members that rules ask for. */
export interface NetworkCard {
  readonly NetworkCardIndex: number;
  readonly MaximumNetworkInterfaces: number;
  readonly BaselineBandwidthInGbps: number;
  readonly PeakBandwidthInGbps: number;
  readonly DefaultEnaQueueCountPerInterface: number;
  /** These two where queues are flexible. */
  readonly MaximumEnaQueueCountPerInterface?: number;
  readonly MaximumEnaQueueCount?: number;
}

/** NetworkInfo of a type (API_NetworkInfo); the members that rules ask for. The table holds all of them. */
export interface NetworkInfo {
  readonly NetworkPerformance: string;
  readonly MaximumNetworkInterfaces: number;
  readonly MaximumNetworkCards: number;
  readonly DefaultNetworkCardIndex: number;
  readonly NetworkCards: readonly NetworkCard[];
  readonly Ipv4AddressesPerInterface: number;
  readonly Ipv6AddressesPerInterface: number;
  readonly Ipv6Supported: boolean;
  readonly EnaSupport: 'unsupported' | 'supported' | 'required';
  readonly EnaSrdSupported: boolean;
  readonly FlexibleEnaQueuesSupport: 'unsupported' | 'supported';
  readonly EfaSupported: boolean;
  readonly EfaInfo?: { readonly MaximumEfaInterfaces: number };
  readonly BandwidthWeightings?: readonly string[];
  readonly ConnectionTrackingConfiguration: {
    readonly DefaultTcpEstablishedTimeout: number;
    readonly DefaultUdpTimeout: number;
    readonly DefaultUdpStreamTimeout: number;
  };
}

/** An instance type under AWS's own member names (API_InstanceTypeInfo); the members that rules ask for. */
export interface InstanceType {
  readonly InstanceType: string;
  readonly CurrentGeneration: boolean;
  readonly BareMetal: boolean;
  readonly BurstablePerformanceSupported: boolean;
  readonly HibernationSupported: boolean;
  /** Simplified automatic recovery. */
  readonly AutoRecoverySupported: boolean;
  /** Absent on bare metal. */
  readonly Hypervisor?: 'xen' | 'nitro';
  readonly NetworkInfo: NetworkInfo;
  readonly ProcessorInfo: { readonly SupportedArchitectures: readonly string[] };
  readonly VCpuInfo: {
    readonly DefaultVCpus: number;
    readonly DefaultCores: number;
    readonly DefaultThreadsPerCore: number;
    /** Absent where CPU options cannot be chosen. */
    readonly ValidCores?: readonly number[];
    readonly ValidThreadsPerCore?: readonly number[];
  };
  readonly MemoryInfo: { readonly SizeInMiB: number };
  readonly PlacementGroupInfo: { readonly SupportedStrategies: readonly string[] };
}

type Field = string | number | boolean | null;

/** The table on disk. A node is `[shape, …fields]`; shape -1 is a list of values, -2 a list of nodes. */
interface PackedTable {
  /** Names of a node's fields; a `*` before a name says that the field is the number of another node. */
  readonly shapes: readonly (readonly string[])[];
  readonly nodes: readonly (readonly [number, ...Field[]])[];
  readonly types: Readonly<Record<string, number>>;
}

const LIST_OF_VALUES = -1;
const LIST_OF_NODES = -2;

let packed: PackedTable | undefined;
const unpacked = new Map<string, InstanceType>();

/** Parsed when first asked for (2 ms), and types are unpacked one by one: start-up pays for none of it. */
function table(): PackedTable {
  // Written by our own script from AWS's answers; the test reads every type of it.
  packed ??= JSON.parse(INSTANCE_TYPE_TABLE) as PackedTable;
  return packed;
}

/** The type of this name, with all members that AWS gives it, or undefined. */
export function findInstanceType(name: string): InstanceType | undefined {
  const known = unpacked.get(name);
  if (known) return known;
  const node = Object.hasOwn(table().types, name) ? table().types[name] : undefined;
  if (node === undefined) return undefined;
  const type = { InstanceType: name, ...(unpack(node) as Omit<InstanceType, 'InstanceType'>) };
  unpacked.set(name, type);
  return type;
}

/** The type of this name, which a row holds. @throws Error for an unknown one */
export function instanceTypeNamed(name: string): InstanceType {
  const type = findInstanceType(name);
  if (!type) throw new Error(`no such instance type: ${name}`);
  return type;
}

/** Names of all types, in the order of the table. */
export const instanceTypeNames = (): readonly string[] => Object.keys(table().types);

/** Types on the Nitro System: its virtual ones and bare metal with ENA (which has no hypervisor). */
export const isNitro = (type: InstanceType): boolean =>
  type.Hypervisor === 'nitro' || (type.Hypervisor === undefined && type.NetworkInfo.EnaSupport === 'required');

function unpack(number: number): unknown {
  const [shape, ...fields] = table().nodes[number] ?? [LIST_OF_VALUES];
  if (shape === LIST_OF_VALUES) return fields;
  if (shape === LIST_OF_NODES) return fields.map((field) => unpack(Number(field)));
  const entries = (table().shapes[shape] ?? []).map((key, index) => {
    const field = fields[index];
    return key.startsWith('*') ? [key.slice(1), unpack(Number(field))] : [key, field];
  });
  return Object.fromEntries(entries);
}
