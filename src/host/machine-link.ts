/**
 * The machine's own way to public addresses: the route through the interface that machine-tap.ts makes.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { formatMac, type Mac } from '../net/mac.ts';

/** Name of the interface on the machine. */
export const MACHINE_INTERFACE = 'localvpc0';

/** The `code` of errors that say why host access cannot be had. */
export const NO_HOST_ACCESS = 'ERR_NO_HOST_ACCESS';

/** An error with that code, for whoever asked for host access. */
export const noHostAccess = (reason: string): Error =>
  Object.assign(new Error(`Host access cannot be had: ${reason}.`), { code: NO_HOST_ACCESS });

/** What is behind the interface. Addresses and ranges as text. */
export interface MachineRoutes {
  readonly family: 4 | 6;
  /** The machine's own address on it. */
  readonly address: string;
  /** A neighbour that there is not: packets are routed by way of it, and nobody asks for its MAC. */
  readonly gateway: string;
  readonly gatewayMac: Mac;
  /** Ranges that are reached by it. */
  readonly ranges: readonly string[];
}

const run = promisify(execFile);

/** Leads the ranges through the interface. @throws Error where the machine leads parts of them elsewhere */
export async function routeThroughMachineLink(routes: MachineRoutes): Promise<void> {
  const family = `-${routes.family}`;
  for (const range of routes.ranges) await refuseRouted(family, range);
  const device = `dev ${MACHINE_INTERFACE}`;
  const commands = [
    `address add ${routes.address}/${routes.family === 4 ? 32 : 128} ${device}${routes.family === 6 ? ' nodad' : ''}`,
    `neighbour replace ${routes.gateway} lladdr ${formatMac(routes.gatewayMac)} nud permanent ${device}`,
    ...routes.ranges.map((range) => `route add ${range} via ${routes.gateway} ${device} onlink src ${routes.address}`),
  ];
  for (const command of commands) await run('ip', [family, ...command.split(' ')]);
}

/** False where the kernel has no IPv6, or it is switched off for new interfaces. */
export function machineLinkHasIpv6(): boolean {
  try {
    return readFileSync(`/proc/sys/net/ipv6/conf/${MACHINE_INTERFACE}/disable_ipv6`, 'utf8').trim() === '0';
  } catch {
    return false;
  }
}

async function refuseRouted(family: string, range: string): Promise<void> {
  const { stdout } = await run('ip', [family, '-oneline', 'route', 'show', 'table', 'all', 'root', range]);
  const [route] = stdout.split('\n');
  if (route) throw noHostAccess(`this machine has a route of its own into ${range} (${route.trim()})`);
}
