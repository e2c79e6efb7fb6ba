/**
 * Gateway Load Balancer endpoints: routes lead packets to them, whatever their addresses, so that somebody looks at them
 * before they go on from there, unchanged, by the route table of the endpoint's subnet.
 *
 * Sources: AWS PrivateLink guide, gateway-load-balancer-endpoints (a network ACL is asked about what goes to the endpoint
 * even from within its subnet; egress-only internet gateways) and vpce-gateway-load-balancer (routing); Gateway Load
 * Balancer guide, gateway-load-balancers (MTU: what is larger is dropped, without an ICMP error).
 */
import type { Interface } from './interface.ts';
import type { Packet } from './packet.ts';
import { ENDPOINT_MTU_BYTES, endsOf, type Passage } from './passage.ts';
import { type Decider, type DropDeclaration, INTO_INTERFACE, OUT_OF_GATEWAY, type Verdict } from './verdict.ts';

/** More of them than any sensible way has: routes that lead in a circle end here. */
const MAX_INSPECTIONS = 8;

/** Why an endpoint does not take a packet, whoever stands behind it. */
export const inspectionDrops = {
  'not-a-host': {
    when: 'it is for the interface of a Gateway Load Balancer endpoint, which takes what routes lead to it and answers nothing',
  },
  'too-big': { when: 'it is larger than 8500 bytes; endpoints send no ICMP errors' },
  loop: { when: 'routes lead the packet from endpoint to endpoint', code: 'CANNOT_ROUTE' },
} as const satisfies Record<string, DropDeclaration>;

/** One of those reasons. */
export type InspectionObjection = keyof typeof inspectionDrops;

/** Leads a packet to the endpoint that its route names; false where none of this id is available in the VPC. */
export function leadToEndpoint(id: string, vpc: Interface['vpc'], passage: Passage): boolean {
  const endpoint = passage.network.endpoints.inspectingAt(id);
  if (!endpoint || endpoint.vpc !== vpc) return false;
  passage.enter(endpoint, true);
  passage.inspectedAt = endpoint;
  return true;
}

/** Why the endpoint does not take the packet. */
export function endpointObjection(packet: Packet, passage: Passage): InspectionObjection | undefined {
  passage.inspections += 1;
  if (passage.inspections > MAX_INSPECTIONS) return 'loop';
  return packet.wireLength > ENDPOINT_MTU_BYTES ? 'too-big' : undefined;
}

/** Lets the packet go on. In the endpoint's own subnet neither ACL nor route table stands between (unconfirmed). */
export function goOnFrom(endpoint: Interface, packet: Packet, passage: Passage): Verdict {
  passage.leaveInspection(endpoint, endsOf(packet));
  const neighbour = endpoint.vpc.interfaceAt(packet.destination);
  if (!neighbour || neighbour.subnet !== endpoint.subnet || neighbour === endpoint) return OUT_OF_GATEWAY;
  passage.enter(neighbour, false);
  return INTO_INTERFACE;
}

/** The endpoint, as the component that decided. */
export const inspectionDecider = ({ row: { owner } }: Interface): Decider => ({
  describe: () => ({ kind: 'gateway-load-balancer-endpoint', id: owner.id, detail: '' }),
});

/** True where an egress-only internet gateway drops what comes from this interface (PrivateLink guide). */
export const isKeptFromEgressOnly = ({ row: { owner } }: Interface): boolean =>
  owner.kind === 'gateway-load-balancer-endpoint' && owner.inspector.kind === 'gateway-load-balancer';
