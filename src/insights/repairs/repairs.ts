/**
 * What could save a packet that was dropped for a reason: a table from reasons to changes, the smallest first.
 *
 * A proposal need not work: each is tried on a copy of the tables by the pipeline itself, and only what lets the packet
 * and its answer pass is shown to anybody.
 */
import type { DropId } from '../../pipeline/pipeline.ts';
import type { ApiCall } from '../api-call.ts';
import { missingAclEntry } from './acl-entries.ts';
import { attachGateway, excludeSubnet, internetGatewayFor } from './gateways.ts';
import { addressInsteadOfReference, missingGroupRule } from './group-rules.ts';
import {
  publicAddressFor,
  publicAddressOfDestination,
  publicAddressOfSource,
  startEnds,
  startOwner,
  switchCheckOff,
} from './interfaces.ts';
import { type LostPacket, lostAtInterface } from './lost-packet.ts';
import { missingNatZone } from './regional-nat-gateways.ts';
import { deadRoute, missingRoute, routeToNatGateway } from './routes.ts';
import { deadTransitRoute, missingAssociation, missingAttachment, missingTransitRoute } from './transit.ts';

/** Lists of calls, each of which might be enough. */
type Propose = (lost: LostPacket) => ApiCall[][];

const REPAIRS: { readonly [Reason in DropId]?: Propose } & Readonly<Record<string, Propose>> = {
  'port/not-attached': startEnds,
  'security-group-out/no-rule': (lost) => missingGroupRule(lost, 'egress'),
  'security-group-in/no-rule': (lost) => missingGroupRule(lost, 'ingress'),
  'security-group-in/reference-lost': addressInsteadOfReference,
  'network-acl-out/denied': missingAclEntry,
  'network-acl-neighbour-out/denied': missingAclEntry,
  'network-acl-in/denied': missingAclEntry,
  'block-public-access-out/blocked': excludeSubnet,
  'block-public-access-in/blocked': excludeSubnet,
  'source-check/foreign-address': switchCheckOff,
  'destination-check/foreign-address': switchCheckOff,
  'route/no-route': missingRoute,
  'route/blackhole': deadRoute,
  'gateway/no-interface': startEnds,
  'gateway/no-appliance': deadRoute,
  'gateway/no-nat-gateway': deadRoute,
  'gateway/no-nat-zone': (lost) => [...missingNatZone(lost), ...deadRoute(lost)],
  'gateway/no-peering': deadRoute,
  'gateway/outside-peer': missingRoute,
  'gateway/private-destination': missingRoute,
  'gateway/shared-destination': missingRoute,
  'gateway/detached': gatewayOfRoute,
  'gateway/no-public-address': (lost) => [...publicAddressOfSource(lost), ...routeToNatGateway(lost)],
  'gateway/foreign-ipv6-source': startEnds,
  'internet-arrival/unmapped-destination': (lost) => [...startEnds(lost), ...publicAddressOfDestination(lost)],
  'internet-arrival/detached': gatewayOfDestination,
  'internet-arrival/edge-blackhole': applianceAtEdge,
  'internet-arrival/appliance-not-public': applianceAtEdge,
  'gateway/no-transit-attachment': (lost) => [...missingAttachment(lost), ...deadRoute(lost)],
  'transit-gateway/no-association': missingAssociation,
  'transit-gateway/no-route': missingTransitRoute,
  'transit-gateway/blackhole': deadTransitRoute,
  'security-group-in/referencing-off': addressInsteadOfReference,
  'deliver/unplugged': startEnds,
  'link-local/dns-disabled': enableDns,
};

/** What could save this packet, the smallest change first; nothing where nobody could. */
export const repairsFor = (lost: LostPacket): readonly (readonly ApiCall[])[] => REPAIRS[lost.reason]?.(lost) ?? [];

function gatewayOfRoute(lost: LostPacket): ApiCall[][] {
  const place = lostAtInterface(lost);
  const gateway = lost.step?.component?.id;
  if (!place || gateway === undefined) return [];
  return [...attachGateway(lost, gateway, place.at.vpcId), ...deadRoute(lost)];
}

function gatewayOfDestination(lost: LostPacket): ApiCall[][] {
  const { to } = lost.question;
  return to.interface ? internetGatewayFor(lost, to.interface.vpcId) : [];
}

function applianceAtEdge(lost: LostPacket): ApiCall[][] {
  const appliance = lost.step?.component?.id;
  if (!appliance?.startsWith('eni-')) return [];
  const address = lost.question.to.address;
  return [...startOwner(lost, appliance), ...publicAddressFor(lost, appliance, address)];
}

function enableDns(lost: LostPacket): ApiCall[][] {
  const vpcId = lost.step?.at?.vpcId;
  if (vpcId === undefined) return [];
  const { scope } = lost.tx;
  return [
    [{ scope, operation: 'ModifyVpcAttribute', parameters: { VpcId: vpcId, EnableDnsSupport: { Value: true } } }],
  ];
}
