/**
 * Every error code that a caller can meet, with its HTTP status and the sentence that goes with it: one table, which
 * `Fault` and the documentation read. Braces are the variable parts of a sentence; a fault must be given each of them.
 *
 * Sources: AWS's "Error codes for the Amazon EC2 API", and captures of real answers where AWS prints no sentence.
 */

/** What is known of one code. `Text` is null where no sentence is known and whoever raises the fault must write one. */
export interface FaultEntry<Text extends string | null = string | null> {
  readonly status: number;
  readonly text: Text;
  /** False where neither AWS's documentation nor a captured answer vouches for the sentence. */
  readonly confirmed: boolean;
}

/** A sentence that AWS documents, that was captured, or on which independent implementations agree. */
const says = <const T extends string>(text: T, status = 400): FaultEntry<T> => ({ status, text, confirmed: true });

/** A sentence that is plausible and unconfirmed. */
const unconfirmed = <const T extends string>(text: T, status = 400): FaultEntry<T> => ({
  status,
  text,
  confirmed: false,
});

/** A code whose sentence differs from call to call, or was never seen. */
const free = (status = 400): FaultEntry<null> => ({ status, text: null, confirmed: false });

/** The form of an id is wrong. Captured for interfaces, instances and groups; unconfirmed, but alike, for the rest. */
const malformed = <const P extends string>(prefix: P): FaultEntry<`Invalid id: "{id}" (expecting "${P}-...")`> => ({
  status: 400,
  text: `Invalid id: "{id}" (expecting "${prefix}-...")`,
  confirmed: true,
});

/** A numbered quota is used up. */
const limit = <const T extends string>(things: T): FaultEntry<`The maximum number of ${T} has been reached.`> => ({
  status: 400,
  text: `The maximum number of ${things} has been reached.`,
  confirmed: false,
});

const protocol = {
  MissingAction: unconfirmed('The request must contain the parameter Action'),
  InvalidAction: says('The action {action} is not valid for this web service.'),
  NoSuchVersion: unconfirmed("The requested version ({version}) of service AmazonEC2 doesn't exist."),
  InvalidQueryParameter: free(),
  MalformedQueryString: free(),
  MissingParameter: says('The request must contain the parameter {parameter}'),
  MissingInput: free(),
  UnknownParameter: says('The parameter {parameter} is not recognized'),
  InvalidParameter: free(),
  InvalidParameterValue: says('Value ({value}) for parameter {parameter} is invalid. {reason}'),
  InvalidParameterCombination: says('The parameter {parameter} cannot be used with the parameter {other}'),
  InvalidParameterDependency: says('The parameter [{parameter}] requires the parameter {other} to be set.'),
  InvalidRequest: says('The request received was invalid.'),
  RequestEntityTooLarge: unconfirmed('The request must not be longer than {bytes} bytes.', 413),
  UnsupportedOperation: says('The functionality you requested is not available in this region.'),
  Unsupported: free(),
  OperationNotPermitted: free(),
  AuthFailure: says('AWS was not able to validate the provided access credentials', 401),
  IncompleteSignature: free(),
  MissingAuthenticationToken: unconfirmed('Request is missing Authentication Token', 403),
  SignatureDoesNotMatch: unconfirmed(
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
    403,
  ),
  UnauthorizedOperation: says('You are not authorized to perform this operation.', 403),
  OptInRequired: unconfirmed('You are not subscribed to this service.', 403),
  PendingVerification: free(403),
  Blocked: free(403),
  DryRunOperation: says('Request would have succeeded, but DryRun flag is set.', 412),
  RequestExpired: says('Request has expired.'),
  RequestLimitExceeded: says('Request limit exceeded.', 503),
  IdempotentParameterMismatch: unconfirmed(
    'Arguments on this idempotent request are inconsistent with arguments used in previous request(s).',
  ),
  IdempotentInstanceTerminated: free(),
  InvalidNextToken: unconfirmed('The token is not valid.'),
  InvalidPaginationToken: unconfirmed('The pagination token is not valid.'),
  InvalidMaxResults: free(),
  InvalidFilter: free(),
  FilterLimitExceeded: free(),
  InternalError: unconfirmed('An internal error has occurred', 500),
  InternalFailure: unconfirmed('The request processing has failed because of an unknown error.', 500),
  Unavailable: unconfirmed('The service is unavailable. Please try again shortly.', 503),
  ServiceUnavailable: unconfirmed('The service is unavailable. Please try again shortly.', 503),
  ResourceLimitExceeded: free(),
  ResourceCountLimitExceeded: free(),
  ConcurrentTagAccess: free(),
  InvalidID: says("The ID '{id}' is not valid"),
  InvalidTagKey: free(),
  'InvalidTagKey.Malformed': says("Tag keys starting with 'aws:' are reserved for internal use"),
  TagLimitExceeded: limit('Tags for a resource'),
  InvalidState: free(),
  InvalidStateTransition: free(),
  IncorrectState: free(),
  DependencyViolation: says("The {resource} '{id}' has dependencies and cannot be deleted."),
  CannotDelete: says('the specified group: "{id}" name: "default" cannot be deleted by a user'),
  'Resource.AlreadyAssociated': says('resource {id} is already associated with associate-id {associationId}'),
  'Resource.AlreadyAssigned': free(),
} as const;

