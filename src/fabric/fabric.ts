/**
 * The fabric: takes frames from ports, lets the pipeline or the flow cache decide, and gives them to ports.
 *
 * It asks the world for nothing: time and the way out are handed to it, and whoever reads frames calls `receive`. A
 * buffer holds a virtio_net_hdr of 12 bytes and the frame behind it, and is rewritten in place. `send` must be done
 * with the buffer when it returns, and must not call `receive`.
 */

import type { IpAddress } from '../net/address.ts';
import type { NetworkInterfaceId } from '../net/identifiers.ts';
import { componentOfDrop, explain, originOf, packetOf } from '../pipeline/explain.ts';
import { UNPLUGGED } from '../pipeline/interface.ts';
import { Packet } from '../pipeline/packet.ts';
import type { EdgeName } from '../pipeline/passage.ts';
import { DEFAULT_LIMITS, type Origin, Pipeline, type RunOptions } from '../pipeline/pipeline.ts';
import type { Drop, Outcome } from '../pipeline/verdict.ts';
import type { EnaCounters, Explanation, FabricCounters, TraceRequest, TrafficCount } from '../tables/data-plane.ts';
import type { FlowReport } from '../tables/flow-report.ts';
import type { MediatedFrames } from '../tables/nic-ways.ts';
import type { TableUpdate } from '../tables/tables.ts';
import { VIRTIO_NET_HEADER_LENGTH } from '../wire/virtio-net-header.ts';
import { ApplianceRelay } from './appliance-relay.ts';
import type { CaptureSink } from './captures.ts';
import { enaCountersOf } from './ena-counters.ts';
import { type FabricOptions, isEdge, type PortName } from './fabric-options.ts';
import { FlowCaches } from './flow-caches.ts';
import { FlowCounts, NO_ACCOUNT } from './flow-counts.ts';
import { decisionOf } from './flow-decision.ts';
import { FlowLog } from './flow-log.ts';
import type { FlowSwitchMemory } from './flow-offload.ts';
import { sendFragments } from './fragmentation.ts';
import { FrameCounts } from './frame-counts.ts';
import { FrameWitness } from './frame-witness.ts';
import { Handover } from './handover.ts';
import { Mirror } from './mirror.ts';
import { PortCounters } from './port-counters.ts';
import { portDrops } from './port-drops.ts';
import { RateGate } from './rate-gate.ts';
import { rateTermsOf, UNLIMITED } from './rate-terms.ts';
import { RouterAdvertiser } from './router-advertiser.ts';
import { serviceClientIn } from './service-client.ts';
import { TrafficWays } from './traffic-ways.ts';

/** Where what the fabric itself sends comes from. */
const NO_PORT = -1;
/** Connections that each `expire` looks at. */
const EXPIRE_STEP = 4096;

/** Ports, tables, flow cache and counters of one data plane. */
export class Fabric {
  private readonly pipeline: Pipeline;
  private readonly flows: FlowCaches;
  private readonly counts = new FlowCounts();
  private readonly ways = new TrafficWays(this.counts);
  private readonly flowLog: FlowLog;
  private readonly mirror: Mirror;
  private readonly relay: ApplianceRelay;
  private readonly routers = new RouterAdvertiser((port, bytes, length) => void this.send(port, bytes, 0, length));
  private readonly packet = new Packet();
  private readonly errorPacket = new Packet();
  /** What each port is attached for, and the other way round. */
  private readonly names: (PortName | undefined)[] = [];
  private readonly ports = new Map<PortName, number>();
  /** Resolved from `names` after each change: an attached interface without a row is no origin. */
  private readonly origins: (Origin | undefined)[] = [];
  private readonly witness: FrameWitness;
  private readonly rates: RateGate;
  private readonly handover: Handover;
  private readonly portCounters = new PortCounters();
  private readonly runOptions: RunOptions;
  private readonly frames = new FrameCounts();

  constructor(private readonly options: FabricOptions) {
    this.witness = new FrameWitness(this.names, options.wallClock ?? options.now);
    this.pipeline = new Pipeline(options.limits ?? DEFAULT_LIMITS, options.translationLimits);
    this.rates = new RateGate({
      now: options.now,
      deliver: (port, buffer, offset, length) => this.deliver(port, buffer, offset, length),
      refused: this.witness,
      wakeAt: (dueMs, isExact) => options.wakeAt?.(dueMs, isExact),
    });
    this.mirror = new Mirror(this.pipeline, {
      send: (port, bytes, length) => this.deliver(port, bytes, 0, length),
      dropped: (drop, source) => this.witness.drops.count(drop, source.row.id),
    });
    this.flowLog = new FlowLog(this.counts, options.maxLoggedFlows);
    this.runOptions = { commits: true, observer: options.observer };
    this.relay = new ApplianceRelay(this.pipeline, options.observer);
    const { connections, translations } = this.pipeline;
    this.flows = new FlowCaches(connections, translations, this.counts, options.flowCacheEntries);
    const { pipeline, counts, flows, ports, witness, rates } = this;
    this.handover = new Handover({ pipeline, counts, captures: witness.captures, flows, ports, rates });
  }

