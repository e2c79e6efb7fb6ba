/** What a trace comes to, in sentences: the same wherever one is read. */
import type { TraceChange, TraceResult } from './data-plane.ts';

/** True for the step of a lost packet that dropped it: its last one. */
export const isFatal = ({ verdict, path }: TraceResult, index: number): boolean =>
  verdict === 'dropped' && index === path.length - 1;

/** What became of the packet, and why. */
export function verdictText({ verdict, reason, code, explanation, deliveredTo, path }: TraceResult): string {
  if (verdict === 'delivered') return `Delivered to ${deliveredTo ?? 'its destination'}.`;
  if (verdict === 'answered') return `Answered by ${path.at(-1)?.stage ?? 'the fabric'}.`;
  const why = explanation === undefined ? '' : `: ${explanation}`;
  return `Dropped, ${reason ?? 'for no reason given'}${why}${code === undefined ? '' : ` (${code})`}.`;
}

/** What would let it through; ends with a colon where the commands are to follow. */
export function changeText({ found, calls }: TraceChange): string {
  if (!found) return 'No change was found that would let it through.';
  if (calls.length === 0) return 'A new connection would pass: only one that is tracked now is in the way.';
  const count = calls.length === 1 ? 'This change lets' : `These ${calls.length} changes let`;
  return `${count} it through, and its answer back:`;
}