const vpcAndSubnet = {
  'InvalidVpcID.NotFound': says("The vpc ID '{id}' does not exist"),
  'InvalidVpcID.Malformed': malformed('vpc'),
  'InvalidVpc.Range': says("The CIDR '{cidr}' is invalid."),
  InvalidVpcState: free(),
  VpcLimitExceeded: says('The maximum number of VPCs has been reached.'),
  CidrLimitExceeded: unconfirmed("This network '{id}' has met its maximum number of allowed CIDRs: {limit}"),
  'InvalidVpcCidrBlockAssociationID.NotFound': unconfirmed("The vpc CIDR block association ID '{id}' does not exist"),
  DefaultVpcAlreadyExists: unconfirmed('A Default VPC already exists for this account in this region.'),
  DefaultVpcDoesNotExist: unconfirmed('No default VPC exists for this account in this region.'),
  DefaultSubnetAlreadyExistsInAvailabilityZone: unconfirmed("'{id}' is already the default subnet in {zone}."),
  VPCIdNotSpecified: says('No default VPC for this user. GroupName is only supported for EC2-Classic and default VPC.'),
  'InvalidSubnetID.NotFound': says("The subnet ID '{id}' does not exist"),
  'InvalidSubnetID.Malformed': malformed('subnet'),
  'InvalidSubnetId.NotFound': says("The subnet ID '{id}' does not exist"),
  'InvalidSubnet.Range': says("The CIDR '{cidr}' is invalid."),
  'InvalidSubnet.Conflict': says("The CIDR '{cidr}' conflicts with another subnet"),
  InvalidSubnet: free(),
  SubnetLimitExceeded: limit('subnets'),
  'InvalidSubnetCidrBlockAssociationID.NotFound': unconfirmed(
    "The subnet CIDR block with association ID '{id}' does not exist",
  ),
  'InvalidSubnetCidrReservationID.NotFound': unconfirmed("The subnet-cidr-reservation ID '{id}' does not exist"),
  'InvalidVpcBlockPublicAccessExclusionId.NotFound': unconfirmed("The exclusion ID '{id}' does not exist"),
  'InvalidVpcBlockPublicAccessExclusionId.Malformed': malformed('vpcbpa-exclude'),
  InsufficientFreeAddressesInSubnet: says(
    'The specified subnet does not have enough free addresses to satisfy the request.',
  ),
  InsufficientCidrBlocks: says('The specified subnet does not have enough free cidr blocks to satisfy the request.'),
  'InvalidZone.NotFound': unconfirmed("The zone '{zone}' does not exist."),
  NotAvailableInZone: free(),
  'InvalidCidr.InUse': free(),
  'InvalidIpv6Pool.NotFound': free(),
} as const;

