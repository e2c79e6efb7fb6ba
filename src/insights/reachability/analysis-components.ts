/** Resources as an analysis names them: id, ARN, Name tag; and the rules, entries and routes that decided. */
import { kindNameOf } from '../../model/analysed-resources.ts';
import { type Kind, kindNamed, type Row } from '../../model/kind.ts';
import type {
  AnalysisAclRule,
  AnalysisComponent,
  AnalysisRoute,
  AnalysisSecurityGroupRule,
} from '../../model/reachability.ts';
import { arnOf } from '../../model/regions.ts';
import { NetworkAcl } from '../../model/resources/network-acl.ts';
import { type Route, RouteTable } from '../../model/resources/route-table.ts';
import { SecurityGroup } from '../../model/resources/security-group.ts';
import { TransitGatewayAttachment } from '../../model/resources/transit-gateway.ts';
import type { Scope } from '../../model/scope.ts';
import { isTagged, type Transaction } from '../../model/transaction.ts';
import { formatCidr } from '../../net/cidr.ts';
import { protocolName } from '../../net/protocol.ts';
import type { TrafficMatch } from '../../net/traffic-match.ts';

/**
 * Looks resources up wherever they live: the other side of a peering may be another account's. What an analysis may say
 * of those that it does not see is for `visibility.ts`.
 */
export class Resources {
  readonly #tx: Transaction;
  readonly #scopes: readonly Scope[];
  readonly #accounts: ReadonlySet<string>;

  /**
   * @param scopes every account and Region
   * @param additionalAccounts those that are seen besides the caller's own
   */
  constructor(tx: Transaction, scopes: readonly Scope[], additionalAccounts: readonly string[]) {
    this.#tx = tx;
    this.#scopes = [tx.scope, ...scopes];
    this.#accounts = new Set([tx.account, ...additionalAccounts]);
  }

  /** Whether resources of this account and Region are seen. */
  sees({ account, region }: Scope): boolean {
    return this.seesAccount(account) && region === this.#tx.region;
  }

  seesAccount(account: string): boolean {
    return this.#accounts.has(account);
  }

  /** Whether the account has a row with this id in this Region. */
  isIn<R extends Row>(scope: Scope, kind: Kind<R>, id: string): boolean {
    return this.#tx.in(scope).find(kind, id) !== undefined;
  }

  /** Whether an account that is seen has it. */
  isSeen<R extends Row>(kind: Kind<R>, id: string): boolean {
    return [...this.#accounts].some((account) => this.isIn({ account, region: this.#tx.region }, kind, id));
  }

  /** Every row of the kind that is seen. */
  all<R extends Row>(kind: Kind<R>): readonly R[] {
    return [...this.#accounts].flatMap((account) => this.#tx.in({ account, region: this.#tx.region }).list(kind));
  }

  /** The transaction of the account and Region that a resource is in. */
  near<R extends Row>(kind: Kind<R>, id: string): Transaction | undefined {
    return this.find(kind, id)?.tx;
  }

  /** The row with this id and the transaction of its own account and Region. */
  find<R extends Row>(kind: Kind<R>, id: string): { readonly row: R; readonly tx: Transaction } | undefined {
    for (const scope of this.#scopes) {
      const there = this.#tx.in(scope);
      const row = there.find(kind, id);
      if (row) return { row, tx: there };
    }
    return undefined;
  }

  /** A resource as an analysis names it, whether it exists or not. */
  component(id: string): AnalysisComponent {
    const name = kindNameOf(id) ?? 'resource';
    const kind = kindNamed(name);
    const found = kind && this.find(kind, id);
    const tagged = found && this.sees(found.tx.scope) && isTagged(found.row) ? found.row.tags.Name : undefined;
    // EC2 says "natgateway" in ARNs as in tags.
    return {
      id,
      arn: id.startsWith('arn:') ? id : arnOf(found?.tx.scope ?? this.#tx.scope, name, id),
      ...(tagged !== undefined && { name: tagged }),
    };
  }

  /** Whether a VPC is attached to a transit gateway. */
  isAttached(vpcId: string): boolean {
    return this.#scopes.some((scope) => this.#tx.in(scope).count(TransitGatewayAttachment, 'vpcId', vpcId) > 0);
  }

  /** An entry of an ACL; the deny that ends every ACL has number 32767. */
  aclRule(aclId: string, number: number | null, direction: 'ingress' | 'egress'): AnalysisAclRule | undefined {
    const egress = direction === 'egress';
    if (number === null) return { cidr: '0.0.0.0/0', egress, protocol: 'all', ruleAction: 'deny', ruleNumber: 32_767 };
    const entry = this.find(NetworkAcl, aclId)?.row.entries.find(
      (one) => one.number === number && one.egress === egress,
    );
    return (
      entry && {
        cidr: formatCidr(entry.cidr),
        egress,
        protocol: entry.traffic.kind === 'all' ? 'all' : String(entry.traffic.protocol),
        ruleAction: entry.action,
        ruleNumber: number,
        ...portRangeOf(entry.traffic),
      }
    );
  }

  groupRule(groupId: string, ruleId: string): AnalysisSecurityGroupRule | undefined {
    const rule = this.find(SecurityGroup, groupId)?.row.rules.find(({ id }) => id === ruleId);
    if (!rule) return undefined;
    const { traffic, peer, egress } = rule;
    return {
      direction: egress ? 'egress' : 'ingress',
      protocol: traffic.kind === 'all' ? 'all' : protocolName(traffic.protocol),
      ...(peer.kind === 'cidr' && { cidr: formatCidr(peer.cidr) }),
      ...(peer.kind === 'security-group' && { securityGroupId: peer.id }),
      ...(peer.kind === 'prefix-list' && { prefixListId: peer.id }),
      ...portRangeOf(traffic),
    };
  }

  /** The route of a table for this block; an entry of a prefix list is shown as the route that names the list. */
  route(tableId: string, destination: string, state: string): AnalysisRoute | undefined {
    const routes = this.find(RouteTable, tableId)?.row.routes ?? [];
    const exact = routes.find(
      (one) => one.destination.kind === 'cidr' && formatCidr(one.destination.cidr) === destination,
    );
    const route = exact ?? routes.find((one) => one.destination.kind === 'prefix-list');
    return route && analysisRoute(route, state);
  }
}

const portRangeOf = (traffic: TrafficMatch) => (traffic.kind === 'ports' ? { portRange: traffic.ports } : {});

/** A route as an analysis shows it. */
export function analysisRoute({ destination, target, origin }: Route, state: string): AnalysisRoute {
  const shown = {
    origin,
    state,
    ...(destination.kind === 'cidr'
      ? { destinationCidr: formatCidr(destination.cidr) }
      : { destinationPrefixListId: destination.id }),
  };
  switch (target.kind) {
    case 'local':
      return { ...shown, gatewayId: 'local' };
    case 'egress-only-internet-gateway':
      return { ...shown, egressOnlyInternetGatewayId: target.id };
    case 'nat-gateway':
      return { ...shown, natGatewayId: target.id };
    case 'interface':
      return { ...shown, networkInterfaceId: target.id };
    case 'peering':
      return { ...shown, vpcPeeringConnectionId: target.id };
    case 'transit-gateway':
      return { ...shown, transitGatewayId: target.id };
    default:
      return { ...shown, gatewayId: target.id };
  }
}
