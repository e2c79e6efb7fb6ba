/**
 * How long commands take from their start to their end: `node bench/command-times.mjs ROUNDS [[…words], …]` runs Node.js with
 * the words of each in turn and prints the medians in milliseconds as JSON.
 *
 * A program of its own, and a small one, as a shell is: to start a process from one with the benchmark's memory takes some
 * 10 ms longer.
 */
import { spawnSync } from 'node:child_process';

const [rounds, commands] = process.argv.slice(2).map((word) => JSON.parse(word));
const times = commands.map(() => []);
for (let round = 0; round < rounds; round++) {
  for (const [index, words] of commands.entries()) {
    const startedAtMs = performance.now();
    spawnSync(process.execPath, words, { stdio: 'ignore' });
    times[index].push(performance.now() - startedAtMs);
  }
}
const medianOf = (list) => list.sort((one, other) => one - other)[Math.floor(list.length / 2)];
process.stdout.write(JSON.stringify(times.map(medianOf)));