const interfaceAndInstance = {
  'InvalidNetworkInterfaceID.NotFound': says("The networkInterface ID '{id}' does not exist"),
  'InvalidNetworkInterface.NotFound': unconfirmed("The networkInterface ID '{id}' does not exist"),
  'InvalidNetworkInterfaceId.Malformed': malformed('eni'),
  'InvalidNetworkInterface.InUse': says('Interface: [{id}] in use.'),
  'InvalidAttachmentID.NotFound': says("The interface attachment '{id}' does not exist."),
  'InvalidNetworkInterfaceAttachmentId.Malformed': malformed('eni-attach'),
  InvalidAttachment: free(),
  'InvalidPermissionID.NotFound': unconfirmed("The network interface permission ID '{id}' does not exist"),
  NetworkInterfaceLimitExceeded: limit('network interfaces'),
  AttachmentLimitExceeded: says('Interface count {count} exceeds the limit for {instanceType}'),
  PrivateIpAddressLimitExceeded: says('Number of private addresses will exceed limit.'),
  'InvalidInterface.IpAddressLimitExceeded': unconfirmed('Number of private addresses will exceed limit.'),
  SecurityGroupsPerInterfaceLimitExceeded: says(
    'The maximum number of security groups per interface has been reached.',
  ),
  SecurityGroupsPerInstanceLimitExceeded: limit('security groups per instance'),
  InvalidInstanceID: free(),
  'InvalidInstanceID.NotFound': says("The instance ID '{id}' does not exist"),
  'InvalidInstanceID.Malformed': malformed('i'),
  'InvalidInstanceID.NotLinkable': free(),
  InvalidInstanceState: free(),
  InvalidInstanceType: free(),
  InvalidInstanceAttributeValue: free(),
  IncorrectInstanceState: free(),
  UnsupportedHibernationConfiguration: free(),
  'InstanceCreditSpecification.NotSupported': free(),
  InstanceLimitExceeded: free(),
  VcpuLimitExceeded: free(),
  InsufficientInstanceCapacity: says(
    'We currently do not have sufficient {instanceType} capacity in the Availability Zone you requested ({zone}). Our system will be working on provisioning additional capacity.',
    500,
  ),
  InsufficientCapacity: free(500),
  InsufficientHostCapacity: free(500),
  InsufficientReservedInstanceCapacity: free(500),
  'InvalidAMIID.NotFound': says("The image id '[{id}]' does not exist"),
  'InvalidAMIID.Malformed': malformed('ami'),
  'InvalidAMIID.Unavailable': free(),
  'InvalidAMIName.Malformed': unconfirmed(
    "AMI names must be between 3 and 128 characters long, and may contain letters, numbers, '(', ')', '.', '-', '/' and '_'",
  ),
  'InvalidAMIName.Duplicate': says('AMI name {name} is already in use by AMI {id}'),
  InvalidAMIAttributeItemValue: free(),
  'InvalidKeyPair.NotFound': unconfirmed("The key pair '{name}' does not exist"),
  'InvalidKeyPair.Duplicate': unconfirmed("The keypair '{name}' already exists."),
  'InvalidKeyPair.Format': free(),
  'InvalidKey.Format': unconfirmed('Key is not in valid OpenSSH public key format'),
  'InvalidUserData.Malformed': free(),
  'InvalidVolume.NotFound': says("The volume '{id}' does not exist."),
  'InvalidVolumeID.Malformed': malformed('vol'),
  'InvalidVolume.ZoneMismatch': free(),
  VolumeInUse: free(),
  'InvalidAttachment.NotFound': free(),
  'InvalidSnapshot.NotFound': unconfirmed("The snapshot '{id}' does not exist."),
  'InvalidLaunchTemplateId.NotFound': unconfirmed(
    'The specified launch template, with template ID {id}, does not exist.',
  ),
  'InvalidLaunchTemplateId.Malformed': malformed('lt'),
  'InvalidLaunchTemplateId.VersionNotFound': unconfirmed(
    'Could not find the specified version {version} for the launch template with ID {id}.',
  ),
  'InvalidLaunchTemplateName.NotFoundException': unconfirmed(
    'The specified launch template, with template name {name}, does not exist.',
  ),
  'InvalidLaunchTemplateName.AlreadyExistsException': unconfirmed('Launch template name already in use.'),
  'InvalidLaunchTemplateName.MalformedException': unconfirmed(
    'A launch template name must be between 3 and 128 characters, and may contain letters, numbers, and the following characters: - ( ) . / _.',
  ),
  InvalidBlockDeviceMapping: free(),
  'InvalidPlacementGroup.Duplicate': says("The placement group '{name}' already exists."),
  'InvalidPlacementGroup.Unknown': says("The Placement Group '{name}' is unknown."),
  'InvalidPlacementGroup.InUse': says("The placement group '{name}' is in use and may not be deleted."),
  'InvalidPlacementGroupId.Malformed': malformed('pg'),
  PlacementGroupLimitExceeded: limit('placement groups'),
} as const;

