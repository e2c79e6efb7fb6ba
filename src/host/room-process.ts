/**
 * The machine room's process, from the controller's side: started in namespaces of its own, talked to over Node.js's
 * message channel, and certain to end with the controller, however that ends.
 *
 * Three things hold it: the channel's end (`endWithController` in the room), the parent-death signal on unshare(1),
 * and unshare's own on the room, which is process 1 of its process namespace: when it goes, the kernel ends every
 * process in it, and with the last process every namespace, mount and device.
 */
import { type ChildProcess, type Serializable, spawn } from 'node:child_process';
import { roomNamespaces } from './namespaces-available.ts';
import { childOf, hostPidOf } from './process-identity.ts';

/** What the room is started with. */
export interface RoomProcessOptions {
  /** The room's program, a file for Node.js. */
  readonly entry: string;
  readonly arguments: readonly string[];
  /** Flags for Node.js itself. */
  readonly nodeArguments: readonly string[];
  /** A descriptor that the room gets as HANDED_DESCRIPTOR; it stays the caller's to close. */
  readonly handedFd: number | undefined;
  /** As `namespacesAvailable` says. */
  readonly privileged: boolean;
  /** A message from the room, as structured clone gives it: parse before use. */
  readonly received: (message: unknown) => void;
  /** The room ended without having been asked to. */
  readonly lost: (reason: string) => void;
}

/** The number in the room of a descriptor that it was handed: the next after the message channel's. */
export const HANDED_DESCRIPTOR = 4;

/** A running room. */
export class RoomProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #closing = false;

  constructor(options: RoomProcessOptions) {
    const program = [process.execPath, ...options.nodeArguments, options.entry, ...options.arguments];
    const command = ['--pdeathsig', 'KILL', '--', 'unshare', ...roomNamespaces(options.privileged), ...program];
    const child = spawn('setpriv', command, {
      // Certificates for connections that the room never makes: Node.js would read them all before anything else.
      env: { ...process.env, NODE_EXTRA_CA_CERTS: '' },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc', ...(options.handedFd === undefined ? [] : [options.handedFd])],
      serialization: 'advanced',
    });
    this.#child = child;
    child.on('message', (message: unknown) => options.received(message));
    this.#ended = new Promise((resolve) => {
      const end = (reason: string): void => {
        if (!this.#closing) options.lost(reason);
        this.#closing = true;
        resolve();
      };
      child.once('error', (error) => end(`the machine room could not be started: ${error.message}`));
      child.once('exit', (code, signal) => end(`the machine room ended with ${signal ?? `status ${code}`}`));
    });
  }

  /** Sends a message; resolves when it has been handed to the system. @throws when the room is gone. */
  send(message: Serializable): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#child.send(message, (error) => (error === null ? resolve() : reject(error)));
    });
  }

  /** The room's process id on the host; undefined before its first message and after its end. */
  get hostPid(): number | undefined {
    return this.#child.pid === undefined ? undefined : childOf(this.#child.pid);
  }

  /** The host's id of a process in the room, a guest's process 1; undefined when it has ended. */
  hostPidOf(roomPid: number): number | undefined {
    const room = this.hostPid;
    return room === undefined ? undefined : hostPidOf(room, roomPid);
  }

  /** Ends the room and everything in it; resolves when the kernel has taken it away. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#child.kill('SIGKILL'); // unshare(1) takes the room with it (--kill-child)
    await this.#ended;
  }
}

/** Called once in the room: ends it when the controller is gone. */
export function endWithController(): void {
  process.once('disconnect', () => process.exit(0));
  // The controller decides when the room ends; Ctrl-C reaches every process of the terminal.
  process.on('SIGINT', () => {});
}
