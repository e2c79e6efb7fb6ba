/** A VPC endpoint: a way from a VPC to a service that leads over no other gateway. */
import type {
  Id,
  NetworkInterfaceId,
  SubnetId,
  VpcEndpointId,
  VpcEndpointServiceId,
  VpcId,
} from '../../net/identifiers.ts';
import { kind, type TaggedRow } from '../kind.ts';

export type VpcEndpointState = 'pendingAcceptance' | 'available' | 'rejected';

/** Where an interface endpoint stands in a subnet. */
export interface EndpointPlace {
  readonly subnetId: SubnetId;
  readonly zone: string;
  readonly networkInterfaceId: NetworkInterfaceId;
}

/** The service that an interface endpoint leads to, and where its owner's rows are: always in the endpoint's Region. */
export interface EndpointServiceReference {
  readonly id: VpcEndpointServiceId;
  /** Undefined where an endpoint was imported without its service, so that nobody here offers it. */
  readonly account: string | undefined;
}

export interface VpcEndpoint extends TaggedRow {
  readonly id: VpcEndpointId;
  readonly vpcId: VpcId;
  readonly serviceName: string;
  /**
   * "Gateway" leads to a service of AWS by routes to its prefix list, "Interface" to somebody's by interfaces of its own;
   * to a "GatewayLoadBalancer" one routes lead packets that are to be inspected on their way.
   */
  readonly type: 'Gateway' | 'Interface' | 'GatewayLoadBalancer';
  readonly state: VpcEndpointState;
  readonly policyDocument: string;
  readonly service: EndpointServiceReference | undefined;
  /** One in each zone that was asked for; none of a gateway endpoint, exactly one of type GatewayLoadBalancer. */
  readonly places: readonly EndpointPlace[];
  /**
   * ARN of the firewall that AWS Network Firewall has made it for, and looks after it; missing of the endpoints that
   * accounts make. Such an endpoint is of type GatewayLoadBalancer and leads to no service here.
   */
  readonly firewallArn?: string;
  readonly privateDnsEnabled: boolean;
  /** Part of its DNS names: "abcd1234". */
  readonly nameSuffix: string;
  /** Milliseconds since the epoch. */
  readonly createdAtMs: number;
}

export const VpcEndpoint = kind<VpcEndpoint>()({
  name: 'vpc-endpoint',
  prefix: 'vpce',
  notFound: 'InvalidVpcEndpointId.NotFound',
  malformed: 'InvalidVpcEndpointId.Malformed',
  indexes: {
    vpcId: (row) => row.vpcId,
    networkInterfaceId: (row) => row.places.map((place) => place.networkInterfaceId),
  },
});

/** That an endpoint is connected, or wants to be, to a service: a row of the service's owner. Its state is the endpoint's. */
export interface VpcEndpointConnection {
  /** The endpoint's. */
  readonly id: VpcEndpointId;
  readonly connectionId: Id<'vpce-con'>;
  readonly serviceId: VpcEndpointServiceId;
  /** Account of the endpoint's owner. */
  readonly account: string;
}

export const VpcEndpointConnection = kind<VpcEndpointConnection>()({
  name: 'vpc-endpoint-connection',
  indexes: { serviceId: (row) => row.serviceId },
});
