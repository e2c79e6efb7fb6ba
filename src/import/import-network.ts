/**
 * Takes a described network over into the model: all of it, or nothing unless a part is asked for.
 *
 * Resources keep their ids, addresses and names. They are put into the model as rows, in an order in which each follows
 * those that it names, and not made by calls: no call lets its caller choose an id. Quotas are the account's that the
 * network comes from, so they do not count.
 */
import type * as sdk from '@aws-sdk/client-ec2';
import { Fault } from '../model/fault.ts';
import { forgetFirstState } from '../model/first-state.ts';
import { ensureAllPlaced } from '../model/instance-placement.ts';
import type { Owned } from '../model/owned.ts';
import { Instance } from '../model/resources/instance.ts';
import { Vpc } from '../model/resources/vpc.ts';
import type { Scope } from '../model/scope.ts';
import type { Transaction } from '../model/transaction.ts';
import {
  DESCRIBED_KINDS,
  type DescribedKind,
  type DescribedResources,
  type Description,
  type LeftOut,
} from './description.ts';
import { isAlike } from './json-shape.ts';
import { placePermission } from './place-bonds.ts';
import { placeEndpointService, placeOfferedService } from './place-endpoint-services.ts';
import { placeEndpointConnection, placeVpcEndpoint } from './place-endpoints.ts';
import { placeSecurityGroup } from './place-groups.ts';
import { placeInstance } from './place-instances.ts';
import { placeAddress, placeNatGateway, placeNetworkInterface } from './place-interfaces.ts';
import { placeMirrorFilter, placeMirrorSession, placeMirrorTarget } from './place-mirrors.ts';
import { completeVpc, placePeering, placeRouteTable } from './place-routes.ts';
import {
  placeTransitGateway,
  placeTransitGatewayAttachment,
  placeTransitGatewayRouteTable,
} from './place-transit-gateways.ts';
import {
  placeDhcpOptions,
  placeEgressOnlyInternetGateway,
  placeInternetGateway,
  placeNetworkAcl,
  placePrefixList,
  placeSubnet,
  placeVpc,
} from './place-vpcs.ts';
import { placeCustomerGateway, placeVpnConnection, placeVpnGateway } from './place-vpns.ts';
import { type Place, Unplaceable } from './placing.ts';

/** What was taken over, and what was not. */
export interface Imported {
  readonly scopes: readonly (Scope & { readonly resources: Readonly<Record<string, number>> })[];
  readonly leftOut: readonly LeftOut[];
  readonly ignored: readonly LeftOut[];
}

/** Something could not be taken over, and nothing was: see `leftOut`. */
export class ImportRefused extends Error {
  override readonly name = 'ImportRefused';
  readonly leftOut: readonly LeftOut[];
  readonly ignored: readonly LeftOut[];

  constructor(leftOut: readonly LeftOut[], ignored: readonly LeftOut[]) {
    const [first] = leftOut;
    const example = first ? ` (${first.what}: ${first.why})` : '';
    super(`${leftOut.length} of what is described could not be taken over, so nothing was${example}`);
    this.leftOut = leftOut;
    this.ignored = ignored;
  }
}

type PlaceOne<Kind extends DescribedKind> = (where: Place, one: DescribedResources[Kind][number]) => void;

const PLACERS: { readonly [Kind in DescribedKind]: PlaceOne<Kind> } = {
  DhcpOptions: placeDhcpOptions,
  PrefixLists: placePrefixList,
  Vpcs: placeVpc,
  Subnets: placeSubnet,
  InternetGateways: placeInternetGateway,
  EgressOnlyInternetGateways: placeEgressOnlyInternetGateway,
  NetworkAcls: placeNetworkAcl,
  SecurityGroups: placeSecurityGroup,
  // Taken with their groups, and instances one by one.
  SecurityGroupRules: () => undefined,
  Reservations: () => undefined,
  NetworkInterfaces: placeNetworkInterface,
  NetworkInterfacePermissions: placePermission,
  Addresses: placeAddress,
  NatGateways: placeNatGateway,
  VpcPeeringConnections: placePeering,
  TransitGateways: placeTransitGateway,
  TransitGatewayRouteTables: placeTransitGatewayRouteTable,
  // Taken with the attachments of all types.
  TransitGatewayVpcAttachments: () => undefined,
  TransitGatewayAttachments: placeTransitGatewayAttachment,
  CustomerGateways: placeCustomerGateway,
  VpnGateways: placeVpnGateway,
  VpnConnections: placeVpnConnection,
  ServiceConfigurations: placeEndpointService,
  ServiceDetails: placeOfferedService,
  VpcEndpoints: placeVpcEndpoint,
  VpcEndpointConnections: placeEndpointConnection,
  RouteTables: placeRouteTable,
  TrafficMirrorTargets: placeMirrorTarget,
  TrafficMirrorFilters: placeMirrorFilter,
  TrafficMirrorSessions: placeMirrorSession,
};

