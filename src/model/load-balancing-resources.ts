/** Load balancers, target groups and listeners by what a call names. */
import { Fault, type FaultCode } from './fault.ts';
import type { Kind, Row, Tags } from './kind.ts';
import { isListenerArn, isLoadBalancerArn, isTargetGroupArn } from './load-balancer-names.ts';
import { Listener } from './resources/listener.ts';
import { LoadBalancer } from './resources/load-balancer.ts';
import { TargetGroup } from './resources/target-group.ts';
import type { Transaction } from './transaction.ts';

interface Sought<R extends Row> {
  readonly kind: Kind<R>;
  readonly isArn: (text: string) => boolean;
  /** "load balancer" */
  readonly words: string;
  readonly notFound: Extract<FaultCode, 'LoadBalancerNotFound' | 'TargetGroupNotFound' | 'ListenerNotFound'>;
}

const LOAD_BALANCERS: Sought<LoadBalancer> = {
  kind: LoadBalancer,
  isArn: isLoadBalancerArn,
  words: 'load balancer',
  notFound: 'LoadBalancerNotFound',
};
const TARGET_GROUPS: Sought<TargetGroup> = {
  kind: TargetGroup,
  isArn: isTargetGroupArn,
  words: 'target group',
  notFound: 'TargetGroupNotFound',
};
const LISTENERS: Sought<Listener> = {
  kind: Listener,
  isArn: isListenerArn,
  words: 'listener',
  notFound: 'ListenerNotFound',
};

/** @throws Fault ValidationError for another text than such an ARN, and the kind's own for an unknown one */
function find<R extends Row>(tx: Transaction, { kind, isArn, words, notFound }: Sought<R>, arn: string): R {
  if (!isArn(arn)) throw new Fault('ValidationError', `'${arn}' is not a valid ${words} ARN`);
  const row = tx.find(kind, arn);
  if (!row) throw new Fault(notFound, `One or more ${words}s not found: '${arn}'`);
  return row;
}

/** @throws Fault ValidationError, LoadBalancerNotFound */
export const loadBalancerOfArn = (tx: Transaction, arn: string): LoadBalancer => find(tx, LOAD_BALANCERS, arn);
/** @throws Fault ValidationError, TargetGroupNotFound */
export const targetGroupOfArn = (tx: Transaction, arn: string): TargetGroup => find(tx, TARGET_GROUPS, arn);
/** @throws Fault ValidationError, ListenerNotFound */
export const listenerOfArn = (tx: Transaction, arn: string): Listener => find(tx, LISTENERS, arn);

/** Load balancers of these names. @throws Fault LoadBalancerNotFound */
export const loadBalancersNamed = (tx: Transaction, names: readonly string[]): readonly LoadBalancer[] =>
  names.map((name) => {
    const [row] = tx.by(LoadBalancer, 'name', name);
    if (row) return row;
    throw new Fault('LoadBalancerNotFound', `Load balancers '[${name}]' not found`);
  });

/** Target groups of these names. @throws Fault TargetGroupNotFound */
export const targetGroupsNamed = (tx: Transaction, names: readonly string[]): readonly TargetGroup[] =>
  names.map((name) => {
    const [row] = tx.by(TargetGroup, 'name', name);
    if (row) return row;
    throw new Fault('TargetGroupNotFound', `Target groups '[${name}]' not found`);
  });

/** A resource with its tags, and how to change them. */
export interface TaggedByElb {
  readonly id: string;
  readonly tags: Tags;
  setTags(tags: Tags): void;
}

/** @throws Fault ValidationError, and the kind's own for an unknown one */
export function taggedByElb(tx: Transaction, arn: string): TaggedByElb {
  const tagged = <R extends Row & { readonly tags: Tags }>(sought: Sought<R>): TaggedByElb => {
    const row = find(tx, sought, arn);
    return { id: row.id, tags: row.tags, setTags: (tags) => void tx.put(sought.kind, { ...row, tags }) };
  };
  if (isTargetGroupArn(arn)) return tagged(TARGET_GROUPS);
  return isListenerArn(arn) ? tagged(LISTENERS) : tagged(LOAD_BALANCERS);
}
