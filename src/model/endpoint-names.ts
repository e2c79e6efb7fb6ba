/**
 * DNS names of interface endpoints: one for all zones, one for each, and the service's private name where it is enabled.
 *
 * Source: AWS PrivateLink guide, privatelink-access-aws-services ("DNS and interface endpoints"). Ids of hosted zones are
 * made up: they name nothing here.
 */
import { isId, type VpcEndpointId } from '../net/identifiers.ts';
import { awsServiceBehind } from './aws-services.ts';
import { endpointOf } from './endpoint-services.ts';
import { regionNamed } from './regions.ts';
import { type EndpointPlace, VpcEndpoint, VpcEndpointConnection } from './resources/vpc-endpoint.ts';
import { EndpointServiceOwner } from './resources/vpc-endpoint-service.ts';
import { type Scope, WORLD } from './scope.ts';
import type { Transaction } from './transaction.ts';
import { privateNameOf } from './vpc-endpoints.ts';

/** A name with the zone that it stands in. */
export interface EndpointName {
  readonly name: string;
  readonly zoneId: string;
}

const PUBLIC_ZONE = 'Z7HUB22UULQXV';
const PRIVATE_ZONE = 'Z0LOCALVPC000000000';

/** The domain of an endpoint's own names: "vpce-svc-0abc.us-east-1.vpce.amazonaws.com". */
const domainOf = (region: string, serviceId: string): string =>
  `${serviceId}.${region}.vpce.${regionNamed(region).partition.dnsSuffix}`;

/** Names of an endpoint, that for all zones first; none but of interface endpoints, which alone are sent to. */
export function endpointNames(tx: Transaction, endpoint: VpcEndpoint): readonly EndpointName[] {
  const { id, service, serviceName, nameSuffix, places, privateDnsEnabled } = endpoint;
  if (endpoint.type !== 'Interface') return [];
  const domain = service ? domainOf(tx.region, service.id) : awsServiceBehind(tx.region, serviceName)?.domain;
  if (domain === undefined) return [];
  const names = ['', ...places.map(({ zone }) => `-${zone}`)].map((zone) => `${id}-${nameSuffix}${zone}.${domain}`);
  const privateName = privateDnsEnabled ? privateNameOf(tx, endpoint) : undefined;
  return [
    ...names.map((name) => ({ name, zoneId: PUBLIC_ZONE })),
    ...(privateName === undefined ? [] : [{ name: privateName, zoneId: PRIVATE_ZONE }]),
  ];
}

/** The domain of the endpoints of one service. */
export const serviceDomain = (tx: Transaction, { id }: { readonly id: string }): string => domainOf(tx.region, id);

/** An endpoint with where its owner's rows are, and those of its places that a name stands for. */
export interface NamedEndpoint {
  readonly scope: Scope;
  readonly endpoint: VpcEndpoint;
  readonly places: readonly EndpointPlace[];
}

/** What an endpoint's own name stands for, whosever it is; undefined for other names and for endpoints that are not available. */
export function endpointOfName(tx: Transaction, name: string): NamedEndpoint | undefined {
  const [label = '', serviceId = '', region = ''] = name.split('.');
  if (!isId('vpce-svc', serviceId)) return endpointOfAwsName(tx, name);
  const owner = tx.in(WORLD).find(EndpointServiceOwner, serviceId);
  if (owner?.region !== region || !name.endsWith(`.${domainOf(region, serviceId)}`)) return undefined;
  const provider = tx.in({ account: owner.account, region });
  const id = label.split('-').slice(0, 2).join('-');
  const connection = isVpcEndpointId(id) ? provider.find(VpcEndpointConnection, id) : undefined;
  const endpoint = connection?.serviceId === serviceId ? endpointOf(provider, connection) : undefined;
  if (!connection || endpoint?.state !== 'available') return undefined;
  return namedPlaces(endpoint, label, { account: connection.account, region });
}

/** An endpoint of the asker's account to a service of AWS: those of other accounts are not found by their own names here. */
function endpointOfAwsName(tx: Transaction, name: string): NamedEndpoint | undefined {
  const [label = ''] = name.split('.', 1);
  const id = label.split('-').slice(0, 2).join('-');
  const endpoint = isVpcEndpointId(id) ? tx.find(VpcEndpoint, id) : undefined;
  const service = endpoint && awsServiceBehind(tx.region, endpoint.serviceName);
  return service && name === `${label}.${service.domain}` ? namedPlaces(endpoint, label, tx.scope) : undefined;
}

/** What the first label of an endpoint's name stands for: all of its places, or that of a zone. */
function namedPlaces(endpoint: VpcEndpoint, label: string, scope: Scope): NamedEndpoint | undefined {
  const stem = `${endpoint.id}-${endpoint.nameSuffix}`;
  if (!label.startsWith(stem)) return undefined;
  const zone = label.slice(stem.length);
  const places = endpoint.places.filter((place) => zone === '' || zone === `-${place.zone}`);
  return places.length === 0 ? undefined : { scope, endpoint, places };
}

const isVpcEndpointId = (id: string): id is VpcEndpointId => isId('vpce', id);

/** The endpoint of this VPC whose service's private name this is: the name itself, or one below a "*." name. */
export function endpointOfPrivateName(tx: Transaction, vpcId: string, name: string): VpcEndpoint | undefined {
  return tx.by(VpcEndpoint, 'vpcId', vpcId).find((endpoint) => {
    if (!endpoint.privateDnsEnabled || endpoint.state !== 'available') return false;
    const privateName = privateNameOf(tx, endpoint);
    if (privateName?.startsWith('*.')) return name.endsWith(privateName.slice(1));
    return privateName === name;
  });
}
