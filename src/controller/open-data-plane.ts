/** Chooses the data plane: the machine room where namespaces work, otherwise virtual guests inside this process. */
import type { ServerOptions } from '../cli/server-options.ts';
import { machineLinkHasIpv6, routeThroughMachineLink } from '../host/machine-link.ts';
import { AWS_SERVICE_RANGES } from '../model/aws-services.ts';
import { IPV6_POOL } from '../model/vpc-ipv6-blocks.ts';
import { FIRST_RFC6598, formatIpv4, formatIpv6, ipv4, ipv6 } from '../net/address.ts';
import { cidrOf, formatCidr, type Ipv4Cidr } from '../net/cidr.ts';
import { INTERNET_IPV6_ADDRESS } from '../net/internet-ipv6.ts';
import { INTERNET_MAC } from '../room/internet-mac.ts';
import type { DataPlane, DataPlaneEvents } from '../tables/data-plane.ts';
import { earlyDataPlane } from './early-data-plane.ts';
import { openMachineRoom, ROOM_DRIVERS } from './machine-room.ts';
import { takeDataPlane } from './prepared-data-plane.ts';

/** 192.0.2.1, the outside world's own address (RFC 5737: documentation, so never somebody's). */
export const INTERNET_ADDRESS = ipv4(0xc000_0201);
/** 198.51.100.1, the machine's own address where it has host access, and its gateway there (RFC 5737 as well). */
export const MACHINE_ADDRESS = ipv4(0xc633_6401);
const MACHINE_GATEWAY = ipv4(0xc633_6402);
/** 2001:db8:fffe::1 (RFC 3849), and the fabric's router, as guests know it. */
export const MACHINE_IPV6_ADDRESS = ipv6((0x2001_0db8_fffen << 80n) | 1n);
const MACHINE_IPV6_GATEWAY = ipv6((0xfe80_0ec2n << 96n) | 1n);
/** A guest's root file system is memory; a guest that fills its own harms nobody else. */
const GUEST_ROOT_BYTES = 2 ** 30;

/** The data plane, and why it is not the preferred one where it is not. */
export interface OpenedDataPlane {
  readonly dataPlane: DataPlane;
  readonly notice: string | undefined;
}

/** Opens one. @throws Error when namespace guests are demanded and do not work here */
export async function openDataPlane(
  options: Pick<ServerOptions, 'guests' | 'dataDirectory' | 'hostAccess'>,
  parts: { readonly events: DataPlaneEvents; readonly now: () => number; readonly publicPool: Ipv4Cidr },
): Promise<OpenedDataPlane> {
  const prepared = await takeDataPlane(options);
  if (prepared.kind === 'virtual') {
    const reason = prepared.unavailable?.reason;
    if (options.guests === 'namespace') throw new Error(`namespace guests do not work here: ${reason}`);
    // Loaded only here: it brings a fabric of its own, which otherwise is the room's.
    const { localDataPlane } = await import('./local-data-plane.ts');
    return {
      dataPlane: localDataPlane({ now: parts.now, internet: INTERNET_ADDRESS }),
      notice: reason === undefined ? undefined : `Guests are virtual: ${reason}.`,
    };
  }
  const opening = openMachineRoom({
    room: prepared.room,
    events: parts.events,
    internet: INTERNET_ADDRESS,
    internetAddress: formatIpv4(INTERNET_ADDRESS),
    // Answers of AWS's services to what comes by gateway endpoints go to shared address space.
    publicRanges: [formatCidr(parts.publicPool), formatCidr(cidrOf(FIRST_RFC6598, 10))],
    serviceRanges: AWS_SERVICE_RANGES.map(formatCidr),
    internetIpv6Address: formatIpv6(INTERNET_IPV6_ADDRESS),
    publicIpv6Ranges: [formatCidr(IPV6_POOL)],
    hiddenDirectories: options.dataDirectory === undefined ? [] : [options.dataDirectory],
    guestRootBytes: GUEST_ROOT_BYTES,
    machineAddresses: options.hostAccess ? { ipv4: MACHINE_ADDRESS, ipv6: MACHINE_IPV6_ADDRESS } : undefined,
  });
  if (!options.hostAccess) {
    const drivers = ROOM_DRIVERS;
    return {
      dataPlane: earlyDataPlane(opening, { drivers, internet: INTERNET_ADDRESS, lost: parts.events.lost }),
      notice: undefined,
    };
  }
  // Who asks for a route finds it when localvpc is ready, or no localvpc.
  const dataPlane = await opening;
  await routeMachine(dataPlane, parts.publicPool);
  return { dataPlane, notice: undefined };
}

async function routeMachine(dataPlane: DataPlane, publicPool: Ipv4Cidr): Promise<void> {
  try {
    await routeThroughMachineLink({
      family: 4,
      address: formatIpv4(MACHINE_ADDRESS),
      gateway: formatIpv4(MACHINE_GATEWAY),
      gatewayMac: INTERNET_MAC,
      ranges: [formatCidr(publicPool)],
    });
    // Where it has none, the machine reaches IPv4 addresses all the same.
    if (machineLinkHasIpv6()) {
      await routeThroughMachineLink({
        family: 6,
        address: formatIpv6(MACHINE_IPV6_ADDRESS),
        gateway: formatIpv6(MACHINE_IPV6_GATEWAY),
        gatewayMac: INTERNET_MAC,
        ranges: [formatCidr(IPV6_POOL)],
      });
    }
  } catch (error) {
    await dataPlane.close();
    throw error;
  }
}