const address = {
  AddressLimitExceeded: says('The maximum number of addresses has been reached.'),
  InsufficientAddressCapacity: unconfirmed('Not enough available addresses to satisfy the request.', 500),
  'InvalidAllocationID.NotFound': says("The allocation ID '{id}' does not exist"),
  'InvalidAddressID.NotFound': unconfirmed("The address ID '{id}' does not exist"),
  'InvalidAssociationID.NotFound': says("The association ID '{id}' does not exist"),
  'InvalidAddress.NotFound': unconfirmed("Address '{id}' not found."),
  'InvalidAddress.Malformed': unconfirmed('Invalid IPv4 address: {address}'),
  'InvalidAddress.Locked': says(
    'The address with allocation id {id} cannot be released because it is locked to your account',
  ),
  'InvalidIPAddress.InUse': says('Address {address} is in use.'),
  'InvalidPublicIpv4PoolID.NotFound': unconfirmed("The public IPv4 pool ID '{id}' does not exist"),
  'InvalidTransfer.AddressAssociated': free(),
  'InvalidTransfer.AddressCustomPtrSet': free(),
  'Gateway.NotAttached': says('Network {vpc} is not attached to any internet gateway'),
} as const;

const securityGroup = {
  'InvalidGroup.NotFound': says("The security group '{id}' does not exist"),
  'InvalidSecurityGroupID.NotFound': says("The security group '{id}' does not exist"),
  'InvalidGroupId.Malformed': malformed('sg'),
  'InvalidGroup.Duplicate': says("The security group '{name}' already exists for VPC '{vpc}'"),
  'InvalidGroup.Reserved': unconfirmed("The security group '{name}' is reserved"),
  'InvalidGroup.InUse': free(),
  'InvalidPermission.Duplicate': says('the specified rule "{rule}" already exists'),
  'InvalidPermission.NotFound': unconfirmed('The specified rule does not exist in this security group.'),
  'InvalidPermission.Malformed': free(),
  'InvalidSecurityGroupRuleId.NotFound': unconfirmed("The security group rule ID '{id}' does not exist"),
  'InvalidSecurityGroupRuleId.Malformed': malformed('sgr'),
  'InvalidSecurity.RequestHasExpired': free(),
  RulesPerSecurityGroupLimitExceeded: says('The maximum number of rules per security group has been reached.'),
  SecurityGroupLimitExceeded: says("The maximum number of security groups for VPC '{vpc}' has been reached."),
} as const;

const routing = {
  'InvalidRouteTableID.NotFound': says("The routeTable ID '{id}' does not exist"),
  'InvalidRouteTableId.Malformed': malformed('rtb'),
  'InvalidRoute.NotFound': says('no route with destination-cidr-block {cidr} in route table {id}'),
  'InvalidRoute.Malformed': free(),
  'InvalidRoute.InvalidState': free(),
  RouteAlreadyExists: says('The route identified by {cidr} already exists.'),
  RouteLimitExceeded: limit('routes in a route table'),
  RouteTableLimitExceeded: limit('route tables'),
  'InvalidGatewayID.NotFound': says("The gateway ID '{id}' does not exist"),
  'InvalidInternetGatewayID.NotFound': says("The internetGateway ID '{id}' does not exist"),
  'InvalidInternetGateway.NotFound': unconfirmed("The internetGateway ID '{id}' does not exist"),
  'InvalidInternetGatewayId.Malformed': malformed('igw'),
  InternetGatewayLimitExceeded: limit('internet gateways'),
  'InvalidEgressOnlyInternetGatewayId.NotFound': unconfirmed("The egressOnlyInternetGateway ID '{id}' does not exist"),
  'InvalidEgressOnlyInternetGatewayId.Malformed': malformed('eigw'),
  EgressOnlyInternetGatewayLimitExceeded: limit('egress-only internet gateways'),
  'InvalidCarrierGatewayID.NotFound': unconfirmed("The carrierGateway ID '{id}' does not exist"),
  'InvalidVpnGatewayID.NotFound': unconfirmed("The vpnGateway ID '{id}' does not exist"),
  'InvalidVpnGatewayAttachment.NotFound': free(),
  'InvalidVpnGatewayID.Malformed': malformed('vgw'),
  VpnGatewayLimitExceeded: limit('virtual private gateways'),
  VpnGatewayAttachmentLimitExceeded: limit('virtual private gateway attachments'),
  'InvalidCustomerGatewayId.Malformed': malformed('cgw'),
  CustomerGatewayLimitExceeded: limit('customer gateways'),
  'InvalidVpnConnectionID.Malformed': malformed('vpn'),
  'InvalidVpnConnection.InvalidType': free(),
  VpnConnectionLimitExceeded: limit('VPN connections'),
  'InvalidCustomerGatewayID.NotFound': unconfirmed("The customerGateway ID '{id}' does not exist"),
  'InvalidVpnConnectionID.NotFound': unconfirmed("The vpnConnection ID '{id}' does not exist"),
  NatGatewayNotFound: unconfirmed('NatGateway {id} was not found'),
  'InvalidNatGatewayID.NotFound': unconfirmed('NatGateway {id} was not found'),
  NatGatewayMalformed: malformed('nat'),
  NatGatewayLimitExceeded: says('Performing this operation would exceed the limit of {limit} NAT gateways'),
} as const;

