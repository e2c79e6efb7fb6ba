/** The ways in which frames get between a guest's interface and the rest of the network. */

/**
 * How an interface is given to its guest: *mediated* by the fabric, which sees every frame, as under a classic
 * hypervisor; as a function of a shared NIC (*sriov*), whose flows the fabric decides once; or by *passthrough* of a
 * whole network device of the machine, whose frames never come to the fabric.
 */
export type NicMode =
  | { readonly kind: 'mediated' }
  | { readonly kind: 'sriov' }
  | {
      readonly kind: 'passthrough';
      /** Name of the device on the machine. */
      readonly device: string;
    };

export const MEDIATED = { kind: 'mediated' } as const satisfies NicMode;
export const SRIOV = { kind: 'sriov' } as const satisfies NicMode;

const PASSTHROUGH = 'passthrough:';

/** The mode of a text: `mediated`, `sriov`, or `passthrough:DEVICE`; undefined for any other. */
export function parseNicMode(text: string): NicMode | undefined {
  if (text === 'mediated') return MEDIATED;
  if (text === 'sriov') return SRIOV;
  const device = text.startsWith(PASSTHROUGH) ? text.slice(PASSTHROUGH.length) : '';
  return isDeviceName(device) ? { kind: 'passthrough', device } : undefined;
}

/** The text that `parseNicMode` reads. */
export const formatNicMode = (mode: NicMode): string =>
  mode.kind === 'passthrough' ? `${PASSTHROUGH}${mode.device}` : mode.kind;

/** What Linux takes for the name of a network device (dev_valid_name): at most 15 bytes, no space, slash or colon. */
const isDeviceName = (name: string): boolean =>
  name !== '.' && name !== '..' && /^[^\s/:]+$/.test(name) && new TextEncoder().encode(name).length <= 15;
