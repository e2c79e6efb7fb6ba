/** The fabric's thread: one loop over all ports; table updates and questions reach it between two batches of frames. */
import { existsSync } from 'node:fs';
import { deserialize } from 'node:v8';
import { parentPort, receiveMessageOnPort } from 'node:worker_threads';
import { Fabric } from '../fabric/fabric.ts';
import type { PortName } from '../fabric/fabric-options.ts';
import { MachineDoor } from '../fabric/machine-door.ts';
import { VirtualGuests } from '../guest/virtual-guests.ts';
import { loadFlowSwitch, mapFlowSwitch } from '../host/flow-switch.ts';
import { FrameLoop } from '../host/frame-loop.ts';
import type { FrameBuffer } from '../host/system-calls.ts';
import type { FabricMethods, RoomEvents } from './protocol.ts';
import { RemoteCalls } from './remote-calls.ts';

/** Ports with a descriptor are numbered from 0, virtual guests' from here. */
const FIRST_VIRTUAL_PORT = 1 << 20;
const EXPIRE_EVERY_MS = 250;

if (parentPort === null) throw new Error('the fabric runs in a worker thread of the machine room');
const room = parentPort;
const clock = (): number => performance.timeOrigin + performance.now();

/** Read once per batch: the fabric asks for the time with every frame. */
let nowMs = clock();
/** When the first frame is due that the fabric holds back, or a loan to the flow switch. */
let releaseAtMs = Number.POSITIVE_INFINITY;
let isReleaseExact = false;
let current: FrameBuffer | undefined;
const portOf = new Map<PortName, number>();
/** Of virtual functions. */
const representorOf = new Map<PortName, number>();
/** The machine that all this runs on, where it has host access. */
interface Machine {
  readonly port: number;
  readonly door: MachineDoor;
}
let machine: Machine | undefined;
const freePorts: number[] = [];
let nextPort = 0;

const loop: FrameLoop = new FrameLoop(
  {
    onFrame(port, buffer, lengthBytes) {
      current = buffer;
      if (machine?.port === port) fromMachine(machine, buffer.bytes, lengthBytes);
      else fabric.receive(port, buffer.bytes, lengthBytes);
    },
    onWake(wokenAtMs) {
      nowMs = wokenAtMs;
      for (let next = receiveMessageOnPort(room); next !== undefined; next = receiveMessageOnPort(room))
        calls.receive(next.message);
      // Before any frame: whoever was told that a guest runs may send to it now.
      virtualGuests.drain();
      if (nowMs >= releaseAtMs) fabric.release();
      if (nowMs >= nextExpiryMs) expire();
    },
    onDrained: (port) => fabric.drained(port),
    onIdle: () => virtualGuests.drain(),
    onPortLost(port, errorNumber) {
      calls.remote.failed(`port ${port}`, `its device is gone (error ${errorNumber})`).catch(() => undefined);
    },
  },
  // From 2 to 512 frames in turn a gigabyte costs the same (docs/nic-modes.md): 64 is little to wait for another port.
  { batchFrames: 64, idleTimeoutMs: 100, wakeAtMs: () => releaseAtMs, wakesExactly: () => isReleaseExact, clock },
);

const fabric: Fabric = new Fabric({
  now: () => nowMs,
  wakeAt(dueMs, isExact) {
    releaseAtMs = dueMs;
    isReleaseExact = isExact;
  },
  send(port, buffer, offset, length) {
    if (port >= FIRST_VIRTUAL_PORT) return virtualGuests.deliver(port, buffer, offset, length);
    if (machine && portOf.get('internet') === port && machine.door.isForMachine(buffer, offset)) {
      // What the door does not let in has left the fabric, and is counted by the door.
      if (!machine.door.letsIn(buffer, offset, length)) return true;
      return write(machine.port, buffer, offset, length);
    }
    return write(port, buffer, offset, length);
  },
});

function write(port: number, buffer: Uint8Array, offset: number, length: number): boolean {
  if (current !== undefined && buffer === current.bytes && offset === 0) return loop.send(port, current, length);
  return loop.sendCopy(port, buffer, offset, length);
}

