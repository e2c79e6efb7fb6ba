/** Which network devices of this machine may be handed to guests. */
import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { geteuid } from 'node:process';
import { MACHINE_INTERFACE } from './machine-link.ts';

/** Why a device cannot be handed to a guest now, as the end of a sentence; undefined where it can. */
export function deviceRefusal(device: string): string | undefined {
  if (geteuid?.() !== 0) return 'only root may hand devices of this machine over';
  if (!deviceNames().includes(device)) return 'this machine has no network device of that name';
  if (device === 'lo' || device === MACHINE_INTERFACE) return 'it is not a device that anybody else could use';
  const [used] = (networkInterfaces()[device] ?? []).filter(({ address }) => !/^fe[89ab]/i.test(address));
  if (used) return `this machine uses it itself, with the address ${used.address}; take its addresses off it first`;
  return undefined;
}

/** Of the network namespace that this process is in; /sys may show another one's. */
const deviceNames = (): readonly string[] =>
  readFileSync('/proc/self/net/dev', 'utf8')
    .split('\n')
    .slice(2)
    .map((line) => line.split(':', 1)[0]?.trim() ?? '');
