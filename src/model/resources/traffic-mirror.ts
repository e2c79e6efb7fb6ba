/** Traffic mirroring: where copies go, which packets are copied, and whose. */
import type { Cidr } from '../../net/cidr.ts';
import type {
  NetworkInterfaceId,
  TrafficMirrorFilterId,
  TrafficMirrorFilterRuleId,
  TrafficMirrorSessionId,
  TrafficMirrorTargetId,
} from '../../net/identifiers.ts';
import type { PortRange } from '../../net/port-range.ts';
import { kind, type TaggedRow } from '../kind.ts';

export interface TrafficMirrorTarget extends TaggedRow {
  readonly id: TrafficMirrorTargetId;
  readonly networkInterfaceId: NetworkInterfaceId;
  readonly description: string | undefined;
}

export const TrafficMirrorTarget = kind<TrafficMirrorTarget>()({
  name: 'traffic-mirror-target',
  prefix: 'tmt',
  notFound: 'InvalidTrafficMirrorTargetId.NotFound',
  indexes: { networkInterfaceId: (row) => row.networkInterfaceId },
});

export interface TrafficMirrorFilter extends TaggedRow {
  readonly id: TrafficMirrorFilterId;
  readonly networkServices: readonly 'amazon-dns'[];
  readonly description: string | undefined;
}

export const TrafficMirrorFilter = kind<TrafficMirrorFilter>()({
  name: 'traffic-mirror-filter',
  prefix: 'tmf',
  notFound: 'InvalidTrafficMirrorFilterId.NotFound',
});

export interface TrafficMirrorFilterRule extends TaggedRow {
  readonly id: TrafficMirrorFilterRuleId;
  readonly filterId: TrafficMirrorFilterId;
  readonly direction: 'ingress' | 'egress';
  readonly number: number;
  readonly action: 'accept' | 'reject';
  /** Undefined: every protocol. */
  readonly protocol: number | undefined;
  readonly source: Cidr;
  readonly destination: Cidr;
  readonly sourcePorts: PortRange | undefined;
  readonly destinationPorts: PortRange | undefined;
  readonly description: string | undefined;
}

export const TrafficMirrorFilterRule = kind<TrafficMirrorFilterRule>()({
  name: 'traffic-mirror-filter-rule',
  prefix: 'tmfr',
  notFound: 'InvalidTrafficMirrorFilterRuleId.NotFound',
  indexes: { filterId: (row) => row.filterId },
});

export interface TrafficMirrorSession extends TaggedRow {
  readonly id: TrafficMirrorSessionId;
  readonly networkInterfaceId: NetworkInterfaceId;
  readonly targetId: TrafficMirrorTargetId;
  readonly filterId: TrafficMirrorFilterId;
  readonly packetLengthBytes: number | undefined;
  readonly sessionNumber: number;
  readonly virtualNetworkId: number;
  readonly description: string | undefined;
}

export const TrafficMirrorSession = kind<TrafficMirrorSession>()({
  name: 'traffic-mirror-session',
  prefix: 'tms',
  notFound: 'InvalidTrafficMirrorSessionId.NotFound',
  indexes: {
    networkInterfaceId: (row) => row.networkInterfaceId,
    targetId: (row) => row.targetId,
    filterId: (row) => row.filterId,
  },
});
