/** Access scopes of Network Access Analyzer and their analyses. */
import type * as sdk from '@aws-sdk/client-ec2';
import { Fault } from '../../model/fault.ts';
import { arnOf } from '../../model/regions.ts';
import {
  type AccessScopePath,
  NetworkInsightsAccessScope,
  NetworkInsightsAccessScopeAnalysis,
  type PathStatement,
  type ResourceStatement,
} from '../../model/resources/network-insights-scopes.ts';
import { tagsOf } from '../../model/tags.ts';
import type { Transaction } from '../../model/transaction.ts';
import { parseAddress } from '../../net/address.ts';
import { parseCidr } from '../../net/cidr.ts';
import { action } from '../action.ts';
import { capitalised } from '../capitalised.ts';
import { choice } from '../choice.ts';
import { describe } from '../describe.ts';
import type { RequestOf } from '../operation.ts';
import { paginate } from '../paginate.ts';
import { describeTags } from '../tag-set.ts';

/** CreateNetworkInsightsAccessScope. */
export const CreateNetworkInsightsAccessScope = action('CreateNetworkInsightsAccessScope', (request, tx) => {
  const tags = tagsOf(request.TagSpecifications, 'network-insights-access-scope');
  const matchPaths = (request.MatchPaths ?? []).map(pathOf);
  if (matchPaths.length === 0) throw new Fault('MissingParameter', { parameter: 'MatchPaths' });
  const excludePaths = (request.ExcludePaths ?? []).map(pathOf);
  const row = tx.insert(NetworkInsightsAccessScope, { createdAtMs: tx.nowMs, matchPaths, excludePaths, tags });
  return { NetworkInsightsAccessScope: describeScope(row, tx), NetworkInsightsAccessScopeContent: contentOf(row) };
});

type PathRequest = NonNullable<RequestOf<'CreateNetworkInsightsAccessScope'>['MatchPaths']>[number];
type StatementRequest = NonNullable<PathRequest['Source']>;
type ResourcesRequest = NonNullable<StatementRequest['ResourceStatement']>;

const pathOf = ({ Source, Destination, ThroughResources }: PathRequest): AccessScopePath => ({
  source: Source && statementOf(Source),
  destination: Destination && statementOf(Destination),
  throughResources: ThroughResources?.map(({ ResourceStatement: one }) => ({
    resourceStatement: one && resourcesOf(one),
  })),
});

function statementOf({ PacketHeaderStatement: header, ResourceStatement: resources }: StatementRequest): PathStatement {
  return {
    packetHeaderStatement: header && {
      sourceAddresses: blocksOf(header.SourceAddresses, 'sourceAddresses'),
      destinationAddresses: blocksOf(header.DestinationAddresses, 'destinationAddresses'),
      sourcePorts: portsOf(header.SourcePorts, 'sourcePorts'),
      destinationPorts: portsOf(header.DestinationPorts, 'destinationPorts'),
      sourcePrefixLists: header.SourcePrefixLists,
      destinationPrefixLists: header.DestinationPrefixLists,
      protocols: header.Protocols?.flatMap((protocol) => choice(protocol, ['tcp', 'udp'], 'protocols') ?? []),
    },
    resourceStatement: resources && resourcesOf(resources),
  };
}

const resourcesOf = ({ Resources, ResourceTypes }: ResourcesRequest): ResourceStatement => ({
  resources: Resources,
  resourceTypes: ResourceTypes,
});

const bad = (value: string, parameter: string): Fault =>
  new Fault('InvalidParameterValue', { value, parameter, reason: '' });

function blocksOf(texts: readonly string[] | undefined, parameter: string): readonly string[] | undefined {
  for (const text of texts ?? [])
    if (parseCidr(text) === undefined && parseAddress(text) === undefined) throw bad(text, parameter);
  return texts;
}

function portsOf(texts: readonly string[] | undefined, parameter: string): readonly string[] | undefined {
  for (const text of texts ?? []) if (!/^\d{1,5}(-\d{1,5})?$/.test(text)) throw bad(text, parameter);
  return texts;
}

const describeScope = (row: NetworkInsightsAccessScope, tx: Transaction): sdk.NetworkInsightsAccessScope => ({
  NetworkInsightsAccessScopeId: row.id,
  NetworkInsightsAccessScopeArn: arnOf(tx.scope, 'network-insights-access-scope', row.id),
  CreatedDate: new Date(row.createdAtMs),
  UpdatedDate: new Date(row.createdAtMs),
  Tags: describeTags(row.tags),
});

const contentOf = (row: NetworkInsightsAccessScope): sdk.NetworkInsightsAccessScopeContent => ({
  NetworkInsightsAccessScopeId: row.id,
  MatchPaths: capitalised(row.matchPaths),
  ExcludePaths: capitalised(row.excludePaths),
});

/** DescribeNetworkInsightsAccessScopes. */
export const DescribeNetworkInsightsAccessScopes = describe(
  'DescribeNetworkInsightsAccessScopes',
  'NetworkInsightsAccessScopes',
  { kind: NetworkInsightsAccessScope, ids: 'NetworkInsightsAccessScopeIds', filters: {}, render: describeScope },
);

/** GetNetworkInsightsAccessScopeContent. */
export const GetNetworkInsightsAccessScopeContent = action('GetNetworkInsightsAccessScopeContent', (request, tx) => ({
  NetworkInsightsAccessScopeContent: contentOf(
    tx.get(NetworkInsightsAccessScope, request.NetworkInsightsAccessScopeId),
  ),
}));

