/** What the interface of a test's host belongs to: the host itself, or the gateway or endpoint in its place. */
import type { EndpointDestination, InterfaceOwner } from '../tables/tables.ts';
import { balancerArn } from './balancer-rows.ts';
import { gatewayBalancerArn } from './gateway-balancer-rows.ts';
import type { HostSpec } from './network-rows.ts';
import { idOf, ipv4Of } from './rows.ts';

/** The owner, where that is no instance. */
export function ownerOf(
  name: string,
  { nat, endpointTo, nodeOf, firewall, inspectedBy, gatewayNodeOf, zone = 'a' }: HostSpec,
): { owner?: InterfaceOwner } {
  const inspecting = { kind: 'gateway-load-balancer-endpoint', id: idOf('vpce', name) } as const;
  if (firewall !== undefined) return { owner: { ...inspecting, inspector: { kind: 'firewall', arn: firewall } } };
  if (inspectedBy !== undefined) {
    const loadBalancerArn = gatewayBalancerArn(inspectedBy);
    return { owner: { ...inspecting, inspector: { kind: 'gateway-load-balancer', loadBalancerArn, zone } } };
  }
  if (gatewayNodeOf !== undefined) {
    return { owner: { kind: 'gateway-load-balancer', id: gatewayBalancerArn(gatewayNodeOf) } };
  }
  if (nat) return { owner: { kind: 'nat-gateway', id: idOf('nat', name) } };
  if (nodeOf !== undefined) return { owner: { kind: 'load-balancer', id: balancerArn(nodeOf) } };
  if (endpointTo === undefined) return {};
  return { owner: { kind: 'vpc-endpoint', id: idOf('vpce', name), leadsTo: destinationOf(endpointTo, zone) } };
}

function destinationOf(text: string, zone: string): EndpointDestination {
  if (text === 'api') return { kind: 'api' };
  if (text.startsWith('aws ')) return { kind: 'aws-service', address: ipv4Of(text.slice('aws '.length)) };
  return { kind: 'service', id: idOf('vpce-svc', text), zone };
}

/** Whether the host has a guest, which frames are delivered to. */
export const isGuest = ({
  nat,
  endpointTo,
  nodeOf,
  firewall,
  inspectedBy,
  gatewayNodeOf,
  plugged,
}: HostSpec): boolean =>
  plugged !== false && !nat && (endpointTo ?? nodeOf ?? firewall ?? inspectedBy ?? gatewayNodeOf) === undefined;
