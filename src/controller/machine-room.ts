/** The data plane with real guests: a process of its own, in namespaces of its own, that this one talks to. */
import { serialize } from 'node:v8';
import { DeviceKeepers } from '../host/device-keeper.ts';
import type { InstanceId, NetworkInterfaceId } from '../net/identifiers.ts';
import {
  type ControllerMethods,
  type RoomMethods,
  type RoomOptions,
  type RoomPid,
  roomUpdates,
} from '../room/protocol.ts';
import { RemoteCalls } from '../room/remote-calls.ts';
import type {
  CapturedFrame,
  CaptureMode,
  DataPlane,
  DataPlaneEvents,
  GuestStarted,
  InternetSide,
} from '../tables/data-plane.ts';
import type { StartedRoom } from './started-room.ts';

/** Drivers of a machine room. */
export const ROOM_DRIVERS = ['namespace', 'virtual'] as const;

/** How a room is made. */
export interface MachineRoomOptions extends Omit<RoomOptions, 'privileged' | 'busybox'> {
  readonly room: StartedRoom;
  readonly internet: InternetSide['address'];
  readonly events: DataPlaneEvents;
}

/** Opens a machine room; resolves when guests can be started. @throws with the reason where it cannot be made */
export async function openMachineRoom(options: MachineRoomOptions): Promise<DataPlane> {
  const { room: started, events, internet, ...roomOptions } = options;
  const { privileged, busybox } = started.available;
  const room = started.process;
  const roomPids = new Map<InstanceId, number>();
  const keepers = new DeviceKeepers();
  const sinks = new Map<NetworkInterfaceId, Map<(frame: CapturedFrame) => void, CaptureMode>>();

  const noteGuest = (instanceId: InstanceId, { roomPid }: RoomPid): GuestStarted => {
    if (roomPid === undefined) return { hostPid: undefined };
    roomPids.set(instanceId, roomPid);
    return { hostPid: room.hostPidOf(roomPid) };
  };
  const local: ControllerMethods = {
    guestEnded(instanceId, how) {
      roomPids.delete(instanceId);
      events.guestEnded(instanceId, how);
    },
    serve: async (request) => events.serve(request),
    callApi: (request) => events.callApi(request),
    captured(interfaceId, frame) {
      for (const [sink, mode] of sinks.get(interfaceId) ?? []) if (mode === 'all' || frame.dropped) sink(frame);
    },
    failed: (what, reason) => events.failed(what, reason),
    async handDevice({ roomPid, ...handover }) {
      const hostPid = room.hostPidOf(roomPid);
      if (hostPid === undefined) throw new Error('the guest has ended');
      await keepers.hand(handover, hostPid);
    },
    takeDeviceBack: (interfaceId) => keepers.takeBack(interfaceId),
  };
  const calls = new RemoteCalls<RoomMethods>(
    {
      send: (message) => {
        room
          .send(message as object)
          .catch((error: unknown) => calls.close(`the machine room is gone: ${String(error)}`));
      },
    },
    local,
    { together: true },
  );
  started.listen({
    received: (message) => calls.receive(message),
    lost(reason) {
      calls.close(reason);
      void keepers.close();
      events.lost(reason);
    },
  });
  const remote = calls.remote;
  const outside = await remote.open({ ...roomOptions, privileged, busybox }).catch(async (error: unknown) => {
    await room.close();
    throw error;
  });

  return {
    drivers: ROOM_DRIVERS,
    offload: () => remote.offload(),
    internet: {
      address: internet,
      hostPid: async () => (outside.roomPid === undefined ? undefined : room.hostPidOf(outside.roomPid)),
    },
    apply: (updates) => remote.apply(serialize(updates), roomUpdates(updates)),
    async openSite() {
      const { roomPid } = await remote.openSite();
      return { hostPid: roomPid === undefined ? undefined : room.hostPidOf(roomPid) };
    },
    startGuest: async (spec) => noteGuest(spec.instanceId, await remote.startGuest(spec)),
    async stopGuest(instanceId, how) {
      await remote.stopGuest(instanceId, how);
      roomPids.delete(instanceId);
    },
    moveInterfaces: (interfaceIds) => remote.moveInterfaces(interfaceIds),
    rebootGuest: async (instanceId) => noteGuest(instanceId, await remote.rebootGuest(instanceId)),
    plugInterface: (instanceId, plug) => remote.plugInterface(instanceId, plug),
    unplugInterface: (instanceId, interfaceId) => remote.unplugInterface(instanceId, interfaceId),
    refreshGuest: (instanceId) => remote.refreshGuest(instanceId),
    consoleOutput: (instanceId) => remote.consoleOutput(instanceId),
    guestPid(instanceId) {
      const roomPid = roomPids.get(instanceId);
      return roomPid === undefined ? undefined : room.hostPidOf(roomPid);
    },
    trace: (request, assumed) => remote.trace(request, assumed),
    capture(interfaceId, sink, mode) {
      const watching = sinks.get(interfaceId) ?? new Map();
      const tell = (): void => {
        const modes = [...watching.values()];
        const widest = modes.includes('all') ? 'all' : modes[0];
        void remote.setCapture(interfaceId, widest).catch(() => undefined);
      };
      sinks.set(interfaceId, watching.set(sink, mode));
      tell();
      return () => {
        watching.delete(sink);
        if (watching.size === 0) sinks.delete(interfaceId);
        tell();
      };
    },
    counters: () => remote.counters(),
    enaCounters: (ids) => remote.enaCounters(ids),
    nics: () => remote.nics(),
    takeTraffic: () => remote.takeTraffic(),
    takeFlows: () => remote.takeFlows(),
    async close() {
      calls.close('localvpc is ending');
      await room.close();
      await keepers.close();
    },
  };
}
