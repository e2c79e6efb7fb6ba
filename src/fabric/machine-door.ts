/**
 * The door between the machine that localvpc runs on and the outside world of its VPCs: it opens from the machine alone.
 *
 * With host access on, the machine reaches public addresses as the internet does. A guest must not reach the machine
 * in turn, which listens to its owner and not to whoever runs in a guest. So connections are tracked here: in comes
 * what answers a packet of the machine's, and nothing else. Nor does the machine forward for others through the door.
 */
import { type Ipv4, type Ipv6, isIpv6 } from '../net/address.ts';
import { isIpv6LinkLocal } from '../net/ipv6-scope.ts';
import { TCP } from '../net/protocol.ts';
import { ConnectionTable, NO_CONNECTION } from '../pipeline/connection-table.ts';
import { type ConnectionHolder, ConnectionTracker } from '../pipeline/connection-tracking.ts';
import { Packet } from '../pipeline/packet.ts';
import type { Drop } from '../pipeline/verdict.ts';
import { readUint16, readUint32 } from '../wire/big-endian.ts';
import { ETHER_TYPE, ETHER_TYPE_IPV4, ETHER_TYPE_IPV6, ETHERNET_HEADER_LENGTH } from '../wire/ethernet.ts';
import { IPV4_DESTINATION } from '../wire/ipv4.ts';
import { IPV6_DESTINATION } from '../wire/ipv6.ts';
import { ACK, SYN } from '../wire/tcp.ts';
import { VIRTIO_NET_HEADER_LENGTH } from '../wire/virtio-net-header.ts';

/** Why a frame does not pass. */
export const machineDoorDrops = {
  'not-ip': doorDrop('not-ip', 'the frame of the machine carries no whole IP packet'),
  'link-local': doorDrop('link-local', 'the machine speaks to the link itself, where nobody else is'),
  'foreign-source': doorDrop('foreign-source', 'the machine forwards it for somebody else'),
  uninvited: doorDrop('uninvited', 'it answers no packet of the machine, and nobody else may speak first'),
  'table-full': doorDrop('table-full', 'the machine has as many connections as are tracked'),
} as const;

function doorDrop(reason: string, when: string): Drop {
  return { kind: 'drop', stage: 'machine-door', reason, id: `machine-door/${reason}`, when };
}

/** Connections of one machine; some 7 MB when every one is in use. */
const LIMITS = { total: 1 << 16, perInstance: 1 << 16 };
/** The machine is no interface of EC2's; it gets the timeouts that one has by default. */
const MACHINE: ConnectionHolder = {
  index: 0,
  row: {
    owner: { id: 'machine' },
    timeouts: { tcpEstablishedTimeoutMs: 432_000_000, udpTimeoutMs: 30_000, udpStreamTimeoutMs: 180_000 },
  },
};
/** Connections that each `expire` looks at. */
const EXPIRE_STEP = 512;

/** The machine's own addresses on its side of the door. */
export interface MachineAddresses {
  readonly ipv4: Ipv4;
  readonly ipv6: Ipv6;
}

/** The tracked connections of the machine. Frames stand in buffers as in the fabric: virtio header first. */
export class MachineDoor {
  private readonly tracker = new ConnectionTracker(new ConnectionTable(LIMITS));
  private readonly packet = new Packet();
  private readonly dropped = new Map<Drop, number>();

  /** The IPv6 address in four words, as it stands in a frame. */
  private readonly ipv6Words: readonly number[];

  /** @param now milliseconds of a clock that never goes back */
  constructor(
    private readonly addresses: MachineAddresses,
    private readonly now: () => number,
  ) {
    this.ipv6Words = [96n, 64n, 32n, 0n].map((shift) => Number((addresses.ipv6 >> shift) & 0xffff_ffffn));
  }

