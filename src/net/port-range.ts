/** Ranges of TCP or UDP ports. */

/** Ports from `from` to `to`, both included, 0 to 65535. */
export interface PortRange {
  readonly from: number;
  readonly to: number;
}

/** All ports. */
export const ANY_PORT: PortRange = { from: 0, to: 65535 };

/** True when the port lies in the range. */
export const hasPort = (range: PortRange, port: number): boolean => port >= range.from && port <= range.to;
