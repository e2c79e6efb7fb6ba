/** A load balancer of ELB's API of 2015: what spreads connections, or packets, over the targets of its listeners' groups. */
import type { Ipv4 } from '../../net/address.ts';
import type {
  AllocationId,
  LoadBalancerArn,
  NetworkInterfaceId,
  SecurityGroupId,
  SubnetId,
  VpcId,
} from '../../net/identifiers.ts';
import { kind, type Row, type Tags } from '../kind.ts';

/** A node: the load balancer's interface in one zone. */
export interface BalancerNode {
  readonly zone: string;
  readonly subnetId: SubnetId;
  readonly networkInterfaceId: NetworkInterfaceId;
  /** The Elastic IP that was asked for as its public address. */
  readonly allocationId: AllocationId | undefined;
  /** The private address, where one was asked for. */
  readonly privateIpv4?: Ipv4 | undefined;
}

/** What an attribute of a load balancer, a target group or a listener was set to; what is missing has its default. */
export type SetAttributes = Readonly<Record<string, string>>;

export interface LoadBalancer extends Row {
  readonly id: LoadBalancerArn;
  readonly name: string;
  readonly type: 'network' | 'gateway';
  /** Gateway Load Balancers are internal. */
  readonly scheme: 'internal' | 'internet-facing';
  /** Missing for IPv4 alone. */
  readonly ipAddressType?: 'dualstack';
  readonly vpcId: VpcId;
  readonly nodes: readonly BalancerNode[];
  /** Empty where it was made without: then it never has any, and nothing is filtered at its nodes. */
  readonly securityGroupIds: readonly SecurityGroupId[];
  /** Whether its groups' inbound rules are asked about what comes by an interface endpoint. */
  readonly filtersPrivateLink: boolean;
  readonly attributes: SetAttributes;
  readonly createdAtMs: number;
  readonly tags: Tags;
}

/** Whose a DNS name is; a row of the WORLD, where names are asked for. */
export interface LoadBalancerDnsName extends Row {
  /** The name, in lower case. */
  readonly id: string;
  readonly account: string;
  readonly region: string;
  readonly loadBalancerArn: LoadBalancerArn;
}

export const LoadBalancerDnsName = kind<LoadBalancerDnsName>()({ name: 'load-balancer-dns-name' });

export const LoadBalancer = kind<LoadBalancer>()({
  name: 'load-balancer',
  indexes: {
    name: (row) => row.name,
    vpcId: (row) => row.vpcId,
    networkInterfaceId: (row) => row.nodes.map((node) => node.networkInterfaceId),
    securityGroupId: (row) => row.securityGroupIds,
  },
});
