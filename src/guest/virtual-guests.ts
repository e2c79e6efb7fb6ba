/** The driver of virtual guests: one responder per interface, all of them in the fabric's own thread. */
import type { InstanceId, NetworkInterfaceId } from '../net/identifiers.ts';
import type { GuestInterface, GuestSpec } from '../tables/data-plane.ts';
import { VIRTIO_NET_HEADER_LENGTH } from '../wire/virtio-net-header.ts';
import { VirtualGuest } from './virtual-guest.ts';

/** The fabric as virtual guests see it. */
export interface VirtualPorts {
  attach(name: NetworkInterfaceId, port: number): void;
  detach(port: number): void;
  receive(port: number, buffer: Uint8Array, length: number): void;
}

interface Nic {
  readonly interfaceId: NetworkInterfaceId;
  readonly port: number;
  readonly responder: VirtualGuest;
}

/** Ports that a virtual guest serves without having been asked to: what people try first. */
const OPEN_TCP_PORTS = [22, 80, 443];

/** Starts and stops virtual guests, and carries their frames. */
export class VirtualGuests {
  readonly #ports: VirtualPorts;
  readonly #guests = new Map<InstanceId, Map<NetworkInterfaceId, Nic>>();
  readonly #byPort = new Map<number, Nic>();
  readonly #freePorts: number[] = [];
  #nextPort: number;
  /** Frames on their way into the fabric, each after room for its virtio header. */
  readonly #queue: { readonly port: number; readonly bytes: Uint8Array }[] = [];

  readonly #settles: 'at once' | 'when drained';
  /** Guests that will ask for their addresses with the next `drain`: to make what they say is half of starting them. */
  readonly #starting: VirtualGuest[] = [];

  /**
   * @param firstPort virtual guests take port numbers from here upwards
   * @param settles whether what guests say when they start is carried at once, or with the owner's next `drain`
   */
  constructor(ports: VirtualPorts, firstPort: number, settles: 'at once' | 'when drained') {
    this.#ports = ports;
    this.#nextPort = firstPort;
    this.#settles = settles;
  }

  start(spec: GuestSpec): void {
    this.#guests.set(spec.instanceId, new Map());
    for (const plug of spec.interfaces) this.plug(spec.instanceId, plug);
  }

  stop(instanceId: InstanceId): void {
    for (const interfaceId of [...(this.#guests.get(instanceId)?.keys() ?? [])]) this.unplug(instanceId, interfaceId);
    this.#guests.delete(instanceId);
  }

  plug(instanceId: InstanceId, plug: GuestInterface): void {
    const port = this.#freePorts.pop() ?? this.#nextPort++;
    const transmit = (frame: Uint8Array): void => {
      const bytes = new Uint8Array(VIRTIO_NET_HEADER_LENGTH + frame.length);
      bytes.set(frame, VIRTIO_NET_HEADER_LENGTH);
      this.#queue.push({ port, bytes });
    };
    const responder = new VirtualGuest({
      mac: plug.mac,
      transmit,
      settle: () => this.#settle(),
      openTcpPorts: OPEN_TCP_PORTS,
    });
    const nic = { interfaceId: plug.id, port, responder };
    this.#guests.get(instanceId)?.set(plug.id, nic);
    this.#byPort.set(port, nic);
    this.#ports.attach(plug.id, port);
    if (this.#settles === 'at once') responder.start();
    else this.#starting.push(responder);
  }

  #settle(): void {
    if (this.#settles === 'at once') this.drain();
  }

  unplug(instanceId: InstanceId, interfaceId: NetworkInterfaceId): void {
    const interfaces = this.#guests.get(instanceId);
    const nic = interfaces?.get(interfaceId);
    if (!nic) return;
    interfaces?.delete(interfaceId);
    this.#byPort.delete(nic.port);
    this.#ports.detach(nic.port);
    this.#freePorts.push(nic.port);
  }

  /** The responder behind an interface, for those who want to ping from it. */
  guestOf(interfaceId: NetworkInterfaceId): VirtualGuest | undefined {
    for (const nic of this.#byPort.values()) if (nic.interfaceId === interfaceId) return nic.responder;
    return undefined;
  }

  /** Takes a frame from the fabric. Answers wait for `drain`: the fabric is in the middle of a frame. */
  deliver(port: number, buffer: Uint8Array, offset: number, length: number): boolean {
    const nic = this.#byPort.get(port);
    if (!nic) return false;
    nic.responder.receive(buffer.slice(offset + VIRTIO_NET_HEADER_LENGTH, offset + length));
    return true;
  }

  /** Gives the fabric what the guests sent, until they have nothing to say. To be called between two frames. */
  drain(): void {
    for (const responder of this.#starting.splice(0)) responder.start();
    // Answers are queued meanwhile. Thousands of guests may have started: nothing is moved for one that is taken.
    let taken = 0;
    try {
      while (taken < this.#queue.length) {
        const next = this.#queue[taken++];
        if (next) this.#ports.receive(next.port, next.bytes, next.bytes.length);
      }
    } finally {
      this.#queue.splice(0, taken);
    }
  }
}