  /** True where a frame from the machine, of `length` bytes with its virtio header, goes on into the outside world. */
  letsOut(buffer: Uint8Array, length: number, offset = 0): boolean {
    const { packet } = this;
    packet.decode(buffer, offset, Math.max(0, length - VIRTIO_NET_HEADER_LENGTH));
    if (packet.malformed || packet.version === 0) return this.drop(machineDoorDrops['not-ip']);
    const { source } = packet;
    if (isIpv6(source) && (source === 0n || isIpv6LinkLocal(source))) return this.drop(machineDoorDrops['link-local']);
    if (source !== this.addresses.ipv4 && source !== this.addresses.ipv6)
      return this.drop(machineDoorDrops['foreign-source']);
    // It has no ports to open anything with, and its first fragment has.
    if (packet.isLaterFragment) return true;
    return this.trackOut(this.now()) || this.drop(machineDoorDrops['table-full']);
  }

  /** True for a frame on its way into the outside world whose destination is the machine. */
  isForMachine(buffer: Uint8Array, offset: number): boolean {
    const frame = offset + VIRTIO_NET_HEADER_LENGTH;
    const header = frame + ETHERNET_HEADER_LENGTH;
    const etherType = readUint16(buffer, frame + ETHER_TYPE);
    if (etherType === ETHER_TYPE_IPV4) return readUint32(buffer, header + IPV4_DESTINATION) === this.addresses.ipv4;
    return etherType === ETHER_TYPE_IPV6 && this.isOwnIpv6(buffer, header + IPV6_DESTINATION);
  }

  /** True where such a frame goes on to the machine. */
  letsIn(buffer: Uint8Array, offset: number, length: number): boolean {
    const { packet } = this;
    packet.decode(buffer, offset, Math.max(0, length - VIRTIO_NET_HEADER_LENGTH));
    return (!packet.malformed && this.answers(this.now())) || this.drop(machineDoorDrops.uninvited);
  }

  /** Frees some expired connections; to be called now and then. */
  expire(): void {
    this.tracker.table.sweep(EXPIRE_STEP, this.now());
  }

  /** `stage/reason` → frames, as the fabric counts its own. */
  drops(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.dropped].map(([drop, frames]) => [drop.id, frames]));
  }

  private isOwnIpv6(buffer: Uint8Array, at: number): boolean {
    for (let word = 0; word < 4; word++) if (readUint32(buffer, at + 4 * word) !== this.ipv6Words[word]) return false;
    return true;
  }

  private trackOut(nowMs: number): boolean {
    const { tracker, packet } = this;
    if (tracker.isRelatedError(MACHINE, packet, true, nowMs)) return true;
    let slot = tracker.find(MACHINE, packet, true, nowMs);
    if (slot !== NO_CONNECTION && tracker.isReopened(slot, packet)) {
      tracker.table.remove(slot);
      slot = NO_CONNECTION;
    }
    if (slot === NO_CONNECTION) return tracker.open(MACHINE, packet, true, nowMs) !== NO_CONNECTION;
    tracker.advance(slot, MACHINE, packet, true, nowMs);
    return true;
  }

  private answers(nowMs: number): boolean {
    const { tracker, packet } = this;
    if (packet.isLaterFragment) return tracker.isKnownFragment(MACHINE, packet, false, nowMs);
    // Ports that were used before may have become somebody's who listens: no answer of TCP's is a SYN alone.
    if (packet.protocol === TCP && (packet.tcpFlags & (SYN | ACK)) === SYN) return false;
    if (tracker.isRelatedError(MACHINE, packet, false, nowMs)) return true;
    const slot = tracker.find(MACHINE, packet, false, nowMs);
    if (slot === NO_CONNECTION) return false;
    tracker.advance(slot, MACHINE, packet, false, nowMs);
    return !packet.isFirstFragment || tracker.rememberFragments(MACHINE, packet, false, nowMs);
  }

  private drop(drop: Drop): false {
    this.dropped.set(drop, (this.dropped.get(drop) ?? 0) + 1);
    return false;
  }
}
