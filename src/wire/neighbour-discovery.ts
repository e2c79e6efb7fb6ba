/** Neighbour discovery for IPv6 over Ethernet (RFC 4861). Offsets are relative to the ICMPv6 message's first byte. */
import { type Ipv6, ipv6 } from '../net/address.ts';
import type { Ipv6Cidr } from '../net/cidr.ts';
import type { Mac } from '../net/mac.ts';
import { writeUint16, writeUint32 } from './big-endian.ts';
import { writeMac } from './ethernet.ts';
import { ICMP_TYPE } from './icmp.ts';
import { readIpv6, writeIpv6 } from './ipv6.ts';

export const ROUTER_SOLICITATION = 133;
export const ROUTER_ADVERTISEMENT = 134;
export const NEIGHBOUR_SOLICITATION = 135;
export const NEIGHBOUR_ADVERTISEMENT = 136;
export const REDIRECT = 137;

/** Hop limit of every message: a router would have lowered it, so the sender is on the link (RFC 4861, section 6.1). */
export const DISCOVERY_HOP_LIMIT = 255;
/** ff02::1, every node on the link. */
export const ALL_NODES: Ipv6 = ipv6((0xff02n << 112n) | 1n);

const TARGET = 8;
/** Shortest solicitation and advertisement of a neighbour. */
const NEIGHBOUR_LENGTH = 24;
const ROUTER_ADVERTISEMENT_LENGTH = 16;
const ROUTER_SOLICITATION_LENGTH = 8;

const OPTION_SOURCE_MAC = 1;
const OPTION_TARGET_MAC = 2;
const OPTION_PREFIX = 3;
const OPTION_MTU = 5;
const MAC_OPTION_LENGTH = 8;
const PREFIX_OPTION_LENGTH = 32;
const MTU_OPTION_LENGTH = 8;

const NEIGHBOUR_IS_ROUTER = 0x80;
const NEIGHBOUR_SOLICITED = 0x40;
const NEIGHBOUR_OVERRIDE = 0x20;
/** Addresses come by DHCPv6. */
const ROUTER_MANAGED = 0x80;
const PREFIX_ON_LINK = 0x80;
const FOREVER = 0xffff_ffff;

/** True for the ICMPv6 types of neighbour discovery. */
export const isDiscovery = (type: number): boolean => type >= ROUTER_SOLICITATION && type <= REDIRECT;

/** The address that a neighbour solicitation asks about; undefined when the message is cut short or has a bad option. */
export function solicitedTarget(bytes: Uint8Array, at: number, length: number): Ipv6 | undefined {
  if (length < NEIGHBOUR_LENGTH || !optionsFit(bytes, at + NEIGHBOUR_LENGTH, at + length)) return undefined;
  return readIpv6(bytes, at + TARGET);
}

/** True for a router solicitation that is whole. */
export const isRouterSolicitation = (bytes: Uint8Array, at: number, length: number): boolean =>
  length >= ROUTER_SOLICITATION_LENGTH && optionsFit(bytes, at + ROUTER_SOLICITATION_LENGTH, at + length);

/** Every option has a length, in units of eight bytes, and ends with the message (RFC 4861, section 4.6). */
function optionsFit(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at < end) {
    const length = 8 * (bytes[at + 1] ?? 0);
    if (length === 0) return false;
    at += length;
  }
  return at === end;
}

/** A neighbour advertisement. */
export interface NeighbourAdvertisement {
  readonly target: Ipv6;
  readonly mac: Mac;
  readonly isRouter: boolean;
  /** False for an answer to a probe, which has no sender. */
  readonly isSolicited: boolean;
}

/** Writes the message without its checksum; returns its length in bytes. */
export function emitNeighbourAdvertisement(bytes: Uint8Array, at: number, answer: NeighbourAdvertisement): number {
  bytes.fill(0, at, at + NEIGHBOUR_LENGTH);
  bytes[at + ICMP_TYPE] = NEIGHBOUR_ADVERTISEMENT;
  bytes[at + 4] =
    NEIGHBOUR_OVERRIDE | (answer.isRouter ? NEIGHBOUR_IS_ROUTER : 0) | (answer.isSolicited ? NEIGHBOUR_SOLICITED : 0);
  writeIpv6(bytes, at + TARGET, answer.target);
  return emitMac(bytes, at + NEIGHBOUR_LENGTH, OPTION_TARGET_MAC, answer.mac) - at;
}

/** A router advertisement whose addresses come by DHCPv6 and whose prefixes are on the link, and not for addresses. */
export interface RouterAdvertisement {
  readonly mac: Mac;
  readonly lifetimeSeconds: number;
  readonly hopLimit: number;
  readonly mtuBytes: number;
  readonly onLink: readonly Ipv6Cidr[];
}

/** Writes the message without its checksum; returns its length in bytes. */
export function emitRouterAdvertisement(bytes: Uint8Array, at: number, answer: RouterAdvertisement): number {
  bytes.fill(0, at, at + ROUTER_ADVERTISEMENT_LENGTH);
  bytes[at + ICMP_TYPE] = ROUTER_ADVERTISEMENT;
  bytes[at + 4] = answer.hopLimit;
  bytes[at + 5] = ROUTER_MANAGED;
  writeUint16(bytes, at + 6, answer.lifetimeSeconds);
  let end = emitMac(bytes, at + ROUTER_ADVERTISEMENT_LENGTH, OPTION_SOURCE_MAC, answer.mac);
  end = emitMtu(bytes, end, answer.mtuBytes);
  for (const cidr of answer.onLink) end = emitPrefix(bytes, end, cidr);
  return end - at;
}

function emitMac(bytes: Uint8Array, at: number, option: number, address: Mac): number {
  bytes[at] = option;
  bytes[at + 1] = MAC_OPTION_LENGTH / 8;
  writeMac(bytes, at + 2, address);
  return at + MAC_OPTION_LENGTH;
}

function emitMtu(bytes: Uint8Array, at: number, mtuBytes: number): number {
  bytes[at] = OPTION_MTU;
  bytes[at + 1] = MTU_OPTION_LENGTH / 8;
  writeUint16(bytes, at + 2, 0);
  writeUint32(bytes, at + 4, mtuBytes);
  return at + MTU_OPTION_LENGTH;
}

function emitPrefix(bytes: Uint8Array, at: number, cidr: Ipv6Cidr): number {
  bytes.fill(0, at, at + PREFIX_OPTION_LENGTH);
  bytes[at] = OPTION_PREFIX;
  bytes[at + 1] = PREFIX_OPTION_LENGTH / 8;
  bytes[at + 2] = cidr.length;
  bytes[at + 3] = PREFIX_ON_LINK;
  writeUint32(bytes, at + 4, FOREVER);
  writeUint32(bytes, at + 8, FOREVER);
  writeIpv6(bytes, at + 16, cidr.address);
  return at + PREFIX_OPTION_LENGTH;
}
