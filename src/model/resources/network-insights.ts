/** Reachability Analyzer's paths and analyses. */
import type { Id } from '../../net/identifiers.ts';
import { kind, type TaggedRow } from '../kind.ts';
import type { ReachabilityResult } from '../reachability.ts';

export type NetworkInsightsPathId = Id<'nip'>;
export type NetworkInsightsAnalysisId = Id<'nia'>;

export interface PathPortRange {
  readonly fromPort: number;
  readonly toPort: number;
}

/** What packets a path speaks of, at one of its ends; addresses as text. */
export interface PathFilter {
  readonly sourceAddress: string | undefined;
  readonly sourcePortRange: PathPortRange | undefined;
  readonly destinationAddress: string | undefined;
  readonly destinationPortRange: PathPortRange | undefined;
}

/** A question: can packets of this kind go from here to there? */
export interface NetworkInsightsPath extends TaggedRow {
  readonly id: NetworkInsightsPathId;
  readonly createdAtMs: number;
  readonly source: string;
  readonly sourceArn: string;
  /** Absent where only an address is given. */
  readonly destination: string | undefined;
  readonly destinationArn: string | undefined;
  readonly sourceIp: string | undefined;
  readonly destinationIp: string | undefined;
  readonly protocol: 'tcp' | 'udp';
  readonly destinationPort: number | undefined;
  readonly filterAtSource: PathFilter | undefined;
  readonly filterAtDestination: PathFilter | undefined;
}

export const NetworkInsightsPath = kind<NetworkInsightsPath>()({
  name: 'network-insights-path',
  prefix: 'nip',
  notFound: 'InvalidNetworkInsightsPathId.NotFound',
  malformed: 'InvalidNetworkInsightsPathId.Malformed',
});

/** The answer at one time; it stays as it was when the network changes. */
export interface NetworkInsightsAnalysis extends TaggedRow {
  readonly id: NetworkInsightsAnalysisId;
  readonly pathId: NetworkInsightsPathId;
  readonly additionalAccounts: readonly string[];
  readonly filterInArns: readonly string[];
  readonly filterOutArns: readonly string[];
  readonly startedAtMs: number;
  readonly result: ReachabilityResult;
}

export const NetworkInsightsAnalysis = kind<NetworkInsightsAnalysis>()({
  name: 'network-insights-analysis',
  prefix: 'nia',
  notFound: 'InvalidNetworkInsightsAnalysisId.NotFound',
  malformed: 'InvalidNetworkInsightsAnalysisId.Malformed',
  indexes: { pathId: (row) => row.pathId },
});
