/** What the meter records: from when until when a resource was used in a way that a price can depend on. */

import { kind, type Row } from '../model/kind.ts';
import type { Ipv4 } from '../net/address.ts';

/** Why an Elastic IP serves nobody. */
export type IdleReason = 'not-associated' | 'interface-not-attached' | 'instance-not-running';

/** How a resource is used: facts alone, so that the prices of any date can be applied to them. */
export type ResourceUse =
  | {
      readonly kind: 'elastic-ip';
      readonly publicIp: Ipv4;
      /** Id of the running instance or NAT gateway that has it, or why nobody has. */
      readonly standing:
        | { readonly kind: 'in-use'; readonly holder: string }
        /** `at`: the instance or interface that it points to. */
        | { readonly kind: 'idle'; readonly why: IdleReason; readonly at: string | undefined };
    }
  | { readonly kind: 'auto-assigned-address'; readonly publicIp: Ipv4; readonly holder: string }
  /** `zones`: names of those in which a regional one stands; absent of a zonal one. */
  | { readonly kind: 'nat-gateway'; readonly zones?: readonly string[] }
  /** Names of the zones that it stands in. */
  | { readonly kind: 'interface-endpoint'; readonly zones: readonly string[] }
  | { readonly kind: 'transit-gateway-attachment' }
  | { readonly kind: 'vpn-connection' };

/** An interval in which the use of one resource did not change. Times in milliseconds since the epoch. */
export interface UsageInterval extends Row {
  /** `eipalloc-…@1704164645000`: the resource and the start. */
  readonly id: string;
  /** Of what is used, as AWS's bills name it; of an auto-assigned address its interface. */
  readonly resourceId: string;
  readonly startMs: number;
  /** Undefined while it goes on. */
  readonly endMs: number | undefined;
  readonly use: ResourceUse;
}

export const UsageInterval = kind<UsageInterval>()({
  name: 'usage-interval',
  indexes: { open: (row) => (row.endMs === undefined ? row.resourceId : undefined) },
});

/** How often an Elastic IP was associated in a month; the price list of before 2024 has a line for that. */
export interface RemapCount extends Row {
  /** `eipalloc-…/2024-01`, months in UTC. */
  readonly id: string;
  readonly resourceId: string;
  readonly month: string;
  readonly publicIp: Ipv4;
  readonly count: number;
}

export const RemapCount = kind<RemapCount>()({ name: 'elastic-ip-remaps' });

/** "2024-01", in UTC. */
export const monthOf = (timeMs: number): string => new Date(timeMs).toISOString().slice(0, 7);

/** True when both are the same use. */
export const isSameUse = (one: ResourceUse, other: ResourceUse): boolean => useKey(one) === useKey(other);

function useKey(use: ResourceUse): string {
  switch (use.kind) {
    case 'elastic-ip': {
      const { standing, publicIp } = use;
      const rest = standing.kind === 'in-use' ? standing.holder : `${standing.why} ${standing.at ?? ''}`;
      return `${use.kind} ${publicIp} ${standing.kind} ${rest}`;
    }
    case 'auto-assigned-address':
      return `${use.kind} ${use.publicIp} ${use.holder}`;
    case 'interface-endpoint':
      return `${use.kind} ${use.zones.join(' ')}`;
    case 'nat-gateway':
      return `${use.kind} ${use.zones?.join(' ') ?? ''}`;
    case 'transit-gateway-attachment':
    case 'vpn-connection':
      return use.kind;
  }
}
