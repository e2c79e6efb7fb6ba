/** What a fabric is handed, and what its ports are attached for. */
import type { NetworkInterfaceId } from '../net/identifiers.ts';
import type { ConnectionLimits } from '../pipeline/connection-table.ts';
import type { EdgeName } from '../pipeline/passage.ts';
import type { Observer } from '../pipeline/pipeline.ts';
import type { TranslationLimits } from '../pipeline/translation-table.ts';

/** What a port is attached for: an interface, the outside world, the link-local services, or the customer's site. */
export type PortName = NetworkInterfaceId | EdgeName;

/** What a fabric is handed. */
export interface FabricOptions {
  /** Gives `length` bytes at `offset` (virtio header and frame) to a port; false when the port does not take them. */
  send(port: number, buffer: Uint8Array, offset: number, length: number): boolean;
  /** Milliseconds of a clock that never goes back. Asked for every frame: hand in one that is read once per batch. */
  now(): number;
  /** Milliseconds since the epoch, for captures; `now` unless given. */
  wallClock?(): number;
  readonly limits?: ConnectionLimits;
  readonly translationLimits?: TranslationLimits;
  /** Most flows to remember: a power of two; 0 sends every frame through the stages. */
  readonly flowCacheEntries?: number;
  /** Most flows to note for flow logs between two readings. */
  readonly maxLoggedFlows?: number;
  /**
   * Told when `release` is to be called next, in milliseconds of `now`, whenever that changes; Infinity while no frame
   * waits and nothing is lent to a flow switch. Only where interfaces have allowances or places; `isExact`: to a fraction of a millisecond.
   */
  wakeAt?(dueMs: number, isExact: boolean): void;
  /** Told each stage that a frame passes; frames that the flow cache forwards pass none. */
  readonly observer?: Observer;
}

/** True for a port at an edge of the network. */
export const isEdge = (name: PortName): name is EdgeName =>
  name === 'internet' || name === 'services' || name === 'site';
