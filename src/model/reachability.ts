/**
 * What Reachability Analyzer says of a path: the components that a packet passes, or why none of the packets that the
 * path speaks of arrives. The members are those of EC2's API, which shows them with a capital letter.
 *
 * The model keeps analyses and cannot make them: it knows no packets. Whoever builds a world hands the analyser in.
 */
import type { NetworkInsightsPath } from './resources/network-insights.ts';
import type { AccessFinding, NetworkInsightsAccessScope } from './resources/network-insights-scopes.ts';
import type { Transaction } from './transaction.ts';

/** A resource in an analysis. */
export interface AnalysisComponent {
  readonly id: string;
  readonly arn: string;
  /** The Name tag. */
  readonly name?: string | undefined;
}

export interface AnalysisPortRange {
  readonly from: number;
  readonly to: number;
}

/** Addresses as blocks; the protocol as a number in text. */
export interface AnalysisPacketHeader {
  readonly protocol: string;
  readonly sourceAddresses: readonly string[];
  readonly destinationAddresses: readonly string[];
  readonly sourcePortRanges: readonly AnalysisPortRange[];
  readonly destinationPortRanges: readonly AnalysisPortRange[];
}

export interface AnalysisAclRule {
  readonly cidr: string;
  readonly egress: boolean;
  /** Numbers of protocols as text, "all" for every one. */
  readonly protocol: string;
  readonly ruleAction: 'allow' | 'deny';
  readonly ruleNumber: number;
  readonly portRange?: AnalysisPortRange | undefined;
}

export interface AnalysisSecurityGroupRule {
  readonly direction: 'ingress' | 'egress';
  readonly protocol: string;
  readonly cidr?: string | undefined;
  readonly securityGroupId?: string | undefined;
  readonly prefixListId?: string | undefined;
  readonly portRange?: AnalysisPortRange | undefined;
}

export interface AnalysisRoute {
  readonly origin: string;
  readonly state: string;
  readonly destinationCidr?: string | undefined;
  readonly destinationPrefixListId?: string | undefined;
  readonly egressOnlyInternetGatewayId?: string | undefined;
  readonly gatewayId?: string | undefined;
  readonly natGatewayId?: string | undefined;
  readonly networkInterfaceId?: string | undefined;
  readonly transitGatewayId?: string | undefined;
  readonly vpcPeeringConnectionId?: string | undefined;
}

/** API_TransitGatewayRouteTableRoute. */
export interface AnalysisTransitRoute {
  readonly destinationCidr: string;
  readonly state: string;
  readonly routeOrigin: string;
  readonly prefixListId?: string | undefined;
  readonly attachmentId?: string | undefined;
  readonly resourceId?: string | undefined;
  readonly resourceType?: string | undefined;
}

/** API_FirewallStatelessRule. Protocols are numbers. */
export interface AnalysisFirewallStatelessRule {
  readonly ruleGroupArn: string;
  readonly sources?: readonly string[] | undefined;
  readonly destinations?: readonly string[] | undefined;
  readonly sourcePorts?: readonly AnalysisPortRange[] | undefined;
  readonly destinationPorts?: readonly AnalysisPortRange[] | undefined;
  readonly protocols?: readonly number[] | undefined;
  readonly ruleAction: 'pass' | 'drop' | 'forward_to_site';
  readonly priority: number;
}

/** API_FirewallStatefulRule. */
export interface AnalysisFirewallStatefulRule {
  readonly ruleGroupArn: string;
  readonly sources?: readonly string[] | undefined;
  readonly destinations?: readonly string[] | undefined;
  readonly sourcePorts?: readonly AnalysisPortRange[] | undefined;
  readonly destinationPorts?: readonly AnalysisPortRange[] | undefined;
  readonly protocol: string;
  readonly ruleAction: 'pass' | 'drop' | 'reject' | 'alert';
  readonly direction: 'FORWARD' | 'ANY';
}

/** What explanations and path components may name. */
interface NamedResources {
  readonly component?: AnalysisComponent | undefined;
  readonly attachedTo?: AnalysisComponent | undefined;
  readonly aclRule?: AnalysisAclRule | undefined;
  readonly routeTableRoute?: AnalysisRoute | undefined;
  readonly securityGroupRule?: AnalysisSecurityGroupRule | undefined;
  readonly sourceVpc?: AnalysisComponent | undefined;
  readonly destinationVpc?: AnalysisComponent | undefined;
  readonly subnet?: AnalysisComponent | undefined;
  readonly vpc?: AnalysisComponent | undefined;
  readonly transitGateway?: AnalysisComponent | undefined;
  readonly transitGatewayRouteTableRoute?: AnalysisTransitRoute | undefined;
  readonly firewallStatelessRule?: AnalysisFirewallStatelessRule | undefined;
  readonly firewallStatefulRule?: AnalysisFirewallStatefulRule | undefined;
  readonly elasticLoadBalancerListener?: AnalysisComponent | undefined;
}

/** API_AnalysisLoadBalancerListener. */
export interface AnalysisLoadBalancerListener {
  readonly loadBalancerPort: number;
  readonly instancePort: number;
}

