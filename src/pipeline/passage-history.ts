/** What a packet leaves behind while it is at an appliance, and finds again when it comes back: all that its way was so far. */
import type { Packet } from './packet.ts';
import type { Passage } from './passage.ts';

/** The state of a way at an endpoint. */
export type PassageHistory = Pick<
  Passage,
  | 'sender'
  | 'arrivedBy'
  | 'originalSource'
  | 'originalDestination'
  | 'originalPorts'
  | 'route'
  | 'isTranslated'
  | 'pathMtuBytes'
  | 'natGateways'
  | 'passed'
  | 'endpointEnds'
  | 'cameThroughEndpoint'
  | 'inspections'
  | 'transitCrossings'
  | 'keepsGroupReferences'
>;

/** As it is now; what the passage goes on to does not change it. */
export const historyOf = (passage: Passage): PassageHistory => ({
  sender: passage.sender,
  arrivedBy: passage.arrivedBy,
  originalSource: passage.originalSource,
  originalDestination: passage.originalDestination,
  originalPorts: passage.originalPorts,
  route: passage.route,
  isTranslated: passage.isTranslated,
  pathMtuBytes: passage.pathMtuBytes,
  natGateways: passage.natGateways,
  passed: [...passage.passed],
  endpointEnds: passage.endpointEnds,
  cameThroughEndpoint: passage.cameThroughEndpoint,
  inspections: passage.inspections,
  transitCrossings: [...passage.transitCrossings],
  keepsGroupReferences: passage.keepsGroupReferences,
});

/** Begins the way of a packet that has come back where its way had stopped. */
export function resume(passage: Passage, packet: Packet, history: PassageHistory, nowMs: number): void {
  const { passed, transitCrossings, ...rest } = history;
  passage.begin(packet, history.sender, nowMs, true);
  Object.assign(passage, rest);
  passage.passed.push(...passed);
  passage.transitCrossings.push(...transitCrossings);
  passage.seenBefore = passed.length;
}
