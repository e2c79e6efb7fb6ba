/** Which resources carry tags: every row of a taggable kind, and the rules of security groups. */
import { isId } from '../net/identifiers.ts';
import { Fault } from './fault.ts';
import { allKinds, type Kind, type Row, type TaggedRow, type Tags } from './kind.ts';
import { SecurityGroup } from './resources/security-group.ts';
import { isTagged, type Transaction } from './transaction.ts';

/** A resource with its tags, and how to change them. */
export interface TaggedResource {
  readonly id: string;
  /** Resource type in tags: "subnet", "security-group-rule". */
  readonly type: string;
  readonly tags: Tags;
  setTags(tags: Tags): void;
}

const RULE_TYPE = 'security-group-rule';

/** Every resource that can carry tags, kind by kind. */
export function* taggedResources(tx: Transaction): Generator<TaggedResource> {
  for (const kind of allKinds()) {
    if (!kind.taggable) continue;
    for (const row of tx.list(kind)) if (isTagged(row)) yield resourceOf(tx, kind, row);
  }
  for (const group of tx.list(SecurityGroup)) {
    for (const { id } of group.rules) yield ruleOf(tx, group, id);
  }
}

const resourceOf = (tx: Transaction, kind: Kind<Row>, { id, tags }: TaggedRow): TaggedResource => ({
  id,
  type: kind.name,
  tags,
  // The row as it is then: a group's rules may have got tags in the same call.
  setTags: (changed) => {
    const row = tx.find(kind, id);
    if (!row) return;
    const tagged: TaggedRow = { ...row, tags: changed };
    tx.put(kind, tagged);
  },
});

function ruleOf(tx: Transaction, group: SecurityGroup, ruleId: string): TaggedResource {
  const tags = group.rules.find((rule) => rule.id === ruleId)?.tags ?? {};
  const setTags = (changed: Tags): void => {
    // Another rule of the group may have got tags in the same call.
    const { rules } = tx.get(SecurityGroup, group.id);
    tx.update(SecurityGroup, group.id, {
      rules: rules.map((rule) => (rule.id === ruleId ? { ...rule, tags: changed } : rule)),
    });
  };
  return { id: ruleId, type: RULE_TYPE, tags, setTags };
}

/**
 * The resource with this id.
 * @throws Fault InvalidID for what is no id of a resource with tags; the kind's own fault for one that is not there
 */
export function taggedResource(tx: Transaction, id: string): TaggedResource {
  if (isId('sgr', id)) {
    const [group] = tx.by(SecurityGroup, 'ruleId', id);
    if (!group) throw new Fault('InvalidSecurityGroupRuleId.NotFound', { id });
    return ruleOf(tx, group, id);
  }
  const kind = allKinds().find(({ prefix }) => prefix !== undefined && isId(prefix, id));
  if (!kind?.taggable) throw new Fault('InvalidID', { id });
  const row = kind.notFound ? tx.get(kind, id) : tx.find(kind, id);
  if (!row || !isTagged(row)) throw new Fault('InvalidID', { id });
  return resourceOf(tx, kind, row);
}
