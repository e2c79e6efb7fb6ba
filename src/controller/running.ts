/** A localvpc that runs, as its own HTTP paths see it. */
import type { Logger } from 'pino';
import type { Service } from './service.ts';

/** A service, and what the server around it knows. */
export interface Running extends Service {
  readonly version: string;
  readonly startedAtMs: number;
  readonly now: () => number;
  readonly log: Logger;
  /** Why the preferred guests do not work here, in a sentence. */
  readonly notice: string | undefined;
  /** Verifies signatures of instance identity documents: PEM. */
  certificate(): string;
  readonly dataDirectory: string | undefined;
  /** Its address; known once it listens. */
  url(): string;
  /** Ends everything; resolves when it is over. */
  shutDown(): Promise<void>;
}
