/** Gateway endpoints that code writes down: an endpoint, and the routes to its service in the tables that it names. */
import { awsServicesOf } from '../model/aws-services.ts';
import type { noResources } from './description.ts';

/** An endpoint as code names it; the type is a gateway where none is said. */
export interface WrittenEndpoint {
  readonly id: string;
  readonly vpcId: string | undefined;
  readonly type: string | undefined;
  readonly serviceName: string | undefined;
  readonly routeTableIds: readonly string[];
}

/** Adds one to a description that has its route tables. @returns why it cannot be taken, a sentence without its full stop */
export function addGatewayEndpoint(
  into: ReturnType<typeof noResources>,
  region: string,
  { id, vpcId, type = 'Gateway', serviceName, routeTableIds }: WrittenEndpoint,
): string | undefined {
  if (type !== 'Gateway') return `localvpc takes gateway endpoints over, and it is of type ${type}`;
  const service = awsServicesOf(region).find(({ name }) => name === serviceName);
  if (!service) return `localvpc has no service ${serviceName}`;
  const tables = into.RouteTables.filter(({ RouteTableId: each = '' }) => routeTableIds.includes(each));
  if (tables.length < new Set(routeTableIds).size) return 'a route table of it is not part of the code';
  const route = { DestinationPrefixListId: service.prefixListId, GatewayId: id, Origin: 'CreateRoute' } as const;
  for (const table of tables) table.Routes = [...(table.Routes ?? []), route];
  into.VpcEndpoints.push({ VpcEndpointId: id, VpcId: vpcId, VpcEndpointType: 'Gateway', ServiceName: serviceName });
  return undefined;
}
