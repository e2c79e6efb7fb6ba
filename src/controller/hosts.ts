/** What a person does to hosts, and asks of them: the same for `/_localvpc/hosts` and for test suites. */
import {
  type Departures,
  drainHost,
  failHost,
  isRecoveryDue,
  recoverFrom,
  repairHost,
} from '../model/host-maintenance.ts';
import { type HostReport, type ResidentReport, reportHosts, reportInstance } from '../model/host-report.ts';
import { findRegion, findZone } from '../model/regions.ts';
import { HostCondition } from '../model/resources/placement.ts';
import { WORLD } from '../model/scope.ts';
import type { Host } from '../model/topology.ts';
import type { Transaction } from '../model/transaction.ts';
import type { World } from '../model/world.ts';
import { isId } from '../net/identifiers.ts';
import type { Engine } from './engine.ts';

/** A host, zone or instance that is not there; the message goes to who asked. */
export class HostQuestionError extends Error {}

/** Milliseconds until instances of a failed host are brought up elsewhere; AWS takes some minutes (unconfirmed). */
const RECOVER_AFTER_MS = 60_000;

/** The hosts of a localvpc that runs. */
export class Hosts {
  /** The end of the last recovery that was begun. */
  private recovery = Promise.resolve();

  constructor(
    private readonly world: World,
    private readonly engine: Engine,
    private readonly now: () => number,
  ) {}

  /** Hosts that have instances or are not in service; all of one zone where it is named. @throws HostQuestionError */
  list(zone?: string): readonly HostReport[] {
    if (zone !== undefined && !isZone(zone)) throw new HostQuestionError(`AWS has no zone ${zone}.`);
    return this.look((tx) => reportHosts(tx, { zone }));
  }

  /** The place of an instance. @throws HostQuestionError where it is on no host */
  of(instanceId: string): ResidentReport {
    const found = isId('i', instanceId) ? this.look((tx) => reportInstance(tx, instanceId)) : undefined;
    if (found) return found;
    throw new HostQuestionError(`${instanceId} is on no host: a stopped instance has none, nor one that is gone.`);
  }

  /** Moves what runs on a host to others, and keeps it empty. @throws HostQuestionError */
  async drain(hostId: string): Promise<Departures> {
    const host = this.named(hostId);
    return await this.engine.execute(WORLD, (tx) => drainHost(tx, host));
  }

  /**
   * Takes the power from a host.
   * @param recoverAfterMs when its instances are brought up elsewhere; with 0 they are when this resolves
   * @throws HostQuestionError
   */
  async fail(hostId: string, recoverAfterMs = RECOVER_AFTER_MS): Promise<void> {
    const host = this.named(hostId);
    await this.engine.execute(WORLD, (tx) => failHost(tx, host, recoverAfterMs));
    if (recoverAfterMs === 0) await this.recover();
  }

  /** Puts a drained or failed host back into service. @throws HostQuestionError */
  async repair(hostId: string): Promise<void> {
    const host = this.named(hostId);
    await this.engine.execute(WORLD, (tx) => repairHost(tx, host));
  }

  /**
   * Brings instances of failed hosts up elsewhere, where they are due, and waits for those that somebody else has just begun
   * to bring up. To be called now and then; costs nothing where all works.
   */
  recover(): Promise<void> {
    const recovered = this.recovery.then(() => this.recoverDue());
    this.recovery = recovered.catch(() => undefined);
    return recovered;
  }

  private async recoverDue(): Promise<void> {
    for (const condition of [...this.world.table(WORLD, HostCondition).values()]) {
      const host = this.world.environment.topology.host(condition.id);
      if (host && isRecoveryDue(condition, this.now()))
        await this.engine.execute(WORLD, (tx) => void recoverFrom(tx, host));
    }
  }

  private named(id: string): Host {
    const host = this.world.environment.topology.host(id);
    if (host) return host;
    throw new HostQuestionError(
      `There is no host ${id}. Its id is that of its zone, rack and number, as us-east-1a-r1-h1: localvpc hosts`,
    );
  }

  private look<Result>(work: (tx: Transaction) => Result): Result {
    return this.engine.dryRun(WORLD, work);
  }
}

/** A zone's name is its Region's and a letter. */
function isZone(name: string): boolean {
  const region = findRegion(name.slice(0, -1));
  return region !== undefined && findZone(region.name, name) !== undefined;
}