  /** Lets every later frame obey these updates. */
  apply(updates: readonly TableUpdate[]): void {
    this.pipeline.apply(updates);
    for (const update of updates) {
      if (update.change === 'put' && update.row.kind === 'interface') this.resolve(update.row.id);
      if (update.change === 'remove' && update.kind === 'interface') {
        this.resolve(update.id as NetworkInterfaceId);
        this.witness.drops.forget(update.id);
      }
    }
    this.rates.keepOnly(this.pipeline.network.interfaces.values());
  }

  /** Hands flows between ports with representors over to a flow switch from now on. To be called once at most. */
  offloadTo(memory: FlowSwitchMemory): void {
    this.handover.begin(memory);
  }

  /**
   * Puts a port behind an interface (whose row may come later), or at an edge. What was attached there is not any more.
   * @param representor number of the representor of the port's function, where it is one of the flow switch
   */
  attach(name: PortName, port: number, representor?: number): void {
    this.detach(port);
    const former = this.ports.get(name);
    if (former !== undefined) this.detach(former, port);
    this.names[port] = name;
    this.portCounters.open(port);
    this.ports.set(name, port);
    this.resolve(name);
    this.handover.attach(port, representor);
  }

  /** Takes a port away; what is sent to its interface is dropped from now on, or waits for its successor. */
  detach(port: number, successor?: number): void {
    const name = this.names[port];
    if (name === undefined) return;
    this.handover.detach(port);
    this.names[port] = undefined;
    this.origins[port] = undefined;
    this.ports.delete(name);
    this.rates.forget(port, successor);
    const holder = this.pipeline.network.interfaceById(name);
    if (holder) holder.port = UNPLUGGED;
    this.pipeline.network.epoch += 1;
  }

  /** Takes a frame from a port: `length` bytes at `offset`, virtio header and frame. The buffer is changed. */
  receive(port: number, buffer: Uint8Array, length: number, offset = 0): void {
    const nowMs = this.options.now();
    if (nowMs >= this.rates.nextReleaseMs) this.rates.release();
    this.frames.received += 1;
    this.portCounters.from(port, length - VIRTIO_NET_HEADER_LENGTH);
    if (this.witness.captures.active) {
      this.witness.captures.hold();
      this.witness.record(port, 'out-of-guest', buffer, offset, length);
    }
    if (this.flowLog.isActive) this.flowLog.lastFrameMs = nowMs;
    const { epoch } = this.pipeline.network;
    const outPort = this.flows.forward(port, buffer, offset, length, epoch, nowMs);
    if (outPort < 0) {
      this.runStages(port, buffer, length, offset, nowMs);
    } else {
      this.frames.flowCacheHits += 1;
      const terms = this.rates.isActive ? this.flows.terms : UNLIMITED;
      this.rates.emit(port, outPort, terms, buffer, offset, length);
      this.handover.flow(terms, nowMs);
    }
    this.handover.handled(port);
    if (this.witness.captures.active) this.witness.captures.release(this.names[port]);
  }

  /** To be told when no frame waits at a port. */
  drained(port: number): void {
    this.handover.drained(port);
  }

  /** Sends the frames whose time has come, and renews what the flow switch may do; to be called as `wakeAt` says. */
  release(): void {
    this.rates.release();
  }

  /** What would happen to this packet now, after `assumed` (whose answer it may be) had passed. */
  explain(request: TraceRequest, assumed?: TraceRequest): Explanation {
    return explain(this.pipeline, request, assumed, this.options.now());
  }

  /** Sends a packet as who stands where it comes from would, with these TCP flags, and says what became of it. */
  inject(request: TraceRequest, tcpFlags: number): Explanation {
    const origin = originOf(this.pipeline, request);
    const port = origin && this.ports.get(typeof origin === 'string' ? origin : origin.row.id);
    if (!origin || port === undefined) return this.explain(request);
    const { bytes, virtio, frameLength } = packetOf(request, tcpFlags, origin);
    const frame = bytes.slice(virtio + VIRTIO_NET_HEADER_LENGTH, virtio + VIRTIO_NET_HEADER_LENGTH + frameLength);
    const explanation = this.explain({ ...request, frame });
    this.receive(port, bytes, VIRTIO_NET_HEADER_LENGTH + frameLength, virtio);
    return explanation;
  }

