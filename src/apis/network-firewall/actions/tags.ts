/** Tags of Network Firewall's resources, and the policies with which they would be shared. */
import { Fault } from '../../../model/fault.ts';
import type { Kind, TaggedRow } from '../../../model/kind.ts';
import { resourceAt } from '../../../model/network-firewall/naming.ts';
import { refused } from '../../../model/network-firewall/refusal.ts';
import { Firewall, FirewallPolicy, FirewallRuleGroup } from '../../../model/resources/network-firewall.ts';
import type { Transaction } from '../../../model/transaction.ts';
import { action } from '../action.ts';
import { describeTags, tagged } from '../words.ts';

/** What a resource is of, by its ARN. @throws Fault ResourceNotFoundException */
function changeTags(
  tx: Transaction,
  arn: string,
  change: (tags: TaggedRow['tags']) => TaggedRow['tags'],
): TaggedRow['tags'] {
  const changed = <R extends TaggedRow>(kind: Kind<R>): TaggedRow['tags'] => {
    const row = resourceAt(tx, kind, arn);
    return tx.put(kind, { ...row, tags: change(row.tags) }).tags;
  };
  if (/:stat(eless|eful)-rulegroup\//.test(arn)) return changed(FirewallRuleGroup);
  if (arn.includes(':firewall-policy/')) return changed(FirewallPolicy);
  return changed(Firewall);
}

const unchanged = (tags: TaggedRow['tags']): TaggedRow['tags'] => tags;

export const TagResource = action('TagResource', (request, tx) => {
  changeTags(tx, request.ResourceArn, (tags) => tagged(tags, request.Tags));
  return {};
});

export const UntagResource = action('UntagResource', (request, tx) => {
  const gone = new Set(request.TagKeys);
  changeTags(tx, request.ResourceArn, (tags) =>
    Object.fromEntries(Object.entries(tags).filter(([key]) => !gone.has(key))),
  );
  return {};
});

const MAX_TAGS_ON_A_PAGE = 100;

/** No resource has more tags than fit one page. */
export const ListTagsForResource = action('ListTagsForResource', (request, tx) => {
  const { MaxResults: size = MAX_TAGS_ON_A_PAGE, NextToken } = request;
  if (size < 1 || size > MAX_TAGS_ON_A_PAGE) throw refused(`MaxResults is a number from 1 to ${MAX_TAGS_ON_A_PAGE}`);
  const tags = describeTags(changeTags(tx, request.ResourceArn, unchanged));
  const from = NextToken === undefined ? 0 : Number(NextToken);
  if (!Number.isInteger(from) || from < 0) throw refused('the NextToken is not valid');
  return {
    Tags: tags.slice(from, from + size),
    NextToken: from + size < tags.length ? String(from + size) : undefined,
  };
});

/** Resources are shared with nobody. */
export const DescribeResourcePolicy = action('DescribeResourcePolicy', ({ ResourceArn: arn }) => {
  throw new Fault('ResourceNotFoundException', `There is no resource policy for ${arn.slice(0, 300)}.`);
});
