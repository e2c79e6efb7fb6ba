/** How a run ends: once, whoever asks for it first, in order or with an error. */

/** The end of a run. */
export class Ending {
  /** Resolves when everything is freed; rejects where the run broke. */
  readonly ended: Promise<void>;
  #settle: { resolve(): void; reject(error: unknown): void } = { resolve() {}, reject() {} };
  #work: (() => Promise<void>) | undefined;
  #ending: Promise<void> | undefined;
  #failure: Error | undefined;

  constructor() {
    this.ended = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.ended.catch(() => undefined); // Whoever starts a run may not wait for its end.
  }

  /** What is to be done first; with it the run counts as begun, and a failure before it takes effect now. */
  before(work: () => Promise<void>): void {
    this.#work = work;
    if (this.#failure) void this.end();
  }

  /** Ends the run; resolves when it is over. */
  end(): Promise<void> {
    this.#ending ??= this.#finish();
    return this.#ending;
  }

  /** Ends the run because something broke; at once, or as soon as it has begun. */
  fail(error: Error): void {
    this.#failure ??= error;
    if (this.#work) void this.end();
  }

  async #finish(): Promise<void> {
    try {
      await this.#work?.();
    } catch (error) {
      this.#failure ??= error instanceof Error ? error : new Error(String(error));
    }
    if (this.#failure) this.#settle.reject(this.#failure);
    else this.#settle.resolve();
  }
}
