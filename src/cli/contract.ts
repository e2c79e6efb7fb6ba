/** What a running localvpc answers under `/_localvpc/`, as the commands read it. */
import type {
  FabricCounters,
  GuestDriver,
  OffloadCounters,
  PacketEnds,
  TraceCall,
  TraceChange,
  TraceComponent,
  TracePlace,
  TraceResult,
  TraceStep,
} from '../tables/data-plane.ts';
import { dictionary, list, maybe, number, object, oneOf, type Shape, text } from './shape.ts';
import { traceRule } from './trace-rule-shape.ts';

/** The data plane that runs, and why it is not the preferred one where it is not. */
export interface DataPlaneSummary {
  readonly drivers: readonly string[];
  readonly preferred: string;
  readonly notice: string | undefined;
}

/** `GET health`. */
export interface Health {
  readonly status: string;
  readonly version: string;
  readonly pid: number;
  readonly dataPlane: DataPlaneSummary;
}

/** What one account has in one Region. */
export interface AccountSummary {
  readonly account: string;
  readonly region: string;
  readonly vpcs: number;
  readonly subnets: number;
  readonly interfaces: number;
  /** Instance state → how many. */
  readonly instances: Readonly<Record<string, number>>;
}

/** How many interfaces go to their guests which way. */
export interface NicSummary {
  readonly policy: string;
  readonly paths: Readonly<Record<string, number>>;
  /** Why no flow is offloaded; undefined where flows are. */
  readonly notOffloaded: string | undefined;
}

/** An interface that a guest has, of `GET nics`. */
export interface DescribedNic {
  readonly account: string;
  readonly region: string;
  readonly instanceId: string;
  readonly instanceName: string;
  readonly interfaceId: string;
  readonly deviceIndex: number;
  readonly mode: string;
  readonly modeWhy: string;
  readonly path: string;
  readonly pathWhy: string;
  readonly mediated:
    | {
        readonly fromGuest: number;
        readonly toGuest: number;
        readonly bytesFromGuest: number;
        readonly bytesToGuest: number;
      }
    | undefined;
}

/** `GET status`. */
export interface Status {
  readonly version: string;
  readonly pid: number;
  readonly endpoint: string;
  readonly uptimeSeconds: number;
  /** Undefined where state is kept in memory only. */
  readonly dataDirectory: string | undefined;
  readonly dataPlane: DataPlaneSummary;
  /** How much of AWS's rates instances have; undefined where nothing limits them. */
  readonly rates: number | undefined;
  readonly accounts: readonly AccountSummary[];
  readonly nics: NicSummary;
  readonly fabric: FabricCounters;
}

/** `GET instances/ID/ena`: the kind of networking that an instance has, and ENA's counters of its interfaces. */
export interface EnaReport {
  readonly instanceId: string;
  readonly instanceType: string;
  readonly networking: 'ena' | 'vf' | 'none';
  /** How much of AWS's rates instances have; undefined where nothing limits them. */
  readonly rates: number | undefined;
  readonly interfaces: readonly EnaInterface[];
}

/** An interface of that. */
export interface EnaInterface {
  readonly id: string;
  readonly networkCardIndex: number;
  readonly deviceIndex: number;
  readonly queues: number | undefined;
  /** Undefined while no guest has the interface. */
  readonly counters: Readonly<Record<string, number>> | undefined;
}

/** `GET instances/ID/entry`: where a program must go to run inside a guest. */
export interface InstanceEntry {
  /** A process of the guest as the host sees it; undefined where there is none to enter. */
  readonly hostPid: number | undefined;
  readonly driver: GuestDriver;
  readonly state: string;
  /** Why it cannot be entered. */
  readonly message: string | undefined;
}

/** `GET internet/entry`. */
export interface InternetEntry {
  readonly hostPid: number | undefined;
  readonly address: string | undefined;
  readonly message: string | undefined;
}

/** `GET site/entry`. */
export interface SiteEntry {
  readonly hostPid: number | undefined;
  readonly message: string | undefined;
}

/** One end of a trace, as it was understood. */
export interface TraceEnd {
  readonly instanceId: string | undefined;
  readonly interfaceId: string | undefined;
  readonly gatewayId: string | undefined;
  readonly address: string | undefined;
}

/** `POST trace`. */
export interface TraceAnswer {
  readonly forward: TraceResult;
  /** The answer's way back; undefined where the packet did not arrive. */
  readonly reply: TraceResult | undefined;
  /** What would let both pass; undefined where they do. */
  readonly change: TraceChange | undefined;
  readonly from: TraceEnd;
  readonly to: TraceEnd;
}

/** A line of `GET drops`. */
export interface WatchedDrop {
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  readonly interfaceId: string;
  readonly direction: 'out-of-guest' | 'into-guest';
  readonly packet: string;
  readonly reason: string;
  readonly code: string | null;
  readonly explanation: string;
  readonly droppedAt: string | null;
  readonly component: TraceComponent | null;
}

/** How far localvpc serves one operation. */
export interface OperationCoverage {
  readonly name: string;
  readonly state: 'works' | 'record only' | 'not served';
  /** What is missing. */
  readonly note: string | undefined;
}

const dataPlane = object<DataPlaneSummary>({ drivers: list(text), preferred: text, notice: maybe(text) });

