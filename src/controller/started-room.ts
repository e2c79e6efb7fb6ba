/** A machine room's process that has been started: it comes up by itself and waits to be told what to do. */
import { fileURLToPath } from 'node:url';
import type { NamespacesAvailable } from '../host/namespaces-available.ts';
import { RoomProcess } from '../host/room-process.ts';

/** Whoever the room's messages are for. */
export interface RoomListener {
  received(message: unknown): void;
  /** The room ended without having been asked to. */
  lost(reason: string): void;
}

/** A room without a listener at first: it says nothing before it is asked something, but it may end. */
export class StartedRoom {
  readonly available: Extract<NamespacesAvailable, { available: true }>;
  readonly process: RoomProcess;
  #listener: RoomListener | undefined;
  #lost: string | undefined;

  /** @param handedFd as RoomProcess has it */
  constructor(available: Extract<NamespacesAvailable, { available: true }>, handedFd: number | undefined) {
    this.available = available;
    this.process = new RoomProcess({
      entry: fileURLToPath(new URL('./room.js', import.meta.url)),
      arguments: [],
      nodeArguments: ['--enable-source-maps'],
      privileged: available.privileged,
      handedFd,
      received: (message) => this.#listener?.received(message),
      lost: (reason) => {
        this.#lost = reason;
        this.#listener?.lost(reason);
      },
    });
  }

  /** From now on the listener is told, of an end that has been already as well. */
  listen(listener: RoomListener): void {
    this.#listener = listener;
    if (this.#lost !== undefined) listener.lost(this.#lost);
  }
}
