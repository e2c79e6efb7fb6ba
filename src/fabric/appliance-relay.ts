/**
 * What goes on where a packet stops at an appliance: its frames, each in a tunnel, from the Gateway Load Balancer's node to
 * the appliance; and what comes back in one, from the endpoint.
 *
 * Tunnels are told by flow logs and bills like other packets, and like those of mirroring they are neither limited by the
 * rates of who sent what is in them nor remembered by the flow cache (that AWS charges nobody's rates for them is
 * unconfirmed).
 */
import type { Packet } from '../pipeline/packet.ts';
import type { Observer, Pipeline } from '../pipeline/pipeline.ts';
import { inspection } from '../pipeline/stages/inspection.ts';
import { wrap } from '../pipeline/tunnel.ts';
import type { Outcome } from '../pipeline/verdict.ts';
import { wireFrames } from './segmentation.ts';

/** Told of each packet that goes on, when the pipeline's passage says how. */
type GoingOn = (packet: Packet, outcome: Outcome) => void;

/** The relay of one fabric. */
export class ApplianceRelay {
  /** A tunnel that would go into another one goes nowhere. */
  private isInTunnel = false;

  constructor(
    private readonly pipeline: Pipeline,
    private readonly observer: Observer | undefined,
  ) {}

  /** To be called when the stages have just ended with this outcome. */
  goOn(outcome: Outcome, packet: Packet, nowMs: number, then: GoingOn): void {
    const { steered, unwrapped } = this.pipeline.passage;
    if (outcome.kind === 'from-appliance' && unwrapped) {
      then(unwrapped.packet, this.pipeline.runUnwrapped(unwrapped, nowMs, this.observer));
      return;
    }
    if (outcome.kind !== 'to-appliance' || !steered) return;
    if (this.isInTunnel) {
      then(packet, inspection.drops.astray);
      return;
    }
    for (const frame of wireFrames(packet)) {
      const tunnel = wrap(steered, frame);
      this.isInTunnel = true;
      then(tunnel, this.pipeline.runFrom(tunnel, steered.node, nowMs, this.observer));
      this.isInTunnel = false;
    }
  }
}