/** To the fabric the machine is one more host in the outside world, with the MAC of that world's own interface. */
function fromMachine({ door }: Machine, bytes: Uint8Array, length: number): void {
  const internet = portOf.get('internet');
  if (internet !== undefined && door.letsOut(bytes, length)) fabric.receive(internet, bytes, length);
}

// Of many that start together, the room is told before they have asked for their addresses.
const virtualGuests = new VirtualGuests(fabric, FIRST_VIRTUAL_PORT, 'when drained');

let nextExpiryMs = 0;
function expire(): void {
  nextExpiryMs = nowMs + EXPIRE_EVERY_MS;
  fabric.expire();
  machine?.door.expire();
}

const captures = new Map<string, () => void>();

const methods: FabricMethods = {
  apply: (updates) => fabric.apply(deserialize(updates)),
  openFlowSwitch(objectPath) {
    if (!existsSync(objectPath))
      return { available: false, reason: 'the flow switch was not built, for want of clang' };
    try {
      const descriptors = loadFlowSwitch(objectPath);
      fabric.offloadTo(mapFlowSwitch(descriptors, clock));
      return { available: true, descriptors };
    } catch (error) {
      return { available: false, reason: error instanceof Error ? error.message : String(error) };
    }
  },
  attachPort(name, fd, representor) {
    const port = freePorts.pop() ?? nextPort++;
    loop.addPort(port, fd);
    portOf.set(name, port);
    if (representor !== undefined) representorOf.set(name, representor);
    fabric.attach(name, port, representor);
  },
  detachPort(name) {
    const port = portOf.get(name);
    if (port === undefined) return;
    portOf.delete(name);
    representorOf.delete(name);
    fabric.detach(port);
    loop.removePort(port);
    freePorts.push(port);
  },
  movePorts(names) {
    for (const name of names) {
      const former = portOf.get(name);
      if (former === undefined) continue;
      const port = freePorts.pop() ?? nextPort++;
      loop.renumber(former, port);
      portOf.set(name, port);
      fabric.attach(name, port, representorOf.get(name));
      freePorts.push(former);
    }
  },
  attachMachine(addresses, fd) {
    const port = freePorts.pop() ?? nextPort++;
    loop.addPort(port, fd);
    machine = { port, door: new MachineDoor(addresses, () => nowMs) };
    // Packets for the machine leave by the outside world's port, and the door has to see each of them.
    fabric.withhold('internet', true);
  },
  startVirtualGuest: (spec) => virtualGuests.start(spec),
  stopVirtualGuest: (instanceId) => virtualGuests.stop(instanceId),
  plugVirtualGuest: (instanceId, plug) => virtualGuests.plug(instanceId, plug),
  unplugVirtualGuest: (instanceId, interfaceId) => virtualGuests.unplug(instanceId, interfaceId),
  trace: (request, assumed) => fabric.explain(request, assumed),
  setCapture(interfaceId, mode) {
    captures.get(interfaceId)?.();
    captures.delete(interfaceId);
    if (mode === undefined) return;
    const sink = (frame: Parameters<RoomEvents['captured']>[1]): void => {
      if (mode === 'drops' && !frame.dropped) return;
      calls.remote.captured(interfaceId, frame).catch(() => undefined);
    };
    captures.set(interfaceId, fabric.capture(interfaceId, sink));
  },
  counters() {
    const counters = fabric.counters();
    return { ...counters, drops: { ...counters.drops, ...machine?.door.drops() } };
  },
  enaCounters: (ids) => fabric.enaCounters(ids),
  mediatedFrames: () => fabric.mediatedFrames(),
  takeTraffic: () => fabric.takeTraffic(),
  takeFlows: () => fabric.takeFlows(),
  serviceClient: (address) => fabric.serviceClient(address),
};

const calls = new RemoteCalls<RoomEvents>({ send: (message) => room.postMessage(message) }, methods, {
  together: false,
});
calls.remote.ready(loop.wakeFd).catch(() => undefined);
loop.run();
