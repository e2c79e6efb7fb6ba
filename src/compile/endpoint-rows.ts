/** Rows of VPC endpoints and endpoint services. */
import { targetsOf } from '../model/load-balancers.ts';
import type { VpcEndpoint } from '../model/resources/vpc-endpoint.ts';
import type { VpcEndpointService } from '../model/resources/vpc-endpoint-service.ts';
import type { Transaction } from '../model/transaction.ts';
import type { EndpointServiceRow, GatewayEndpointRow } from '../tables/tables.ts';

/** Row of a gateway endpoint; an interface endpoint is what its interfaces' rows say. */
export const gatewayEndpointRow = ({ id, type, vpcId, serviceName }: VpcEndpoint): GatewayEndpointRow | undefined =>
  type === 'Gateway'
    ? { kind: 'gateway-endpoint', id, vpcId, isTracked: serviceName.endsWith('.dynamodb') }
    : undefined;

/** Row of an endpoint service: each node with the targets of its zone. */
export const endpointServiceRow = (tx: Transaction, service: VpcEndpointService): EndpointServiceRow => ({
  kind: 'endpoint-service',
  id: service.id,
  nodes: service.loadBalancers.flatMap(({ name, nodes }) => {
    const targets = targetsOf(tx, name);
    return nodes.map(({ zone, networkInterfaceId }) => ({
      zone,
      interfaceId: networkInterfaceId,
      targets: targets.filter((one) => one.networkInterface.zone === zone).map(({ address }) => address),
    }));
  }),
});
