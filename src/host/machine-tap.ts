/**
 * The interface by which the machine itself reaches public addresses, as a TAP device.
 *
 * It vanishes with its descriptor, which only the machine room keeps, and the kernel takes its address and its routes
 * away with it: however localvpc ends, there is nothing to clean up.
 */
import type { Mac } from '../net/mac.ts';
import { MACHINE_INTERFACE, noHostAccess } from './machine-link.ts';
import { close, EBUSY, SystemCallError } from './system-calls.ts';
import { openTap } from './tap.ts';

/** A descriptor of the interface, for the room. */
export interface MachineTap {
  readonly fd: number;
  /** Lets go of this process's descriptor. */
  close(): void;
}

/** The Internet's usual MTU, which internet gateways have as well. */
const MTU_BYTES = 1500;

/** Makes the interface, without address or route. @throws Error with the reason where it cannot be made */
export function openMachineTap(mac: Mac): MachineTap {
  try {
    const tap = openTap({ name: MACHINE_INTERFACE, mac, mtuBytes: MTU_BYTES, namespace: undefined, up: true });
    return { fd: tap.fd, close: () => void close(tap.fd) };
  } catch (error) {
    if (!(error instanceof SystemCallError) || error.errorNumber !== EBUSY) throw error;
    throw noHostAccess(`${MACHINE_INTERFACE} is there already, of another localvpc with host access`);
  }
}
