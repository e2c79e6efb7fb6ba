/** How endpoint services come, change and go, and who may connect to them. */
import { isId, type VpcEndpointServiceId } from '../net/identifiers.ts';
import { removeNotificationsAbout } from './endpoint-notifications.ts';
import { Fault } from './fault.ts';
import {
  checkedGatewayLoadBalancers,
  checkedIpv6,
  isOfGatewayLoadBalancers,
  zonesOfGatewayService,
} from './gateway-load-balancer-services.ts';
import type { Tags } from './kind.ts';
import { closeLoadBalancer, nodesOf, serviceLoadBalancer, serviceNameOf } from './load-balancers.ts';
import { VpcEndpoint, VpcEndpointConnection } from './resources/vpc-endpoint.ts';
import { EndpointServiceOwner, type ServicePrivateName, VpcEndpointService } from './resources/vpc-endpoint-service.ts';
import { WORLD } from './scope.ts';
import type { Transaction } from './transaction.ts';

/** What CreateVpcEndpointServiceConfiguration asks for. */
export interface EndpointServiceSpec {
  readonly loadBalancerArns: readonly string[];
  /** In the place of those. */
  readonly gatewayLoadBalancerArns: readonly string[];
  readonly supportsIpv6: boolean;
  readonly acceptanceRequired: boolean;
  readonly privateDnsName: string | undefined;
  readonly tags: Tags;
}

/**
 * Makes a service.
 * @throws Fault InvalidParameter of load balancers and of a private name, MissingParameter without a load balancer
 */
export function createEndpointService(tx: Transaction, spec: EndpointServiceSpec): VpcEndpointService {
  const inspecting = inspectingPart(tx, spec);
  if (spec.loadBalancerArns.length === 0 && !inspecting) {
    throw new Fault('MissingParameter', { parameter: 'networkLoadBalancerArns' });
  }
  const service = tx.insert(VpcEndpointService, {
    acceptanceRequired: spec.acceptanceRequired,
    loadBalancers: [...new Set(spec.loadBalancerArns)].map((arn) => serviceLoadBalancer(tx, arn)),
    ...inspecting,
    permissions: [],
    privateName: spec.privateDnsName === undefined ? undefined : newPrivateName(tx, spec.privateDnsName),
    tags: spec.tags,
  });
  tx.in(WORLD).put(EndpointServiceOwner, { id: service.id, account: tx.account, region: tx.region });
  return service;
}

/** What only a service of Gateway Load Balancers has. */
function inspectingPart(
  tx: Transaction,
  spec: EndpointServiceSpec,
): Pick<VpcEndpointService, 'gatewayLoadBalancerArns' | 'supportsIpv6'> | undefined {
  if (spec.gatewayLoadBalancerArns.length === 0) {
    if (spec.supportsIpv6)
      throw new Fault('UnsupportedOperation', 'localvpc serves interface endpoints over IPv4 alone.');
    return undefined;
  }
  // Sentences unconfirmed.
  if (spec.loadBalancerArns.length > 0) {
    const [parameter, other] = ['gatewayLoadBalancerArns', 'networkLoadBalancerArns'];
    throw new Fault('InvalidParameterCombination', { parameter, other });
  }
  if (spec.privateDnsName !== undefined) {
    throw new Fault('InvalidParameter', 'A service of Gateway Load Balancers has no private DNS name.');
  }
  const gatewayLoadBalancerArns = checkedGatewayLoadBalancers(tx, spec.gatewayLoadBalancerArns);
  return { gatewayLoadBalancerArns, supportsIpv6: checkedIpv6(tx, gatewayLoadBalancerArns, spec.supportsIpv6) };
}

/** What ModifyVpcEndpointServiceConfiguration asks for; undefined for what stays. */
export interface EndpointServiceChange {
  readonly addGatewayArns: readonly string[];
  readonly removeGatewayArns: readonly string[];
  readonly supportsIpv6: boolean | undefined;
  readonly addArns: readonly string[];
  readonly removeArns: readonly string[];
  readonly acceptanceRequired: boolean | undefined;
  readonly privateDnsName: string | undefined;
  readonly removePrivateDnsName: boolean;
}

/**
 * Changes a service.
 * @throws Fault InvalidParameter of load balancers (the last one stays) and of a private name (unconfirmed)
 */
