/** The Gateway Load Balancers of a network by their ARNs, and the flows that they have sent to appliances. */
import type { GatewayLoadBalancerRow } from '../tables/gateway-load-balancer-row.ts';
import { InspectedFlows } from './inspected-flows.ts';

/** Kept up to date by the network that they are part of. */
export class GatewayLoadBalancers {
  readonly flows = new InspectedFlows();
  private readonly rows = new Map<string, GatewayLoadBalancerRow>();

  put(row: GatewayLoadBalancerRow): void {
    this.rows.set(row.id, row);
  }

  remove(id: string): void {
    this.rows.delete(id);
  }

  /** The load balancer of this ARN, if there is one that forwards to something. */
  row(id: string): GatewayLoadBalancerRow | undefined {
    return this.rows.get(id);
  }
}
