/** Counts what a change costs: pings a thousand times a second while something happens, and tells how many were lost. */
import type { Place, Show } from '../src/cli/tour/show.ts';

/** Pings that are sent in all; one a millisecond. */
export const PINGS = 3000;
/** Long enough that some pings are answered before the change. */
const BEFORE_MS = 700;

/** Pings `address` from `place` while `change` happens; resolves with the number of echo requests without an answer. */
export async function packetsLostDuring(
  show: Show,
  place: Place,
  address: string,
  change: () => Promise<void>,
): Promise<number> {
  const pinging = show.run(place, 'ping', '-q', '-i', '0.001', '-c', String(PINGS), '-W', '1', address);
  await new Promise((resolve) => setTimeout(resolve, BEFORE_MS));
  await change();
  const { output } = await pinging;
  const counts = /(\d+) packets transmitted, (\d+) received/.exec(output);
  if (!counts) throw show.failure('ping printed no counts.');
  return Number(counts[1]) - Number(counts[2]);
}