  /** Calls `sink` with every frame of a port until the returned function is called. */
  capture(name: PortName, sink: CaptureSink): () => void {
    const remove = this.witness.captures.add(name, sink);
    this.handover.watch();
    return () => {
      remove();
      this.handover.watch();
    };
  }

  /** Takes every flow of a port out of the flow switch before this returns, and lets none in while `withheld`. */
  withhold(name: PortName, withheld: boolean): void {
    this.handover.withhold(name, withheld);
  }

  /** Frees some expired connections and renews guests' routes; to be called now and then, a few times a second. */
  expire(): void {
    this.handover.expire(this.options.now());
    if (this.flowLog.isActive) this.settle();
    this.pipeline.connections.sweep(EXPIRE_STEP, this.options.now());
    this.routers.renew(this.origins, this.options.now());
    this.pipeline.translations.sweep(EXPIRE_STEP, this.options.now());
    this.flowLog.sample(this.options.now());
  }

  /** The interface that a client's address inside the services' network stands for, `internet` for the outside world. */
  serviceClient(address: IpAddress): NetworkInterfaceId | 'internet' | undefined {
    return serviceClientIn(this.pipeline.network, address);
  }

  counters(): FabricCounters {
    return {
      ports: this.ports.size,
      ...this.frames.report(),
      trackedConnections: this.pipeline.connections.size,
      offloaded: this.handover.counters(),
      drops: this.witness.drops.totals(),
      interfaceDrops: this.witness.drops.ofInterfaces(),
    };
  }

  /** ENA's counters of the interfaces of instances that are plugged in; of these alone where `ids` are given. */
  enaCounters(ids?: readonly NetworkInterfaceId[]): Readonly<Record<string, EnaCounters>> {
    const { pipeline, rates, witness } = this;
    return enaCountersOf({ pipeline, rates, drops: witness.drops }, this.ports, ids);
  }

  /** What the fabric has mediated for each interface that has a port. */
  mediatedFrames(): readonly MediatedFrames[] {
    const { network } = this.pipeline;
    return [...this.ports].flatMap(([id, port]) =>
      isEdge(id)
        ? []
        : { id, ...this.portCounters.of(port), seenBy: this.witness.seenBy(id, network.interfaceById(id)) },
    );
  }

  /** What was delivered on each way since the last call, without traffic inside a subnet. */
  takeTraffic(): readonly TrafficCount[] {
    this.settle();
    this.flowLog.settle();
    return this.ways.take(this.pipeline.network.epoch);
  }

  /** What the interfaces with a flow log saw since the last call. */
  takeFlows(): FlowReport {
    const { network } = this.pipeline;
    this.settle();
    return this.flowLog.take(network.epoch, () => {
      network.epoch += 1;
    });
  }

  /** Counts what the flow switch has forwarded since. */
  private settle(): void {
    if (this.handover.settle()) this.flowLog.lastFrameMs = this.options.now();
  }

  /** Brings a port and what it is attached for together, after either has changed. */
  private resolve(name: PortName): void {
    const port = this.ports.get(name);
    const holder = this.pipeline.network.interfaceById(name);
    if (holder) holder.port = port ?? UNPLUGGED;
    if (port !== undefined) {
      this.origins[port] = isEdge(name) ? name : holder;
      this.rates.allow(port, holder?.row.allowance, holder?.row.place);
    }
    if (holder) this.routers.advertise(holder);
    this.pipeline.network.epoch += 1;
  }

  private runStages(port: number, buffer: Uint8Array, length: number, offset: number, nowMs: number): void {
    const origin = this.origins[port];
    if (origin === undefined) {
      this.witness.dropped(portDrops['not-attached'], undefined, this.packet, undefined, () => undefined);
      return;
    }
    this.packet.decode(buffer, offset, Math.max(0, length - VIRTIO_NET_HEADER_LENGTH));
    if (typeof origin === 'string') this.learn(origin);
    const outbound = this.mirror.outbound(this.packet, origin);
    const outcome = this.pipeline.run(this.packet, origin, nowMs, this.runOptions);
    const copies = this.mirror.copies(this.packet, outcome, outbound);
    this.carryOut(outcome, this.packet, port, nowMs);
    if (copies) this.mirror.emit(copies, nowMs);
  }