/** DeleteNetworkInsightsAccessScope. */
export const DeleteNetworkInsightsAccessScope = action('DeleteNetworkInsightsAccessScope', (request, tx) => {
  const { id } = tx.get(NetworkInsightsAccessScope, request.NetworkInsightsAccessScopeId);
  if (tx.count(NetworkInsightsAccessScopeAnalysis, 'scopeId', id) > 0)
    throw new Fault('AnalysisExistsForNetworkInsightsAccessScope', { id });
  tx.remove(NetworkInsightsAccessScope, id);
  return { NetworkInsightsAccessScopeId: id };
});

/** StartNetworkInsightsAccessScopeAnalysis. It is over at once; the answer says `running`, and Describe what came of it. */
export const StartNetworkInsightsAccessScopeAnalysis = action(
  'StartNetworkInsightsAccessScopeAnalysis',
  (request, tx) => {
    const scope = tx.get(NetworkInsightsAccessScope, request.NetworkInsightsAccessScopeId);
    const tags = tagsOf(request.TagSpecifications, 'network-insights-access-scope-analysis');
    const outcome = tx.environment.analyseAccess(tx, scope);
    const row = tx.insert(NetworkInsightsAccessScopeAnalysis, {
      scopeId: scope.id,
      startedAtMs: tx.nowMs,
      ...outcome,
      tags,
    });
    return { NetworkInsightsAccessScopeAnalysis: { ...asked(row, tx), Status: 'running' } };
  },
);

const asked = (row: NetworkInsightsAccessScopeAnalysis, tx: Transaction): sdk.NetworkInsightsAccessScopeAnalysis => ({
  NetworkInsightsAccessScopeAnalysisId: row.id,
  NetworkInsightsAccessScopeAnalysisArn: arnOf(tx.scope, 'network-insights-access-scope-analysis', row.id),
  NetworkInsightsAccessScopeId: row.scopeId,
  StartDate: new Date(row.startedAtMs),
  Tags: describeTags(row.tags),
});

/** DescribeNetworkInsightsAccessScopeAnalyses. */
export const DescribeNetworkInsightsAccessScopeAnalyses = describe(
  'DescribeNetworkInsightsAccessScopeAnalyses',
  'NetworkInsightsAccessScopeAnalyses',
  {
    kind: NetworkInsightsAccessScopeAnalysis,
    ids: 'NetworkInsightsAccessScopeAnalysisIds',
    where: (row, _tx, { NetworkInsightsAccessScopeId: id, AnalysisStartTimeBegin: begin, AnalysisStartTimeEnd: end }) =>
      (id === undefined || row.scopeId === id) &&
      (begin === undefined || row.startedAtMs >= begin.getTime()) &&
      (end === undefined || row.startedAtMs <= end.getTime()),
    filters: { status: () => 'succeeded', 'findings-found': (row) => row.findings.length > 0 },
    render: (row, tx) => ({
      ...asked(row, tx),
      Status: 'succeeded',
      EndDate: new Date(row.startedAtMs),
      FindingsFound: row.findings.length > 0 ? 'true' : 'false',
      AnalyzedEniCount: row.analyzedEniCount,
      WarningMessage: row.warningMessage,
    }),
  },
);

/** GetNetworkInsightsAccessScopeAnalysisFindings. */
export const GetNetworkInsightsAccessScopeAnalysisFindings = action(
  'GetNetworkInsightsAccessScopeAnalysisFindings',
  (request, tx) => {
    const { id, scopeId, findings } = tx.get(
      NetworkInsightsAccessScopeAnalysis,
      request.NetworkInsightsAccessScopeAnalysisId,
    );
    const { rows, nextToken } = paginate(
      {
        operation: 'GetNetworkInsightsAccessScopeAnalysisFindings',
        rows: findings,
        matches: () => true,
        keyOf: ({ findingId }) => findingId,
        question: id,
      },
      request,
    );
    return {
      NetworkInsightsAccessScopeAnalysisId: id,
      AnalysisStatus: 'succeeded',
      AnalysisFindings: rows.map((finding) => ({
        ...capitalised(finding),
        NetworkInsightsAccessScopeAnalysisId: id,
        NetworkInsightsAccessScopeId: scopeId,
      })),
      NextToken: nextToken,
    };
  },
);

/** DeleteNetworkInsightsAccessScopeAnalysis. */
export const DeleteNetworkInsightsAccessScopeAnalysis = action(
  'DeleteNetworkInsightsAccessScopeAnalysis',
  (request, tx) => {
    const { id } = tx.get(NetworkInsightsAccessScopeAnalysis, request.NetworkInsightsAccessScopeAnalysisId);
    tx.remove(NetworkInsightsAccessScopeAnalysis, id);
    return { NetworkInsightsAccessScopeAnalysisId: id };
  },
);

export const networkInsightsAccessScopeActions = [
  CreateNetworkInsightsAccessScope,
  DescribeNetworkInsightsAccessScopes,
  GetNetworkInsightsAccessScopeContent,
  DeleteNetworkInsightsAccessScope,
  StartNetworkInsightsAccessScopeAnalysis,
  DescribeNetworkInsightsAccessScopeAnalyses,
  GetNetworkInsightsAccessScopeAnalysisFindings,
  DeleteNetworkInsightsAccessScopeAnalysis,
] as const;
