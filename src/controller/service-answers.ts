/** Answers of the link-local services, from the model: metadata and DNS. */
import { Instance } from '../model/resources/instance.ts';
import type { Scope } from '../model/scope.ts';
import type { World } from '../model/world.ts';
import type { InstanceId } from '../net/identifiers.ts';
import type { ServiceRequest, ServiceResponse } from '../tables/data-plane.ts';

/** Where an instance lives; ids are unique over all accounts and Regions. */
export const scopeOfInstance = (world: World, id: InstanceId): Scope | undefined =>
  world.scopes().find((scope) => world.table(scope, Instance).get(id));

export const serviceAnswers =
  (_world: World, _now: () => number) =>
  (request: ServiceRequest): ServiceResponse =>
    request.kind === 'metadata'
      ? { kind: 'metadata', status: 404, headers: {}, body: '', hopLimit: undefined }
      : { kind: 'dns', answer: request.query };
