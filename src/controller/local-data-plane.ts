/** The data plane inside this process: the fabric and virtual guests, for tests and for machines without namespaces. */
import { Fabric } from '../fabric/fabric.ts';
import { VirtualGuests } from '../guest/virtual-guests.ts';
import type { DataPlane, Explanation, InternetSide, TraceRequest } from '../tables/data-plane.ts';
import { virtualNic } from './nic-reports.ts';

/** The outside world and the customer's site, where nobody is who would answer; virtual guests' ports follow. */
const INTERNET_PORT = 0;
const SITE_PORT = 1;
const FIRST_VIRTUAL_PORT = 2;
const EXPIRE_EVERY_MS = 250;

/** What a local data plane is handed. */
export interface LocalDataPlaneOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly internet: InternetSide['address'];
}

/** A data plane whose owner can send packets in the guests' place. */
export interface LocalDataPlane extends DataPlane {
  /**
   * Sends one packet, with these TCP flags, and says what became of it. It leaves its traces in connection tables, flow
   * logs and on the bill; the guest that it is delivered to does not see it, so that nothing answers but who is asked to.
   */
  send(request: TraceRequest, tcpFlags: number): Explanation;
}

/** A data plane that needs nothing of the machine. */
export function localDataPlane({ now, internet }: LocalDataPlaneOptions): LocalDataPlane {
  let isSending = false;
  const fabric: Fabric = new Fabric({
    now,
    wakeAt: (dueMs) => alarm.set(dueMs),
    send: (port, buffer, offset, length) =>
      isSending || port < FIRST_VIRTUAL_PORT || guests.deliver(port, buffer, offset, length),
  });
  const guests = new VirtualGuests(fabric, FIRST_VIRTUAL_PORT, 'at once');
  const release = (): void => {
    fabric.release();
    guests.drain();
  };
  const alarm = new Alarm(now, release);
  const expiry = setInterval(() => fabric.expire(), EXPIRE_EVERY_MS);
  expiry.unref();
  return {
    drivers: ['virtual'],
    internet: { address: internet, hostPid: async () => undefined },
    offload: async () => ({ available: false, reason: 'guests are virtual' }),
    apply: async (updates) => fabric.apply(updates),
    openSite: async () => ({ hostPid: undefined }),
    async startGuest(spec) {
      if (spec.driver !== 'virtual') throw new Error(`${spec.driver} guests do not work here`);
      guests.start(spec);
      return { hostPid: undefined };
    },
    stopGuest: async (instanceId) => guests.stop(instanceId),
    // Virtual guests are where the fabric is; their ports stay.
    moveInterfaces: async () => undefined,
    rebootGuest: async () => ({ hostPid: undefined }),
    plugInterface: async (instanceId, plug) => guests.plug(instanceId, plug),
    unplugInterface: async (instanceId, interfaceId) => guests.unplug(instanceId, interfaceId),
    refreshGuest: async () => undefined,
    consoleOutput: async () => '',
    guestPid: () => undefined,
    trace: async (request, assumed) => fabric.explain(request, assumed),
    send(request, tcpFlags) {
      fabric.attach('internet', INTERNET_PORT);
      fabric.attach('site', SITE_PORT);
      isSending = true;
      try {
        return fabric.inject(request, tcpFlags);
      } finally {
        isSending = false;
      }
    },
    capture: (interfaceId, sink, mode) =>
      fabric.capture(interfaceId, (frame) => {
        if (mode === 'all' || frame.dropped) sink(frame);
      }),
    counters: async () => fabric.counters(),
    enaCounters: async (ids) => fabric.enaCounters(ids),
    nics: async () => fabric.mediatedFrames().map(virtualNic),
    takeTraffic: async () => fabric.takeTraffic(),
    takeFlows: async () => fabric.takeFlows(),
    async close() {
      clearInterval(expiry);
      alarm.set(Number.POSITIVE_INFINITY);
    },
  };
}

/** Calls back at a time, or soon after; another time replaces it, and Infinity takes it away. */
class Alarm {
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly now: () => number,
    private readonly ring: () => void,
  ) {}

  set(dueMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (dueMs === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(this.ring, Math.max(1, Math.ceil(dueMs - this.now())));
    this.#timer.unref();
  }
}
