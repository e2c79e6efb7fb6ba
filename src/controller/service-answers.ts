/** Answers of the link-local services, from the model: metadata and DNS. */
import { dnsView } from '../compile/dns-view.ts';
import { metadataView } from '../compile/metadata-view.ts';
import type { Endpoint } from '../ec2/dispatch.ts';
import { hmacSha256 } from '../host/clock.ts';
import { Instance } from '../model/resources/instance.ts';
import { NetworkInterface } from '../model/resources/network-interface.ts';
import { type Scope, WORLD } from '../model/scope.ts';
import type { RandomSource, Transaction } from '../model/transaction.ts';
import type { World } from '../model/world.ts';
import type { InstanceId, NetworkInterfaceId } from '../net/identifiers.ts';
import { answerDns } from '../services/dns.ts';
import { asksForCounters } from '../services/ena-statistics.ts';
import type { IdentitySigner } from '../services/identity-signer.ts';
import { answerMetadata, type MetadataParts, type MetadataRequest } from '../services/metadata.ts';
import type { ApiRequest, ApiResponse, DataPlane, DataPlaneEvents, ServiceResponse } from '../tables/data-plane.ts';

/** Where an instance lives; ids are unique over all accounts and Regions. */
export const scopeOfInstance = (world: World, id: InstanceId): Scope | undefined =>
  world.scopes().find((scope) => world.table(scope, Instance).get(id));

const scopeOfInterface = (world: World, id: NetworkInterfaceId): Scope | undefined =>
  world.scopes().find((scope) => world.table(scope, NetworkInterface).get(id));

/**
 * A call of the API that came by an interface endpoint. Whoever signs it, it is the endpoint's owner's: without
 * configured credentials any guest could write another account into its signature.
 */
export async function callFromEndpoint(
  { world, now, endpoint }: { readonly world: World; readonly now: () => number; readonly endpoint: Endpoint },
  { interfaceId, ...request }: ApiRequest,
): Promise<ApiResponse> {
  const scope = scopeOfInterface(world, interfaceId);
  if (!scope) return { status: 404, headers: {}, body: '' };
  return endpoint({ ...request, account: scope.account, nowMs: now() });
}

/** What the services are made of. */
export interface ServiceParts {
  readonly world: World;
  readonly now: () => number;
  readonly random: RandomSource;
  readonly signer: IdentitySigner;
  readonly enaCounters: DataPlane['enaCounters'];
}

/** The function that answers what guests ask. Tokens are good while this localvpc runs. */
export function serviceAnswers({ world, now, random, signer, enaCounters }: ServiceParts): DataPlaneEvents['serve'] {
  const secret = Uint8Array.from({ length: 32 }, () => random.integer(256));
  const randomHex = (digits: number): string =>
    Array.from({ length: digits }, () => random.integer(16).toString(16)).join('');
  const look = <T>(scope: Scope, work: (tx: Transaction) => T): T => world.transact(scope, now(), work).result;

  const metadata = (request: MetadataRequest, counters: MetadataParts['enaCounters']): ServiceResponse => {
    const parts = {
      hash: { hmacSha256 },
      secret,
      nowMs: now(),
      randomHex,
      signer,
      ...(counters && { enaCounters: counters }),
    };
    const scope = scopeOfInterface(world, request.interfaceId);
    if (!scope) return answerMetadata(request, undefined, parts);
    return look(scope, (tx) => answerMetadata(request, metadataView(tx, request.interfaceId), parts));
  };
  const interfacesBeside = (interfaceId: NetworkInterfaceId): readonly NetworkInterfaceId[] => {
    const scope = scopeOfInterface(world, interfaceId);
    return scope ? look(scope, (tx) => metadataView(tx, interfaceId)?.interfaces() ?? []).map(({ id }) => id) : [];
  };

  return (request) => {
    if (request.kind === 'metadata') {
      if (!asksForCounters(request.path)) return metadata(request, undefined);
      return enaCounters(interfacesBeside(request.interfaceId)).then((counters) => metadata(request, counters));
    }
    const { interfaceId } = request;
    const scope = interfaceId === 'internet' ? WORLD : scopeOfInterface(world, interfaceId);
    if (!scope) return answerDns(request, undefined);
    return look(scope, (tx) => answerDns(request, dnsView(tx, interfaceId)));
  };
}
