/** The rule by which a component has decided, in the answer to a trace. */
import type { TraceFirewallRule, TraceRule } from '../tables/data-plane.ts';
import { flag, list, number, object, oneOf, type Shape, text } from './shape.ts';

const direction = oneOf('ingress', 'egress');

type RuleOf<Kind extends TraceRule['kind']> = Extract<TraceRule, { readonly kind: Kind }>;

const ofGroup = object<RuleOf<'security-group-rule'>>({ kind: oneOf('security-group-rule'), id: text, direction });

const ofAcl = object<RuleOf<'network-acl-entry'>>({
  kind: oneOf('network-acl-entry'),
  number: (value, path) => (value === null ? null : number(value, path)),
  direction,
});

const ofRouteTable = object<RuleOf<'route'>>({ kind: oneOf('route'), destination: text, target: text });

const ports = list(object<TraceFirewallRule<string>['sourcePorts'][number]>({ from: number, to: number }));
const numberOrText: Shape<number | string> = (value, path) => (typeof value === 'number' ? value : text(value, path));
const ends = {
  protocols: list(numberOrText),
  sources: list(text),
  destinations: list(text),
  sourcePorts: ports,
  destinationPorts: ports,
};

const stateless = object<RuleOf<'firewall-stateless-rule'>>({
  kind: oneOf('firewall-stateless-rule'),
  priority: number,
  action: oneOf('pass', 'drop', 'forward'),
  ...ends,
});

const stateful = object<RuleOf<'firewall-stateful-rule'>>({
  kind: oneOf('firewall-stateful-rule'),
  signatureId: number,
  isBidirectional: flag,
  action: oneOf('pass', 'drop', 'reject', 'alert'),
  ...ends,
});

const SHAPES: { readonly [Kind in TraceRule['kind']]: Shape<RuleOf<Kind>> } = {
  'security-group-rule': ofGroup,
  'network-acl-entry': ofAcl,
  route: ofRouteTable,
  'firewall-stateless-rule': stateless,
  'firewall-stateful-rule': stateful,
};

const kindOf = object<{ readonly kind: TraceRule['kind'] }>({
  kind: oneOf('security-group-rule', 'network-acl-entry', 'route', 'firewall-stateless-rule', 'firewall-stateful-rule'),
});

export const traceRule: Shape<TraceRule> = (value, path) => SHAPES[kindOf(value, path).kind](value, path);
