/** Socket options that Node.js does not offer. */
import type { Socket } from 'node:net';
import { checked, FrameBuffer, setsockopt } from './system-calls.ts';

const IPPROTO_IP = 0;
const IP_TTL = 2;
const IPPROTO_IPV6 = 41;
const IPV6_UNICAST_HOPS = 16;

/**
 * Sets the time to live (hop limit in IPv6) of what a connected socket sends from now on.
 * @throws Error where the socket has no descriptor any more
 */
export function setTimeToLive(socket: Socket, hops: number): void {
  const handle: unknown = Reflect.get(socket, '_handle');
  // Node.js has no other way to a socket's descriptor; `fd` of its TCP handle has been there since 0.x.
  const fd: unknown = typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'fd') : undefined;
  if (typeof fd !== 'number' || fd < 0) throw new Error('the socket is closed');
  const value = new FrameBuffer(4);
  value.view.setInt32(0, hops, true);
  const [level, option] = socket.remoteFamily === 'IPv6' ? [IPPROTO_IPV6, IPV6_UNICAST_HOPS] : [IPPROTO_IP, IP_TTL];
  checked('set the time to live of a socket', setsockopt(fd, level, option, value.address, 4));
}
