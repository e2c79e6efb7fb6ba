/**
 * Flows over UDP in great number: a datagram from each port of one side to each of the other, and nothing back.
 *
 * They go in batches, one for each port of the receiver, which acknowledges a batch with one datagram. Few are under way
 * at a time, so that no queue overflows and the slowest part of the way, which is what is to be measured, is always busy.
 * Both sides know the order and block on each socket, so they need no event loop.
 */
import { parseAddress } from '../net/address.ts';
import { SOCKADDR_BYTES, setPort, socketAddress } from './socket-address.ts';
import {
  AF_INET,
  bindSocket,
  checked,
  close,
  EAGAIN,
  FrameBuffer,
  receiveFrom,
  SOCK_DGRAM,
  sendTo,
  setsockopt,
  socket,
} from './system-calls.ts';

/** Flows of a batch: ports of the sender. Two batches are under way, and a TAP device queues 500 frames. */
export const BATCH_FLOWS = 200;
const FIRST_SENDER_PORT = 20_000;
const FIRST_RECEIVER_PORT = 30_000;
const ACKNOWLEDGEMENT_PORT = 19_999;
/** What has not come after this is lost: far more than a full queue takes, on a busy machine too. */
const LOST_AFTER_SECONDS = 2;
/** How often a receiver waits for the first datagram before it gives up: 30 seconds. */
const FIRST_TRIES = 15;
const DATAGRAM_BYTES = 32;
const SOL_SOCKET = 1;
const SO_RCVTIMEO = 20;

/** What a sender learnt of its flows. */
export interface SentFlows {
  /** Flows whose datagram arrived. */
  readonly arrived: number;
  readonly seconds: number;
}

/** A socket at a port, whose reads give up after a while. */
function openSocket(port: number): number {
  const patience = new FrameBuffer(16);
  patience.view.setBigInt64(0, BigInt(LOST_AFTER_SECONDS), true);
  const fd = checked('socket', socket(AF_INET, SOCK_DGRAM, 0));
  checked(`bind to port ${port}`, bindSocket(fd, socketAddress(0, port).address, SOCKADDR_BYTES));
  checked('SO_RCVTIMEO', setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, patience.address, 16));
  return fd;
}

const openSockets = (firstPort: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, index) => openSocket(firstPort + index));

/** Receives so many batches. `ready` is called when it can. It gives up what does not come, so that it ends in any case. */
export function receiveFlows(batches: number, ready: () => void): void {
  const sockets = openSockets(FIRST_RECEIVER_PORT, batches);
  const answering = openSocket(ACKNOWLEDGEMENT_PORT);
  const datagram = new FrameBuffer(DATAGRAM_BYTES);
  const from = new FrameBuffer(SOCKADDR_BYTES);
  const fromLength = new FrameBuffer(4);
  fromLength.view.setInt32(0, SOCKADDR_BYTES, true);
  const hears = (fd: number): number =>
    received(receiveFrom(fd, datagram.address, DATAGRAM_BYTES, from.address, fromLength.address)) ? 1 : 0;
  ready();
  let early = 0;
  for (let tries = 0; early === 0 && tries < FIRST_TRIES; tries++) early = hears(sockets[0] ?? 0);
  for (const fd of sockets) {
    let arrived = early;
    for (let next = early; next < BATCH_FLOWS; next++) arrived += hears(fd);
    early = 0;
    datagram.view.setUint32(0, arrived);
    setPort(from, ACKNOWLEDGEMENT_PORT);
    checked('sendto', sendTo(answering, datagram.address, DATAGRAM_BYTES, from.address, SOCKADDR_BYTES));
  }
  for (const fd of [...sockets, answering]) close(fd);
}

/** Sends so many batches to who receives them. @throws Error for a host that is no IPv4 address */
export function sendFlows(host: string, batches: number): SentFlows {
  const address = parseAddress(host);
  if (typeof address !== 'number') throw new Error(`not an IPv4 address: ${host}`);
  const sockets = openSockets(FIRST_SENDER_PORT, BATCH_FLOWS);
  const answered = openSocket(ACKNOWLEDGEMENT_PORT);
  const to = socketAddress(address, FIRST_RECEIVER_PORT);
  const datagram = new FrameBuffer(DATAGRAM_BYTES);
  let arrived = 0;
  const awaitBatch = (): void => {
    for (let tries = 0; tries < FIRST_TRIES; tries++)
      if (received(receiveFrom(answered, datagram.address, DATAGRAM_BYTES, 0, 0))) {
        arrived += datagram.view.getUint32(0);
        return;
      }
  };
  const begun = performance.now();
  for (let batch = 0; batch < batches; batch++) {
    setPort(to, FIRST_RECEIVER_PORT + batch);
    for (const fd of sockets)
      checked('sendto', sendTo(fd, datagram.address, DATAGRAM_BYTES, to.address, SOCKADDR_BYTES));
    if (batch > 0) awaitBatch();
  }
  awaitBatch();
  const seconds = (performance.now() - begun) / 1000;
  for (const fd of [...sockets, answered]) close(fd);
  return { arrived, seconds };
}

/** False for a read that gave up. */
function received(length: number): boolean {
  if (length === -EAGAIN) return false;
  checked('recvfrom', length);
  return true;
}
