/** Resources that packets pass, by the form of their ids and ARNs. */
import { isClassicArn } from './classic-load-balancer-names.ts';
import { isListenerArn, isLoadBalancerArn, isTargetGroupArn } from './load-balancer-names.ts';
import { arnOf } from './regions.ts';
import type { Scope } from './scope.ts';

/** Kinds by the prefix of their ids, as far as packets pass them. */
const KIND_NAMES: Readonly<Record<string, string>> = {
  i: 'instance',
  eni: 'network-interface',
  sg: 'security-group',
  acl: 'network-acl',
  rtb: 'route-table',
  igw: 'internet-gateway',
  eigw: 'egress-only-internet-gateway',
  nat: 'natgateway',
  pcx: 'vpc-peering-connection',
  subnet: 'subnet',
  vpc: 'vpc',
  tgw: 'transit-gateway',
  'tgw-attach': 'transit-gateway-attachment',
  'tgw-rtb': 'transit-gateway-route-table',
  'vpce-svc': 'vpc-endpoint-service',
  vgw: 'vpn-gateway',
  vpce: 'vpc-endpoint',
};

/** The kind's name of an id, undefined for an id of another kind. What ELB has is known by its ARN. */
export function kindNameOf(id: string): string | undefined {
  if (isLoadBalancerArn(id)) return 'load-balancer';
  if (isClassicArn(id)) return 'classic-load-balancer';
  if (isListenerArn(id)) return 'listener';
  if (isTargetGroupArn(id)) return 'target-group';
  return KIND_NAMES[id.slice(0, id.lastIndexOf('-'))];
}

/** The id at the end of an ARN; an id is taken as it is, and so is the ARN of what has no other id. */
export const idOfArn = (text: string): string =>
  kindNameOf(text) !== undefined && text.startsWith('arn:') ? text : text.slice(text.lastIndexOf('/') + 1);

/** The ARN of a resource that was named by its id or ARN. */
export const analysedArn = (scope: Scope, text: string): string =>
  text.startsWith('arn:') ? text : arnOf(scope, kindNameOf(text) ?? 'resource', text);
