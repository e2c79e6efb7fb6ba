/** How the tour speaks: headings, calls and what they answered, commands inside guests and what they printed. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { EC2Client } from '@aws-sdk/client-ec2';
import { instanceEntry, internetEntry, type TraceAnswer, traceAnswer } from '../contract.ts';
import type { Endpoint } from '../endpoint.ts';
import { type CollectedRun, collectInside } from '../enter.ts';
import { CommandFailure } from '../failure.ts';
import type { Colours } from '../style.ts';
import { WIDTH, wrap } from '../style.ts';
import { traceLines } from '../trace-text.ts';

/** An instance of the tour. */
export interface TourInstance {
  /** Its Name tag. */
  readonly name: string;
  readonly id: string;
  readonly privateAddress: string;
}

/** Where a command runs: in an instance, or in the outside world. */
export type Place = TourInstance | 'internet';

const INDENT = '    ';
/** Where the answers of calls stand. */
const CALL_WIDTH = 30;
const POLL_MS = 100;
const PATIENCE_MS = 20_000;

/** Shows what happens on a running localvpc, and holds it to what was promised. */
export class Show {
  readonly ec2: EC2Client;
  readonly #endpoint: Endpoint;
  readonly #colours: Colours;
  readonly #print: (line: string) => void;
  #steps = 0;

  constructor(ec2: EC2Client, endpoint: Endpoint, colours: Colours, print: (line: string) => void) {
    this.ec2 = ec2;
    this.#endpoint = endpoint;
    this.#colours = colours;
    this.#print = print;
  }

  /** Begins a step. */
  step(title: string): void {
    this.#steps += 1;
    this.#print('');
    for (const line of wrap(`${this.#steps}. ${title}`, WIDTH)) this.#print(this.#colours.bold(line));
  }

  /** A sentence of explanation. */
  say(text: string): void {
    for (const line of wrap(text, WIDTH - INDENT.length)) this.#print(`${INDENT}${line}`);
  }

  /** An EC2 call that has been answered. */
  called(operation: string, answered: string): void {
    const [first = '', ...more] = wrap(answered, WIDTH - INDENT.length - CALL_WIDTH - 1);
    this.#print(`${INDENT}${operation.padEnd(CALL_WIDTH)} ${first}`);
    for (const line of more) this.#print(`${INDENT}${' '.repeat(CALL_WIDTH)} ${line}`);
  }

  /** Runs a command and shows it, as it would be typed, with what it printed. */
  async run(place: Place, ...command: readonly string[]): Promise<CollectedRun> {
    const result = await collectInside(await this.#pidOf(place), command);
    this.#showRun(place, command, result);
    return result;
  }

  /** Runs a command again and again until it succeeds, and shows the last run: what was just booted needs a moment. */
  async runUntilItWorks(place: Place, ...command: readonly string[]): Promise<CollectedRun> {
    const givesUpAtMs = performance.now() + PATIENCE_MS;
    let result = await collectInside(await this.#pidOf(place), command);
    while (result.status !== 0 && performance.now() < givesUpAtMs) {
      await sleep(POLL_MS);
      result = await collectInside(await this.#pidOf(place), command);
    }
    this.#showRun(place, command, result);
    this.expect(result.status === 0, `this works within ${PATIENCE_MS / 1000} s`);
    return result;
  }

  #showRun(place: Place, command: readonly string[], { output, status }: CollectedRun): void {
    const where = place === 'internet' ? 'internet' : `exec ${place.name}`;
    this.#print(`${INDENT}${this.#colours.bold(`$ localvpc ${where} -- ${command.map(shellWord).join(' ')}`)}`);
    for (const line of output.trimEnd().split('\n')) this.#print(`${INDENT}${this.#colours.dim('|')} ${line}`);
    if (status !== 0) this.#print(`${INDENT}${this.#colours.bad(`(exit status ${status})`)}`);
  }

  /** Asks what would happen to a TCP connection, shows the way there, and gives back the whole answer. */
  async trace(from: Place, to: TourInstance, port: number): Promise<TraceAnswer> {
    const [id, name] = from === 'internet' ? [from, from] : [from.id, from.name];
    const question = { from: id, to: to.id, protocol: 'tcp', port, region: await this.ec2.config.region() };
    const answer = await this.#endpoint.post('trace', question, traceAnswer);
    this.#print(`${INDENT}${this.#colours.bold(`$ localvpc trace ${name} ${to.name} --tcp ${port}`)}`);
    for (const line of traceLines({ ...answer, reply: undefined }, this.#colours)) this.#print(`${INDENT}${line}`);
    return answer;
  }

  /** A promise of the tour. @throws CommandFailure where it is not kept: nothing after it would be true. */
  expect(kept: boolean, promise: string): void {
    if (kept) {
      const [first = '', ...more] = wrap(promise, WIDTH - INDENT.length - 2);
      this.#print(`${INDENT}${this.#colours.good('✓')} ${first}`);
      for (const line of more) this.#print(`${INDENT}  ${line}`);
      return;
    }
    throw this.failure(`Expected, and not so: ${promise}.`);
  }

  /** The end of a tour or example that went wrong, with where and why. */
  failure(why: string): CommandFailure {
    return new CommandFailure(`\n${this.#colours.bad('FAILED')} in step ${this.#steps}. ${why}`);
  }

  async #pidOf(place: Place): Promise<number> {
    const entry =
      place === 'internet'
        ? await this.#endpoint.get('internet/entry', internetEntry)
        : await this.#endpoint.get(`instances/${place.id}/entry`, instanceEntry);
    if (entry.hostPid !== undefined) return entry.hostPid;
    throw new CommandFailure(entry.message ?? 'There is no process to enter.');
  }
}

/** Asks until the answer is there. */
export async function until<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
  const givesUpAtMs = performance.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > givesUpAtMs) throw new CommandFailure(`Waited ${PATIENCE_MS / 1000} s in vain: ${what}.`);
    await sleep(POLL_MS);
  }
}

const shellWord = (word: string): string => (/^[\w./:@%=+,-]+$/.test(word) ? word : `'${word}'`);