/** API_AnalysisLoadBalancerTarget. */
export interface AnalysisLoadBalancerTarget {
  readonly address: string;
  readonly availabilityZone: string | undefined;
  readonly instance?: AnalysisComponent | undefined;
}

/** API_AdditionalDetail, with the codes that have a cause here. */
export interface AnalysisDetail {
  readonly additionalDetailType: 'AVAILABILITY_ZONE_CROSSED' | 'UNIDIRECTIONAL_PATH_ANALYSIS_ONLY';
}

/** API_PathComponent. */
export interface AnalysisPathComponent extends NamedResources {
  /** From 1. */
  readonly sequenceNumber: number;
  readonly inboundHeader?: AnalysisPacketHeader | undefined;
  /** Of an endpoint. */
  readonly serviceName?: string | undefined;
  readonly outboundHeader?: AnalysisPacketHeader | undefined;
  readonly additionalDetails?: readonly AnalysisDetail[] | undefined;
}

/** API_Explanation. */
export interface AnalysisExplanation extends NamedResources {
  readonly explanationCode: string;
  readonly direction?: 'ingress' | 'egress' | undefined;
  readonly acl?: AnalysisComponent | undefined;
  readonly address?: string | undefined;
  readonly addresses?: readonly string[] | undefined;
  readonly availabilityZones?: readonly string[] | undefined;
  readonly cidrs?: readonly string[] | undefined;
  readonly classicLoadBalancerListener?: AnalysisLoadBalancerListener | undefined;
  readonly destination?: AnalysisComponent | undefined;
  readonly ingressRouteTable?: AnalysisComponent | undefined;
  readonly internetGateway?: AnalysisComponent | undefined;
  readonly loadBalancerArn?: string | undefined;
  readonly loadBalancerListenerPort?: number | undefined;
  readonly loadBalancerTarget?: AnalysisLoadBalancerTarget | undefined;
  readonly loadBalancerTargetGroup?: AnalysisComponent | undefined;
  readonly loadBalancerTargetGroups?: readonly AnalysisComponent[] | undefined;
  readonly loadBalancerTargetPort?: number | undefined;
  readonly missingComponent?: string | undefined;
  readonly natGateway?: AnalysisComponent | undefined;
  readonly networkInterface?: AnalysisComponent | undefined;
  readonly packetField?: string | undefined;
  readonly vpcPeeringConnection?: AnalysisComponent | undefined;
  readonly portRanges?: readonly AnalysisPortRange[] | undefined;
  readonly protocols?: readonly string[] | undefined;
  readonly routeTable?: AnalysisComponent | undefined;
  readonly securityGroup?: AnalysisComponent | undefined;
  readonly securityGroups?: readonly AnalysisComponent[] | undefined;
  readonly state?: string | undefined;
  readonly subnetRouteTable?: AnalysisComponent | undefined;
  readonly transitGatewayRouteTable?: AnalysisComponent | undefined;
  readonly transitGatewayAttachment?: AnalysisComponent | undefined;
  readonly vpnGateway?: AnalysisComponent | undefined;
  readonly vpcEndpoint?: AnalysisComponent | undefined;
  /** Whose the component is that is not seen, and where. */
  readonly componentAccount?: string | undefined;
  readonly componentRegion?: string | undefined;
}

/** The outcome of an analysis. */
export interface ReachabilityResult {
  readonly networkPathFound: boolean;
  readonly forwardPathComponents: readonly AnalysisPathComponent[];
  readonly returnPathComponents: readonly AnalysisPathComponent[];
  readonly explanations: readonly AnalysisExplanation[];
  readonly alternatePathHints: readonly { readonly componentId: string; readonly componentArn: string }[];
  /** Accounts that the analysis would have to see; absent where it saw all that it came to. */
  readonly suggestedAccounts?: readonly string[] | undefined;
  readonly warningMessage?: string | undefined;
}

/** Components that a path must pass, and such that it must not. */
export interface ComponentFilters {
  readonly filterInArns: readonly string[];
  readonly filterOutArns: readonly string[];
}

/** Answers at once: an action is synchronous. */
export type AnalyseReachability = (
  tx: Transaction,
  path: Omit<NetworkInsightsPath, 'id' | 'tags' | 'createdAtMs'>,
  filters: ComponentFilters,
  /** Accounts whose resources are seen besides the caller's own. */
  additionalAccounts: readonly string[],
) => ReachabilityResult;

/** The outcome of an analysis of access. */
export interface AccessResult {
  readonly findings: readonly AccessFinding[];
  readonly analyzedEniCount: number;
  readonly warningMessage: string | undefined;
}

/** Finds paths that fit a scope; answers at once as well. */
export type AnalyseAccess = (
  tx: Transaction,
  scope: Pick<NetworkInsightsAccessScope, 'matchPaths' | 'excludePaths'>,
) => AccessResult;

/** For worlds in which nobody asks. */
export const NO_ANALYSER: AnalyseReachability = () => {
  throw new Error('this world was built without an analyser of reachability');
};

/** The same. */
export const NO_ACCESS_ANALYSER: AnalyseAccess = () => {
  throw new Error('this world was built without an analyser of access');
};
