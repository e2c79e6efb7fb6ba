/** How long a frame is on its way from one port to another, by the hosts behind them. */
import type { PlaceRow } from '../tables/place-row.ts';

/** Places of ports. What is on no host, as gateways and the outside world, is next to everything. */
export class Distances {
  /** True while some port has a place: only then is anybody asked. */
  isActive = false;
  private readonly places: (PlaceRow | undefined)[] = [];
  private count = 0;

  set(port: number, place: PlaceRow | undefined): void {
    if (this.places[port]) this.count -= 1;
    if (place) this.count += 1;
    this.places[port] = place;
    this.isActive = this.count > 0;
  }

  /** True where both ports have a place, so that frames take their time from one to the other. */
  liesBetween(from: number, to: number): boolean {
    return this.places[from] !== undefined && this.places[to] !== undefined;
  }

  /** Milliseconds from one port to another. */
  delayMs(from: number, to: number): number {
    const one = this.places[from];
    const other = this.places[to];
    if (!one || !other) return 0;
    const { latencies } = one;
    if (one.host === other.host) return latencies.sameHost;
    if (one.rack === other.rack) return latencies.sameRack;
    if (one.zone === other.zone) return latencies.sameZone;
    return one.region === other.region ? latencies.otherZone : latencies.otherRegion;
  }
}
