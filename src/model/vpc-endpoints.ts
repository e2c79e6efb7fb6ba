/**
 * How VPC endpoints come, change and go: gateway endpoints to services of AWS, interface endpoints to others of them and to
 * endpoint services.
 *
 * Sources: AWS PrivateLink guide; API_CreateVpcEndpoint, API_ModifyVpcEndpoint. Sentences are unconfirmed where a comment
 * does not say otherwise.
 */
import type { RouteTableId, SubnetId } from '../net/identifiers.ts';
import {
  type AwsInterfaceService,
  type AwsService,
  awsInterfaceService,
  awsServiceBehind,
  awsServicesOf,
  insertAwsPrefixLists,
} from './aws-services.ts';
import { removeNotificationsAbout } from './endpoint-notifications.ts';
import { checkedPolicy } from './endpoint-policies.ts';
import { type FoundService, findEndpointService, zonesOfService } from './endpoint-services.ts';
import { Fault } from './fault.ts';
import { isOfGatewayLoadBalancers, openInspection, refuseInspectionChange } from './gateway-load-balancer-services.ts';
import { type EndpointAddressType, refuseIfManaged, refuseWhileRouted } from './inspection-endpoints.ts';
import type { Tags } from './kind.ts';
import { removeIfThere } from './load-balancers.ts';
import { createServiceInterface } from './network-interface-creation.ts';
import { groupsFor } from './network-interface-groups.ts';
import { inAccount } from './owned.ts';
import { quota } from './quotas.ts';
import { zonesOf } from './regions.ts';
import { NetworkInterface } from './resources/network-interface.ts';
import { RouteTable } from './resources/route-table.ts';
import { Subnet } from './resources/subnet.ts';
import type { Vpc } from './resources/vpc.ts';
import { type EndpointPlace, VpcEndpoint, VpcEndpointConnection } from './resources/vpc-endpoint.ts';
import { VpcEndpointService } from './resources/vpc-endpoint-service.ts';
import { belongsElsewhere } from './route-targets.ts';
import type { Transaction } from './transaction.ts';

/** What CreateVpcEndpoint asks for. */
export interface VpcEndpointSpec {
  readonly vpc: Vpc;
  readonly serviceName: string;
  readonly type: VpcEndpoint['type'];
  readonly policyDocument: string | undefined;
  readonly routeTableIds: readonly string[];
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
  /** Undefined: as it is usual, on for services of AWS (unconfirmed) and off for others. */
  readonly privateDnsEnabled: boolean | undefined;
  readonly addressType: EndpointAddressType;
  readonly tags: Tags;
}

/** Who AWS says made an endpoint's interface. That it is this text is unconfirmed. */
const REQUESTER = 'amazon-aws';

/**
 * Makes an endpoint.
 * @throws Fault InvalidServiceName, InvalidParameter for a service of the other type and for subnets, groups or route
 *   tables that do not fit, DuplicateSubnetsInSameZone, VpcEndpointLimitExceeded, RouteAlreadyExists
 */
export function createVpcEndpoint(tx: Transaction, spec: VpcEndpointSpec): VpcEndpoint {
  const awsService = awsServicesOf(tx.region).find(({ name }) => name === spec.serviceName);
  const found = awsService ? undefined : findEndpointService(tx, spec.serviceName);
  const offer = found ? offerOf(tx, found) : awsOfferOf(tx, awsInterfaceService(tx.region, spec.serviceName));
  if (!awsService && !offer) throw unknownService(spec.serviceName);
  const inspects = found !== undefined && isOfGatewayLoadBalancers(found.service);
  const offered = awsService ? 'Gateway' : inspects ? 'GatewayLoadBalancer' : 'Interface';
  if (spec.type !== offered) {
    const sentence = `VpcEndpoint type (${spec.type}) is not supported by the service ${spec.serviceName}; localvpc serves it as ${offered}.`;
    throw new Fault('InvalidParameter', sentence);
  }
  checkQuota(tx, spec);
  const endpoint = tx.insert(VpcEndpoint, {
    vpcId: spec.vpc.id,
    serviceName: spec.serviceName,
    type: spec.type,
    state: found?.service.acceptanceRequired ? 'pendingAcceptance' : 'available',
    policyDocument: inspects ? '' : checkedPolicy(spec.policyDocument),
    service: found && { id: found.service.id, account: found.account },
    places: [],
    privateDnsEnabled: false,
    nameSuffix: newNameSuffix(tx),
    createdAtMs: tx.nowMs,
    tags: spec.tags,
  });
  if (awsService) return openGateway(tx, endpoint, spec, awsService);
  if (inspects) {
    connect(tx, endpoint, found.service);
    return openInspection(tx, endpoint, found.service, spec);
  }
  return offer ? openInterfaces(tx, endpoint, spec, offer) : endpoint;
}