export const health: Shape<Health> = object({ status: text, version: text, pid: number, dataPlane });

const fabric = object<FabricCounters>({
  ports: number,
  framesReceived: number,
  framesDelivered: number,
  framesAnswered: number,
  flowCacheHits: number,
  flowCacheMisses: number,
  trackedConnections: number,
  offloaded: maybe(object<OffloadCounters>({ flows: number, packets: number, bytes: number })),
  drops: dictionary(number),
  interfaceDrops: dictionary(dictionary(number)),
});

const account = object<AccountSummary>({
  account: text,
  region: text,
  vpcs: number,
  subnets: number,
  interfaces: number,
  instances: dictionary(number),
});

export const status: Shape<Status> = object({
  version: text,
  pid: number,
  endpoint: text,
  uptimeSeconds: number,
  dataDirectory: maybe(text),
  dataPlane,
  rates: maybe(number),
  accounts: list(account),
  nics: object<NicSummary>({ policy: text, paths: dictionary(number), notOffloaded: maybe(text) }),
  fabric,
});

export const enaReport: Shape<EnaReport> = object({
  instanceId: text,
  instanceType: text,
  networking: oneOf('ena', 'vf', 'none'),
  rates: maybe(number),
  interfaces: list(
    object<EnaInterface>({
      id: text,
      networkCardIndex: number,
      deviceIndex: number,
      queues: maybe(number),
      counters: maybe(dictionary(number)),
    }),
  ),
});

const describedNic = object<DescribedNic>({
  account: text,
  region: text,
  instanceId: text,
  instanceName: text,
  interfaceId: text,
  deviceIndex: number,
  mode: text,
  modeWhy: text,
  path: text,
  pathWhy: text,
  mediated: maybe(
    object<NonNullable<DescribedNic['mediated']>>({
      fromGuest: number,
      toGuest: number,
      bytesFromGuest: number,
      bytesToGuest: number,
    }),
  ),
});

export const nics: Shape<readonly DescribedNic[]> = (value, path) =>
  object<{ nics: readonly DescribedNic[] }>({ nics: list(describedNic) })(value, path).nics;

export const instanceEntry: Shape<InstanceEntry> = object({
  hostPid: maybe(number),
  driver: oneOf('namespace', 'virtual'),
  state: text,
  message: maybe(text),
});

export const internetEntry: Shape<InternetEntry> = object({
  hostPid: maybe(number),
  address: maybe(text),
  message: maybe(text),
});

export const siteEntry: Shape<SiteEntry> = object({ hostPid: maybe(number), message: maybe(text) });

const packetEnds = object<PacketEnds>({
  source: text,
  destination: text,
  protocol: number,
  sourcePort: number,
  destinationPort: number,
  icmp: maybe(object<NonNullable<PacketEnds['icmp']>>({ type: number, code: number })),
});

const orNull =
  <T>(shape: Shape<T>): Shape<T | null> =>
  (value, path) =>
    value === null ? null : shape(value, path);

const traceComponent = object<TraceComponent>({ kind: text, id: text, detail: text, rule: maybe(traceRule) });

export const watchedDrop: Shape<WatchedDrop> = object({
  atMs: number,
  interfaceId: text,
  direction: oneOf('out-of-guest', 'into-guest'),
  packet: text,
  reason: text,
  code: orNull(text),
  explanation: text,
  droppedAt: orNull(text),
  component: orNull(traceComponent),
});

const traceStep = object<TraceStep>({
  stage: text,
  component: maybe(traceComponent),
  at: maybe(
    object<TracePlace>({
      interfaceId: text,
      ownerId: text,
      subnetId: text,
      vpcId: text,
      securityGroupIds: list(text),
    }),
  ),
  packet: text,
  before: maybe(packetEnds),
  after: maybe(packetEnds),
});

const traceResult = object<TraceResult>({
  verdict: oneOf('delivered', 'answered', 'dropped'),
  reason: maybe(text),
  code: maybe(text),
  explanation: maybe(text),
  deliveredTo: maybe(text),
  path: list(traceStep),
});

const traceEnd = object<TraceEnd>({
  instanceId: maybe(text),
  interfaceId: maybe(text),
  gatewayId: maybe(text),
  address: maybe(text),
});

const anything: Shape<unknown> = (value) => value;

const traceChange = object<TraceChange>({
  found: (value) => value === true,
  calls: list(
    object<TraceCall>({
      scope: object<TraceCall['scope']>({ account: text, region: text }),
      operation: text,
      parameters: dictionary(anything),
      saves: maybe(object<NonNullable<TraceCall['saves']>>({ name: text, path: text })),
      command: text,
    }),
  ),
});

export const traceAnswer: Shape<TraceAnswer> = object({
  forward: traceResult,
  reply: maybe(traceResult),
  change: maybe(traceChange),
  from: traceEnd,
  to: traceEnd,
});

const operationCoverage = object<OperationCoverage>({
  name: text,
  state: oneOf('works', 'record only', 'not served'),
  note: maybe(text),
});

export const coverage: Shape<readonly OperationCoverage[]> = (value, path) =>
  object<{ operations: readonly OperationCoverage[] }>({ operations: list(operationCoverage) })(value, path).operations;