/** ACLs are associated by the subnets' rows, so they come first. */
const ORDER: readonly DescribedKind[] = [
  'DhcpOptions',
  'PrefixLists',
  'Vpcs',
  'NetworkAcls',
  'SecurityGroups',
  'Subnets',
  'InternetGateways',
  'EgressOnlyInternetGateways',
];
const AFTER_INSTANCES: readonly DescribedKind[] = [
  'NetworkInterfaces',
  'NetworkInterfacePermissions',
  'Addresses',
  'NatGateways',
  'VpcPeeringConnections',
  'TransitGateways',
  'TransitGatewayRouteTables',
  'TransitGatewayAttachments',
  'CustomerGateways',
  'VpnGateways',
  'VpnConnections',
  'ServiceConfigurations',
  'ServiceDetails',
  'VpcEndpoints',
  'VpcEndpointConnections',
  'RouteTables',
  'TrafficMirrorTargets',
  'TrafficMirrorFilters',
  'TrafficMirrorSessions',
];

/**
 * Takes a description over. A Region that has nothing but its first default VPC is emptied before.
 * @param partial takes what can be taken, whatever is left out
 * @throws ImportRefused when something is left out and `partial` is false; the transaction is then to be put back
 */
export function importNetwork(tx: Transaction, description: Description, partial: boolean): Imported {
  const leftOut = [...description.leftOut];
  const ignored = [...description.ignored];
  const bonds: (() => void)[] = [];
  const scopes = description.scopes.map((described) => {
    const where: Place = {
      tx: tx.in(described.scope),
      described,
      leaveOut: (one) => void leftOut.push(one),
      ignore: (one) => void ignored.push(one),
      whenAllIsThere: (work) => void bonds.push(work),
    };
    return { ...described.scope, resources: importScope(where) };
  });
  for (const bond of bonds) bond();
  placeOnHosts(tx);
  if (leftOut.length > 0 && !partial) throw new ImportRefused(leftOut, ignored);
  return { scopes, leftOut, ignored };
}

/**
 * What runs comes to hosts with all its interfaces, as far as there is room, and not when its guest runs: that was a
 * second change of each of 5,000 instances, compiled and written by itself, and a quarter of the controller's work.
 */
function placeOnHosts(tx: Transaction): void {
  const started: Owned<Instance>[] = [];
  for (const { scope, order } of tx.orders()) {
    if (order.kind !== 'start') continue;
    const owner = tx.in(scope);
    started.push({ row: owner.get(Instance, order.instanceId), owner });
  }
  ensureAllPlaced(started);
}

function importScope(where: Place): Record<string, number> {
  const { tx, described } = where;
  forgetFirstState(tx);
  const counts: Record<string, number> = {};
  for (const kind of ORDER) placeAll(where, kind, counts);
  placeInstances(where, counts);
  for (const kind of AFTER_INSTANCES) placeAll(where, kind, counts);
  for (const { VpcId: id = '' } of described.resources.Vpcs) {
    const vpc = tx.find(Vpc, id);
    if (vpc) completeVpc(where, vpc);
  }
  return counts;
}

/** What stands in two files alike is one resource; under one id, two that differ contradict each other. */
function placeAll<Kind extends DescribedKind>(where: Place, kind: Kind, counts: Record<string, number>): void {
  const placeOne: PlaceOne<Kind> = PLACERS[kind];
  const all: readonly DescribedResources[Kind][number][] =
    kind === 'NetworkInterfaces' ? interfacesOf(where) : where.described.resources[kind];
  const seen = new Map<string, object>();
  for (const one of all) {
    const id = String(Reflect.get(one, DESCRIBED_KINDS[kind].id) ?? '');
    const before = seen.get(id);
    if (before && isAlike(before, one)) continue;
    seen.set(id, one);
    if (attempt(where, `${kind} ${id}`, () => placeOne(where, one))) counts[kind] = (counts[kind] ?? 0) + 1;
  }
}

function placeInstances(where: Place, counts: Record<string, number>): void {
  for (const { ReservationId: reservationId, Instances: instances = [] } of where.described.resources.Reservations)
    for (const one of instances)
      if (attempt(where, `Instances ${one.InstanceId}`, () => placeInstance(where, one, reservationId)))
        counts.Instances = (counts.Instances ?? 0) + 1;
}

function attempt({ leaveOut }: Place, what: string, work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (!(error instanceof Unplaceable || error instanceof Fault)) throw error;
    leaveOut({ what, why: error.message.replace(/\.$/, '') });
    return false;
  }
}

/** Interfaces, with those that only the description of their instance shows; those of other accounts come with their owners. */
function interfacesOf({ described: { resources }, tx, ignore }: Place): readonly sdk.NetworkInterface[] {
  const isOwn = ({ NetworkInterfaceId: id, OwnerId: owner = tx.account }: sdk.InstanceNetworkInterface): boolean => {
    if (owner !== tx.account) ignore({ what: `${id}`, why: `it comes with the description of its owner, ${owner}` });
    return owner === tx.account;
  };
  const known = new Set(resources.NetworkInterfaces.map(({ NetworkInterfaceId: id }) => id));
  const ofInstances = resources.Reservations.flatMap(({ Instances: instances = [] }) => instances).flatMap((instance) =>
    (instance.NetworkInterfaces ?? [])
      .filter((one) => !known.has(one.NetworkInterfaceId) && isOwn(one))
      .map((one): sdk.NetworkInterface => {
        const { Attachment: attachment, InterfaceType: type, ...rest } = one;
        return {
          ...rest,
          ...(type === 'efa' ? { InterfaceType: type } : {}),
          Attachment: { ...attachment, InstanceId: instance.InstanceId },
        };
      }),
  );
  return [...resources.NetworkInterfaces, ...ofInstances];
}
