/**
 * Described endpoint services: an account's own, with their load balancers, and those of others that it may connect to.
 *
 * Of a Network Load Balancer EC2 knows the interfaces, whose descriptions name it, and not the targets: those are the
 * instances that carry its name in a tag, as everywhere here.
 */
import type * as sdk from '@aws-sdk/client-ec2';
import { LOAD_BALANCER_TAG, loadBalancerOf, targetsOf } from '../model/load-balancers.ts';
import { NetworkInterface } from '../model/resources/network-interface.ts';
import {
  EndpointServiceOwner,
  type LoadBalancerNode,
  type ServiceLoadBalancer,
  type ServicePermission,
  type ServicePrivateName,
  VpcEndpointService,
} from '../model/resources/vpc-endpoint-service.ts';
import { WORLD } from '../model/scope.ts';
import { isId } from '../net/identifiers.ts';
import { idOf, idOrNew, type Place, place, tagsOf, Unplaceable } from './placing.ts';

const OVER: ReadonlySet<string | undefined> = new Set(['Deleted', 'Deleting', 'Failed']);

/** A service of the account. @throws Unplaceable */
export function placeEndpointService(where: Place, one: sdk.ServiceConfiguration): void {
  const { tx } = where;
  if (OVER.has(one.ServiceState)) return;
  if ((one.GatewayLoadBalancerArns ?? []).length > 0)
    throw new Unplaceable('Gateway Load Balancers are not taken over, and it stands behind one');
  const id = idOf('vpce-svc', one.ServiceId);
  const loadBalancers = (one.NetworkLoadBalancerArns ?? []).map((arn) => loadBalancer(where, arn));
  place(tx, VpcEndpointService, {
    id,
    acceptanceRequired: one.AcceptanceRequired ?? false,
    loadBalancers,
    permissions: permissionsOf(where, id),
    privateName: privateNameOf(one),
    ...(one.PayerResponsibility === 'ServiceOwner' && { payerResponsibility: 'ServiceOwner' }),
    tags: tagsOf(one.Tags),
  });
  tx.in(WORLD).put(EndpointServiceOwner, { id, account: tx.account, region: tx.region });
  if (loadBalancers.every(({ name }) => targetsOf(tx, name).length === 0)) sayWithoutTargets(where, id, loadBalancers);
}

function sayWithoutTargets(
  { ignore }: Place,
  what: VpcEndpointService['id'],
  [first]: VpcEndpointService['loadBalancers'],
): void {
  const hint = first ? `: tag its targets with ${LOAD_BALANCER_TAG}=${first.name}` : ' without a load balancer';
  ignore({ what, why: `nothing answers behind it here${hint}` });
}

/** A load balancer with the interfaces that are described of it. */
function loadBalancer({ tx, described }: Place, arn: string): ServiceLoadBalancer {
  const known = loadBalancerOf(arn);
  if (!known) throw new Unplaceable(`${arn} is not the ARN of a Network Load Balancer`);
  const interfaces = described.resources.NetworkInterfaces.filter(
    ({ InterfaceType: type, Description: text }) => type === 'network_load_balancer' && text === known.description,
  );
  const nodes = interfaces.flatMap(({ NetworkInterfaceId: id = '' }): LoadBalancerNode[] => {
    const row = tx.find(NetworkInterface, id);
    return row ? [{ zone: row.zone, networkInterfaceId: row.id }] : [];
  });
  return { arn: known.arn, name: known.name, nodes };
}

function permissionsOf({ tx, described }: Place, id: string): readonly ServicePermission[] {
  return (described.servicePermissions.get(id) ?? []).flatMap(({ Principal: principal, ServicePermissionId: known }) =>
    principal === undefined ? [] : [{ id: idOrNew(tx, 'vpce-svc-perm', known), principal }],
  );
}

function privateNameOf(one: sdk.ServiceConfiguration): ServicePrivateName | undefined {
  if (one.PrivateDnsName === undefined) return undefined;
  const { State: state, Value: proof = '' } = one.PrivateDnsNameConfiguration ?? {};
  return { name: one.PrivateDnsName, state: state === 'verified' ? 'verified' : 'pendingVerification', proof };
}

/**
 * A service as consumers are shown it. AWS's own are known here; that of an account which is not described is there from
 * now on, without a load balancer, so that names of endpoints to it are what they are.
 */
export function placeOfferedService({ tx, whenAllIsThere }: Place, one: sdk.ServiceDetail): void {
  const { ServiceId: id = '', Owner: account = '' } = one;
  if (!isId('vpce-svc', id) || !/^\d{12}$/.test(account) || account === tx.account) return;
  const name = one.PrivateDnsName;
  const isVerified = one.PrivateDnsNameVerificationState === 'verified';
  whenAllIsThere(() => {
    if (tx.in(WORLD).find(EndpointServiceOwner, id)) return;
    tx.in({ account, region: tx.region }).put(VpcEndpointService, {
      id,
      acceptanceRequired: one.AcceptanceRequired ?? false,
      loadBalancers: [],
      permissions: [{ id: tx.newId('vpce-svc-perm'), principal: `arn:aws:iam::${tx.account}:root` }],
      privateName:
        name === undefined ? undefined : { name, state: isVerified ? 'verified' : 'pendingVerification', proof: '' },
      tags: {},
    });
    tx.in(WORLD).put(EndpointServiceOwner, { id, account, region: tx.region });
  });
}
