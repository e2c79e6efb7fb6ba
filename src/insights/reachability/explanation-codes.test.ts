/**
 * Every explanation code of Reachability Analyzer (VPC guide, explanation codes) in a network in which it is the answer.
 */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { given } from '../../testing/instance-parts.ts';
import { questionOf, traceIn } from '../../testing/questions.ts';
import { gatewayEndpoint, natGateway, publicAddress } from '../../testing/reachability.ts';
import { CASES_OF_ACCOUNTS } from '../../testing/reachability-of-accounts.ts';
import { CASES_OF_CLASSIC_LOAD_BALANCERS } from '../../testing/reachability-of-classic-load-balancers.ts';
import { CASES_OF_FILTERS } from '../../testing/reachability-of-filters.ts';
import { CASES_OF_FIREWALLS } from '../../testing/reachability-of-firewalls.ts';
import { CASES_OF_GATEWAY_LOAD_BALANCERS } from '../../testing/reachability-of-gateway-load-balancers.ts';
import { CASES_OF_GATEWAYS } from '../../testing/reachability-of-gateways.ts';
import { CASES_OF_INTERFACES } from '../../testing/reachability-of-interfaces.ts';
import { CASES_OF_LOAD_BALANCERS } from '../../testing/reachability-of-load-balancers.ts';
import { CASES_OF_SITES } from '../../testing/reachability-of-sites.ts';
import { type Tiers, tiers } from '../../testing/tiers.ts';

const CASES = [
  ...CASES_OF_INTERFACES,
  ...CASES_OF_GATEWAYS,
  ...CASES_OF_SITES,
  ...CASES_OF_FILTERS,
  ...CASES_OF_FIREWALLS,
  ...CASES_OF_ACCOUNTS,
  ...CASES_OF_LOAD_BALANCERS,
  ...CASES_OF_CLASSIC_LOAD_BALANCERS,
  ...CASES_OF_GATEWAY_LOAD_BALANCERS,
];

/** Codes that no path of TCP or UDP between two resources leads to, but a trace of another packet does. */
const TRACED: readonly { readonly code: string; ask(net: Tiers): string | undefined }[] = [
  ...(['10.1.2.3', '100.64.1.2'] as const).map((source) => ({
    code: `IGW_SOURCE_ADDRESS_NOT_IN_RFC${source === '10.1.2.3' ? '1918' : '6598'}_INGRESS`,
    ask: (net: Tiers) => {
      publicAddress(net, net.web.id);
      return traceIn(net.account, questionOf('internet', net.web.id, { tcp: 80, source })).forward.code;
    },
  })),
  {
    code: 'PROTOCOL_RESTRICTION',
    ask: (net) => {
      natGateway(net);
      return traceIn(net.account, questionOf(net.web.id, 'internet', { protocol: '47' })).forward.code;
    },
  },
  {
    code: 'VPCE_GATEWAY_EGRESS_SOURCE_ADDRESS_RESTRICTION',
    ask: (net) => {
      const service = gatewayEndpoint(net);
      const { forward } = traceIn(net.account, questionOf(net.web.id, service, { tcp: 443 }));
      const endpoint = given(forward.path.at(-1)?.after?.source);
      return traceIn(net.account, questionOf(service, endpoint, { tcp: 22 })).forward.code;
    },
  },
];

for (const { code, ask } of CASES) {
  test(`${code} is the answer where it should be`, () => {
    const analysis = ask(tiers());
    equal(analysis.NetworkPathFound, false);
    const codes = analysis.Explanations?.map(({ ExplanationCode }) => ExplanationCode) ?? [];
    ok(codes.includes(code), `the answer was ${codes.join(', ')}`);
  });
}

for (const { code, ask } of TRACED)
  test(`${code} is what a trace says where it should be`, () => equal(ask(tiers()), code));