  private carryOut(outcome: Outcome, packet: Packet, port: number, nowMs: number): void {
    switch (outcome.kind) {
      case 'delivered':
        this.finishDelivery(packet, port);
        return;
      case 'answered':
        this.frames.answered += 1;
        this.sendAnswer(port);
        return;
      case 'to-appliance':
      case 'from-appliance':
        this.count(packet, this.flowLog.accountOf(packet, this.pipeline.passage, NO_ACCOUNT));
        // What goes on is no frame of the port: neither its rates nor the flow cache know of it.
        this.relay.goOn(outcome, packet, nowMs, (next, its) => this.carryOut(its, next, NO_PORT, nowMs));
        return;
      case 'drop':
        this.witness.dropped(outcome, this.holderOfDrop, packet, this.pipeline.passage.to?.row.id, () =>
          componentOfDrop(outcome, this.pipeline.passage),
        );
        this.countRefused(packet, outcome);
        this.sendError(port, nowMs);
    }
  }

  private finishDelivery(packet: Packet, port: number): void {
    const { passage } = this.pipeline;
    const { to, edge, fragmentBytes } = passage;
    const outPort = to ? to.port : ((edge && this.ports.get(edge)) ?? UNPLUGGED);
    const account = this.flowLog.accountOf(packet, passage, this.ways.accountOf(passage));
    this.count(packet, account);
    const terms = this.rates.isActive ? rateTermsOf(packet, passage) : UNLIMITED;
    if (fragmentBytes > 0) {
      sendFragments(packet, fragmentBytes, (bytes, cutLength) =>
        this.rates.emit(port, outPort, terms, bytes, 0, cutLength),
      );
      return;
    }
    const decision = port === NO_PORT ? undefined : decisionOf(passage, outPort, account, terms);
    if (decision) this.flows.remember(packet.bytes, packet.virtio, decision);
    // NAT64 has moved what it translates to a buffer of its own.
    this.rates.emit(port, outPort, terms, packet.bytes, packet.virtio, VIRTIO_NET_HEADER_LENGTH + packet.frameLength);
    if (decision) this.handover.flow(terms, passage.nowMs);
  }

  private sendAnswer(port: number): void {
    const { answer } = this.pipeline.passage;
    if (answer.frameLength > 0) this.send(port, answer.bytes, 0, VIRTIO_NET_HEADER_LENGTH + answer.frameLength);
  }

  /** An ICMP error or a reset has to get past what guards its receiver, like every packet; at an edge that is nothing. */
  private sendError(from: number, nowMs: number): void {
    const { answer, sender, arrivedBy } = this.pipeline.passage;
    const { frameLength } = answer;
    if (frameLength === 0) return;
    const port = from === NO_PORT ? (sender?.port ?? this.ports.get(arrivedBy ?? 'internet') ?? UNPLUGGED) : from;
    if (!sender) {
      this.sendAnswer(port);
      return;
    }
    this.errorPacket.decode(answer.bytes, 0, frameLength);
    const outcome = this.pipeline.runInto(this.errorPacket, sender, nowMs);
    if (outcome.kind === 'drop') this.witness.drops.count(outcome, sender.row.id);
    else this.send(port, answer.bytes, 0, VIRTIO_NET_HEADER_LENGTH + frameLength);
  }

  private deliver(port: number, buffer: Uint8Array, offset: number, length: number): void {
    if (this.send(port, buffer, offset, length)) this.frames.delivered += 1;
  }

  private send(port: number, buffer: Uint8Array, offset: number, length: number): boolean {
    if (this.witness.captures.active) this.witness.record(port, 'into-guest', buffer, offset, length);
    const isTaken = port >= 0 && this.options.send(port, buffer, offset, length);
    if (isTaken) this.portCounters.to(port, length - VIRTIO_NET_HEADER_LENGTH);
    else this.witness.droppedAtPort(portDrops.refused, port);
    return isTaken;
  }

  /** The NIC at an edge says by its frames what MAC it has. */
  private learn(origin: EdgeName): void {
    const edge = this.pipeline.passage[origin];
    const { sourceMac, malformed } = this.packet;
    if (malformed || edge.mac === sourceMac) return;
    edge.mac = sourceMac;
    this.pipeline.network.epoch += 1;
  }

  private count({ bytes, virtio, network, transport, protocol, length }: Packet, account: number): void {
    this.counts.addSegments(account, bytes, virtio, network, transport, protocol, length);
  }

  private countRefused(packet: Packet, drop: Drop): void {
    const account = this.flowLog.accountOf(packet, this.pipeline.passage, NO_ACCOUNT, drop);
    if (account !== NO_ACCOUNT) this.count(packet, account);
  }

  /** Where the packet was when it was dropped: at the interface that it was to enter, else at the one that it had left. */
  private get holderOfDrop(): string | undefined {
    const { to, from } = this.pipeline.passage;
    return (to ?? from)?.row.id;
  }
}
