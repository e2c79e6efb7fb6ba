/**
 * The machine room's process: guests, the outside world, the sockets of the link-local services, and the fabric's thread.
 *
 * It runs in mount, network and process namespaces of its own. Its network namespace is the services' network: the
 * fabric delivers what guests send to 169.254.169.254 and 169.254.169.253 to a TAP device here, with the sender's
 * interface written into the source address. The questions are answered by the controller, which knows the model.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { GuestLink } from '../guest/guest-host.ts';
import { BOOT_SCRIPT, guestPrograms } from '../guest/guest-programs.ts';
import { startInternetHost } from '../guest/internet-host.ts';
import { NamespaceGuests } from '../guest/namespace-guests.ts';
import { wakeFrameLoop } from '../host/frame-loop.ts';
import { NamespaceHost } from '../host/namespace-host.ts';
import { optimisingLater } from '../host/optimising-later.ts';
import { endWithController, HANDED_DESCRIPTOR } from '../host/room-process.ts';
import { openTap } from '../host/tap.ts';
import type { IpAddress } from '../net/address.ts';
import type { InstanceId } from '../net/identifiers.ts';
import { mac } from '../net/mac.ts';
import type { ApiRequest, GuestSpec, ServiceRequest } from '../tables/data-plane.ts';
import { type NicReport, nicReport, type OffloadAvailable, VIRTUAL_WAY, wayWhile } from '../tables/nic-ways.ts';
import { listenForApi } from './api-socket.ts';
import { INTERNET_MAC } from './internet-mac.ts';
import type {
  ControllerMethods,
  FabricMethods,
  FlowSwitchOpened,
  RoomEvents,
  RoomMethods,
  RoomOptions,
  RoomPid,
} from './protocol.ts';
import { RemoteCalls } from './remote-calls.ts';
import { listenForServices } from './service-sockets.ts';
import { Site } from './site.ts';

const run = promisify(execFile);
/** How long a guest may take to shut down before it is ended. */
const SHUTDOWN_GRACE_MS = 3000;
/**
 * Updates of some thousand interfaces: an import, whose guests follow. What is done for it in the fabric's thread seems hot to
 * V8 and is not done again, see `optimisingLater`: of 0.45 s that the room's other threads had 0.15 s are left.
 */
const LARGE_UPDATES_BYTES = 500_000;
/** As long as that takes where the machine is slow. */
const LARGE_UPDATES_MS = 2000;
const SERVICES_MAC = mac(0x5a00_0000_0002);
/** Guests never meet these networks; the gateway need only lie outside of the public ranges (RFC 5737). */
const INTERNET_GATEWAY = '192.0.2.254';
const INTERNET_RESOLVER = '192.0.2.53';

/** What ip(8) is told of the services' network. */
const SERVICES_NETWORK = `
link set lo up
address add 169.254.169.254/32 dev services0
address add 169.254.169.253/32 dev services0
address add 169.254.169.123/32 dev services0
address add 169.254.169.80/32 dev services0
route add 10.0.0.0/8 dev services0 src 169.254.169.254
`;
const SERVICES_IPV6_NETWORK = `
address add fd00:ec2::254/128 dev services0 nodad
address add fd00:ec2::253/128 dev services0 nodad
address add fd00:ec2::123/128 dev services0 nodad
route add fd00:ec2:0:1::/64 via fe80:ec2::1 dev services0
`;
/** A kernel may have been started without IPv6 (ipv6.disable=1): then there are services over IPv4 only. */
const HAS_IPV6 = existsSync('/proc/sys/net/ipv6/conf');

endWithController();