const filteringAndOptions = {
  'InvalidNetworkAclID.NotFound': unconfirmed("The networkAcl ID '{id}' does not exist"),
  'InvalidNetworkAclId.Malformed': malformed('acl'),
  'InvalidNetworkAclEntry.NotFound': unconfirmed('The network acl entry identified by {number} does not exist.'),
  NetworkAclEntryAlreadyExists: unconfirmed('The network acl entry identified by {number} already exists.'),
  NetworkAclEntryLimitExceeded: limit('network ACL entries'),
  NetworkAclLimitExceeded: limit('network ACLs'),
  'InvalidDhcpOptionID.NotFound': unconfirmed("The dhcpOption ID '{id}' does not exist"),
  'InvalidDhcpOptionsID.NotFound': unconfirmed("The dhcpOption ID '{id}' does not exist"),
  'InvalidDhcpOptionsId.Malformed': malformed('dopt'),
  'InvalidPrefixListID.NotFound': unconfirmed("The prefix list ID '{id}' does not exist"),
  'InvalidPrefixListId.NotFound': unconfirmed("The prefix list ID '{id}' does not exist"),
  'InvalidPrefixListId.Malformed': malformed('pl'),
  PrefixListVersionMismatch: free(),
  PrefixListMaxEntriesExceeded: free(),
  'InvalidFlowLogId.NotFound': unconfirmed('These flow log ids in the input list are not found: [TotalCount: 1] {id}'),
  FlowLogAlreadyExists: unconfirmed(
    'Error. There is an existing Flow Log with the same configuration and log destination.',
  ),
  FlowLogsLimitExceeded: limit('flow logs'),
} as const;

