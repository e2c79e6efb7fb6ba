/**
 * Pairs of Ethernet interfaces whose ends are in two network namespaces (veth(4)): a guest's virtual function and its
 * representor. What is sent into one arrives at the other.
 *
 * Made by rtnetlink(7) itself: ip(8) would take a process and some milliseconds for each.
 */
import { write as writeDescriptor } from 'node:fs';
import type { Mac } from '../net/mac.ts';
import { checked, close, FrameBuffer, read, SOCK_RAW, SystemCallError, socket, write } from './system-calls.ts';

const AF_NETLINK = 16;
const NETLINK_ROUTE = 0;
const RTM_NEWLINK = 16;
const RTM_DELLINK = 17;
const NLMSG_ERROR = 2;
/** NLM_F_REQUEST, NLM_F_ACK. */
const ACKNOWLEDGED = 0x05;
/** NLM_F_CREATE, NLM_F_EXCL. */
const NEW = 0x600;
const IFF_UP = 1;
const IFLA_ADDRESS = 1;
const IFLA_IFNAME = 3;
const IFLA_MTU = 4;
const IFLA_LINKINFO = 18;
const IFLA_NET_NS_FD = 28;
const IFLA_INFO_KIND = 1;
const IFLA_INFO_DATA = 2;
const VETH_INFO_PEER = 1;
const HEADER_BYTES = 16;
const LINK_HEADER_BYTES = 16;
const ENODEV = 19;
/** The greatest that veth takes: what is too large for a function is for the fabric to judge. */
const REPRESENTOR_MTU_BYTES = 65_535;

/** What a pair is to be. */
export interface VirtualFunctionOptions {
  /** Name of the representor, in the calling thread's namespace. */
  readonly representor: string;
  /** Name of the function. */
  readonly name: string;
  readonly mac: Mac;
  /** Largest packet that the guest sends of its own, in bytes. */
  readonly mtuBytes: number;
  /** Descriptor of the guest's network namespace. */
  readonly namespaceFd: number;
}

/** Makes a pair; neither end is up yet. @throws SystemCallError, with nothing left behind */
export function makeVirtualFunction(options: VirtualFunctionOptions): void {
  const function_ = [
    linkHeader(0, 0),
    attribute(IFLA_IFNAME, text(options.name)),
    attribute(IFLA_ADDRESS, macBytes(options.mac)),
    attribute(IFLA_MTU, word(options.mtuBytes)),
    attribute(IFLA_NET_NS_FD, word(options.namespaceFd)),
  ];
  const request = [
    linkHeader(0, 0),
    attribute(IFLA_IFNAME, text(options.representor)),
    attribute(IFLA_MTU, word(REPRESENTOR_MTU_BYTES)),
    attribute(
      IFLA_LINKINFO,
      attribute(IFLA_INFO_KIND, text('veth')),
      attribute(IFLA_INFO_DATA, attribute(VETH_INFO_PEER, ...function_)),
    ),
  ];
  ask(`make the virtual function ${options.name}`, RTM_NEWLINK, ACKNOWLEDGED | NEW, request);
}

/** Sets an interface of the calling thread's namespace up. @throws SystemCallError */
export function setInterfaceUp(ifindex: number): void {
  ask(`set interface ${ifindex} up`, RTM_NEWLINK, ACKNOWLEDGED, [linkHeader(ifindex, IFF_UP)]);
}

/**
 * Removes a pair by its representor, which is in the calling thread's namespace. One that has gone with its guest is no
 * fault. Resolves when the kernel has taken it away, which is 10 to 30 ms later: meanwhile this thread is free.
 */
export function removeVirtualFunction(ifindex: number): Promise<void> {
  const fd = openNetlink();
  const bytes = message(RTM_DELLINK, ACKNOWLEDGED, [linkHeader(ifindex, 0)]);
  return new Promise<void>((resolve, reject) => {
    writeDescriptor(fd, bytes, (error) => {
      try {
        if (error !== null) throw error;
        const result = answer(fd);
        if (result !== -ENODEV) checked(`remove interface ${ifindex}`, result);
        resolve();
      } catch (failure) {
        reject(failure instanceof Error ? failure : new Error(String(failure)));
      } finally {
        close(fd);
      }
    });
  });
}

const openNetlink = (): number => checked('netlink socket', socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE));

function ask(what: string, type: number, flags: number, parts: readonly Uint8Array[]): void {
  const fd = openNetlink();
  try {
    const bytes = message(type, flags, parts);
    const request = new FrameBuffer(bytes.length);
    request.bytes.set(bytes);
    checked(what, write(fd, request.address, bytes.length));
    const result = answer(fd);
    if (result < 0) throw new SystemCallError(what, -result);
  } finally {
    close(fd);
  }
}

/** What the kernel has answered: 0 or a negative error number (struct nlmsgerr). */
function answer(fd: number): number {
  const buffer = new FrameBuffer(4096);
  checked('read from netlink', read(fd, buffer.address, buffer.bytes.length));
  if (buffer.view.getUint16(4, true) !== NLMSG_ERROR) throw new Error('netlink answered something else than was asked');
  return buffer.view.getInt32(HEADER_BYTES, true);
}

function message(type: number, flags: number, parts: readonly Uint8Array[]): Uint8Array {
  const body = joined(parts);
  const bytes = new Uint8Array(HEADER_BYTES + body.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length, true);
  view.setUint16(4, type, true);
  view.setUint16(6, flags, true);
  bytes.set(body, HEADER_BYTES);
  return bytes;
}

/** struct ifinfomsg. */
function linkHeader(ifindex: number, flags: number): Uint8Array {
  const bytes = new Uint8Array(LINK_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setInt32(4, ifindex, true);
  view.setUint32(8, flags, true);
  view.setUint32(12, flags, true);
  return bytes;
}

/** struct rtattr, padded to words. */
function attribute(type: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const body = joined(parts);
  const bytes = new Uint8Array(Math.ceil((4 + body.length) / 4) * 4);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 4 + body.length, true);
  view.setUint16(2, type, true);
  bytes.set(body, 4);
  return bytes;
}

const text = (value: string): Uint8Array => new TextEncoder().encode(`${value}\0`);

function word(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

const macBytes = (mac: Mac): Uint8Array =>
  Uint8Array.from({ length: 6 }, (_, octet) => Math.floor(mac / 2 ** (8 * (5 - octet))) & 0xff);

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
