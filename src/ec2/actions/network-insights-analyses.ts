/** Analyses of Reachability Analyzer: start, describe, delete. */
import type * as sdk from '@aws-sdk/client-ec2';
import { arnOf } from '../../model/regions.ts';
import { NetworkInsightsAnalysis, NetworkInsightsPath } from '../../model/resources/network-insights.ts';
import { tagsOf } from '../../model/tags.ts';
import type { Transaction } from '../../model/transaction.ts';
import { action } from '../action.ts';
import { capitalised } from '../capitalised.ts';
import { describe } from '../describe.ts';
import { describeTags } from '../tag-set.ts';

/** Reachability Analyzer guide: analyses are kept for 120 days. */
const KEPT_MS = 120 * 24 * 3_600_000;

/** StartNetworkInsightsAnalysis. It is over at once; the answer says `running`, as EC2's does, and Describe what came of it. */
export const StartNetworkInsightsAnalysis = action('StartNetworkInsightsAnalysis', (request, tx) => {
  const path = tx.get(NetworkInsightsPath, request.NetworkInsightsPathId);
  const tags = tagsOf(request.TagSpecifications, 'network-insights-analysis');
  const filters = { filterInArns: request.FilterInArns ?? [], filterOutArns: request.FilterOutArns ?? [] };
  const additionalAccounts = request.AdditionalAccounts ?? [];
  const row = tx.insert(NetworkInsightsAnalysis, {
    pathId: path.id,
    additionalAccounts,
    ...filters,
    startedAtMs: tx.nowMs,
    result: tx.environment.analyseReachability(tx, path, filters, additionalAccounts),
    tags,
  });
  return { NetworkInsightsAnalysis: { ...asked(row, tx), Status: 'running' } };
});

/** What was asked, which is all that a running analysis shows. */
const asked = (row: NetworkInsightsAnalysis, tx: Transaction): sdk.NetworkInsightsAnalysis => ({
  NetworkInsightsAnalysisId: row.id,
  NetworkInsightsAnalysisArn: arnOf(tx.scope, 'network-insights-analysis', row.id),
  NetworkInsightsPathId: row.pathId,
  AdditionalAccounts: emptyToNothing(row.additionalAccounts),
  FilterInArns: emptyToNothing(row.filterInArns),
  FilterOutArns: emptyToNothing(row.filterOutArns),
  StartDate: new Date(row.startedAtMs),
  Tags: describeTags(row.tags),
});

const emptyToNothing = <Item>(items: readonly Item[]): Item[] | undefined =>
  items.length > 0 ? [...items] : undefined;

/** An analysis as the API shows it. */
export const describeAnalysis = (row: NetworkInsightsAnalysis, tx: Transaction): sdk.NetworkInsightsAnalysis => {
  const { forwardPathComponents, returnPathComponents, explanations, alternatePathHints, ...result } = row.result;
  return {
    ...asked(row, tx),
    Status: 'succeeded',
    NetworkPathFound: result.networkPathFound,
    ForwardPathComponents: emptyToNothing(capitalised(forwardPathComponents)),
    ReturnPathComponents: emptyToNothing(capitalised(returnPathComponents)),
    Explanations: emptyToNothing(capitalised(explanations)),
    AlternatePathHints: emptyToNothing(capitalised(alternatePathHints)),
    SuggestedAccounts: emptyToNothing(result.suggestedAccounts ?? []),
    WarningMessage: result.warningMessage,
  };
};

/** DescribeNetworkInsightsAnalyses. */
export const DescribeNetworkInsightsAnalyses = describe('DescribeNetworkInsightsAnalyses', 'NetworkInsightsAnalyses', {
  kind: NetworkInsightsAnalysis,
  ids: 'NetworkInsightsAnalysisIds',
  where: (row, tx, request) =>
    tx.nowMs - row.startedAtMs < KEPT_MS &&
    (request.NetworkInsightsPathId === undefined || row.pathId === request.NetworkInsightsPathId) &&
    (request.AnalysisStartTime === undefined || row.startedAtMs >= request.AnalysisStartTime.getTime()) &&
    (request.AnalysisEndTime === undefined || row.startedAtMs <= request.AnalysisEndTime.getTime()),
  filters: {
    'path-found': (row) => row.result.networkPathFound,
    status: () => 'succeeded',
  },
  render: describeAnalysis,
});

/** DeleteNetworkInsightsAnalysis. */
export const DeleteNetworkInsightsAnalysis = action('DeleteNetworkInsightsAnalysis', (request, tx) => {
  const { id } = tx.get(NetworkInsightsAnalysis, request.NetworkInsightsAnalysisId);
  tx.remove(NetworkInsightsAnalysis, id);
  return { NetworkInsightsAnalysisId: id };
});

export const networkInsightsAnalysisActions = [
  StartNetworkInsightsAnalysis,
  DescribeNetworkInsightsAnalyses,
  DeleteNetworkInsightsAnalysis,
] as const;
