/** Rows of load balancers, made from a few words per listener. */
import { TCP, UDP } from '../net/protocol.ts';
import type { ListenerRow, LoadBalancerRow, TargetGroupRow, TargetRow } from '../tables/load-balancer-rows.ts';
import type { TableRow } from '../tables/tables.ts';
import type { HostSpec } from './network-rows.ts';
import { arnOf, idOf, ipv4Of } from './rows.ts';

/** A target group. */
export interface GroupSpec {
  /** "10.0.1.10", or "10.0.1.10:8080" where the port is not the listener's, with " b" for another zone than `a`. */
  readonly targets: readonly string[];
  readonly keepsClients?: boolean;
  readonly isSticky?: boolean;
  readonly crossesZones?: boolean;
  readonly zones?: readonly string[];
  readonly draining?: TargetGroupRow['draining'];
  /** 1 unless given. */
  readonly weight?: number;
}

/** Listeners by what they take: "tcp 443", "udp 53", "tcp+udp 53". */
export type BalancerSpec = { readonly [listener: `${string} ${number}`]: GroupSpec | readonly GroupSpec[] } & {
  /** Whether its groups are asked about what comes by endpoints; so it is unless given. */
  readonly filtersPrivateLink?: boolean;
  readonly idleTimeoutMs?: number;
  /** 'network' unless given. */
  readonly type?: LoadBalancerRow['type'];
};

/** The ARN of a load balancer of a test. */
export const balancerArn = (name: string) => arnOf('loadbalancer', `net/${name}/50dc6c495c0c9188`);

/** The load balancer, whose nodes are hosts, and the service before it. */
export function balancerRows(
  name: string,
  { filtersPrivateLink = true, idleTimeoutMs = 350_000, type = 'network', ...listeners }: BalancerSpec,
  hosts: Readonly<Record<string, Pick<HostSpec, 'ip' | 'nodeOf' | 'zone'>>>,
): readonly TableRow[] {
  const nodes = Object.entries(hosts).flatMap(([host, { nodeOf, zone = 'a' }]) =>
    nodeOf === name ? [{ zone, interfaceId: idOf('eni', host) }] : [],
  );
  const id = balancerArn(name);
  return [
    {
      kind: 'load-balancer',
      id,
      type,
      nodes,
      filtersPrivateLink,
      listeners: Object.entries(listeners).map(([text, groups]) => listenerRow(name, text, groups, idleTimeoutMs)),
    },
    { kind: 'endpoint-service', id: idOf('vpce-svc', name), loadBalancerIds: [id] },
  ];
}

function listenerRow(
  name: string,
  text: string,
  groups: GroupSpec | readonly GroupSpec[],
  idleTimeoutMs: number,
): ListenerRow {
  const [protocols = '', port = ''] = text.split(' ');
  const isList = (given: typeof groups): given is readonly GroupSpec[] => Array.isArray(given);
  return {
    id: arnOf('listener', `net/${name}/50dc6c495c0c9188/${port.padStart(16, '0')}`),
    protocols: protocols.split('+').map((protocol) => (protocol === 'tcp' ? TCP : UDP)),
    port: Number(port),
    idleTimeoutMs,
    groups: (isList(groups) ? groups : [groups]).map((group, index) => groupRow(`${name}-${port}-${index}`, group)),
  };
}

const groupRow = (
  name: string,
  { targets, keepsClients = false, isSticky = false, crossesZones = false, weight = 1, zones, draining }: GroupSpec,
): TargetGroupRow => ({
  id: arnOf('targetgroup', `${name}/73e2d6bc24d8a067`),
  weight,
  keepsClients,
  isSticky,
  crossesZones,
  zones,
  draining,
  targets: targets.map(targetRow),
});

function targetRow(text: string): TargetRow {
  const [end = '', zone = 'a'] = text.split(' ');
  const [address = '', port] = end.split(':');
  return { address: ipv4Of(address), port: port === undefined ? undefined : Number(port), zone };
}
