/** What guests wrote to their consoles, as the data plane said when it was last asked: actions cannot wait for it. */
import type { ConsoleText } from '../model/environment.ts';
import { type InstanceId, isId } from '../net/identifiers.ts';

/** More consoles than these are not remembered; each is 64 KiB at most. */
const MAX_CONSOLES = 64;

/** What it is made of. */
export interface ConsolesParts {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Asks the data plane. */
  readonly consoleOutput: (instanceId: InstanceId) => Promise<string>;
}

/** Remembers the consoles that were looked at last. */
export class Consoles {
  readonly #texts = new Map<InstanceId, ConsoleText>();

  /** What the console said when it was last fetched. */
  read(instanceId: InstanceId): ConsoleText | undefined {
    return this.#texts.get(instanceId);
  }

  /** Fetches the console that a GetConsoleOutput will read. A guest that is gone leaves what it said last. */
  async prepare(operation: string, instanceId: unknown, { now, consoleOutput }: ConsolesParts): Promise<void> {
    if (operation !== 'GetConsoleOutput' || typeof instanceId !== 'string' || !isId('i', instanceId)) return;
    const text = await consoleOutput(instanceId);
    if (text === '' && this.#texts.has(instanceId)) return;
    this.#texts.delete(instanceId);
    this.#texts.set(instanceId, { text, readAtMs: now() });
    const [oldest] = this.#texts.keys();
    if (this.#texts.size > MAX_CONSOLES && oldest) this.#texts.delete(oldest);
  }
}
