/** The load balancers of a network by their ARNs. Kept up to date by the network that they are part of. */
import type { LoadBalancerNodeRow, LoadBalancerRow } from '../tables/load-balancer-rows.ts';
import type { Interface } from './interface.ts';

export class Balancers {
  private readonly rows = new Map<string, LoadBalancerRow>();

  put(row: LoadBalancerRow): void {
    this.rows.set(row.id, row);
  }

  remove(id: string): void {
    this.rows.delete(id);
  }

  /** The load balancer of this ARN, if there is one. */
  balancer(id: string): LoadBalancerRow | undefined {
    return this.rows.get(id);
  }

  /** The load balancer that a node belongs to. */
  balancerOf({ row }: Interface): LoadBalancerRow | undefined {
    return row.owner.kind === 'load-balancer' ? this.rows.get(row.owner.id) : undefined;
  }
}

/** What a load balancer's row says of an interface that is one of its nodes. */
export const nodeOf = ({ nodes }: LoadBalancerRow, { row }: Interface): LoadBalancerNodeRow | undefined =>
  nodes.find(({ interfaceId }) => interfaceId === row.id);
