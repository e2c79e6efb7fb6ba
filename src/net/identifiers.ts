/** Branded names of resources: what EC2 calls ids, told apart by the compiler. */

declare const idBrand: unique symbol;
/** An EC2 id with this prefix, such as `vpc-0123456789abcdef0`. */
export type Id<Prefix extends string> = `${Prefix}-${string}` & { readonly [idBrand]: Prefix };

export type VpcId = Id<'vpc'>;
export type SubnetId = Id<'subnet'>;
export type RouteTableId = Id<'rtb'>;
export type NetworkAclId = Id<'acl'>;
export type SecurityGroupId = Id<'sg'>;
export type SecurityGroupRuleId = Id<'sgr'>;
export type NetworkInterfaceId = Id<'eni'>;
export type AttachmentId = Id<'eni-attach'>;
export type InstanceId = Id<'i'>;
export type ImageId = Id<'ami'>;
export type InternetGatewayId = Id<'igw'>;
export type EgressOnlyInternetGatewayId = Id<'eigw'>;
export type NatGatewayId = Id<'nat'>;
export type DhcpOptionsId = Id<'dopt'>;
export type VpcPeeringConnectionId = Id<'pcx'>;
export type PrefixListId = Id<'pl'>;
export type AllocationId = Id<'eipalloc'>;
export type AssociationId = Id<'eipassoc'>;
export type KeyPairId = Id<'key'>;
export type TransitGatewayId = Id<'tgw'>;
export type TransitGatewayAttachmentId = Id<'tgw-attach'>;
export type TransitGatewayRouteTableId = Id<'tgw-rtb'>;
export type VpnGatewayId = Id<'vgw'>;
export type TrafficMirrorTargetId = Id<'tmt'>;
export type TrafficMirrorFilterId = Id<'tmf'>;
export type TrafficMirrorFilterRuleId = Id<'tmfr'>;
export type TrafficMirrorSessionId = Id<'tms'>;
export type FlowLogId = Id<'fl'>;
export type CustomerGatewayId = Id<'cgw'>;
export type VpnConnectionId = Id<'vpn'>;
export type VpcEndpointId = Id<'vpce'>;
export type VpcEndpointServiceId = Id<'vpce-svc'>;
export type PublicAccessExclusionId = Id<'vpcbpa-exclude'>;

declare const arnBrand: unique symbol;
/** An ARN of this kind of resource, for what has no other id. */
export type Arn<Resource extends string> = `arn:${string}` & { readonly [arnBrand]: Resource };

export type LoadBalancerArn = Arn<'loadbalancer'>;
export type TargetGroupArn = Arn<'targetgroup'>;
export type ListenerArn = Arn<'listener'>;
export type FirewallArn = Arn<'firewall'>;
export type FirewallPolicyArn = Arn<'firewall-policy'>;
export type RuleGroupArn = Arn<'rulegroup'>;

/** True when the text has the form of an id with this prefix: 8 hexadecimal digits (old) or 17 (new). */
export const isId = <Prefix extends string>(prefix: Prefix, text: string): text is Id<Prefix> =>
  text.startsWith(`${prefix}-`) && /^([0-9a-f]{8}|[0-9a-f]{17})$/.test(text.slice(prefix.length + 1));
