/** A localvpc that a program starts for itself, and that ends with it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export interface StartedLocalvpc {
  readonly process: ChildProcess;
  readonly url: string;
  /** Resolves when its process is gone, however it ended. */
  readonly gone: Promise<void>;
}

/**
 * Starts `localvpc up` at any free port; resolves when it answers every call. It writes its log to this process's error
 * stream, and ends when this process does.
 * @param cli the built command
 * @param options of `up`: where it keeps its resources, for one
 * @throws Error when it ends instead of coming up
 */
export async function startLocalvpcFor(cli: string, options: readonly string[]): Promise<StartedLocalvpc> {
  const words = [cli, 'up', ...options, '--port', '0', '--ready-fd', '3', '--end-with-stdin'];
  const child = spawn(process.execPath, words, { stdio: ['pipe', 'ignore', 'inherit', 'pipe'] });
  const ready = child.stdio[3];
  if (!ready) throw new Error('localvpc has no descriptor to be ready on');
  const gone = once(child, 'exit').then(() => undefined);
  const [line]: unknown[] = await Promise.race([
    once(ready, 'data'),
    gone.then(() => Promise.reject(new Error('localvpc ended instead of coming up'))),
  ]);
  return { process: child, url: String(line).trim(), gone };
}
