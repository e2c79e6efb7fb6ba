/** Described VPC endpoints. Gateway endpoints are taken over; interface endpoints lead to services that are not described with them. */
import type * as sdk from '@aws-sdk/client-ec2';
import { awsServicesOf, insertAwsPrefixLists } from '../model/aws-services.ts';
import { Vpc } from '../model/resources/vpc.ts';
import { VpcEndpoint } from '../model/resources/vpc-endpoint.ts';
import { FULL_ACCESS } from '../model/vpc-endpoints.ts';
import { existing, idOf, type Place, place, tagsOf, Unplaceable } from './placing.ts';

const STANDING: ReadonlySet<string | undefined> = new Set([undefined, 'available', 'pending']);

/** A gateway endpoint; the routes to it are those of the tables. @throws Unplaceable */
export function placeVpcEndpoint({ tx }: Place, one: sdk.VpcEndpoint): void {
  if (!STANDING.has(one.State?.toLowerCase())) return;
  if (one.VpcEndpointType !== 'Gateway')
    throw new Unplaceable(`localvpc takes gateway endpoints over, and this one is of type ${one.VpcEndpointType}`);
  if (!awsServicesOf(tx.region).some(({ name }) => name === one.ServiceName))
    throw new Unplaceable(`localvpc has no service ${one.ServiceName}`);
  insertAwsPrefixLists(tx);
  place(tx, VpcEndpoint, {
    id: idOf('vpce', one.VpcEndpointId),
    vpcId: existing(tx, Vpc, one.VpcId).id,
    serviceName: one.ServiceName ?? '',
    type: 'Gateway',
    state: 'available',
    policyDocument: one.PolicyDocument ?? FULL_ACCESS,
    service: undefined,
    places: [],
    privateDnsEnabled: false,
    nameSuffix: '',
    createdAtMs: one.CreationTimestamp?.getTime() ?? tx.nowMs,
    tags: tagsOf(one.Tags),
  });
}
