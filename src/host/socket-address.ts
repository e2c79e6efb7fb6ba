/** Addresses of IPv4 sockets as the kernel takes them. */
import type { Ipv4 } from '../net/address.ts';
import { AF_INET, FrameBuffer } from './system-calls.ts';

/** Size of struct sockaddr_in. */
export const SOCKADDR_BYTES = 16;

/** struct sockaddr_in; address 0 is any of the machine's. */
export function socketAddress(address: Ipv4 | 0, port: number): FrameBuffer {
  const buffer = new FrameBuffer(SOCKADDR_BYTES);
  buffer.view.setUint16(0, AF_INET, true);
  setPort(buffer, port);
  buffer.view.setUint32(4, address);
  return buffer;
}

/** Gives a socket address another port. */
export const setPort = ({ view }: FrameBuffer, port: number): void => view.setUint16(2, port);
