/** How many frames a fabric has handled, and what became of them. */
import type { FabricCounters } from '../tables/data-plane.ts';

/** Counted one by one: a call for each would cost as much as some frames do. */
export class FrameCounts {
  received = 0;
  delivered = 0;
  answered = 0;
  flowCacheHits = 0;

  report(): Pick<
    FabricCounters,
    'framesReceived' | 'framesDelivered' | 'framesAnswered' | 'flowCacheHits' | 'flowCacheMisses'
  > {
    const { received, delivered, answered, flowCacheHits } = this;
    return {
      framesReceived: received,
      framesDelivered: delivered,
      framesAnswered: answered,
      flowCacheHits,
      flowCacheMisses: received - flowCacheHits,
    };
  }
}