export function modifyEndpointService(
  tx: Transaction,
  service: VpcEndpointService,
  change: EndpointServiceChange,
): VpcEndpointService {
  if (isOfGatewayLoadBalancers(service)) return modifyInspectingService(tx, service, change);
  if (change.addGatewayArns.length + change.removeGatewayArns.length > 0 || change.supportsIpv6) {
    throw new Fault('InvalidParameter', `The endpoint service ${service.id} is one of Network Load Balancers.`);
  }
  const { loadBalancers: before } = service;
  const removed = change.removeArns.map((arn) => {
    const found = before.find((one) => one.arn === arn);
    if (found) return found;
    throw new Fault('InvalidParameter', `The load balancer '${arn}' is not associated with ${service.id}.`);
  });
  const added = change.addArns.filter((arn) => !before.some((one) => one.arn === arn));
  const kept = before.filter((one) => !removed.includes(one));
  if (kept.length + added.length === 0) {
    throw new Fault('InvalidParameter', 'An endpoint service must have at least one load balancer.');
  }
  for (const one of removed) closeLoadBalancer(tx, one);
  return tx.update(VpcEndpointService, service.id, {
    loadBalancers: [...kept, ...added.map((arn) => serviceLoadBalancer(tx, arn))],
    acceptanceRequired: change.acceptanceRequired ?? service.acceptanceRequired,
    privateName: changedPrivateName(tx, service, change),
  });
}

/** The same of a service of Gateway Load Balancers, which has no private name. */
function modifyInspectingService(
  tx: Transaction,
  service: VpcEndpointService,
  change: EndpointServiceChange,
): VpcEndpointService {
  const { gatewayLoadBalancerArns: before = [], id } = service;
  if (change.addArns.length + change.removeArns.length > 0 || change.privateDnsName !== undefined) {
    throw new Fault('InvalidParameter', `The endpoint service ${id} is one of Gateway Load Balancers.`);
  }
  const stranger = change.removeGatewayArns.find((arn) => !before.some((one) => one === arn));
  if (stranger !== undefined) {
    throw new Fault('InvalidParameter', `The load balancer '${stranger}' is not associated with ${id}.`);
  }
  const kept = before.filter((arn) => !change.removeGatewayArns.includes(arn));
  const arns = [...new Set([...kept, ...checkedGatewayLoadBalancers(tx, change.addGatewayArns)])];
  if (arns.length === 0) {
    throw new Fault('InvalidParameter', 'An endpoint service must have at least one load balancer.');
  }
  return tx.update(VpcEndpointService, id, {
    gatewayLoadBalancerArns: arns,
    supportsIpv6: checkedIpv6(tx, arns, change.supportsIpv6 ?? service.supportsIpv6 ?? false),
    acceptanceRequired: change.acceptanceRequired ?? service.acceptanceRequired,
  });
}

function changedPrivateName(
  tx: Transaction,
  { privateName }: VpcEndpointService,
  { privateDnsName, removePrivateDnsName }: EndpointServiceChange,
): ServicePrivateName | undefined {
  if (privateDnsName !== undefined && removePrivateDnsName) {
    throw new Fault('InvalidParameterCombination', { parameter: 'privateDnsName', other: 'removePrivateDnsName' });
  }
  if (removePrivateDnsName) return undefined;
  return privateDnsName === undefined ? privateName : newPrivateName(tx, privateDnsName);
}