/** What an interface endpoint needs to know of the service that it leads to. */
interface Offer {
  readonly zones: readonly string[];
  /** The name that its owner has proved to have; a service of AWS always has one. */
  readonly privateName: string | undefined;
  /** Undefined for a service of AWS. */
  readonly service: VpcEndpointService | undefined;
}

const offerOf = (tx: Transaction, { service, account }: FoundService): Offer => ({
  zones: zonesOfService(inAccount(tx, account), service),
  privateName: service.privateName?.state === 'verified' ? service.privateName.name : undefined,
  service,
});

function awsOfferOf(tx: Transaction, service: AwsInterfaceService | undefined): Offer | undefined {
  const zones = zonesOf(tx.region).map(({ name }) => name);
  return service && { zones, privateName: service.privateName, service: undefined };
}

/** A service of AWS that localvpc does not have is said to be one, or users would look for a misspelling. */
function unknownService(name: string): Fault {
  if (!/^com\.amazonaws\.[a-z0-9-]+\.(?!vpce)/.test(name)) return new Fault('InvalidServiceName', { name });
  const known =
    'S3 and DynamoDB by gateway endpoints, and by interface endpoints those that DescribeVpcEndpointServices lists and services of your own';
  return new Fault(
    'InvalidServiceName',
    `The Vpc Endpoint Service '${name}' does not exist in localvpc, which has ${known}.`,
  );
}

