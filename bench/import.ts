/** How long it takes to read a large network in, until its instances run. */
import { describedNetwork } from './described-network.ts';
import { atMost, type Line } from './line.ts';
import { startLocalvpc } from './server-process.ts';

const INTERFACES = 5000;

/** Some 10 s. */
export async function measureImport(): Promise<readonly Line[]> {
  const server = await startLocalvpc();
  try {
    const body = JSON.stringify({ files: describedNetwork(INTERFACES) });
    const startedAtMs = performance.now();
    const response = await fetch(`${server.url}/_localvpc/import`, { method: 'POST', body });
    const answer: unknown = await response.json();
    const took = performance.now() - startedAtMs;
    if (typeof answer !== 'object' || answer === null || !('taken' in answer) || answer.taken !== true)
      throw new Error(`the network was not taken over: ${JSON.stringify(answer).slice(0, 300)}`);
    return [
      atMost(`import of ${INTERFACES.toLocaleString('en')} interfaces, until their instances run`, took, 2000, 'ms'),
    ];
  } finally {
    await server.end();
  }
}