const betweenNetworks = {
  'InvalidVpcPeeringConnectionID.NotFound': unconfirmed("The vpcPeeringConnection ID '{id}' does not exist"),
  'InvalidVpcPeeringConnectionId.Malformed': malformed('pcx'),
  'InvalidVpcPeeringConnectionState.DnsHostnamesDisabled': free(),
  VpcPeeringConnectionAlreadyExists: says('The vpc peering connection identified by {id} already exists.'),
  VpcPeeringConnectionsPerVpcLimitExceeded: limit('peering connections'),
  ActiveVpcPeeringConnectionPerVpcLimitExceeded: limit('active peering connections'),
  OutstandingVpcPeeringConnectionLimitExceeded: limit('outstanding peering connection requests'),
  'InvalidVpcEndpointId.NotFound': says("The Vpc Endpoint Id '{id}' does not exist"),
  'InvalidVpcEndpointId.Malformed': malformed('vpce'),
  'InvalidVpcEndpointService.NotFound': free(),
  'InvalidVpcEndpoint.NotFound': says("The Vpc Endpoint Id '{id}' does not exist"),
  'InvalidVpcEndpointServiceId.NotFound': unconfirmed("The VpcEndpointService Id '{id}' does not exist"),
  'InvalidVpcEndpointServiceId.Malformed': malformed('vpce-svc'),
  InvalidConnectionNotification: free(),
  InvalidPrincipal: free(),
  InvalidPolicyDocument: free(),
  ExistingVpcEndpointConnections: unconfirmed('Service has existing active VPC Endpoint connections!'),
  InvalidVpcEndpointType: free(),
  InvalidServiceName: unconfirmed("The Vpc Endpoint Service '{name}' does not exist"),
  VpcEndpointLimitExceeded: limit('VPC endpoints'),
  DuplicateSubnetsInSameZone: free(),
  'InvalidTransitGatewayID.NotFound': says('Transit Gateway {id} was deleted or does not exist.'),
  'InvalidTransitGatewayID.Malformed': malformed('tgw'),
  'InvalidTransitGatewayAttachmentID.NotFound': unconfirmed(
    'Transit Gateway Attachment {id} was deleted or does not exist.',
  ),
  'InvalidRouteTableID.Malformed': malformed('tgw-rtb'),
  'InvalidTransitGatewayAttachmentID.Malformed': malformed('tgw-attach'),
  DuplicateTransitGatewayAttachment: says('{id} has non-deleted Transit Gateway Attachments with same VPC ID.'),
  'InvalidAssociation.NotFound': free(),
  'TransitGatewayRouteTablePropagation.Duplicate': free(),
  'TransitGatewayRouteTablePropagation.NotFound': free(),
  TransitGatewayLimitExceeded: limit('transit gateways'),
  TransitGatewayAttachmentLimitExceeded: limit('transit gateway attachments'),
  TransitGatewayRouteTableLimitExceeded: limit('transit gateway route tables'),
  TransitGatewayRouteLimitExceeded: limit('transit gateway routes'),
  InvalidTrafficMirrorFilterNotFound: free(),
  'InvalidTrafficMirrorFilterId.NotFound': unconfirmed("The traffic mirror filter '{id}' does not exist"),
  'InvalidTrafficMirrorFilterRuleId.NotFound': unconfirmed("The traffic mirror filter rule '{id}' does not exist"),
  'InvalidTrafficMirrorSessionId.NotFound': unconfirmed("The traffic mirror session '{id}' does not exist"),
  'InvalidTrafficMirrorTargetId.NotFound': unconfirmed("The traffic mirror target '{id}' does not exist"),
  InterfaceInUseByTrafficMirrorSession: unconfirmed('The interface {id} is the source of a traffic mirror session.'),
  InterfaceInUseByTrafficMirrorTarget: unconfirmed('The interface {id} is a traffic mirror target.'),
  TrafficMirrorTargetInUse: unconfirmed('The traffic mirror target {id} is used by a session.'),
  TrafficMirrorFilterInUse: unconfirmed('The traffic mirror filter {id} is used by a session.'),
  TrafficMirrorSessionNumberInUse: unconfirmed(
    'The session number {number} is used by another session of the interface.',
  ),
  TrafficMirrorFilterRuleAlreadyExists: unconfirmed(
    'The filter has a rule with the number {number} in this direction.',
  ),
  TrafficMirrorTargetLimitExceeded: limit('traffic mirror targets'),
  TrafficMirrorFilterLimitExceeded: limit('traffic mirror filters'),
  TrafficMirrorFilterRuleLimitExceeded: limit('rules of a traffic mirror filter'),
  TrafficMirrorSessionLimitExceeded: limit('traffic mirror sessions'),
  TrafficMirrorSessionsPerInterfaceLimitExceeded: limit('traffic mirror sessions of an interface'),
} as const;

const insights = {
  'InvalidNetworkInsightsPathId.NotFound': unconfirmed("The network insights path ID '{id}' does not exist"),
  'InvalidNetworkInsightsPathId.Malformed': malformed('nip'),
  'InvalidNetworkInsightsAnalysisId.NotFound': unconfirmed("The network insights analysis ID '{id}' does not exist"),
  'InvalidNetworkInsightsAnalysisId.Malformed': malformed('nia'),
  'InvalidNetworkInsightsAccessScopeId.NotFound': unconfirmed(
    "The network insights access scope ID '{id}' does not exist",
  ),
  'InvalidNetworkInsightsAccessScopeId.Malformed': malformed('nis'),
  'InvalidNetworkInsightsAccessScopeAnalysisId.NotFound': unconfirmed(
    "The network insights access scope analysis ID '{id}' does not exist",
  ),
  'InvalidNetworkInsightsAccessScopeAnalysisId.Malformed': malformed('nisa'),
  AnalysisExistsForNetworkInsightsPath: unconfirmed("The network insights path '{id}' has analyses."),
  AnalysisExistsForNetworkInsightsAccessScope: unconfirmed("The network insights access scope '{id}' has analyses."),
  'NetworkInsightsPath.LimitExceeded': free(),
} as const;

/** All codes, in the groups of AWS's documentation. */
export const FAULTS = {
  ...protocol,
  ...vpcAndSubnet,
  ...interfaceAndInstance,
  ...address,
  ...securityGroup,
  ...routing,
  ...filteringAndOptions,
  ...betweenNetworks,
  ...insights,
} as const;
