/** A controller for tests, to be killed: opens a room, starts two guests, prints the ids of room and guests, and waits. */
import { fileURLToPath } from 'node:url';
import { namespacesAvailable } from '../namespaces-available.ts';
import { RoomProcess } from '../room-process.ts';

const available = await namespacesAvailable();
if (!available.available) throw new Error(available.reason);
const pids: number[] = [];
const start = (last: number): Promise<void> =>
  room.send({
    id: last,
    call: 'start',
    spec: {
      instanceId: `i-0000000000000000${last}`,
      driver: 'namespace',
      hostName: `ip-10-0-0-${last}`,
      firstBoot: true,
      interfaces: [
        {
          id: `eni-${last}`,
          deviceIndex: 0,
          networkCardIndex: 0,
          mac: 0x02_00_00_00_00_00 + last,
          mtuBytes: 9001,
          nic: { kind: 'mediated' },
          addresses: [],
        },
      ],
    },
  });
const room: RoomProcess = new RoomProcess({
  entry: fileURLToPath(new URL('./room.ts', import.meta.url)),
  arguments: [String(available.privileged), available.busybox],
  nodeArguments: process.execArgv,
  handedFd: undefined,
  privileged: available.privileged,
  received(message) {
    const text = JSON.stringify(message);
    const roomPid = /"roomPid":(\d+)/.exec(text)?.[1];
    if (roomPid !== undefined) pids.push(room.hostPidOf(Number(roomPid)) ?? 0);
    if (text.includes('"open"')) void Promise.all([start(5), start(6)]);
    if (pids.length === 2) process.stdout.write(`${[room.hostPid, ...pids].join(' ')}\n`);
  },
  lost(reason) {
    throw new Error(reason);
  },
});
