/**
 * Requests and responses of one byte over one TCP connection, timed one by one.
 *
 * The sockets block: between the kernel and the clock there is one call of a function, and no event loop. Each side is a
 * process of its own that does nothing else.
 */
import { parseAddress } from '../net/address.ts';
import { SOCKADDR_BYTES, socketAddress } from './socket-address.ts';
import {
  AF_INET,
  acceptFrom,
  bindSocket,
  checked,
  close,
  connectSocket,
  FrameBuffer,
  listenAt,
  read,
  SOCK_STREAM,
  setsockopt,
  socket,
  write,
} from './system-calls.ts';

const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;

function withoutDelay(fd: number): void {
  const one = new FrameBuffer(4);
  one.view.setInt32(0, 1, true);
  checked('TCP_NODELAY', setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, one.address, 4));
}

/** Answers each byte of one connection with a byte, until the other side ends it. `ready` is called when it listens. */
export function serveRoundTrips(port: number, ready: () => void): void {
  const listener = checked('socket', socket(AF_INET, SOCK_STREAM, 0));
  checked(`bind to port ${port}`, bindSocket(listener, socketAddress(0, port).address, SOCKADDR_BYTES));
  checked('listen', listenAt(listener, 1));
  ready();
  const connection = checked('accept', acceptFrom(listener));
  withoutDelay(connection);
  const byte = new FrameBuffer(1);
  while (read(connection, byte.address, 1) === 1) checked('write', write(connection, byte.address, 1));
  close(connection);
  close(listener);
}

/** Asks for as long as it is told to. @returns the time of each round trip in microseconds, the shortest first */
export function measureRoundTrips(host: string, port: number, durationMs: number): readonly number[] {
  const address = parseAddress(host);
  if (typeof address !== 'number') throw new Error(`not an IPv4 address: ${host}`);
  const connection = checked('socket', socket(AF_INET, SOCK_STREAM, 0));
  checked(`connect to ${host}`, connectSocket(connection, socketAddress(address, port).address, SOCKADDR_BYTES));
  withoutDelay(connection);
  const byte = new FrameBuffer(1);
  const times: number[] = [];
  const end = performance.now() + durationMs;
  for (let before = performance.now(); before < end; ) {
    checked('write', write(connection, byte.address, 1));
    if (checked('read', read(connection, byte.address, 1)) === 0) throw new Error('the other side has ended');
    const now = performance.now();
    times.push(1000 * (now - before));
    before = now;
  }
  close(connection);
  return times.sort((one, other) => one - other);
}
