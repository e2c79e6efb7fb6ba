/** Where a route leads. What a gateway does with the packet is a stage of the pipeline. */
import type {
  EgressOnlyInternetGatewayId,
  InternetGatewayId,
  NatGatewayId,
  NetworkInterfaceId,
  TransitGatewayId,
  VpcEndpointId,
  VpcPeeringConnectionId,
  VpnGatewayId,
} from './identifiers.ts';

/** The target of a route (API_Route). */
export type RouteTarget =
  | { readonly kind: 'local' }
  | { readonly kind: 'internet-gateway'; readonly id: InternetGatewayId }
  | { readonly kind: 'egress-only-internet-gateway'; readonly id: EgressOnlyInternetGatewayId }
  | { readonly kind: 'nat-gateway'; readonly id: NatGatewayId }
  | { readonly kind: 'interface'; readonly id: NetworkInterfaceId }
  | { readonly kind: 'peering'; readonly id: VpcPeeringConnectionId }
  | { readonly kind: 'transit-gateway'; readonly id: TransitGatewayId }
  | { readonly kind: 'vpn-gateway'; readonly id: VpnGatewayId }
  /** A gateway endpoint. */
  | { readonly kind: 'endpoint'; readonly id: VpcEndpointId }
  | { readonly kind: 'gateway-load-balancer-endpoint'; readonly id: VpcEndpointId };

/** How a route came to be; decides between routes of equal prefix (static before propagated). */
export type RouteOrigin = 'CreateRouteTable' | 'CreateRoute' | 'EnableVgwRoutePropagation';
