/**
 * Router advertisements that nobody has asked for: a guest learns of IPv6 in its subnet when its interface comes or
 * gets addresses, and its default route, which lasts half an hour, is renewed in time.
 */
import { Answer } from '../pipeline/answer.ts';
import type { Interface } from '../pipeline/interface.ts';
import { UNPLUGGED } from '../pipeline/interface.ts';
import { advertiseRouter, ROUTER_LIFETIME_SECONDS } from '../pipeline/router-advertisement.ts';
import { ALL_NODES } from '../wire/neighbour-discovery.ts';
import { VIRTIO_NET_HEADER_LENGTH } from '../wire/virtio-net-header.ts';

/** Every guest hears of its router three times before it would forget it. */
const INTERVAL_MS = (ROUTER_LIFETIME_SECONDS * 1000) / 3;

/** Gives `length` bytes of virtio header and frame to a port. */
type Send = (port: number, bytes: Uint8Array, length: number) => void;

/** Sends the advertisements of one fabric. */
export class RouterAdvertiser {
  private readonly answer = new Answer();
  private position = 0;
  private lastMs: number | undefined = undefined;

  constructor(private readonly send: Send) {}

  /** Advertises the router to one guest, if it is plugged in and its subnet has IPv6. */
  advertise(holder: Interface): void {
    if (holder.port === UNPLUGGED || !holder.subnet.hasIpv6) return;
    advertiseRouter(this.answer, holder, ALL_NODES);
    this.send(holder.port, this.answer.bytes, VIRTIO_NET_HEADER_LENGTH + this.answer.frameLength);
  }

  /** To be called now and then: advertises to as many ports in turn as the time that has passed is worth. */
  renew(ports: readonly (Interface | string | undefined)[], nowMs: number): void {
    this.lastMs ??= nowMs;
    const count = Math.min(ports.length, Math.floor(((nowMs - this.lastMs) / INTERVAL_MS) * ports.length));
    if (count === 0) return;
    this.lastMs = nowMs;
    for (let done = 0; done < count; done++) {
      const holder = ports[this.position++ % ports.length];
      if (typeof holder === 'object') this.advertise(holder);
    }
  }
}