/** VPC guide, "Reachability Analyzer explanation codes". */
const ALL_CODES =
  `BAD_STATE BAD_STATE_ATTACHMENT BAD_STATE_ROUTE BAD_STATE_VPN CANNOT_ROUTE COMPONENT_FILTER_RESTRICTION
  COMPONENT_FILTER_RESTRICTION_REMOVED_COMPONENT DISCONNECTED_VPCS ELB_ACL_RESTRICTION ELB_INSTALLED_AZ_RESTRICTION
  ELB_LISTENER_PORT_RESTRICTION ELB_LISTENERS_MISMATCH ELB_NOT_CROSSZONE ELBV2_LISTENER_HAS_NO_TG
  ELBV2_LISTENER_PORT_RESTRICTION ELBV2_LISTENER_REQUIRES_TG_ACCEPT ELBV2_LISTENERS_MISMATCH ELBV2_NO_TARGETS_IN_AZ
  ELBV2_SOURCE_ADDRESS_PRESERVATION ENI_ADDRESS_RESTRICTION
  ENI_SG_RULES_MISMATCH ENI_SOURCE_DEST_CHECK_RESTRICTION FILTER_AT_DESTINATION_DESTINATION_ADDRESS
  FILTER_AT_DESTINATION_DESTINATION_PORT_RANGE FILTER_AT_DESTINATION_PROTOCOL FILTER_AT_DESTINATION_SOURCE_ADDRESS
  FILTER_AT_DESTINATION_SOURCE_PORT_RANGE FILTER_AT_SOURCE_DESTINATION_ADDRESS FILTER_AT_SOURCE_DESTINATION_PORT_RANGE
  FILTER_AT_SOURCE_PROTOCOL FILTER_AT_SOURCE_SOURCE_ADDRESS FILTER_AT_SOURCE_SOURCE_PORT_RANGE
  FIREWALL_RULES_RESTRICTION GATEWAY_REJECTS_SPOOFED_TRAFFIC GWLB_DESTINATION_PORT_RESTRICTION
  GWLB_PROTOCOL_RESTRICTION HIGHER_PRIORITY_ROUTE
  IGW_DESTINATION_ADDRESS_IN_VPC_CIDRS IGW_DESTINATION_ADDRESS_NOT_IN_RFC1918_EGRESS
  IGW_DESTINATION_ADDRESS_NOT_IN_RFC6598_EGRESS IGW_EXPECTS_PUBLIC_ADDRESS IGW_NAT_REFLECTION
  IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS
  IGW_SOURCE_ADDRESS_NOT_IN_RFC1918_INGRESS IGW_SOURCE_ADDRESS_NOT_IN_RFC6598_INGRESS INGRESS_RTB_NO_PUBLIC_IP
  INGRESS_RTB_TRAFFIC_REDIRECTION MORE_SPECIFIC_ROUTE NGW_DEST_ADDRESS_PRESERVATION NGW_REQUIRES_SOURCE_IN_VPC
  NGW_SOURCE_ADDRESS_REASSIGN NO_PATH NO_POSSIBLE_DESTINATION NO_ROUTE_TO_DESTINATION NO_SOURCE_OR_DESTINATION
  PCX_REQUIRES_ADDRESS_IN_VPC_CIDR PROTOCOL_RESTRICTION REGIONAL_NGW_ROUTE_AZ_RESTRICTION REMAP_EPHEMERAL_PORT
  SG_HAS_NO_RULES SG_REFERENCES_NOT_PRESERVED SG_REFERENCING_SUPPORT SUBNET_ACL_RESTRICTION
  TARGET_ADDRESS_RESTRICTION TARGET_PORT_RESTRICTION
  TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION TGW_ATTACH_VPC_AZ_RESTRICTION TGW_BAD_STATE_VPN TGW_ROUTE_AZ_RESTRICTION
  TGW_RTB_BAD_STATE_ROUTE TGW_RTB_CANNOT_ROUTE TGW_RTB_HIGHER_PRIORITY_ROUTE TGW_RTB_MORE_SPECIFIC_ROUTE
  TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT TGW_RTB_ROUTES_ARE_UNKNOWN UNASSOCIATED_COMPONENT UNKNOWN_DESTINATION
  UNKNOWN_PEERED_SGS UNKNOWN_RESOURCE UNSUPPORTED_COMPONENT VGW_PRIVATE_IP_ASSOCIATION_FOR_EGRESS
  VGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS VPCE_GATEWAY_EGRESS_SOURCE_ADDRESS_RESTRICTION
  VPCE_GATEWAY_PROTOCOL_RESTRICTION VPCE_INTRA_VPC_TRAFFIC VPCE_SERVICE_NOT_INSTALLED_IN_AZ
  VPC_BLOCK_PUBLIC_ACCESS_ENABLED VPC_LOCAL_ROUTE_CIDR_RESTRICTION`.split(/\s+/);

test('every code is the answer to something', () => {
  const covered = [...CASES, ...TRACED].map(({ code }) => code);
  deepEqual(covered.toSorted(), ALL_CODES.toSorted());
});
