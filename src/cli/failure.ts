/** A command's failure: what went wrong and what to do about it, in the words that the person at the terminal reads. */

/** Ends a command with its message and exit status; no stack is printed. */
export class CommandFailure extends Error {
  readonly exitStatus: number;

  /**
   * @param message what is wrong, one sentence.
   * @param advice what to type or look at, one line.
   */
  constructor(message: string, advice?: string, exitStatus = 1) {
    super(advice === undefined ? message : `${message}\n${advice}`);
    this.exitStatus = exitStatus;
  }
}

/** The message of anything that was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The `code` of a failed system call (`ECONNREFUSED`), looked for in the causes too; undefined where there is none. */
export function errorCodeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return errorCodeOf(error.cause);
}
