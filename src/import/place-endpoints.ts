/** Described VPC endpoints: gateway endpoints, and interface endpoints to services of AWS and of accounts. */
import type * as sdk from '@aws-sdk/client-ec2';
import { awsServiceBehind, awsServicesOf, insertAwsPrefixLists } from '../model/aws-services.ts';
import { FULL_ACCESS } from '../model/endpoint-policies.ts';
import { NetworkInterface } from '../model/resources/network-interface.ts';
import { Vpc } from '../model/resources/vpc.ts';
import { VpcEndpoint, VpcEndpointConnection, type VpcEndpointState } from '../model/resources/vpc-endpoint.ts';
import { EndpointServiceOwner } from '../model/resources/vpc-endpoint-service.ts';
import { WORLD } from '../model/scope.ts';
import type { Transaction } from '../model/transaction.ts';
import { newNameSuffix } from '../model/vpc-endpoints.ts';
import { isId, type VpcEndpointServiceId } from '../net/identifiers.ts';
import { existing, idOf, type Place, place, tagsOf, Unplaceable } from './placing.ts';

/** States by the words of Describe, in which AWS mixes cases; those that are over have none. */
const STATES: Readonly<Record<string, VpcEndpointState>> = {
  available: 'available',
  pending: 'available',
  pendingacceptance: 'pendingAcceptance',
  rejected: 'rejected',
};

/** An endpoint; the routes to one of type Gateway are those of the tables. @throws Unplaceable */
export function placeVpcEndpoint(where: Place, one: sdk.VpcEndpoint): void {
  const state = STATES[one.State?.toLowerCase() ?? 'available'];
  if (!state) return;
  if (one.VpcEndpointType === 'Gateway') placeGatewayEndpoint(where, one);
  else if (one.VpcEndpointType === 'Interface') placeInterfaceEndpoint(where, one, state);
  else
    throw new Unplaceable(
      `localvpc takes gateway and interface endpoints over, and this one is of type ${one.VpcEndpointType}`,
    );
}

function placeGatewayEndpoint({ tx }: Place, one: sdk.VpcEndpoint): void {
  if (!awsServicesOf(tx.region).some(({ name }) => name === one.ServiceName))
    throw new Unplaceable(`localvpc has no service ${one.ServiceName}`);
  insertAwsPrefixLists(tx);
  place(tx, VpcEndpoint, {
    ...commonRow(tx, one),
    type: 'Gateway',
    state: 'available',
    service: undefined,
    places: [],
    privateDnsEnabled: false,
    nameSuffix: '',
  });
}

const commonRow = (tx: Transaction, one: sdk.VpcEndpoint) => ({
  id: idOf('vpce', one.VpcEndpointId),
  vpcId: existing(tx, Vpc, one.VpcId).id,
  serviceName: one.ServiceName ?? '',
  policyDocument: one.PolicyDocument ?? FULL_ACCESS,
  createdAtMs: one.CreationTimestamp?.getTime() ?? tx.nowMs,
  tags: tagsOf(one.Tags),
});

function placeInterfaceEndpoint(where: Place, one: sdk.VpcEndpoint, state: VpcEndpointState): void {
  const { tx, whenAllIsThere } = where;
  const serviceId = serviceOf(tx, one.ServiceName);
  const row = place(tx, VpcEndpoint, {
    ...commonRow(tx, one),
    type: 'Interface',
    state,
    service: serviceId && { id: serviceId, account: undefined },
    places: (one.NetworkInterfaceIds ?? []).map((id) => placeOf(tx, id)),
    privateDnsEnabled: one.PrivateDnsEnabled ?? false,
    nameSuffix: suffixIn(one) ?? newNameSuffix(tx),
  });
  if (serviceId) whenAllIsThere(() => connect(where, row, serviceId));
}

/** Undefined for a service of AWS. @throws Unplaceable for what is neither's */
function serviceOf(tx: Transaction, name = ''): VpcEndpointServiceId | undefined {
  const id = name.split('.').at(-1) ?? '';
  if (isId('vpce-svc', id)) return id;
  if (awsServiceBehind(tx.region, name)) return undefined;
  throw new Unplaceable(`${name || 'nothing'} is no service of ${tx.region}`);
}

function placeOf(tx: Transaction, id: string): VpcEndpoint['places'][number] {
  const found = tx.find(NetworkInterface, id);
  if (!found) throw new Unplaceable(`its interface ${id} is not described (describe-network-interfaces), or left out`);
  return { subnetId: found.subnetId, zone: found.zone, networkInterfaceId: found.id };
}

/** Part of its names: "abcd1234" of "vpce-0123-abcd1234.vpce-svc-…". */
const suffixIn = ({ VpcEndpointId: id, DnsEntries: names = [] }: sdk.VpcEndpoint): string | undefined =>
  names.flatMap(({ DnsName: name = '' }) =>
    name.startsWith(`${id}-`) ? (name.slice(`${id}-`.length).split(/[-.]/)[0] ?? []) : [],
  )[0];

/** Tells the owner of the service, if that is here. */
function connect({ tx, ignore }: Place, { id }: VpcEndpoint, serviceId: VpcEndpointServiceId): void {
  const owner = tx.in(WORLD).find(EndpointServiceOwner, serviceId);
  if (owner?.region !== tx.region) {
    ignore({ what: id, why: `its service ${serviceId} is not described, so nothing answers behind it here` });
    return;
  }
  const { account } = owner;
  tx.update(VpcEndpoint, id, { service: { id: serviceId, account } });
  const there = tx.in({ account, region: tx.region });
  if (there.find(VpcEndpointConnection, id)) return;
  there.put(VpcEndpointConnection, { id, connectionId: tx.newId('vpce-con'), serviceId, account: tx.account });
}

/** A connection as the owner of a service sees it, which is there where the endpoint is. @throws Unplaceable */
export function placeEndpointConnection({ tx, ignore, whenAllIsThere }: Place, one: sdk.VpcEndpointConnection): void {
  const { VpcEndpointOwner: account = tx.account, VpcEndpointConnectionId: connectionId } = one;
  const id = idOf('vpce', one.VpcEndpointId);
  const serviceId = idOf('vpce-svc', one.ServiceId);
  const known = connectionId === undefined ? undefined : idOf('vpce-con', connectionId);
  whenAllIsThere(() => {
    if (!tx.in({ account, region: tx.region }).find(VpcEndpoint, id))
      ignore({ what: id, why: `it is an endpoint of account ${account}, which is not described` });
    else if (known) tx.put(VpcEndpointConnection, { id, connectionId: known, serviceId, account });
  });
}
