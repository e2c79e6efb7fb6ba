/** What records tell of interfaces, as the model knows it. */
import { loggedInterfaces } from '../model/flow-log-lifecycle.ts';
import { instanceOfInterface } from '../model/instance-interfaces.ts';
import { instanceTypeNamed } from '../model/instance-type-table.ts';
import type { Owned } from '../model/owned.ts';
import { findZone } from '../model/regions.ts';
import type { LoggedInterfaces } from '../model/resources/flow-log.ts';
import { Instance } from '../model/resources/instance.ts';
import { NetworkInterface } from '../model/resources/network-interface.ts';
import { Subnet } from '../model/resources/subnet.ts';
import type { Transaction } from '../model/transaction.ts';
import type { IpAddress } from '../net/address.ts';
import { contains } from '../net/cidr.ts';
import type { InstanceId } from '../net/identifiers.ts';
import type { FlowRecord } from '../tables/flow-report.ts';
import type { LoggedInterface } from './record.ts';

/** The interfaces of a flow log that something is behind. */
export const watchedInterfaces = (tx: Transaction, resource: LoggedInterfaces): readonly LoggedInterface[] =>
  loggedInterfaces(tx, resource)
    .filter(isInUse)
    .map((one) => ofRow(tx, one));

/** An instance, or the service that made it. */
const isInUse = ({ attachment, requesterId }: NetworkInterface): boolean =>
  attachment !== undefined || requesterId !== undefined;

const ofRow = (tx: Transaction, row: NetworkInterface): LoggedInterface => ({
  interfaceId: row.id,
  ...placeOf(tx, row, instanceOfInterface(tx, row)),
});

/** The interface that saw a flow, which may be gone by now; undefined where the flow log is not about it. */
export function interfaceOfFlow(
  tx: Transaction,
  resource: LoggedInterfaces,
  flow: FlowRecord,
): LoggedInterface | undefined {
  const { interfaceId, vpcId, subnetId, owner } = flow;
  if (![interfaceId, subnetId, vpcId].some((id) => id === resource.id)) return undefined;
  return {
    interfaceId,
    ...placeOf(tx, flow, owner.kind === 'instance' ? behind(tx, interfaceId, owner.id) : undefined),
  };
}

/** The instance that had the flow, unless the interface has since left another account's. */
function behind(tx: Transaction, interfaceId: string, instanceId: InstanceId): Owned<Instance> | undefined {
  const networkInterface = tx.find(NetworkInterface, interfaceId);
  const now = networkInterface && instanceOfInterface(tx, networkInterface);
  if (now?.row.id === instanceId) return now;
  const own = tx.find(Instance, instanceId);
  return own && { row: own, owner: tx };
}

function placeOf(
  tx: Transaction,
  { vpcId, subnetId }: Pick<LoggedInterface, 'vpcId' | 'subnetId'>,
  instance: Owned<Instance> | undefined,
): Omit<LoggedInterface, 'interfaceId'> {
  const zone = tx.find(Subnet, subnetId)?.zone;
  return {
    accountId: tx.account,
    region: tx.region,
    zoneId: zone === undefined ? undefined : findZone(tx.region, zone)?.id,
    vpcId,
    subnetId,
    // Named where the account owns it as well (flow-log-records, instance-id).
    instanceId: instance?.owner.account === tx.account ? instance.row.id : undefined,
    // Bare metal names no hypervisor and is Nitro as well.
    isNitro: instance ? instanceTypeNamed(instance.row.instanceType).Hypervisor !== 'xen' : false,
  };
}

/** The AWS service that an address is of: public addresses of instances are EC2's (that records name it is unconfirmed). */
export const awsServiceOf = (tx: Transaction, address: IpAddress): string | undefined =>
  contains(tx.environment.publicPool, address) ? 'EC2' : undefined;
