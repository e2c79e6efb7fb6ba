/**
 * Calls of methods on the other side of a message channel.
 *
 * Both sides are this program (controller, machine room, fabric thread), and no guest can write to a channel, so
 * messages are trusted to have the types of the interface they were sent through.
 */

/** One end of a channel that carries structured clones. */
export interface Channel {
  send(message: unknown): void;
}

type Method = (...args: never[]) => unknown;

/** The interface as its caller sees it: every method answers later. */
export type Remote<Interface> = {
  readonly [Name in keyof Interface as Interface[Name] extends Method ? Name : never]: Interface[Name] extends (
    ...args: infer Arguments
  ) => infer Result
    ? (...args: Arguments) => Promise<Awaited<Result>>
    : never;
};

interface Call {
  readonly type: 'call';
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
}
interface Answer {
  readonly type: 'answer';
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}
type Message = Call | Answer;

/** How an end of a channel behaves. */
export interface RemoteCallsOptions {
  /**
   * Sends what is said in one turn as one message: 5,000 guests are started in a tenth of the time. Only for a thread
   * whose event loop turns; the fabric's does not.
   */
  readonly together: boolean;
}

/** Calls and answers over one channel: `remote` is the other side, `local` answers what the other side calls. */
export class RemoteCalls<Theirs extends object> {
  readonly remote: Remote<Theirs>;
  readonly #channel: Channel;
  readonly #local: object;
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  readonly #together: boolean;
  #lastId = 0;
  #closed: string | undefined;
  /** What is to be said with the next message; undefined where each is said by itself. */
  #unsent: Message[] | undefined;

  constructor(channel: Channel, local: object, { together }: RemoteCallsOptions) {
    this.#channel = channel;
    this.#local = local;
    this.#together = together;
    this.remote = new Proxy({} as Remote<Theirs>, {
      get: (_, method) => (typeof method === 'string' ? (...args: unknown[]) => this.#call(method, args) : undefined),
    });
  }

  /** Takes a message that came over the channel. */
  receive(message: unknown): void {
    const received = message as Message | readonly Message[];
    if (!isSeveral(received)) {
      this.#take(received);
      return;
    }
    // What is answered at once goes back as it came: together.
    const outer = this.#unsent;
    this.#unsent = outer ?? [];
    for (const one of received) this.#take(one);
    if (outer === undefined) this.#flush();
  }

  #take(message: Message): void {
    if (message.type === 'call') this.#answer(message);
    else this.#settle(message);
  }

  #send(message: Message): void {
    if (this.#unsent !== undefined) {
      this.#unsent.push(message);
      return;
    }
    if (!this.#together) {
      this.#channel.send(message);
      return;
    }
    this.#unsent = [message];
    // Not as a microtask: what others say that run as such still goes with it, as an order does with its tables.
    process.nextTick(() => this.#flush());
  }

  #flush(): void {
    const messages = this.#unsent ?? [];
    this.#unsent = undefined;
    if (messages.length > 0 && this.#closed === undefined)
      this.#channel.send(messages.length === 1 ? messages[0] : messages);
  }

  /** Fails every call that waits, and every later one, with this reason. */
  close(reason: string): void {
    this.#closed = reason;
    for (const { reject } of this.#waiting.values()) reject(new Error(reason));
    this.#waiting.clear();
  }

  #call(method: string, args: unknown[]): Promise<unknown> {
    if (this.#closed !== undefined) return Promise.reject(new Error(this.#closed));
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#send({ type: 'call', id, method, args });
    });
  }

  #answer({ id, method, args }: Call): void {
    const reply = (answer: Omit<Answer, 'type' | 'id'>): void => {
      if (this.#closed === undefined) this.#send({ type: 'answer', id, ...answer });
    };
    const failed = (error: unknown): void => reply({ error: error instanceof Error ? error.message : String(error) });
    try {
      const target = Reflect.get(this.#local, method) as Method | undefined;
      if (target === undefined) throw new Error(`no method ${method}`);
      const result = Reflect.apply(target, this.#local, args) as unknown;
      // A plain result is answered at once, in order; only a promise needs a turn of the event loop.
      if (result instanceof Promise) result.then((value: unknown) => reply({ result: value }), failed);
      else reply({ result });
    } catch (error) {
      failed(error);
    }
  }

  #settle({ id, result, error }: Answer): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(result);
    else waiting?.reject(new Error(error));
  }
}

const isSeveral = (message: Message | readonly Message[]): message is readonly Message[] => Array.isArray(message);
