/** Network Access Analyzer's scopes, which say what access is looked for, and their analyses. */
import type { Id } from '../../net/identifiers.ts';
import { kind, type TaggedRow } from '../kind.ts';
import type { AnalysisPathComponent } from '../reachability.ts';

export type NetworkInsightsAccessScopeId = Id<'nis'>;
export type NetworkInsightsAccessScopeAnalysisId = Id<'nisa'>;

/** Resources by id or ARN, and by type ("AWS::EC2::InternetGateway"); either is enough. */
export interface ResourceStatement {
  readonly resources?: readonly string[] | undefined;
  readonly resourceTypes?: readonly string[] | undefined;
}

/** Addresses as blocks, ports as "443" or "1024-65535". What is not said is open. */
export interface PacketHeaderStatement {
  readonly sourceAddresses?: readonly string[] | undefined;
  readonly destinationAddresses?: readonly string[] | undefined;
  readonly sourcePorts?: readonly string[] | undefined;
  readonly destinationPorts?: readonly string[] | undefined;
  readonly sourcePrefixLists?: readonly string[] | undefined;
  readonly destinationPrefixLists?: readonly string[] | undefined;
  readonly protocols?: readonly ('tcp' | 'udp')[] | undefined;
}

export interface PathStatement {
  readonly packetHeaderStatement?: PacketHeaderStatement | undefined;
  readonly resourceStatement?: ResourceStatement | undefined;
}

/** One kind of path. */
export interface AccessScopePath {
  readonly source?: PathStatement | undefined;
  readonly destination?: PathStatement | undefined;
  readonly throughResources?: readonly { readonly resourceStatement?: ResourceStatement | undefined }[] | undefined;
}

export interface NetworkInsightsAccessScope extends TaggedRow {
  readonly id: NetworkInsightsAccessScopeId;
  readonly createdAtMs: number;
  readonly matchPaths: readonly AccessScopePath[];
  readonly excludePaths: readonly AccessScopePath[];
}

export const NetworkInsightsAccessScope = kind<NetworkInsightsAccessScope>()({
  name: 'network-insights-access-scope',
  prefix: 'nis',
  notFound: 'InvalidNetworkInsightsAccessScopeId.NotFound',
  malformed: 'InvalidNetworkInsightsAccessScopeId.Malformed',
});

/** A path that fits a scope. */
export interface AccessFinding {
  readonly findingId: string;
  readonly findingComponents: readonly AnalysisPathComponent[];
}

export interface NetworkInsightsAccessScopeAnalysis extends TaggedRow {
  readonly id: NetworkInsightsAccessScopeAnalysisId;
  readonly scopeId: NetworkInsightsAccessScopeId;
  readonly startedAtMs: number;
  readonly analyzedEniCount: number;
  readonly findings: readonly AccessFinding[];
  readonly warningMessage: string | undefined;
}

export const NetworkInsightsAccessScopeAnalysis = kind<NetworkInsightsAccessScopeAnalysis>()({
  name: 'network-insights-access-scope-analysis',
  prefix: 'nisa',
  notFound: 'InvalidNetworkInsightsAccessScopeAnalysisId.NotFound',
  malformed: 'InvalidNetworkInsightsAccessScopeAnalysisId.Malformed',
  indexes: { scopeId: (row) => row.scopeId },
});
