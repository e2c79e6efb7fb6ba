/** Puts a network interface into a guest's namespace: a TAP device, or a virtual function of the flow switch. */
import type { GuestLink } from '../guest/guest-host.ts';
import { type FlowSwitch, type FunctionOptions, isNameTaken } from './flow-switch.ts';
import { EBUSY, EINVAL, SystemCallError } from './system-calls.ts';
import { closeTap, openTap, type Tap, type TapOptions } from './tap.ts';

/**
 * Puts an interface into a guest; where the guest has given its name to something else, under the next free one.
 * @throws SystemCallError, with nothing left behind
 */
export function plugInterface(options: FunctionOptions, flowSwitch: FlowSwitch | undefined): GuestLink {
  if (flowSwitch) return plugFunction(flowSwitch, options);
  const tap = openGuestTap({ ...options, up: true });
  const { fd, udpSegmentation } = tap;
  return { fd, udpSegmentation, representor: undefined, close: () => closeTap(tap) };
}

/** Opens a TAP; where the guest has given its name to something else, under the next free one. */
function openGuestTap(options: TapOptions): Tap {
  try {
    return openTap(options);
  } catch (error) {
    if (!(error instanceof SystemCallError) || (error.errorNumber !== EBUSY && error.errorNumber !== EINVAL))
      throw error;
    return openTap({ ...options, name: 'eth%d' });
  }
}

/** The same for a virtual function. */
function plugFunction(flowSwitch: FlowSwitch, options: FunctionOptions): GuestLink {
  for (let number = 0; ; number++) {
    try {
      return flowSwitch.plug(number === 0 ? options : { ...options, name: `eth${number - 1}` });
    } catch (error) {
      if (!isNameTaken(error) || number > MAXIMUM_NAMES) throw error;
    }
  }
}

/** A guest that has given so many names away gets no interface. */
const MAXIMUM_NAMES = 64;
