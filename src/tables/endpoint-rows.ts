/** Rows of VPC endpoints and of what they lead to, and what an interface may belong to. */
import type { Ipv4 } from '../net/address.ts';
import type {
  InstanceId,
  LoadBalancerArn,
  NatGatewayId,
  TransitGatewayAttachmentId,
  VpcEndpointId,
  VpcEndpointServiceId,
  VpcId,
} from '../net/identifiers.ts';

/** A gateway endpoint: the target of routes to the addresses of a service, which stand in the outside world. */
export interface GatewayEndpointRow {
  readonly kind: 'gateway-endpoint';
  readonly id: VpcEndpointId;
  readonly vpcId: VpcId;
  /** True of DynamoDB: flows to it are tracked whatever the rules say. */
  readonly isTracked: boolean;
}

/** An endpoint service: where interface endpoints that lead to it hand over what they take. */
export interface EndpointServiceRow {
  readonly kind: 'endpoint-service';
  readonly id: VpcEndpointServiceId;
  readonly loadBalancerIds: readonly LoadBalancerArn[];
}

/**
 * Where an interface endpoint leads: to the load balancer of an endpoint service in a zone; to a service of AWS, which
 * stands at an address of the outside world; or to localvpc's own API, which is EC2 and STS.
 */
export type EndpointDestination =
  | { readonly kind: 'service'; readonly id: VpcEndpointServiceId; readonly zone: string }
  | { readonly kind: 'aws-service'; readonly address: Ipv4 }
  | { readonly kind: 'api' };

/**
 * What stands behind a Gateway Load Balancer endpoint and looks at the packets that routes lead there: the appliances of a
 * Gateway Load Balancer in a zone, or a firewall of AWS Network Firewall, whose endpoints are of the same type.
 */
export type Inspector =
  /** Undefined where the service has no load balancer in the zone. */
  | {
      readonly kind: 'gateway-load-balancer';
      readonly loadBalancerArn: LoadBalancerArn | undefined;
      readonly zone: string;
    }
  /** By its ARN. */
  | { readonly kind: 'firewall'; readonly arn: string };

/**
 * What an interface belongs to: an instance, whose guest sends and receives behind it, a gateway or an
 * interface endpoint that is available (the latter with where it leads), or a load balancer.
 */
export type InterfaceOwner =
  | { readonly kind: 'instance'; readonly id: InstanceId }
  | { readonly kind: 'nat-gateway'; readonly id: NatGatewayId }
  /** In no row of an interface: where it stands, its own row says. */
  | { readonly kind: 'regional-nat-gateway'; readonly id: NatGatewayId }
  | {
      readonly kind: 'vpc-endpoint';
      readonly id: VpcEndpointId;
      readonly leadsTo: EndpointDestination;
    }
  | {
      readonly kind: 'gateway-load-balancer-endpoint';
      readonly id: VpcEndpointId;
      readonly inspector: Inspector;
    }
  | { readonly kind: 'load-balancer'; readonly id: LoadBalancerArn }
  | { readonly kind: 'gateway-load-balancer'; readonly id: LoadBalancerArn }
  | { readonly kind: 'transit-gateway-attachment'; readonly id: TransitGatewayAttachmentId };
