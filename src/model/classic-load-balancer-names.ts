/**
 * Names of Classic Load Balancers: their own, their ARNs and those in DNS.
 *
 * Source: Elastic Load Balancing API reference of 2012-06-01, CreateLoadBalancer; Service Authorization Reference;
 * General Reference, elb, for the hosted zones.
 */
import type { LoadBalancerArn } from '../net/identifiers.ts';
import { Fault } from './fault.ts';
import { regionNamed } from './regions.ts';
import type { ClassicLoadBalancer } from './resources/classic-load-balancer.ts';
import type { Transaction } from './transaction.ts';

const ARN = /^arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:\d{12}:loadbalancer\/[A-Za-z0-9-]{1,32}$/;

/** Whether a text is the ARN of a Classic Load Balancer; those of the others name their type as well. */
export const isClassicArn = (text: string): text is LoadBalancerArn => ARN.test(text);

/** The ARN of the load balancer that has this name, or would have it. @throws Error for what is no name */
export function classicArn(tx: Transaction, name: string): LoadBalancerArn {
  const { partition } = regionNamed(tx.region);
  const arn = `arn:${partition.name}:elasticloadbalancing:${tx.region}:${tx.account}:loadbalancer/${name}`;
  if (!isClassicArn(arn)) throw new Error(`made a bad ARN: ${arn}`);
  return arn;
}

/** A name as a load balancer may have it. Sentences are unconfirmed. @throws Fault ValidationError */
export function checkedClassicName(name: string): string {
  const complain = (sentence: string): never => {
    throw new Fault('ValidationError', sentence);
  };
  if (name.length > 32) complain('LoadBalancer name cannot be longer than 32 characters');
  if (!/^[A-Za-z0-9-]+$/.test(name)) complain('LoadBalancer name must contain only alphanumeric characters or hyphens');
  if (name.startsWith('-') || name.endsWith('-')) complain('LoadBalancer name cannot begin or end with a hyphen');
  return name;
}

/** "my-elb-1234567890.us-east-1.elb.amazonaws.com"; "internal-" stands before the name of an internal one. */
export function classicDnsName(
  region: string,
  row: Pick<ClassicLoadBalancer, 'name' | 'dnsNumber' | 'scheme'>,
): string {
  const prefix = row.scheme === 'internal' ? 'internal-' : '';
  return `${prefix}${row.name}-${row.dnsNumber}.${region}.elb.${regionNamed(region).partition.dnsSuffix}`;
}

/** The number in a DNS name: of ten digits, as AWS's mostly are. */
export const newDnsNumber = (tx: Transaction): number => 1_000_000_000 + tx.random.integer(1_000_000_000);

/** Route 53's zones of the names of Classic and Application Load Balancers; other Regions are not known here. */
const HOSTED_ZONES: Readonly<Record<string, string>> = {
  'af-south-1': 'Z268VQBMOI5EKX',
  'ap-east-1': 'Z3DQVH9N71FHZ0',
  'ap-northeast-1': 'Z14GRHDCWA56QT',
  'ap-northeast-2': 'ZWKZPGTI48KDX',
  'ap-northeast-3': 'Z5LXEXXYW11ES',
  'ap-south-1': 'ZP97RAFLXTNZK',
  'ap-southeast-1': 'Z1LMS91P8CMLE5',
  'ap-southeast-2': 'Z1GM3OXH4ZPM65',
  'ca-central-1': 'ZQSVJUPU6J1EY',
  'cn-north-1': 'Z1GDH35T77C1KE',
  'cn-northwest-1': 'ZM7IZAIOVVDZF',
  'eu-central-1': 'Z215JYRZR1TBD5',
  'eu-north-1': 'Z23TAZ6LKFMNIO',
  'eu-south-1': 'Z3ULH7SSC9OV64',
  'eu-west-1': 'Z32O12XQLNTSW2',
  'eu-west-2': 'ZHURV8PSTC4K8',
  'eu-west-3': 'Z3Q77PNBQS71R4',
  'me-south-1': 'ZS929ML54UICD',
  'sa-east-1': 'Z2P70J7HTTTPLU',
  'us-east-1': 'Z35SXDOTRQ7X7K',
  'us-east-2': 'Z3AADJGX6KTTL2',
  'us-gov-east-1': 'Z166TLBEWOO7G0',
  'us-gov-west-1': 'Z33AYJ8TM3BH4J',
  'us-west-1': 'Z368ELLRRE2KJ0',
  'us-west-2': 'Z1H1FL5HABSF5',
};

export const classicHostedZone = (region: string): string | undefined => HOSTED_ZONES[region];
