/**
 * A machine room for tests: namespace guests on a dumb switch, with a DHCP server and a metadata service of fixed
 * answers. `room.ts PRIVILEGED BUSYBOX` (true or false, a path); driven by RoomCall messages.
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { Worker } from 'node:worker_threads';
import type { GuestLink, GuestProcess } from '../../guest/guest-host.ts';
import { BOOT_SCRIPT, guestPrograms } from '../../guest/guest-programs.ts';
import { startInternetHost } from '../../guest/internet-host.ts';
import { NamespaceGuests } from '../../guest/namespace-guests.ts';
import type { InstanceId, NetworkInterfaceId } from '../../net/identifiers.ts';
import { formatMac, type Mac, mac } from '../../net/mac.ts';
import type { GuestInterface, GuestSpec } from '../../tables/data-plane.ts';
import { wakeFrameLoop } from '../frame-loop.ts';
import { NamespaceHost } from '../namespace-host.ts';
import { endWithController } from '../room-process.ts';
import { openTap } from '../tap.ts';
import type { ForwarderMessage } from './forwarder.ts';

/** What a test asks of the room; it answers with `{ id, result }` or `{ id, error }`. */
export type RoomCall = { readonly id: number } & (
  | { readonly call: 'start'; readonly spec: GuestSpec }
  | { readonly call: 'stop'; readonly instanceId: InstanceId; readonly discard: boolean }
  | { readonly call: 'reboot' | 'console' | 'refresh'; readonly instanceId: InstanceId }
  | { readonly call: 'plug'; readonly instanceId: InstanceId; readonly plug: GuestInterface }
  | { readonly call: 'unplug'; readonly instanceId: InstanceId; readonly interfaceId: NetworkInterfaceId }
  | { readonly call: 'internet' }
  | { readonly call: 'metadata'; readonly entries: Readonly<Record<string, string>> }
);

/** MACs that have an address from DHCP: 10.0.0.N for the interface whose MAC ends in N. */
export const testMac = (last: number): Mac => mac(0x02_00_00_00_00_00 + last);

const [privileged, busybox = ''] = process.argv.slice(2);
const worker = new Worker(new URL('./forwarder.ts', import.meta.url));
const waiting = new Map<number, () => void>();
const wakeFd = await new Promise<number>((resolve) => worker.once('message', (first) => resolve(first.wakeFd)));
worker.on('message', (port) => {
  if (typeof port === 'string') send({ event: port });
  else waiting.get(port)?.();
});

function tellForwarder(message: ForwarderMessage): Promise<void> {
  const done = new Promise<void>((resolve) => waiting.set(message.port, resolve));
  worker.postMessage(message);
  wakeFrameLoop(wakeFd);
  return done;
}

const portOfInterface = new Map<string, number>();
let nextPort = 0;
const attach = (id: string, link: Pick<GuestLink, 'fd'>): Promise<void> => {
  const port = nextPort++;
  portOfInterface.set(id, port);
  return tellForwarder({ kind: 'add', port, fd: link.fd });
};
const detach = (id: string): Promise<void> => tellForwarder({ kind: 'remove', port: portOfInterface.get(id) ?? -1 });
const send = (message: object): void => {
  process.send?.(message);
};

const host = await NamespaceHost.open({
  privileged: privileged === 'true',
  busybox,
  bootScript: BOOT_SCRIPT,
  programs: guestPrograms(),
  hiddenDirectories: [],
  rootSizeBytes: 2 ** 28,
});
const guests = new NamespaceGuests({
  host,
  ports: { attach, detach },
  devices: {
    hand: async ({ device }) => {
      throw new Error(`a test room hands over nothing, nor ${device}`);
    },
    takeBack: async () => undefined,
  },
  offload: { available: false, reason: 'a test room has no eBPF' },
  ended: (instanceId, how) => send({ event: `${instanceId} ${how}` }),
  graceMs: 3000,
});

/** The services' interface: router, DHCP server and metadata service of 10.0.0.0/24, in the room's own namespace. */
async function openServices(): Promise<void> {
  const tap = openTap({ name: 'services0', mac: testMac(254), mtuBytes: 9001, namespace: undefined, up: true });
  const lines = [
    'address add 10.0.0.1/24 dev services0',
    'address add 169.254.169.254/32 dev services0',
    'address add 192.0.2.254/32 dev services0',
    'address add 198.18.0.7/32 dev services0',
    'route add 192.0.2.1/32 dev services0',
    'link set lo up',
  ];
  for (const line of lines) await ended(spawn('ip', line.split(' ')));
  await attach('services', tap);
  const leases = Array.from({ length: 99 }, (_, n) => `static_lease ${formatMac(testMac(n + 2))} 10.0.0.${n + 2}`);
  const options = [
    'subnet 255.255.255.0',
    'router 10.0.0.1',
    'dns 10.0.0.2',
    'domain ec2.internal',
    'mtu 8000',
    'lease 600',
  ];
  const configuration = [
    'start 10.0.0.200',
    'end 10.0.0.201',
    'interface services0',
    'lease_file /dev/shm/leases',
    'pidfile /dev/shm/udhcpd.pid',
    ...options.map((option) => `option ${option}`),
    ...leases,
  ];
  writeFileSync('/dev/shm/leases', '');
  writeFileSync('/dev/shm/udhcpd.conf', `${configuration.join('\n')}\n`);
  spawn(busybox, ['udhcpd', '-f', '/dev/shm/udhcpd.conf'], { stdio: 'ignore' });
}
const ended = (child: ReturnType<typeof spawn>): Promise<unknown> =>
  new Promise((resolve) => child.once('exit', resolve));

const openInternet = (): Promise<GuestProcess> =>
  startInternetHost({
    host,
    hostName: 'internet',
    link: { mac: testMac(253), mtuBytes: 1500 },
    address: '192.0.2.1',
    gateway: '192.0.2.254',
    ranges: ['198.18.0.0/15'],
    serviceRanges: [],
    ipv6Address: '2001:db8:ffff::1',
    ipv6Ranges: ['3fff::/20'],
    nameServer: '192.0.2.53',
    attach: (link) => attach('internet', link),
  });

let metadata: Readonly<Record<string, string>> = {};
const server = createServer((request, response) => {
  const token = request.headers['x-aws-ec2-metadata-token'];
  if (request.method === 'PUT') response.end('a-token');
  else if (token !== 'a-token') response.writeHead(401).end();
  else if (metadata[request.url ?? ''] === undefined) response.writeHead(404).end('<html>not found</html>');
  else response.end(metadata[request.url ?? '']);
});
await openServices();
await new Promise<void>((resolve) => server.listen(80, '169.254.169.254', resolve));

async function answer(call: RoomCall): Promise<unknown> {
  switch (call.call) {
    case 'start':
      return guests.start(call.spec);
    case 'stop':
      return guests.stop(call.instanceId, { discard: call.discard });
    case 'reboot':
      return guests.reboot(call.instanceId);
    case 'console':
      return guests.consoleOutput(call.instanceId);
    case 'refresh':
      return guests.refresh(call.instanceId);
    case 'plug':
      return guests.plug(call.instanceId, call.plug);
    case 'unplug':
      return guests.unplug(call.instanceId, call.interfaceId);
    case 'internet':
      return { roomPid: (await openInternet()).roomPid };
    case 'metadata':
      metadata = call.entries;
  }
}

process.on('message', (call: RoomCall) => {
  answer(call).then(
    (result) => send({ id: call.id, result }),
    (error: unknown) => send({ id: call.id, error: String(error) }),
  );
});
endWithController();
send({ event: 'open' });
