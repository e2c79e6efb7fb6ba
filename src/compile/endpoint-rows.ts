/** Rows of VPC endpoints and endpoint services. */
import type { VpcEndpoint } from '../model/resources/vpc-endpoint.ts';
import type { VpcEndpointService } from '../model/resources/vpc-endpoint-service.ts';
import type { EndpointServiceRow, GatewayEndpointRow } from '../tables/tables.ts';

/** Row of a gateway endpoint; an interface endpoint is what its interfaces' rows say. */
export const gatewayEndpointRow = ({ id, type, vpcId, serviceName }: VpcEndpoint): GatewayEndpointRow | undefined =>
  type === 'Gateway'
    ? { kind: 'gateway-endpoint', id, vpcId, isTracked: serviceName.endsWith('.dynamodb') }
    : undefined;

/** Row of an endpoint service: the load balancers behind it. */
export const endpointServiceRow = ({ id, loadBalancers }: VpcEndpointService): EndpointServiceRow => ({
  kind: 'endpoint-service',
  id,
  loadBalancerIds: loadBalancers.map(({ arn }) => arn),
});
