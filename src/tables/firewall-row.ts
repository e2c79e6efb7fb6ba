/** The row of a firewall of AWS Network Firewall: its policy's rules in the order in which they are asked. */
import type { FirewallStatefulRule, FirewallStatelessRule, StatelessAction } from '../net/firewall-rule.ts';

export type { FirewallStatefulRule, FirewallStatelessRule };

/** A firewall. Its endpoints, one in each zone, name it; each of them has flows of its own. */
export interface FirewallRow {
  readonly kind: 'firewall';
  /** Its ARN. */
  readonly id: string;
  readonly stateless: {
    /** In the order of their groups' priorities and their own. */
    readonly rules: readonly FirewallStatelessRule[];
    /** For packets that no rule matches, and for fragments of UDP that none does; other fragments are always dropped. */
    readonly otherwise: StatelessAction;
    readonly fragmentsOtherwise: StatelessAction;
  };
  readonly stateful: {
    /** In the order of their groups and lines, or of their actions: as the policy says. */
    readonly rules: readonly FirewallStatefulRule[];
    /** Which packets are dropped that no rule matches (strict order's default actions); undefined for none. */
    readonly dropsOtherwise: 'all' | 'established' | undefined;
    /** What becomes of TCP segments in the midst of a connection that is not known. */
    readonly midstream: 'drop' | 'continue' | 'reject';
    readonly tcpIdleTimeoutMs: number;
  };
}
