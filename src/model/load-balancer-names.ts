/**
 * ARNs and names of load balancers, target groups and listeners: the one place that knows their forms.
 *
 * Source: Service Authorization Reference, "Resource types defined by Elastic Load Balancing V2"; Elastic Load Balancing API
 * reference for what names may be.
 */
import type { Arn, ListenerArn, LoadBalancerArn, TargetGroupArn } from '../net/identifiers.ts';
import { Fault } from './fault.ts';
import { regionNamed } from './regions.ts';
import type { LoadBalancer } from './resources/load-balancer.ts';
import type { Transaction } from './transaction.ts';

/** Words for the types in ARNs. */
const TYPE_WORDS = { network: 'net', gateway: 'gwy' } as const satisfies Record<LoadBalancer['type'], string>;

const NAME = '[A-Za-z0-9-]{1,32}';
const DIGITS = '[0-9a-f]{16}';
const PLACE = 'arn:aws[a-z-]*:elasticloadbalancing:([a-z0-9-]+):(\\d{12})';
const FORMS = {
  loadbalancer: new RegExp(`^${PLACE}:loadbalancer/(net|gwy)/(${NAME})/(${DIGITS})$`),
  targetgroup: new RegExp(`^${PLACE}:targetgroup/(${NAME})/(${DIGITS})$`),
  listener: new RegExp(`^${PLACE}:listener/(net|gwy)/(${NAME})/(${DIGITS})/(${DIGITS})$`),
} as const;

const isArn = <Resource extends keyof typeof FORMS>(resource: Resource, text: string): text is Arn<Resource> =>
  FORMS[resource].test(text);

export const isLoadBalancerArn = (text: string): text is LoadBalancerArn => isArn('loadbalancer', text);
export const isTargetGroupArn = (text: string): text is TargetGroupArn => isArn('targetgroup', text);
export const isListenerArn = (text: string): text is ListenerArn => isArn('listener', text);

/** Where a load balancer is, and what it is called, as its ARN says. */
export interface LoadBalancerName {
  readonly region: string;
  readonly account: string;
  readonly type: LoadBalancer['type'];
  readonly name: string;
  readonly digits: string;
}

/** What the ARN of a load balancer says; undefined for other texts. */
export function parseLoadBalancerArn(text: string): LoadBalancerName | undefined {
  const [, region, account, word, name, digits] = FORMS.loadbalancer.exec(text) ?? [];
  if (region === undefined || account === undefined || name === undefined || digits === undefined) return undefined;
  return { region, account, type: word === 'gwy' ? 'gateway' : 'network', name, digits };
}

/** The text by which ELB describes interfaces of a load balancer: "ELB net/my-nlb/50dc6c495c0c9188". */
export const interfaceDescriptionOf = ({ type, name, digits }: LoadBalancerName): string =>
  `ELB ${TYPE_WORDS[type]}/${name}/${digits}`;

const newDigits = (tx: Transaction): string =>
  Array.from({ length: 4 }, () =>
    tx.random
      .integer(2 ** 16)
      .toString(16)
      .padStart(4, '0'),
  ).join('');

const placeOf = (tx: Transaction): string =>
  `arn:${regionNamed(tx.region).partition.name}:elasticloadbalancing:${tx.region}:${tx.account}`;

export const newLoadBalancerArn = (tx: Transaction, type: LoadBalancer['type'], name: string): LoadBalancerArn =>
  made('loadbalancer', `${placeOf(tx)}:loadbalancer/${TYPE_WORDS[type]}/${name}/${newDigits(tx)}`);

export const newTargetGroupArn = (tx: Transaction, name: string): TargetGroupArn =>
  made('targetgroup', `${placeOf(tx)}:targetgroup/${name}/${newDigits(tx)}`);

export const newListenerArn = (tx: Transaction, { id }: LoadBalancer): ListenerArn =>
  made('listener', `${id.replace(':loadbalancer/', ':listener/')}/${newDigits(tx)}`);

function made<Resource extends keyof typeof FORMS>(resource: Resource, text: string): Arn<Resource> {
  if (!isArn(resource, text)) throw new Error(`made a bad ARN: ${text}`);
  return text;
}

/** The DNS name of a Network Load Balancer: "my-nlb-50dc6c495c0c9188.elb.us-east-1.amazonaws.com". */
export function dnsNameOf({ id }: LoadBalancer): string {
  const { name = '', digits = '', region = '' } = parseLoadBalancerArn(id) ?? {};
  return `${name}-${digits}.elb.${region}.${regionNamed(region).partition.dnsSuffix}`;
}

/**
 * A name as a load balancer or a target group may have it.
 * @throws Fault ValidationError
 */
export function checkedName(name: string, what: 'load balancer' | 'target group'): string {
  const complain = (sentence: string): never => {
    throw new Fault('ValidationError', sentence);
  };
  const subject = `The ${what} name '${name}'`;
  if (name.length > 32) complain(`${subject} cannot be longer than '32' characters`);
  if (!/^[A-Za-z0-9-]+$/.test(name)) {
    complain(`${subject} can only contain characters that are alphanumeric characters and hyphens(-)`);
  }
  if (name.startsWith('-') || name.endsWith('-')) complain(`${subject} cannot begin or end with a hyphen(-)`);
  if (what === 'load balancer' && name.startsWith('internal-')) complain(`${subject} cannot begin with 'internal-'`);
  return name;
}
