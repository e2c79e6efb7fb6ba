/** An endpoint service: what an account offers to the endpoints of others, behind Network or Gateway Load Balancers. */
import type { Id, LoadBalancerArn, NetworkInterfaceId, VpcEndpointServiceId } from '../../net/identifiers.ts';
import { kind, type Row, type TaggedRow } from '../kind.ts';

/** A node of a load balancer: its interface in one zone. */
export interface LoadBalancerNode {
  readonly zone: string;
  readonly networkInterfaceId: NetworkInterfaceId;
}

/** A Network Load Balancer of the service. */
export interface ServiceLoadBalancer {
  readonly arn: LoadBalancerArn;
  /** The name in the ARN. */
  readonly name: string;
  /** Of one that was imported without its own description alone: see `model/load-balancers.ts`. */
  readonly nodes: readonly LoadBalancerNode[];
}

/** Who may connect to a service: an ARN, or "*" for everybody. */
export interface ServicePermission {
  readonly id: Id<'vpce-svc-perm'>;
  readonly principal: string;
}

/** A name that consumers may use in the place of the endpoints' own ones, once its owner has shown that it is theirs. */
export interface ServicePrivateName {
  readonly name: string;
  readonly state: 'pendingVerification' | 'verified';
  /** Content of the TXT record that proves it. */
  readonly proof: string;
}

export interface VpcEndpointService extends TaggedRow {
  readonly id: VpcEndpointServiceId;
  readonly acceptanceRequired: boolean;
  readonly loadBalancers: readonly ServiceLoadBalancer[];
  /** In the place of those: the Gateway Load Balancers of a service that inspects; missing of others. */
  readonly gatewayLoadBalancerArns?: readonly LoadBalancerArn[];
  /** True where endpoints may have IPv6 addresses; missing of others. */
  readonly supportsIpv6?: boolean;
  readonly permissions: readonly ServicePermission[];
  readonly privateName: ServicePrivateName | undefined;
  /** Missing while each endpoint's owner pays for it. */
  readonly payerResponsibility?: 'ServiceOwner';
}

export const VpcEndpointService = kind<VpcEndpointService>()({
  name: 'vpc-endpoint-service',
  prefix: 'vpce-svc',
  notFound: 'InvalidVpcEndpointServiceId.NotFound',
  malformed: 'InvalidVpcEndpointServiceId.Malformed',
  indexes: {
    networkInterfaceId: (row) => row.loadBalancers.flatMap(({ nodes }) => nodes.map((node) => node.networkInterfaceId)),
    loadBalancerName: (row) => row.loadBalancers.map(({ name }) => name),
    loadBalancerArn: (row) => [...row.loadBalancers.map(({ arn }) => arn), ...(row.gatewayLoadBalancerArns ?? [])],
  },
});

/** Whose a service is; a row of the WORLD, since consumers know its name alone. */
export interface EndpointServiceOwner extends Row {
  readonly id: VpcEndpointServiceId;
  readonly account: string;
  readonly region: string;
}

export const EndpointServiceOwner = kind<EndpointServiceOwner>()({ name: 'vpc-endpoint-service-owner' });
