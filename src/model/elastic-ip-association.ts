/** Elastic IPs and where they point: association, its end, and what it does to auto-assigned addresses. */

import { formatIpv4, type Ipv4 } from '../net/address.ts';
import { contains } from '../net/cidr.ts';
import { Fault } from './fault.ts';
import { refreshGuest } from './guest-refresh.ts';
import { instanceOfInterface, interfacesOfInstance } from './instance-interfaces.ts';
import { elasticIpsOn, interfaceOfElasticIp, setAssociation } from './interface-elastic-ips.ts';
import type { Owned } from './owned.ts';
import { releaseAutoAssigned, renewAutoAssigned } from './public-addresses.ts';
import { ElasticIp } from './resources/elastic-ip.ts';
import type { Instance, InstanceStateName } from './resources/instance.ts';
import { InternetGateway } from './resources/internet-gateway.ts';
import { NetworkInterface } from './resources/network-interface.ts';
import type { Transaction } from './transaction.ts';

/** Words that EC2 uses for states of an instance in these faults (captured: pending-instance-creation; others unconfirmed). */
const STATE_WORDS: Readonly<Record<InstanceStateName, string>> = {
  pending: 'pending-instance-creation',
  running: 'running',
  'shutting-down': 'shutting-down',
  terminated: 'terminated',
  stopping: 'stopping',
  stopped: 'stopped',
};

const takesAddresses = (state: InstanceStateName): boolean =>
  state === 'running' || state === 'stopped' || state === 'stopping';

/**
 * The only interface of an instance, for calls that name the instance.
 * @throws Fault InvalidInstanceID in a wrong state or with several interfaces
 */
export function onlyInterfaceOf(tx: Transaction, instance: Instance): NetworkInterface {
  const [first, second] = interfacesOfInstance(tx, instance.id);
  if (!takesAddresses(instance.state) || !first) {
    const message = `The ${instance.state} instance '${instance.id}' is not in a valid state for this operation.`;
    throw new Fault('InvalidInstanceID', message);
  }
  if (second) throw severalInterfaces(instance.id);
  return first.row;
}

/** The call must name the interface. */
export const severalInterfaces = (instanceId: string): Fault =>
  new Fault(
    'InvalidInstanceID',
    `There are multiple interfaces attached to instance '${instanceId}'. Please specify an interface ID for the operation instead.`,
  );

/** What AssociateAddress asks for. */
export interface AssociationAsk {
  readonly elasticIp: ElasticIp;
  readonly networkInterface: Owned<NetworkInterface>;
  /** Undefined for the primary one. */
  readonly privateIpAddress: Ipv4 | undefined;
  readonly allowReassociation: boolean;
}

/**
 * Points an Elastic IP to a private address. It moves there from where it was, unless that is not allowed; another one
 * that is there goes free, whosever it is (unconfirmed for another account's). Asking for what already is changes nothing: the association keeps its id (unconfirmed).
 * @throws Fault IncorrectInstanceState, InvalidParameterValue, Gateway.NotAttached, Resource.AlreadyAssociated
 */
export function associate(tx: Transaction, ask: AssociationAsk): ElasticIp {
  const { elasticIp } = ask;
  const { row: networkInterface, owner } = ask.networkInterface;
  refuseState(owner, networkInterface);
  const privateIpAddress = targetAddress(ask);
  if (owner.count(InternetGateway, 'vpcId', networkInterface.vpcId) === 0) {
    throw new Fault('Gateway.NotAttached', { vpc: networkInterface.vpcId });
  }
  const { association } = elasticIp;
  if (association?.networkInterfaceId === networkInterface.id && association.privateIpAddress === privateIpAddress) {
    return elasticIp;
  }
  if (association && !ask.allowReassociation) {
    throw new Fault('Resource.AlreadyAssociated', { id: elasticIp.id, associationId: association.id });
  }
  if (association) disassociate(tx, elasticIp);
  for (const other of elasticIpsOn(owner, networkInterface.id)) {
    if (other.row.association?.privateIpAddress === privateIpAddress) setAssociation(other.owner, other.row, undefined);
  }
  return point(tx, elasticIp, ask.networkInterface, privateIpAddress);
}

/** Sets the association; an auto-assigned address on the same private address is gone for good. */
export function point(
  tx: Transaction,
  elasticIp: ElasticIp,
  { row: { id: networkInterfaceId }, owner }: Owned<Pick<NetworkInterface, 'id'>>,
  privateIpAddress: Ipv4,
): ElasticIp {
  const associated = setAssociation(tx, tx.get(ElasticIp, elasticIp.id), {
    id: tx.newId('eipassoc'),
    networkInterfaceId,
    networkInterfaceOwnerId: owner.account === tx.account ? undefined : owner.account,
    privateIpAddress,
  });
  // As it is now: the end of an earlier association may have given it an address.
  const networkInterface = owner.get(NetworkInterface, networkInterfaceId);
  if (networkInterface.ipv4Addresses[0] === privateIpAddress) releaseAutoAssigned(owner, networkInterface);
  refreshGuest(owner, networkInterface);
  return associated;
}

/**
 * Ends the association of an Elastic IP, if it has one; it stays allocated. When it stood on the primary address, the
 * interface gets a new auto-assigned one if it is due one.
 */
export function disassociate(tx: Transaction, elasticIp: ElasticIp): void {
  const { association } = elasticIp;
  if (!association) return;
  const found = interfaceOfElasticIp(tx, elasticIp);
  setAssociation(tx, elasticIp, undefined);
  if (!found) return;
  const { row: networkInterface, owner } = found;
  if (networkInterface.ipv4Addresses[0] === association.privateIpAddress) renewAutoAssigned(owner, networkInterface);
  refreshGuest(owner, networkInterface);
}

function refuseState(tx: Transaction, networkInterface: NetworkInterface): void {
  const state = instanceOfInterface(tx, networkInterface)?.row.state;
  if (state === undefined || takesAddresses(state)) return;
  throw new Fault(
    'IncorrectInstanceState',
    `The ${STATE_WORDS[state]} instance to which '${networkInterface.id}' is attached is not in a valid state for this operation`,
  );
}

/** An address of the interface or inside one of its prefixes. The sentences are unconfirmed. */
function targetAddress({ networkInterface, privateIpAddress }: AssociationAsk): Ipv4 {
  const { id, ipv4Addresses, ipv4Prefixes } = networkInterface.row;
  const address = privateIpAddress ?? ipv4Addresses[0];
  if (address === undefined) {
    throw new Fault('InvalidParameterValue', `The network interface '${id}' has no private IPv4 address.`);
  }
  if (ipv4Addresses.includes(address) || ipv4Prefixes.some((prefix) => contains(prefix, address))) return address;
  const message = `The private IP address '${formatIpv4(address)}' is not assigned to the network interface '${id}'.`;
  throw new Fault('InvalidParameterValue', message);
}
