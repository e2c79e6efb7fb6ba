/** `localvpc nics`: how the interfaces of running instances go to their guests, what was asked for, and why. */
import type { Environment } from '../model/environment.ts';
import { Fault } from '../model/fault.ts';
import { instanceOfInterface } from '../model/instance-interfaces.ts';
import { nicChoice } from '../model/nic-modes.ts';
import type { Owned } from '../model/owned.ts';
import type { Instance } from '../model/resources/instance.ts';
import { NetworkInterface } from '../model/resources/network-interface.ts';
import type { World } from '../model/world.ts';
import { formatNicMode, MEDIATED } from '../net/nic-mode.ts';
import type { DataPlane } from '../tables/data-plane.ts';
import { type MediatedFrames, type NicReport, type NicWay, nicReport, VIRTUAL_WAY } from '../tables/nic-ways.ts';

/** An interface that a guest has, as it is told of. */
export interface DescribedNic {
  readonly account: string;
  readonly region: string;
  readonly instanceId: string;
  /** The instance's Name tag; empty without one. */
  readonly instanceName: string;
  readonly interfaceId: string;
  readonly deviceIndex: number;
  /** As a tag would have it: "mediated", "sriov", "passthrough:eth5". */
  readonly mode: string;
  /** Why it is this mode. */
  readonly modeWhy: string;
  readonly path: NicWay['path'];
  /** Why frames go this way. */
  readonly pathWhy: string;
  readonly mediated: NicReport['mediated'] | null;
}

/** How many interfaces go which way, and what stands against offloading. */
export interface NicSummary {
  readonly policy: string;
  readonly paths: Readonly<Record<NicWay['path'], number>>;
  /** Why no flow of an instance is offloaded here; null where flows are. */
  readonly notOffloaded: string | null;
}

/** The report of a virtual guest's interface. */
export const virtualNic = (frames: MediatedFrames): NicReport => nicReport(VIRTUAL_WAY, frames);

/** The way of frames as the data plane has made it, and what the fabric does all the same, as localvpc was started. */
export function wayUnder({ rates, latencies }: Pick<Environment, 'rates' | 'latencies'>, way: NicWay): NicWay {
  if (way.path !== 'offloaded') return way;
  const { why } = way;
  const within = rates === undefined ? '' : ' while they are below --rates (the fabric has what exceeds these)';
  const near =
    latencies === undefined ? '' : ', all but those with other instances, which --latency delays in the fabric';
  return { ...way, why: `${why}${within}${near}` };
}

/** Every interface that a guest has, by account and Region, in the order in which they were made. */
export async function describeNics(
  world: World,
  dataPlane: DataPlane,
  now: () => number,
): Promise<readonly DescribedNic[]> {
  const reports = new Map((await dataPlane.nics()).map((report) => [report.id, report]));
  return world.accountScopes().flatMap(
    (scope) =>
      world.transact(scope, now(), (tx) =>
        tx.list(NetworkInterface).flatMap((row) => {
          const report = reports.get(row.id);
          const instance = report && instanceOfInterface(tx, row);
          return report && instance ? [describe({ row, owner: tx }, instance, report)] : [];
        }),
      ).result,
  );
}

function describe(
  { row, owner }: Owned<NetworkInterface>,
  { row: instance }: Owned<Instance>,
  report: NicReport,
): DescribedNic {
  const way = wayUnder(owner.environment, report.way);
  const mode = formatNicMode(row.attachment?.nic ?? MEDIATED);
  return {
    account: owner.account,
    region: owner.region,
    instanceId: instance.id,
    instanceName: instance.tags.Name ?? '',
    interfaceId: row.id,
    deviceIndex: row.attachment?.deviceIndex ?? 0,
    mode,
    modeWhy: whyMode(owner.environment.nicPolicy, instance, row, mode),
    path: way.path,
    pathWhy: way.why,
    mediated: report.mediated ?? null,
  };
}

/** Tags may have changed since the guest got the interface. */
function whyMode(
  policy: Parameters<typeof nicChoice>[0],
  instance: Instance,
  row: NetworkInterface,
  mode: string,
): string {
  try {
    const choice = nicChoice(policy, instance, row);
    const next = formatNicMode(choice.mode);
    return next === mode ? choice.why : `it was so when the guest started; the next start makes it ${next}`;
  } catch (error) {
    if (error instanceof Fault) return `it was so when the guest started; the next start is refused: ${error.message}`;
    throw error;
  }
}

/** The same in numbers. */
export async function summariseNics(world: World, dataPlane: DataPlane): Promise<NicSummary> {
  const paths = { mediated: 0, offloaded: 0, passthrough: 0 };
  const { environment } = world;
  for (const { way } of await dataPlane.nics()) paths[wayUnder(environment, way).path] += 1;
  const offload = await dataPlane.offload();
  return {
    policy: environment.nicPolicy,
    paths,
    notOffloaded: offload.available ? null : offload.reason,
  };
}
