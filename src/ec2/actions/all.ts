/** Every action that is served. */
import type { AnyAction } from '../action.ts';
import { accountAttributeActions } from './account-attributes.ts';
import { addressAttributeActions } from './address-attributes.ts';
import { addressPoolActions } from './address-pools.ts';
import { addressTransferActions } from './address-transfers.ts';
import { blockPublicAccessActions } from './block-public-access.ts';
import { classicAddressActions } from './classic-addresses.ts';
import { classicLinkActions } from './classic-link.ts';
import { dhcpOptionsActions } from './dhcp-options.ts';
import { elasticIpActions } from './elastic-ips.ts';
import { flowLogActions } from './flow-logs.ts';
import { iamInstanceProfileActions } from './iam-instance-profiles.ts';
import { imageChangeActions } from './image-changes.ts';
import { imageActions } from './images.ts';
import { instanceAttributeActions } from './instance-attributes.ts';
import { instanceConsoleActions } from './instance-console.ts';
import { instanceCreditActions } from './instance-credits.ts';
import { instanceMetadataOptionActions } from './instance-metadata-options.ts';
import { instanceOptionActions } from './instance-options.ts';
import { instanceReportActions } from './instance-reports.ts';
import { instanceTypeOfferingActions } from './instance-type-offerings.ts';
import { instanceTypeActions } from './instance-types.ts';
import { instanceActions } from './instances.ts';
import { internetGatewayActions } from './internet-gateways.ts';
import { keyPairActions } from './key-pairs.ts';
import { launchTemplateActions } from './launch-templates.ts';
import { natGatewayAddressActions } from './nat-gateway-addresses.ts';
import { natGatewayActions } from './nat-gateways.ts';
import { networkAclActions } from './network-acls.ts';
import { networkInsightsAccessScopeActions } from './network-insights-access-scopes.ts';
import { networkInsightsAnalysisActions } from './network-insights-analyses.ts';
import { networkInsightsPathActions } from './network-insights-paths.ts';
import { networkInterfaceAddressActions } from './network-interface-addresses.ts';
import { networkInterfaceAttributeActions } from './network-interface-attributes.ts';
import { networkInterfacePermissionActions } from './network-interface-permissions.ts';
import { networkInterfaceActions } from './network-interfaces.ts';
import { placementGroupActions } from './placement-groups.ts';
import { prefixListActions } from './prefix-lists.ts';
import { publicDnsNameOptionsActions } from './public-dns-name-options.ts';
import { regionActions } from './regions.ts';
import { routeTableActions } from './route-tables.ts';
import { securityGroupReferenceActions } from './security-group-references.ts';
import { securityGroupRuleDescriptionActions } from './security-group-rule-descriptions.ts';
import { securityGroupRuleActions } from './security-group-rules.ts';
import { securityGroupVpcActions } from './security-group-vpcs.ts';
import { securityGroupActions } from './security-groups.ts';
import { subnetCidrReservationActions } from './subnet-cidr-reservations.ts';
import { subnetActions } from './subnets.ts';
import { tagActions } from './tags.ts';
import { trafficMirrorFilterActions } from './traffic-mirror-filters.ts';
import { trafficMirrorSessionActions } from './traffic-mirror-sessions.ts';
import { trafficMirrorTargetActions } from './traffic-mirror-targets.ts';
import { transitGatewayAttachmentActions } from './transit-gateway-attachments.ts';
import { transitGatewayPeeringActions } from './transit-gateway-peering.ts';
import { transitGatewayRouteTableActions } from './transit-gateway-route-tables.ts';
import { transitGatewayRouteActions } from './transit-gateway-routes.ts';
import { transitGatewayActions } from './transit-gateways.ts';
import { volumeActions } from './volumes.ts';
import { vpcEndpointConnectionActions } from './vpc-endpoint-connections.ts';
import { vpcEndpointNotificationActions } from './vpc-endpoint-notifications.ts';
import { vpcEndpointServiceActions } from './vpc-endpoint-services.ts';
import { vpcEndpointActions } from './vpc-endpoints.ts';
import { vpcPeeringActions } from './vpc-peering.ts';
import { vpcActions } from './vpcs.ts';
import { vpnConnectionChangeActions } from './vpn-connection-changes.ts';
import { vpnConnectionActions } from './vpn-connections.ts';
import { vpnGatewayActions } from './vpn-gateways.ts';

/** One list per kind of resource. */
export const allActions: readonly AnyAction[] = [
  ...vpcActions,
  ...tagActions,
  ...subnetActions,
  ...regionActions,
  ...keyPairActions,
  ...dhcpOptionsActions,
  ...accountAttributeActions,
  ...internetGatewayActions,
  ...blockPublicAccessActions,
  ...networkAclActions,
  ...routeTableActions,
  ...securityGroupActions,
  ...securityGroupRuleActions,
  ...securityGroupRuleDescriptionActions,
  ...securityGroupReferenceActions,
  ...securityGroupVpcActions,
  ...vpcPeeringActions,
  ...vpcEndpointActions,
  ...vpcEndpointServiceActions,
  ...vpcEndpointConnectionActions,
  ...vpcEndpointNotificationActions,
  ...prefixListActions,
  ...vpnConnectionActions,
  ...vpnConnectionChangeActions,
  ...vpnGatewayActions,
  ...transitGatewayActions,
  ...transitGatewayAttachmentActions,
  ...transitGatewayPeeringActions,
  ...transitGatewayRouteActions,
  ...transitGatewayRouteTableActions,
  ...classicLinkActions,
  ...subnetCidrReservationActions,
  ...elasticIpActions,
  ...addressAttributeActions,
  ...addressTransferActions,
  ...addressPoolActions,
  ...classicAddressActions,
  ...imageActions,
  ...instanceAttributeActions,
  ...instanceTypeActions,
  ...instanceActions,
  ...natGatewayActions,
  ...natGatewayAddressActions,
  ...networkInsightsPathActions,
  ...networkInsightsAnalysisActions,
  ...networkInsightsAccessScopeActions,
  ...networkInterfaceAddressActions,
  ...networkInterfaceAttributeActions,
  ...networkInterfaceActions,
  ...networkInterfacePermissionActions,
  ...publicDnsNameOptionsActions,
  ...volumeActions,
  ...imageChangeActions,
  ...launchTemplateActions,
  ...iamInstanceProfileActions,
  ...instanceConsoleActions,
  ...instanceCreditActions,
  ...instanceMetadataOptionActions,
  ...instanceOptionActions,
  ...instanceReportActions,
  ...instanceTypeOfferingActions,
  ...placementGroupActions,
  ...flowLogActions,
  ...trafficMirrorTargetActions,
  ...trafficMirrorFilterActions,
  ...trafficMirrorSessionActions,
];