/** A domain name, of which the first label may be "*". */
const DOMAIN_NAME = /^(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/;

function newPrivateName(tx: Transaction, text: string): ServicePrivateName {
  const name = text.toLowerCase();
  if (!DOMAIN_NAME.test(name)) throw new Fault('InvalidParameter', `The private DNS name '${text}' is not valid.`);
  return { name, state: 'pendingVerification', proof: `vpce:${tx.newId('vpce-svc').slice('vpce-svc-'.length)}` };
}

/**
 * StartVpcEndpointServicePrivateDnsVerification. There is no public DNS here in which the owner could set the record that
 * proves the name, so asking is enough.
 * @throws Fault InvalidParameter for a service without a private name (unconfirmed)
 */
export function verifyPrivateName(tx: Transaction, service: VpcEndpointService): void {
  if (!service.privateName) {
    throw new Fault('InvalidParameter', `The endpoint service ${service.id} has no private DNS name.`);
  }
  tx.update(VpcEndpointService, service.id, { privateName: { ...service.privateName, state: 'verified' } });
}

/** Deletes a service. @throws Fault ExistingVpcEndpointConnections while endpoints are connected or waiting */
export function deleteEndpointService(tx: Transaction, service: VpcEndpointService): void {
  const connections = tx.by(VpcEndpointConnection, 'serviceId', service.id);
  if (connections.some((one) => endpointOf(tx, one)?.state !== 'rejected')) {
    throw new Fault('ExistingVpcEndpointConnections');
  }
  for (const { id } of connections) tx.remove(VpcEndpointConnection, id);
  for (const one of service.loadBalancers) closeLoadBalancer(tx, one);
  tx.in(WORLD).remove(EndpointServiceOwner, service.id);
  removeNotificationsAbout(tx, service.id);
  tx.remove(VpcEndpointService, service.id);
}

/** Changes who may connect; returns the permissions that came. Naming one twice, or one that is not there, changes nothing. */
export function changePermissions(
  tx: Transaction,
  service: VpcEndpointService,
  add: readonly string[],
  remove: readonly string[],
): VpcEndpointService['permissions'] {
  for (const principal of [...add, ...remove]) checkPrincipal(principal);
  const kept = service.permissions.filter(({ principal }) => !remove.includes(principal));
  const added = [...new Set(add)]
    .filter((principal) => !kept.some((one) => one.principal === principal))
    .map((principal) => ({ id: tx.newId('vpce-svc-perm'), principal }));
  tx.update(VpcEndpointService, service.id, { permissions: [...kept, ...added] });
  return added;
}

const PRINCIPAL = /^arn:aws[a-z-]*:iam::\d{12}:(root|user\/.+|role\/.+)$/;

/** Code and sentence are unconfirmed. */
function checkPrincipal(principal: string): void {
  if (principal === '*' || PRINCIPAL.test(principal)) return;
  throw new Fault('InvalidPrincipal', `The principal '${principal}' is not valid.`);
}

/** Whether an account may connect. The caller is its account here: a permission for one of its users or roles lets all of it in. */
export const isPermitted = (service: VpcEndpointService, owner: string, account: string): boolean =>
  owner === account ||
  service.permissions.some(({ principal }) => principal === '*' || principal.split(':')[4] === account);

/** The kind of a principal, as the API shows it. */
export function principalTypeOf(principal: string): 'All' | 'Account' | 'User' | 'Role' {
  if (principal === '*') return 'All';
  if (principal.endsWith(':root')) return 'Account';
  return principal.includes(':user/') ? 'User' : 'Role';
}

/** A service with the account that has it. */
export interface FoundService {
  readonly service: VpcEndpointService;
  readonly account: string;
}

/** The service of this name in the caller's Region, if the caller may connect to it. */
export function findEndpointService(tx: Transaction, name: string): FoundService | undefined {
  const id = name.split('.').at(-1) ?? '';
  if (!isId('vpce-svc', id) || serviceNameOf(tx.region, id) !== name) return undefined;
  const owner = tx.in(WORLD).find(EndpointServiceOwner, id);
  if (owner?.region !== tx.region) return undefined;
  const service = tx.in({ account: owner.account, region: owner.region }).find(VpcEndpointService, id);
  if (!service || !isPermitted(service, owner.account, tx.account)) return undefined;
  return { service, account: owner.account };
}

/** Every service of the Region that the caller may connect to. */
export const visibleServices = (tx: Transaction): readonly FoundService[] =>
  tx
    .in(WORLD)
    .list(EndpointServiceOwner, ({ region }) => region === tx.region)
    .flatMap(({ id }) => findEndpointService(tx, serviceNameOf(tx.region, id)) ?? []);

/** Zones in which a service has a load balancer's node. `owner`: in the scope of the service. */
export const zonesOfService = (owner: Transaction, service: VpcEndpointService): readonly string[] =>
  isOfGatewayLoadBalancers(service)
    ? zonesOfGatewayService(owner, service)
    : [...new Set(service.loadBalancers.flatMap((one) => nodesOf(owner, one).map(({ zone }) => zone)))].sort();

/** The endpoint of a connection, in its owner's account. */
export const endpointOf = (tx: Transaction, { id, account }: VpcEndpointConnection): VpcEndpoint | undefined =>
  tx.in({ account, region: tx.region }).find(VpcEndpoint, id);

/**
 * Accepts or rejects a connection, as the owner of the service. An endpoint that was rejected may be accepted later
 * (unconfirmed).
 * @throws Fault InvalidVpcEndpointId.NotFound, InvalidVpcEndpointId.Malformed, InvalidState
 */
export function decideConnection(
  tx: Transaction,
  serviceId: VpcEndpointServiceId,
  endpointId: string,
  state: 'available' | 'rejected',
): void {
  if (!isId('vpce', endpointId)) {
    throw new Fault('InvalidVpcEndpointId.Malformed', `Invalid id: "${endpointId}" (expecting "vpce-...")`);
  }
  const connection = tx.find(VpcEndpointConnection, endpointId);
  const endpoint = connection?.serviceId === serviceId ? endpointOf(tx, connection) : undefined;
  if (!connection || !endpoint) throw new Fault('InvalidVpcEndpointId.NotFound', { id: endpointId });
  if (endpoint.state === state) {
    throw new Fault('InvalidState', `VpcEndpoint ${endpointId} is already ${state}.`);
  }
  tx.in({ account: connection.account, region: tx.region }).update(VpcEndpoint, endpoint.id, { state });
}
