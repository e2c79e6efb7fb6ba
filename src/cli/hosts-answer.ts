/** `GET hosts` and what is asked of a host, as the command reads it. */
import { list, maybe, number, object, oneOf, type Shape, text } from './shape.ts';

/** An interface, how its frames go, and the virtual function that it holds, if any. */
export interface PlacedInterface {
  readonly interfaceId: string;
  readonly deviceIndex: number;
  readonly mode: 'mediated' | 'sriov' | 'passthrough';
  readonly virtualFunction: number | undefined;
}

const placedInterface = object<PlacedInterface>({
  interfaceId: text,
  deviceIndex: number,
  mode: oneOf('mediated', 'sriov', 'passthrough'),
  virtualFunction: maybe(number),
});

/** An instance on a host. */
export interface Resident {
  readonly instanceId: string;
  readonly name: string | undefined;
  readonly account: string;
  readonly region: string;
  readonly instanceType: string;
  readonly state: string;
  readonly hostId: string;
  readonly placementGroup: { readonly name: string; readonly strategy: string } | undefined;
  readonly partitionNumber: number | undefined;
  readonly interfaces: readonly PlacedInterface[];
  /** Why it cannot be moved while it runs. */
  readonly pinned: string | undefined;
}

/** A host. */
export interface HostState {
  readonly id: string;
  readonly zone: string;
  readonly rack: number;
  readonly state: 'available' | 'draining' | 'failed';
  readonly since: string | undefined;
  readonly recoversAt: string | undefined;
  readonly nic: { readonly virtualFunctions: number; readonly held: number };
  readonly instances: readonly Resident[];
}

/** What became of a host's instances. */
export interface Departures {
  readonly moved: readonly { readonly instanceId: string; readonly from: string; readonly to: string }[];
  readonly stayed: readonly { readonly instanceId: string; readonly why: string }[];
}

export const resident: Shape<Resident> = object({
  instanceId: text,
  name: maybe(text),
  account: text,
  region: text,
  instanceType: text,
  state: text,
  hostId: text,
  placementGroup: maybe(object<NonNullable<Resident['placementGroup']>>({ name: text, strategy: text })),
  partitionNumber: maybe(number),
  interfaces: list(placedInterface),
  pinned: maybe(text),
});

const host = object<HostState>({
  id: text,
  zone: text,
  rack: number,
  state: oneOf('available', 'draining', 'failed'),
  since: maybe(text),
  recoversAt: maybe(text),
  nic: object<HostState['nic']>({ virtualFunctions: number, held: number }),
  instances: list(resident),
});

export const hosts: Shape<readonly HostState[]> = (value, path) =>
  object<{ hosts: readonly HostState[] }>({ hosts: list(host) })(value, path).hosts;

export const departures: Shape<Departures> = object({
  moved: list(object<Departures['moved'][number]>({ instanceId: text, from: text, to: text })),
  stayed: list(object<Departures['stayed'][number]>({ instanceId: text, why: text })),
});
