/** The one loop that runs a packet through a list of stages, and what it needs to begin. */
import type { Interface } from './interface.ts';
import type { Packet } from './packet.ts';
import { type FromInterface, isFromInterface, isToInterface, type Passage, type ToInterface } from './passage.ts';
import type { Stage } from './stage.ts';
import { type Decider, INTO_INTERFACE, NEXT, OUT_OF_GATEWAY, type Verdict } from './verdict.ts';

/** Told each stage that a packet passed, what it said and what decided there. */
export type Observer = (
  stage: Stage<never>,
  verdict: Verdict,
  packet: Packet,
  decider: Decider | undefined,
  passage: Passage,
) => void;

/** Out of an interface whose own guards are passed: straight to a neighbour, or past the subnet's edge. */
export function leaveSubnet(packet: Packet, from: Interface, passage: Passage): Verdict {
  const neighbour = from.vpc.interfaceAt(packet.destination);
  if (neighbour && neighbour !== from && neighbour.subnet === from.subnet) {
    passage.enter(neighbour, false);
    return INTO_INTERFACE;
  }
  passage.crossesSubnet = true;
  return OUT_OF_GATEWAY;
}

/** @throws Error where no interface has sent it */
export function sending(passage: Passage): FromInterface {
  if (!isFromInterface(passage)) throw new Error('a packet out of an interface has no sender');
  return passage;
}

/** @throws Error where it is on its way into no interface */
export function receiving(passage: Passage): ToInterface {
  if (!isToInterface(passage)) throw new Error('a packet into an interface has no receiver');
  return passage;
}

/** Runs a packet through one list. */
export function walk<P extends Passage>(
  stages: readonly Stage<P>[],
  packet: Packet,
  passage: P,
  observer: Observer | undefined,
): Verdict {
  for (const stage of stages) {
    passage.decider = undefined;
    const verdict = stage.run(packet, passage);
    if (observer) observer(stage, verdict, packet, passage.decider, passage);
    if (verdict !== NEXT) return verdict;
  }
  return NEXT;
}
