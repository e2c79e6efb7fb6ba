/** The machine that was measured on, in a sentence: figures mean nothing without it. */
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';

/** Processor, memory, kernel, Node.js, load and date. */
export function machineText(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  const parts = [
    `${availableParallelism()} cores (${model})`,
    `${(totalmem() / 2 ** 30).toFixed(0)} GiB`,
    `Linux ${release()}`,
    `Node.js ${process.versions.node}`,
    `load ${loadavg()[0]?.toFixed(1)} before`,
  ];
  return `${parts.join(', ')}; ${new Date().toISOString().slice(0, 10)}.`;
}
