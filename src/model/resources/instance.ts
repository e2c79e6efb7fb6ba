/** An instance: a machine, as far as networking and its life go. Addresses stand on its interfaces, not here. */
import type { Id, ImageId, InstanceId } from '../../net/identifiers.ts';
import { kind, type TaggedRow } from '../kind.ts';
import type { PlacementGroupId } from './placement-group.ts';
import type { PrivateDnsNameOptions } from './subnet.ts';

/** Names and codes of DescribeInstances (API_InstanceState). */
export const INSTANCE_STATE_CODES = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
} as const;
export type InstanceStateName = keyof typeof INSTANCE_STATE_CODES;

/** Options of the metadata service for one instance (API_InstanceMetadataOptionsResponse). */
export interface MetadataOptions {
  readonly httpTokens: 'optional' | 'required';
  /** 1 to 64. */
  readonly httpPutResponseHopLimit: number;
  readonly httpEndpoint: 'enabled' | 'disabled';
  readonly httpProtocolIpv6: 'enabled' | 'disabled';
  readonly instanceMetadataTags: 'enabled' | 'disabled';
}

/** The bond between an instance and an instance profile. */
export interface IamInstanceProfile {
  readonly associationId: Id<'iip-assoc'>;
  readonly arn: string;
  /** Milliseconds since the epoch. */
  readonly associatedAtMs: number;
}

export interface Instance extends TaggedRow {
  readonly id: InstanceId;
  readonly reservationId: Id<'r'>;
  readonly launchIndex: number;
  readonly imageId: ImageId;
  /** What runs it: from the image's catalogue entry. */
  readonly guestDriver: 'namespace' | 'virtual';
  readonly instanceType: string;
  readonly zone: string;
  readonly state: InstanceStateName;
  /** `User initiated (2024-01-02 03:04:05 GMT)` or empty. */
  readonly stateTransitionReason: string;
  readonly stateReason: { readonly code: string; readonly message: string } | undefined;
  /** Milliseconds since the epoch of the last launch or start. */
  readonly launchedAtMs: number;
  /** Milliseconds since the epoch of termination; terminated instances are shown for an hour. */
  readonly terminatedAtMs: number | undefined;
  /** True until the first boot ran its user data. */
  readonly neverBooted: boolean;
  readonly keyName: string | undefined;
  /** Base64 as given. */
  readonly userData: string | undefined;
  readonly architecture: 'x86_64' | 'arm64' | 'i386';
  readonly disableApiTermination: boolean;
  readonly disableApiStop: boolean;
  readonly instanceInitiatedShutdownBehavior: 'stop' | 'terminate';
  readonly ebsOptimized: boolean;
  readonly enaSupport: boolean;
  readonly sriovNetSupport: 'simple' | undefined;
  readonly monitoring: boolean;
  readonly tenancy: 'default' | 'dedicated' | 'host';
  readonly hibernationConfigured: boolean;
  readonly iamInstanceProfile: IamInstanceProfile | undefined;
  readonly placementGroupId: PlacementGroupId | undefined;
  /** 1 to 7 in a group of the strategy partition. */
  readonly partitionNumber: number | undefined;
  /** Of types whose performance bursts. */
  readonly cpuCredits: 'standard' | 'unlimited' | undefined;
  readonly metadataOptions: MetadataOptions;
  readonly privateDnsNameOptions: PrivateDnsNameOptions;
  readonly clientToken: string | undefined;
  readonly cpuOptions: { readonly coreCount: number; readonly threadsPerCore: number };
  readonly autoRecovery: 'default' | 'disabled';
  readonly rebootMigration: 'default' | 'disabled';
  readonly bandwidthWeighting: 'default' | 'vpc-1' | 'ebs-1';
  readonly bootMode: string | undefined;
  readonly platformDetails: string;
  readonly rootDeviceName: string;
}

export const Instance = kind<Instance>()({
  name: 'instance',
  prefix: 'i',
  notFound: 'InvalidInstanceID.NotFound',
  malformed: 'InvalidInstanceID.Malformed',
  indexes: {
    reservationId: (row) => row.reservationId,
    state: (row) => row.state,
    placementGroupId: (row) => row.placementGroupId,
    profileAssociationId: (row) => row.iamInstanceProfile?.associationId,
  },
});