function checkQuota(tx: Transaction, { vpc, type }: VpcEndpointSpec): void {
  const isFull =
    type === 'Gateway'
      ? tx.list(VpcEndpoint, (one) => one.type === 'Gateway').length >= quota(tx, 'gatewayEndpointsPerRegion')
      : tx.by(VpcEndpoint, 'vpcId', vpc.id).filter((one) => one.type !== 'Gateway').length >=
        quota(tx, 'interfaceEndpointsPerVpc');
  if (isFull) throw new Fault('VpcEndpointLimitExceeded');
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';
/** Part of the names of an endpoint that is new. */
export const newNameSuffix = (tx: Transaction): string =>
  Array.from({ length: 8 }, () => LETTERS.charAt(tx.random.integer(LETTERS.length))).join('');

function openGateway(tx: Transaction, endpoint: VpcEndpoint, spec: VpcEndpointSpec, service: AwsService): VpcEndpoint {
  if (spec.subnetIds.length > 0) throw notFor('subnetIds', 'Gateway');
  if (spec.securityGroupIds.length > 0) throw notFor('securityGroupIds', 'Gateway');
  if (spec.privateDnsEnabled) throw notFor('privateDnsEnabled', 'Gateway');
  // An account from before its prefix lists were there gets them now.
  insertAwsPrefixLists(tx);
  addRoutes(tx, endpoint, service, spec.routeTableIds);
  return endpoint;
}

const notFor = (parameter: string, type: VpcEndpoint['type']): Fault =>
  new Fault('InvalidParameter', `The parameter ${parameter} is not supported for endpoints of type ${type}.`);

/** The route tables in which a gateway endpoint is: those that have a route to it. */
export const routeTablesOf = (tx: Transaction, { id }: VpcEndpoint): readonly RouteTableId[] =>
  tx.by(RouteTable, 'targetId', id).map((table) => table.id);

/** Its routes count against no quota (unconfirmed). */
function addRoutes(tx: Transaction, endpoint: VpcEndpoint, service: AwsService, ids: readonly string[]): void {
  for (const tableId of new Set(ids)) {
    const table = tx.get(RouteTable, tableId);
    if (table.vpcId !== endpoint.vpcId) throw belongsElsewhere(table, `VPC endpoint ${endpoint.id}`);
    const { prefixListId } = service;
    if (table.routes.some(({ destination }) => destination.kind === 'prefix-list' && destination.id === prefixListId)) {
      const sentence = `route table ${table.id} already has a route with destination-prefix-list-id ${prefixListId}`;
      throw new Fault('RouteAlreadyExists', sentence);
    }
    tx.update(RouteTable, table.id, {
      routes: [
        ...table.routes,
        {
          destination: { kind: 'prefix-list', id: prefixListId },
          target: { kind: 'endpoint', id: endpoint.id },
          origin: 'CreateRoute',
        },
      ],
    });
  }
}

function removeRoutes(tx: Transaction, endpoint: VpcEndpoint, ids: readonly string[]): void {
  for (const tableId of ids) {
    const table = tx.get(RouteTable, tableId);
    const routes = table.routes.filter(({ target }) => target.kind !== 'endpoint' || target.id !== endpoint.id);
    if (routes.length === table.routes.length) {
      throw new Fault('InvalidParameter', `The route table ${table.id} is not associated with ${endpoint.id}.`);
    }
    tx.update(RouteTable, table.id, { routes });
  }
}

function openInterfaces(tx: Transaction, endpoint: VpcEndpoint, spec: VpcEndpointSpec, offer: Offer): VpcEndpoint {
  const { service } = offer;
  const privateDnsEnabled = spec.privateDnsEnabled ?? service === undefined;
  if (spec.routeTableIds.length > 0) throw notFor('routeTableIds', 'Interface');
  if (privateDnsEnabled) requirePrivateName(tx, endpoint, spec.vpc, offer);
  const places = openPlaces(tx, endpoint, offer, spec.subnetIds, spec.securityGroupIds);
  if (service) connect(tx, endpoint, service);
  return tx.update(VpcEndpoint, endpoint.id, { places, privateDnsEnabled });
}

/** Tells the owner of the service. */
function connect(tx: Transaction, endpoint: VpcEndpoint, service: VpcEndpointService): void {
  const there = tx.in({ account: endpoint.service?.account ?? tx.account, region: tx.region });
  there.put(VpcEndpointConnection, {
    id: endpoint.id,
    connectionId: tx.newId('vpce-con'),
    serviceId: service.id,
    account: tx.account,
  });
}

/** The first sentence is AWS's, as clients quote it; so is the last one. */
function requirePrivateName(tx: Transaction, endpoint: VpcEndpoint, vpc: Vpc, { privateName: name }: Offer): void {
  if (!vpc.enableDnsSupport || !vpc.enableDnsHostnames) {
    const sentence = `Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for ${vpc.id}`;
    throw new Fault('InvalidParameter', sentence);
  }
  if (name === undefined) {
    const sentence = `Private DNS can't be enabled because the service ${endpoint.serviceName} does not provide a verified private DNS name.`;
    throw new Fault('InvalidParameter', sentence);
  }
  const isTaken = tx
    .by(VpcEndpoint, 'vpcId', vpc.id)
    .some((one) => one.id !== endpoint.id && one.privateDnsEnabled && privateNameOf(tx, one) === name);
  if (!isTaken) return;
  const sentence = `private-dns-enabled cannot be set because there is already a conflicting DNS domain for ${name} in the VPC ${vpc.id}`;
  throw new Fault('InvalidParameter', sentence);
}

/** The private name of the service that an endpoint leads to, if its owner has one. */
export const privateNameOf = (tx: Transaction, endpoint: VpcEndpoint): string | undefined =>
  findOfferOf(tx, endpoint)?.privateName;

function findOfferOf(tx: Transaction, { service, serviceName }: VpcEndpoint): Offer | undefined {
  if (!service) return awsOfferOf(tx, awsServiceBehind(tx.region, serviceName));
  if (service.account === undefined) return undefined;
  const found = tx.in({ account: service.account, region: tx.region }).find(VpcEndpointService, service.id);
  return found && offerOf(tx, { service: found, account: service.account });
}

function openPlaces(
  tx: Transaction,
  endpoint: VpcEndpoint,
  offer: Offer,
  subnetIds: readonly string[],
  groupIds: readonly string[],
): readonly EndpointPlace[] {
  const subnets = [...new Set(subnetIds)].map((id) => tx.get(Subnet, id));
  checkSubnets(endpoint, offer, subnets);
  return [...endpoint.places, ...subnets.map((subnet) => openPlace(tx, endpoint, subnet, groupIds))];
}

function checkSubnets(endpoint: VpcEndpoint, { zones }: Offer, subnets: readonly Subnet[]): void {
  const taken = new Set(endpoint.places.map(({ zone }) => zone));
  for (const { id, vpcId, zone, cidr } of subnets) {
    if (vpcId !== endpoint.vpcId) {
      throw new Fault('InvalidParameter', `The subnet ID '${id}' does not belong to the VPC ${endpoint.vpcId}.`);
    }
    if (!zones.includes(zone)) {
      const sentence = `The VPC endpoint service ${endpoint.serviceName} does not support the availability zone of the subnet: ${id}.`;
      throw new Fault('InvalidParameter', sentence);
    }
    if (taken.has(zone)) {
      throw new Fault(
        'DuplicateSubnetsInSameZone',
        `Found another VPC endpoint subnet in the availability zone of ${id}`,
      );
    }
    if (!cidr) throw new Fault('InvalidParameter', `The subnet ${id} has no IPv4 addresses.`);
    taken.add(zone);
  }
}

function openPlace(tx: Transaction, endpoint: VpcEndpoint, subnet: Subnet, groupIds: readonly string[]): EndpointPlace {
  const { id: networkInterfaceId } = createServiceInterface(tx, {
    subnet,
    description: `VPC Endpoint Interface ${endpoint.id}`,
    interfaceType: 'vpc_endpoint',
    securityGroupIds: groupIds,
    requesterId: REQUESTER,
  });
  return { subnetId: subnet.id, zone: subnet.zone, networkInterfaceId };
}

/** What ModifyVpcEndpoint asks for; undefined for what stays. */
export interface VpcEndpointChange {
  readonly resetPolicy: boolean;
  readonly policyDocument: string | undefined;
  readonly addRouteTableIds: readonly string[];
  readonly removeRouteTableIds: readonly string[];
  readonly addSubnetIds: readonly string[];
  readonly removeSubnetIds: readonly string[];
  readonly addSecurityGroupIds: readonly string[];
  readonly removeSecurityGroupIds: readonly string[];
  readonly privateDnsEnabled: boolean | undefined;
}

/** Changes an endpoint. @throws Fault as `createVpcEndpoint`; InvalidParameterCombination for two policies */
export function modifyVpcEndpoint(tx: Transaction, endpoint: VpcEndpoint, vpc: Vpc, change: VpcEndpointChange): void {
  refuseIfManaged(endpoint);
  if (endpoint.type === 'GatewayLoadBalancer') {
    refuseInspectionChange(change);
    return;
  }
  if (change.resetPolicy && change.policyDocument !== undefined) {
    throw new Fault('InvalidParameterCombination', { parameter: 'resetPolicy', other: 'policyDocument' });
  }
  if (change.resetPolicy || change.policyDocument !== undefined) {
    tx.update(VpcEndpoint, endpoint.id, { policyDocument: checkedPolicy(change.policyDocument) });
  }
  const awsService = awsServicesOf(tx.region).find(({ name }) => name === endpoint.serviceName);
  if (awsService && endpoint.type === 'Gateway') changeGateway(tx, endpoint, awsService, change);
  else changeInterfaces(tx, endpoint, vpc, change);
}

function changeGateway(tx: Transaction, endpoint: VpcEndpoint, service: AwsService, change: VpcEndpointChange): void {
  const isOther = [
    change.addSubnetIds,
    change.removeSubnetIds,
    change.addSecurityGroupIds,
    change.removeSecurityGroupIds,
  ];
  if (isOther.some(({ length }) => length > 0)) throw notFor('subnetIds and securityGroupIds', 'Gateway');
  if (change.privateDnsEnabled) throw notFor('privateDnsEnabled', 'Gateway');
  removeRoutes(tx, endpoint, change.removeRouteTableIds);
  addRoutes(tx, endpoint, service, change.addRouteTableIds);
}

function changeInterfaces(tx: Transaction, endpoint: VpcEndpoint, vpc: Vpc, change: VpcEndpointChange): void {
  if (change.addRouteTableIds.length + change.removeRouteTableIds.length > 0)
    throw notFor('routeTableIds', 'Interface');
  const offer = findOfferOf(tx, endpoint);
  if (!offer) throw new Fault('InvalidServiceName', { name: endpoint.serviceName });
  if (change.privateDnsEnabled) requirePrivateName(tx, endpoint, vpc, offer);
  const groups = changedGroups(tx, endpoint, change);
  const kept = removePlaces(tx, endpoint, change.removeSubnetIds);
  for (const place of kept) tx.update(NetworkInterface, place.networkInterfaceId, { securityGroupIds: groups });
  const places = openPlaces(tx, { ...endpoint, places: kept }, offer, change.addSubnetIds, groups);
  tx.update(VpcEndpoint, endpoint.id, {
    places,
    privateDnsEnabled: change.privateDnsEnabled ?? endpoint.privateDnsEnabled,
  });
}

/** The groups of an endpoint's interfaces, which all have the same. */
export const groupsOf = (tx: Transaction, { places }: VpcEndpoint): NetworkInterface['securityGroupIds'] =>
  (places[0] && tx.find(NetworkInterface, places[0].networkInterfaceId)?.securityGroupIds) ?? [];

function changedGroups(tx: Transaction, endpoint: VpcEndpoint, change: VpcEndpointChange) {
  const before = groupsOf(tx, endpoint);
  const kept = before.filter((id) => !change.removeSecurityGroupIds.includes(id));
  const wanted = [...kept, ...change.addSecurityGroupIds];
  if (wanted.length === 0 && change.removeSecurityGroupIds.length > 0) {
    throw new Fault('InvalidParameter', 'An interface endpoint must have at least one security group.');
  }
  const subnetId = endpoint.places[0]?.subnetId;
  if (subnetId === undefined) return before;
  return groupsFor(tx, tx.get(Subnet, subnetId), wanted, 'CreateNetworkInterface');
}

function removePlaces(tx: Transaction, endpoint: VpcEndpoint, subnetIds: readonly string[]): readonly EndpointPlace[] {
  const gone = subnetIds.map((id): SubnetId => {
    const place = endpoint.places.find(({ subnetId }) => subnetId === id);
    if (!place) throw new Fault('InvalidParameter', `The subnet ${id} is not associated with ${endpoint.id}.`);
    removeIfThere(tx, place.networkInterfaceId);
    return place.subnetId;
  });
  return endpoint.places.filter(({ subnetId }) => !gone.includes(subnetId));
}

/** Deletes an endpoint with its interfaces and routes, and the connection that its service's owner sees. */
export function deleteVpcEndpoint(tx: Transaction, endpoint: VpcEndpoint): void {
  refuseIfManaged(endpoint);
  if (endpoint.type === 'GatewayLoadBalancer') refuseWhileRouted(tx, endpoint);
  removeRoutes(tx, endpoint, routeTablesOf(tx, endpoint));
  for (const { networkInterfaceId } of endpoint.places) removeIfThere(tx, networkInterfaceId);
  if (endpoint.service?.account !== undefined) {
    const there = tx.in({ account: endpoint.service.account, region: tx.region });
    if (there.find(VpcEndpointConnection, endpoint.id)) there.remove(VpcEndpointConnection, endpoint.id);
  }
  removeNotificationsAbout(tx, endpoint.id);
  tx.remove(VpcEndpoint, endpoint.id);
}
