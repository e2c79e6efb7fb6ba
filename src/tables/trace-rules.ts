/** The rules by which components of the network decide, as a trace names them: plain data, which JSON can hold. */
import type { PortRange } from '../net/port-range.ts';

/** The rule, entry or route of a component that decided. */
export type TraceRule =
  | { readonly kind: 'security-group-rule'; readonly id: string; readonly direction: 'ingress' | 'egress' }
  /** `number` is null for the deny that ends every ACL. */
  | { readonly kind: 'network-acl-entry'; readonly number: number | null; readonly direction: 'ingress' | 'egress' }
  /** `target`: an id, or "local". */
  | { readonly kind: 'route'; readonly destination: string; readonly target: string }
  | ({ readonly kind: 'firewall-stateless-rule'; readonly priority: number } & TraceFirewallRule<
      'pass' | 'drop' | 'forward'
    >)
  | ({
      readonly kind: 'firewall-stateful-rule';
      readonly signatureId: number;
      readonly isBidirectional: boolean;
    } & TraceFirewallRule<'pass' | 'drop' | 'reject' | 'alert'>);

/** What a rule of a firewall matches; blocks as text, `!` before those that are left out; empty lists: everything. */
export interface TraceFirewallRule<Action> {
  readonly action: Action;
  /** By name where rules name them so, else by number. */
  readonly protocols: readonly (string | number)[];
  readonly sources: readonly string[];
  readonly destinations: readonly string[];
  readonly sourcePorts: readonly PortRange[];
  readonly destinationPorts: readonly PortRange[];
}