const worker = new Worker(new URL('./fabric-worker.js', import.meta.url));
let wakeFd: number | undefined;
let wakeable: () => void = () => undefined;
const ready = new Promise<void>((resolve) => {
  wakeable = resolve;
});
const events: RoomEvents = {
  ready(fd) {
    wakeFd = fd;
    wakeable();
  },
  captured: (interfaceId, frame) => void controller.remote.captured(interfaceId, frame).catch(() => undefined),
  failed: (what, reason) => void controller.remote.failed(what, reason).catch(() => undefined),
};
const fabric = new RemoteCalls<FabricMethods>(
  {
    send(message) {
      worker.postMessage(message);
      if (wakeFd !== undefined) wakeFrameLoop(wakeFd);
    },
  },
  events,
  { together: true },
);
worker.on('message', (message: unknown) => fabric.receive(message));
worker.on('error', (error) => {
  process.stderr.write(`localvpc: the fabric's thread failed: ${error.stack ?? error.message}\n`);
  process.exit(1);
});

/** Everything that exists once the room is open. */
interface OpenRoom {
  readonly guests: NamespaceGuests;
  readonly site: Site;
  readonly offload: OffloadAvailable;
}
let opened: OpenRoom | undefined;
/** Instances whose guest is a responder inside the fabric's thread. */
const virtual = new Set<InstanceId>();

const room = (): OpenRoom => {
  if (opened === undefined) throw new Error('the machine room is not open yet');
  return opened;
};
const guests = (): NamespaceGuests => room().guests;

async function open(options: RoomOptions): Promise<RoomPid> {
  const opening = NamespaceHost.open({
    privileged: options.privileged,
    busybox: options.busybox,
    bootScript: BOOT_SCRIPT,
    programs: guestPrograms(),
    hiddenDirectories: options.hiddenDirectories,
    rootSizeBytes: options.guestRootBytes,
  });
  // The fabric's thread comes up meanwhile.
  const [host, flowSwitch] = await Promise.all([opening, ready.then(() => openFlowSwitch(options))]);
  if (flowSwitch.available) host.useFlowSwitch(flowSwitch.descriptors);
  const offload: OffloadAvailable = flowSwitch.available ? { available: true } : flowSwitch;
  opened = {
    offload,
    site: new Site(host, (link) => fabric.remote.attachPort('site', link.fd, link.representor)),
    guests: new NamespaceGuests({
      host,
      ports: {
        attach: (id, link) => fabric.remote.attachPort(id, link.fd, link.representor),
        detach: (id) => fabric.remote.detachPort(id),
      },
      devices: {
        hand: (handover) => controller.remote.handDevice(handover),
        takeBack: (interfaceId) => controller.remote.takeDeviceBack(interfaceId),
      },
      offload,
      ended: (instanceId, how) => void controller.remote.guestEnded(instanceId, how).catch(() => undefined),
      graceMs: SHUTDOWN_GRACE_MS,
    }),
  };
  const [internet] = await Promise.all([startInternet(host, options), openServices()]);
  const { machineAddresses } = options;
  if (machineAddresses !== undefined) await fabric.remote.attachMachine(machineAddresses, HANDED_DESCRIPTOR);
  return { roomPid: internet.roomPid };
}

const startInternet = (host: NamespaceHost, options: RoomOptions): ReturnType<typeof startInternetHost> =>
  startInternetHost({
    host,
    hostName: 'internet',
    link: { mac: INTERNET_MAC, mtuBytes: 1500 },
    address: options.internetAddress,
    gateway: INTERNET_GATEWAY,
    ranges: options.publicRanges,
    serviceRanges: options.serviceRanges,
    ipv6Address: options.internetIpv6Address,
    ipv6Ranges: options.publicIpv6Ranges,
    nameServer: INTERNET_RESOLVER,
    attach: (link: GuestLink) => fabric.remote.attachPort('internet', link.fd, link.representor),
  });

async function openFlowSwitch({ privileged }: RoomOptions): Promise<FlowSwitchOpened> {
  // The kernel takes programs from root of the machine alone, whatever a room's own root may do.
  if (!privileged) return { available: false, reason: 'only root may load eBPF programs' };
  return fabric.remote.openFlowSwitch(fileURLToPath(new URL('./flow-switch.o', import.meta.url)));
}

