/**
 * TAP devices: Ethernet interfaces whose other end is a descriptor that reads and writes frames.
 *
 * Each frame on the descriptor begins with struct virtio_net_hdr (12 bytes, little-endian, virtio 1.2 section 5.1.6),
 * and may be a segmentation-offload frame of up to 64 KiB with a partial checksum. The device vanishes with its
 * descriptor. Flags and request numbers: linux/if_tun.h, linux/sockios.h.
 */
import { close as closeDescriptor } from 'node:fs';
import type { Mac } from '../net/mac.ts';
import { insideNamespace, type NetworkNamespace } from './network-namespace.ts';
import {
  AF_INET,
  checked,
  close,
  EINVAL,
  FrameBuffer,
  ioctl,
  O_CLOEXEC,
  O_NONBLOCK,
  O_RDWR,
  open,
  SOCK_DGRAM,
  socket,
} from './system-calls.ts';

/** Length of the header before each frame, in bytes. */
export const VIRTIO_NET_HEADER_BYTES = 12;

const TUNSETIFF = 0x4004_54ca;
const TUNSETOFFLOAD = 0x4004_54d0;
const TUNSETVNETHDRSZ = 0x4004_54d8;
const TUNSETVNETLE = 0x4004_54dc;
const SIOCGIFINDEX = 0x8933;
const SIOCGIFFLAGS = 0x8913;
const SIOCSIFFLAGS = 0x8914;
const SIOCSIFMTU = 0x8922;
const SIOCSIFHWADDR = 0x8924;
const IFF_TAP = 0x0002;
const IFF_NO_PI = 0x1000;
const IFF_VNET_HDR = 0x4000;
/** Fail rather than attach to a device that is there. */
const IFF_TUN_EXCL = 0x8000;
const IFF_UP = 1;
const ARPHRD_ETHER = 1;
/** TUN_F_CSUM, TSO4, TSO6, TSO_ECN. */
const OFFLOADS_TCP = 0x0f;
/** The same and USO4, USO6 (Linux 6.2). */
const OFFLOADS_TCP_AND_UDP = 0x6f;

/** What a TAP device is to be. */
export interface TapOptions {
  /** Interface name, at most 15 bytes; a `%d` in it becomes the first free number. */
  readonly name: string;
  readonly mac: Mac;
  /** Largest packet, in bytes. */
  readonly mtuBytes: number;
  /** Where the device is to be; undefined: the calling thread's own namespace. */
  readonly namespace: NetworkNamespace | undefined;
  /** Sets the device up; otherwise whoever owns the namespace does. */
  readonly up: boolean;
}

/** The fabric's end of a TAP device. */
export interface Tap {
  /** Non-blocking descriptor; valid in every thread of this process until `closeTap`. */
  readonly fd: number;
  readonly name: string;
  /** True where UDP segmentation-offload frames may come as well (gso_type VIRTIO_NET_HDR_GSO_UDP_L4). */
  readonly udpSegmentation: boolean;
}

const ifreq = (name: string): FrameBuffer => {
  const encoded = new TextEncoder().encode(name);
  if (encoded.length === 0 || encoded.length > 15) throw new RangeError(`not an interface name: "${name}"`);
  const request = new FrameBuffer(40);
  request.bytes.set(encoded);
  return request;
};

/** Creates a TAP device. @throws SystemCallError, with nothing left behind. */
export function openTap(options: TapOptions): Tap {
  const make = (): Tap => {
    const fd = checked('open /dev/net/tun', open('/dev/net/tun', O_RDWR | O_NONBLOCK | O_CLOEXEC));
    try {
      return configure(fd, options);
    } catch (error) {
      close(fd);
      throw error;
    }
  };
  return options.namespace === undefined ? make() : insideNamespace(options.namespace, make);
}

/**
 * Removes the device. Whoever polls the descriptor must have let go of it before: its number is used again. Not at
 * once: the kernel waits until no processor looks at the device (16 to 28 ms here), and this thread has other things
 * to do meanwhile.
 */
export const closeTap = (tap: Tap): Promise<void> =>
  new Promise((resolve, reject) => {
    closeDescriptor(tap.fd, (error) => (error === null || error === undefined ? resolve() : reject(error)));
  });

/** The number of an interface of the calling thread's network namespace. @throws SystemCallError */
export function interfaceIndex(name: string): number {
  const request = ifreq(name);
  const control = checked('socket', socket(AF_INET, SOCK_DGRAM, 0));
  try {
    checked(`number of ${name}`, ioctl(control, SIOCGIFINDEX, request.address));
    return request.view.getInt32(16, true);
  } finally {
    close(control);
  }
}

function configure(fd: number, options: TapOptions): Tap {
  const request = ifreq(options.name);
  request.view.setUint16(16, IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | IFF_TUN_EXCL, true);
  checked(`TUNSETIFF ${options.name}`, ioctl(fd, TUNSETIFF, request.address));
  const name = new TextDecoder().decode(request.bytes.subarray(0, request.bytes.indexOf(0)));
  const word = new FrameBuffer(4);
  word.view.setInt32(0, VIRTIO_NET_HEADER_BYTES, true);
  checked(`TUNSETVNETHDRSZ ${name}`, ioctl(fd, TUNSETVNETHDRSZ, word.address));
  word.view.setInt32(0, 1, true);
  checked(`TUNSETVNETLE ${name}`, ioctl(fd, TUNSETVNETLE, word.address));
  const both = ioctl(fd, TUNSETOFFLOAD, OFFLOADS_TCP_AND_UDP);
  if (both === -EINVAL) checked(`TUNSETOFFLOAD ${name}`, ioctl(fd, TUNSETOFFLOAD, OFFLOADS_TCP));
  else checked(`TUNSETOFFLOAD ${name}`, both);
  setLink(fd, name, options);
  return { fd, name, udpSegmentation: both >= 0 };
}

function setLink(fd: number, name: string, { mac, mtuBytes, up }: TapOptions): void {
  const request = ifreq(name);
  request.view.setUint16(16, ARPHRD_ETHER, true);
  for (let octet = 0; octet < 6; octet++) request.bytes[18 + octet] = Math.floor(mac / 2 ** (8 * (5 - octet))) & 0xff;
  checked(`set MAC of ${name}`, ioctl(fd, SIOCSIFHWADDR, request.address));
  const control = checked('socket', socket(AF_INET, SOCK_DGRAM, 0));
  try {
    request.view.setInt32(16, mtuBytes, true);
    checked(`set MTU of ${name}`, ioctl(control, SIOCSIFMTU, request.address));
    if (!up) return;
    checked(`flags of ${name}`, ioctl(control, SIOCGIFFLAGS, request.address));
    request.view.setUint16(16, request.view.getUint16(16, true) | IFF_UP, true);
    checked(`set ${name} up`, ioctl(control, SIOCSIFFLAGS, request.address));
  } finally {
    close(control);
  }
}
