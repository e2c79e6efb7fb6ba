/** The cell of `reach`'s traffic that a packet is in. */
import type { TrafficCells } from '../reach/traffic-cells.ts';
import type { TraceRequest } from '../tables/data-plane.ts';

/** Its number; protocols that nobody names are the last one. */
export function cellOf(
  cells: TrafficCells,
  protocol: number,
  destinationPort: number,
  icmp: TraceRequest['icmp'],
): number {
  const found = cells.cells.findIndex((cell) => {
    if (cell.kind === 'ports')
      return cell.protocol === protocol && destinationPort >= cell.ports.from && destinationPort <= cell.ports.to;
    if (cell.kind !== 'icmp') return cell.protocol === protocol;
    if (cell.protocol !== protocol || !icmp) return false;
    return (
      icmp.type >= cell.types.from &&
      icmp.type <= cell.types.to &&
      icmp.code >= cell.codes.from &&
      icmp.code <= cell.codes.to
    );
  });
  return found >= 0 ? found : cells.cells.length - 1;
}