async function openServices(): Promise<void> {
  const tap = openTap({ name: 'services0', mac: SERVICES_MAC, mtuBytes: 9001, namespace: undefined, up: true });
  const configured = run('ip', ['-batch', '-']);
  configured.child.stdin?.end(HAS_IPV6 ? SERVICES_NETWORK + SERVICES_IPV6_NETWORK : SERVICES_NETWORK);
  await configured;
  await fabric.remote.attachPort('services', tap.fd, undefined);
  const handlers = {
    clientAt: (address: IpAddress) => fabric.remote.serviceClient(address),
    serve: (request: ServiceRequest) => controller.remote.serve(request),
    callApi: (request: ApiRequest) => controller.remote.callApi(request),
    failed: (what: string, reason: string) => events.failed(what, reason),
  };
  await Promise.all([listenForServices(handlers, { ipv6: HAS_IPV6 }), listenForApi(handlers)]);
}

async function startGuest(spec: GuestSpec): Promise<RoomPid> {
  if (spec.driver === 'namespace') return guests().start(spec);
  virtual.add(spec.instanceId);
  await fabric.remote.startVirtualGuest(spec);
  return { roomPid: undefined };
}

/** Of namespace guests as their driver has it; the others are virtual. */
async function nics(): Promise<readonly NicReport[]> {
  const counted = new Map((await fabric.remote.mediatedFrames()).map((frames) => [frames.id, frames]));
  const own = guests()
    .ways()
    .map(({ id, way }): NicReport => {
      const frames = counted.get(id);
      counted.delete(id);
      return frames ? nicReport(wayWhile(frames.seenBy, way), frames) : { id, way, mediated: undefined };
    });
  return [...own, ...[...counted.values()].map((frames) => nicReport(VIRTUAL_WAY, frames))];
}

const methods: RoomMethods = {
  open,
  async apply(updates, forRoom) {
    if (updates.length > LARGE_UPDATES_BYTES) void optimisingLater(() => sleep(LARGE_UPDATES_MS));
    await fabric.remote.apply(updates);
    await room().site.follow(forRoom);
  },
  openSite: () => room().site.open(),
  startGuest,
  async stopGuest(instanceId, options) {
    if (!virtual.delete(instanceId)) return guests().stop(instanceId, options);
    await fabric.remote.stopVirtualGuest(instanceId);
  },
  moveInterfaces: (interfaceIds) => fabric.remote.movePorts(interfaceIds),
  rebootGuest: async (instanceId) => (virtual.has(instanceId) ? { roomPid: undefined } : guests().reboot(instanceId)),
  plugInterface: (instanceId, plug) =>
    virtual.has(instanceId) ? fabric.remote.plugVirtualGuest(instanceId, plug) : guests().plug(instanceId, plug),
  unplugInterface: (instanceId, interfaceId) =>
    virtual.has(instanceId)
      ? fabric.remote.unplugVirtualGuest(instanceId, interfaceId)
      : guests().unplug(instanceId, interfaceId),
  refreshGuest: (instanceId) => guests().refresh(instanceId),
  consoleOutput: (instanceId) => guests().consoleOutput(instanceId),
  trace: (request, assumed) => fabric.remote.trace(request, assumed),
  setCapture: (interfaceId, mode) => fabric.remote.setCapture(interfaceId, mode),
  counters: () => fabric.remote.counters(),
  enaCounters: (ids) => fabric.remote.enaCounters(ids),
  offload: () => room().offload,
  nics,
  takeTraffic: () => fabric.remote.takeTraffic(),
  takeFlows: () => fabric.remote.takeFlows(),
};

const controller = new RemoteCalls<ControllerMethods>({ send: (message) => void process.send?.(message) }, methods, {
  together: true,
});
process.on('message', (message) => controller.receive(message));
