/** Drops of the ports themselves, before and after the pipeline. */
import type { Drop } from '../pipeline/verdict.ts';

/** A frame that no port is there for. */
export const portDrops = {
  'not-attached': portDrop('not-attached', 'the frame came from a port that no interface is attached to'),
  refused: portDrop('refused', 'the port did not take the frame: its guest is too slow, or gone'),
} as const;

function portDrop(reason: string, when: string): Drop {
  return { kind: 'drop', stage: 'port', reason, id: `port/${reason}`, when };
}
