/** A route table as packets meet it: the longest prefix wins, whatever the kind of route. */
import type { IpAddress } from '../net/address.ts';
import { covers, formatCidr } from '../net/cidr.ts';
import type { RouteRow, RouteTableRow, RouteTarget } from '../tables/tables.ts';
import { BlockFilter } from './block-filter.ts';
import type { Component, Decider } from './verdict.ts';

/** One compiled route. */
export class Route implements Decider {
  readonly target: RouteTarget;
  readonly isBlackhole: boolean;
  readonly block: BlockFilter;
  /** The gateway that the route leads to, as the component that decides there; undefined for local delivery. */
  readonly gateway: Decider | undefined;

  constructor(
    private readonly tableId: string,
    private readonly row: RouteRow,
  ) {
    this.target = row.target;
    this.isBlackhole = row.state === 'blackhole';
    this.block = new BlockFilter(row.destination);
    this.gateway = gatewayOf(row.target);
  }

  describe(): Component {
    const { destination, target, prefixListId } = this.row;
    const leadsTo = 'id' in target ? target.id : target.kind;
    const block =
      prefixListId === undefined ? formatCidr(destination) : `${formatCidr(destination)} of ${prefixListId}`;
    const detail = `${block} to ${leadsTo}${this.isBlackhole ? ', blackhole' : ''}`;
    const rule = { kind: 'route', destination: formatCidr(destination), target: leadsTo } as const;
    return { kind: 'route-table', id: this.tableId, detail, rule };
  }
}

function gatewayOf(target: RouteTarget): Decider | undefined {
  if (target.kind === 'local') return undefined;
  const component = { kind: target.kind, id: target.id, detail: '' };
  return { describe: () => component };
}

/** A route table; subnets hold on to it, its content is replaced whole. */
export class RouteTable {
  private routes: readonly Route[] = [];

  constructor(private readonly id: string) {}

  /** Replaces the content; undefined empties it, and an empty table leads nowhere. */
  set(row: RouteTableRow | undefined): void {
    this.routes = row ? inOrderOfPreference(row.routes).map((route) => new Route(row.id, route)) : [];
  }

  /** The route for this destination; a blackhole wins its lookup like any other. */
  lookup(destination: IpAddress): Route | undefined {
    for (const route of this.routes) if (route.block.has(destination)) return route;
    return undefined;
  }

  /** The table itself, as the component that decided when no route matched. */
  describe(): Component {
    return { kind: 'route-table', id: this.id, detail: 'no route matches' };
  }
}

/**
 * Longest prefix first; between equal ones static, then an entry of a prefix list, then propagated. A propagated route inside a local one is left
 * out: it loses even when it is more specific (user guide, route-tables-priority).
 */
function inOrderOfPreference(routes: readonly RouteRow[]): readonly RouteRow[] {
  const locals = routes.filter(({ target }) => target.kind === 'local');
  const isHidden = (route: RouteRow): boolean =>
    isPropagated(route) && locals.some((local) => covers(local.destination, route.destination));
  return routes
    .filter((route) => !isHidden(route))
    .sort((one, other) => other.destination.length - one.destination.length || rank(one) - rank(other));
}

const isPropagated = ({ origin }: RouteRow): boolean => origin === 'EnableVgwRoutePropagation';

function rank(route: RouteRow): number {
  if (isPropagated(route)) return 2;
  return route.prefixListId === undefined ? 0 : 1;
}
