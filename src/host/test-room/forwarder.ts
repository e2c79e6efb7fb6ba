/** A dumb switch for tests: a worker thread that learns MAC addresses and forwards frames between ports. */
import { parentPort, receiveMessageOnPort } from 'node:worker_threads';
import { FrameLoop } from '../frame-loop.ts';
import { VIRTIO_NET_HEADER_BYTES } from '../tap.ts';

/** What the room tells the switch; each is answered with the port's number. */
export type ForwarderMessage =
  | { readonly kind: 'add'; readonly port: number; readonly fd: number }
  | { readonly kind: 'remove'; readonly port: number };

const room = parentPort;
if (room === null) throw new Error('the forwarder is a worker thread');
const ports = new Set<number>();
const portOfMac = new Map<number, number>();

const loop: FrameLoop = new FrameLoop(
  {
    onFrame(port, buffer, length) {
      const { view } = buffer;
      const macAt = (offset: number): number => view.getUint16(offset) * 2 ** 32 + view.getUint32(offset + 2);
      portOfMac.set(macAt(VIRTIO_NET_HEADER_BYTES + 6), port);
      const known = portOfMac.get(macAt(VIRTIO_NET_HEADER_BYTES));
      for (const other of known === undefined ? ports : [known]) if (other !== port) loop.send(other, buffer, length);
    },
    onWake() {
      for (let next = receiveMessageOnPort(room); next !== undefined; next = receiveMessageOnPort(room)) {
        const message: ForwarderMessage = next.message;
        if (message.kind === 'add') loop.addPort(message.port, message.fd);
        else loop.removePort(message.port);
        if (message.kind === 'add') ports.add(message.port);
        else ports.delete(message.port);
        room.postMessage(message.port);
      }
    },
    onDrained() {},
    onIdle() {},
    onPortLost(port) {
      ports.delete(port);
      room.postMessage(`lost ${port}`);
    },
  },
  { batchFrames: 64, idleTimeoutMs: 100, clock: () => performance.now() },
);
room.postMessage({ wakeFd: loop.wakeFd });
loop.run();
