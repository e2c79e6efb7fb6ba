/** An active peering connection. */
import { ANY_IPV4 } from '../net/cidr.ts';
import type { PeeringRow } from '../tables/tables.ts';
import type { Vpc } from './network.ts';
import { Route } from './route-table.ts';

export class Peering {
  constructor(
    readonly row: PeeringRow,
    readonly vpcs: readonly [Vpc, Vpc],
  ) {
    this.returnRoute = new Route('', {
      destination: ANY_IPV4,
      target: { kind: 'peering', id: row.id },
      state: 'active',
      origin: 'CreateRoute',
      prefixListId: undefined,
    });
  }

  /** Leads to the other side whatever the tables say: for answers that are awaited there. */
  readonly returnRoute: Route;

  /** The VPC on the other side of this one; undefined when this one is on neither. */
  otherSide(vpc: Vpc): Vpc | undefined {
    const [one, other] = this.vpcs;
    if (vpc === one) return other;
    return vpc === other ? one : undefined;
  }
}
