/**
 * Many flows between two guests with virtual functions: begun as fast as the fabric hands them over, and then used.
 *
 * A flow is a datagram from a port of the one to a port of the other. Its first frame goes to the fabric, which tracks it
 * for both interfaces, decides, and installs it; the same is sent once more, and now the kernel has to know it.
 */
import { BATCH_FLOWS } from '../../host/datagram-flows.ts';
import { status } from '../contract.ts';
import type { Endpoint } from '../endpoint.ts';
import { type Places, runAt, whileServing } from './places.ts';
import type { FlowsResult } from './result.ts';

/** Takes some ten seconds for 100,000 flows. @throws Error where datagrams are lost */
export async function measureFlows(
  cli: string,
  { client, server, serverAddress }: Places,
  endpoint: Endpoint,
  batches: number,
): Promise<FlowsResult> {
  const peer = [process.execPath, cli, 'bench', 'peer'];
  const begun = batches * BATCH_FLOWS;
  const send = async (): Promise<number> => {
    const text = await whileServing(server, [...peer, 'receive', String(batches)], () =>
      runAt(client, [...peer, 'send', serverAddress, String(batches)]),
    );
    const [arrived = 0, seconds = Number.NaN] = text.trim().split(' ').map(Number);
    if (arrived < begun) throw new Error(`${begun - arrived} of ${begun} datagrams were lost`);
    return seconds;
  };
  const switched = async (): Promise<number> => (await endpoint.get('status', status)).fabric.offloaded?.packets ?? 0;
  const seconds = await send();
  const before = await switched();
  await send();
  // Acknowledgements of batches are switched too: one flow.
  const held = (await switched()) - before - batches;
  return { begun, held, newPerSecond: begun / seconds };
}
