/** What a stage says of a packet: go on, go over to another list of stages, answered, delivered, or dropped for a declared reason. */
import type { TraceComponent } from '../tables/data-plane.ts';

/** The stage has no objection; the next one looks. */
export const NEXT = { kind: 'next' } as const;
/** The packet's way goes on at the stages into an interface (`passage.to`). */
export const INTO_INTERFACE = { kind: 'into-interface' } as const;
/** The packet is exempt from what guards an interface and goes on at its delivery. */
export const INTO_GUEST = { kind: 'into-guest' } as const;
/** The packet's way goes on at the stages into the outside world. */
export const INTO_INTERNET = { kind: 'into-internet' } as const;
/** The packet's way goes on at the stages to the customer's site. */
export const INTO_SITE = { kind: 'into-site' } as const;
/** The packet goes to the link-local services' own network. */
export const INTO_SERVICES = { kind: 'into-services' } as const;
/** The fabric answered in the place of a router or server; the answer, if it is a frame, stands in `passage.answer`. */
export const ANSWERED = { kind: 'answered' } as const;
/** The packet, as it is now, is handed to where the passage leads. */
export const DELIVERED = { kind: 'delivered' } as const;

/** A NAT or transit gateway, or a Gateway Load Balancer endpoint, has done its work on the packet, which goes on where packets leave the subnet of its interface. */
export const OUT_OF_GATEWAY = { kind: 'out-of-gateway' } as const;

/** A regional NAT gateway has done its work on the packet, which leaves it by its own route table. */
export const OUT_OF_REGIONAL_NAT_GATEWAY = { kind: 'out-of-regional-nat-gateway' } as const;

/** A load balancer's node has a packet go on, which leaves the node's interface: to a target, or with an answer to a client. */
export const OUT_OF_LOAD_BALANCER = { kind: 'out-of-load-balancer' } as const;
/** A load balancer has handed an answer back to the endpoint, whose interface it leaves. */
export const OUT_OF_ENDPOINT = { kind: 'out-of-endpoint' } as const;

/** A target answers a client whose address a load balancer has kept: the packet leaves the target's subnet for the node. */
export const BACK_TO_LOAD_BALANCER = { kind: 'back-to-load-balancer' } as const;
/** A Gateway Load Balancer sends the packet to an appliance (`passage.steered`), in a tunnel. In questions it comes back at once. */
export const TO_APPLIANCE = { kind: 'to-appliance' } as const;
/** A packet has come out of an appliance's tunnel (`passage.unwrapped`), and goes on from the endpoint that it had come to. */
export const FROM_APPLIANCE = { kind: 'from-appliance' } as const;

/** What a reason to drop means, and what Reachability Analyzer calls it. */
export interface DropDeclaration {
  /** Completes "dropped, because …": a sentence without its full stop. */
  readonly when: string;
  /** AWS's explanation code, where it has one. */
  readonly code?: string;
}

/** A drop, made once per reason so that dropping allocates nothing. */
export interface Drop extends DropDeclaration {
  readonly kind: 'drop';
  readonly stage: string;
  readonly reason: string;
  /** `stage/reason`: the name in counters, traces and tests. */
  readonly id: string;
}

/** What ends a list of stages. */
export type Verdict =
  | typeof NEXT
  | typeof INTO_INTERFACE
  | typeof INTO_GUEST
  | typeof INTO_INTERNET
  | typeof INTO_SERVICES
  | typeof INTO_SITE
  | typeof OUT_OF_GATEWAY
  | typeof OUT_OF_REGIONAL_NAT_GATEWAY
  | typeof OUT_OF_LOAD_BALANCER
  | typeof OUT_OF_ENDPOINT
  | typeof BACK_TO_LOAD_BALANCER
  | typeof TO_APPLIANCE
  | typeof FROM_APPLIANCE
  | typeof ANSWERED
  | typeof DELIVERED
  | Drop;

/** What becomes of a packet in the end. At an appliance another packet goes on in its place. */
export type Outcome = typeof ANSWERED | typeof DELIVERED | typeof TO_APPLIANCE | typeof FROM_APPLIANCE | Drop;

/** A rule, entry, route or gateway that decided about a packet; described only when somebody asks. */
export interface Decider {
  describe(): Component;
}

/** The component of a network that decided, as a trace names it. */
export type Component = TraceComponent;
