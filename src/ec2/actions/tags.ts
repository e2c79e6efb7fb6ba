/** Tags of resources of every kind. */
import { Fault } from '../../model/fault.ts';
import type { Row, Tags } from '../../model/kind.ts';
import { type TaggedResource, taggedResource, taggedResources } from '../../model/tagged-resources.ts';
import { withoutTags, withTags } from '../../model/tags.ts';
import type { Transaction } from '../../model/transaction.ts';
import { action } from '../action.ts';
import { compileFilters, type FilterTable } from '../filter.ts';
import { paginate } from '../paginate.ts';

const MAX_RESOURCES = 1000;

/** CreateTags: all resources get all tags, or none gets any. */
export const CreateTags = action('CreateTags', (request, tx) => {
  if (request.Tags.length === 0) throw new Fault('MissingParameter', { parameter: 'tagSet' });
  for (const resource of resourcesOf(tx, request.Resources)) resource.setTags(withTags(resource.tags, request.Tags));
});

/** DeleteTags. */
export const DeleteTags = action('DeleteTags', (request, tx) => {
  for (const resource of resourcesOf(tx, request.Resources)) {
    resource.setTags(withoutTags(resource.tags, request.Tags));
  }
});

/** Code and sentences are unconfirmed. */
function resourcesOf(tx: Transaction, ids: readonly string[]): TaggedResource[] {
  if (ids.length === 0) throw new Fault('MissingParameter', { parameter: 'resourceIdSet' });
  if (ids.length > MAX_RESOURCES) {
    throw new Fault('InvalidParameterValue', `The maximum number of resources in a request is ${MAX_RESOURCES}.`);
  }
  return [...new Set(ids)].map((id) => taggedResource(tx, id));
}

/** A tag of a resource, as a row that can be filtered and paged. */
interface TagRow extends Row {
  readonly resourceId: string;
  readonly type: string;
  readonly key: string;
  readonly value: string;
  /** This tag alone: what the filter `tag:KEY` reads. */
  readonly tags: Tags;
}

const FILTERS: FilterTable<TagRow> = {
  key: (row) => row.key,
  value: (row) => row.value,
  'resource-id': (row) => row.resourceId,
  'resource-type': (row) => row.type,
};

/** DescribeTags. */
export const DescribeTags = action('DescribeTags', (request, tx) => {
  const holds = compileFilters(request.Filters, FILTERS);
  const list = {
    operation: 'DescribeTags',
    rows: tagRows(tx),
    matches: (row: TagRow) => holds(row, tx),
    keyOf: (row: TagRow) => row.id,
    question: request.Filters,
  };
  const { rows, nextToken } = paginate(list, request);
  return { Tags: rows.map(describeTag), NextToken: nextToken };
});

function* tagRows(tx: Transaction): Generator<TagRow> {
  for (const { id: resourceId, type, tags } of taggedResources(tx)) {
    for (const [key, value] of Object.entries(tags)) {
      yield { id: `${resourceId} ${key}`, resourceId, type, key, value, tags: { [key]: value } };
    }
  }
}

const describeTag = ({ key, value, resourceId, type }: TagRow) => ({
  Key: key,
  Value: value,
  ResourceId: resourceId,
  ResourceType: RESOURCE_TYPES.find((known) => known === type),
});

/** Kinds of resources that carry tags, by the names that DescribeTags gives them. */
export const RESOURCE_TYPES = [
  'dhcp-options',
  'egress-only-internet-gateway',
  'elastic-ip',
  'image',
  'instance',
  'internet-gateway',
  'key-pair',
  'launch-template',
  'natgateway',
  'network-acl',
  'network-insights-access-scope',
  'network-insights-access-scope-analysis',
  'network-insights-analysis',
  'network-insights-path',
  'network-interface',
  'prefix-list',
  'placement-group',
  'route-table',
  'security-group',
  'security-group-rule',
  'subnet',
  'subnet-cidr-reservation',
  'traffic-mirror-filter',
  'traffic-mirror-filter-rule',
  'traffic-mirror-session',
  'traffic-mirror-target',
  'transit-gateway',
  'transit-gateway-attachment',
  'transit-gateway-route-table',
  'volume',
  'vpc',
  'vpc-block-public-access-exclusion',
  'vpc-endpoint',
  'vpc-endpoint-service',
  'vpc-flow-log',
  'vpc-peering-connection',
  'customer-gateway',
  'vpn-connection',
  'vpn-gateway',
] as const;

/** What this file serves. */
export const tagActions = [CreateTags, DeleteTags, DescribeTags];
