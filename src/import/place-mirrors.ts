/** Described traffic mirroring: where copies go, which packets are copied, and whose. */
import type * as sdk from '@aws-sdk/client-ec2';
import { NetworkInterface } from '../model/resources/network-interface.ts';
import {
  TrafficMirrorFilter,
  TrafficMirrorFilterRule,
  TrafficMirrorSession,
  TrafficMirrorTarget,
} from '../model/resources/traffic-mirror.ts';
import { type Cidr, parseCidr } from '../net/cidr.ts';
import type { PortRange } from '../net/port-range.ts';
import { existing, idOf, type Place, place, tagsOf, Unplaceable } from './placing.ts';

/** A target that is an interface. @throws Unplaceable for load balancers and endpoints of them */
export function placeMirrorTarget({ tx }: Place, one: sdk.TrafficMirrorTarget): void {
  if (one.NetworkInterfaceId === undefined)
    throw new Unplaceable(`localvpc has no targets of type ${one.Type ?? 'another kind'}`);
  place(tx, TrafficMirrorTarget, {
    id: idOf('tmt', one.TrafficMirrorTargetId),
    networkInterfaceId: existing(tx, NetworkInterface, one.NetworkInterfaceId).id,
    description: one.Description,
    tags: tagsOf(one.Tags),
  });
}

/** A filter with its rules. @throws Unplaceable */
export function placeMirrorFilter({ tx }: Place, one: sdk.TrafficMirrorFilter): void {
  const filter = place(tx, TrafficMirrorFilter, {
    id: idOf('tmf', one.TrafficMirrorFilterId),
    networkServices: one.NetworkServices?.includes('amazon-dns') ? ['amazon-dns'] : [],
    description: one.Description,
    tags: tagsOf(one.Tags),
  });
  for (const rule of [...(one.IngressFilterRules ?? []), ...(one.EgressFilterRules ?? [])]) {
    const row: TrafficMirrorFilterRule = {
      id: idOf('tmfr', rule.TrafficMirrorFilterRuleId),
      filterId: filter.id,
      direction: rule.TrafficDirection === 'egress' ? 'egress' : 'ingress',
      number: rule.RuleNumber ?? 0,
      action: rule.RuleAction === 'accept' ? 'accept' : 'reject',
      protocol: rule.Protocol,
      source: blockOf(rule.SourceCidrBlock),
      destination: blockOf(rule.DestinationCidrBlock),
      sourcePorts: portsOf(rule.SourcePortRange),
      destinationPorts: portsOf(rule.DestinationPortRange),
      description: rule.Description,
      tags: tagsOf(rule.Tags),
    };
    place(tx, TrafficMirrorFilterRule, row);
  }
}

/** @throws Unplaceable */
export function placeMirrorSession({ tx }: Place, one: sdk.TrafficMirrorSession): void {
  place(tx, TrafficMirrorSession, {
    id: idOf('tms', one.TrafficMirrorSessionId),
    networkInterfaceId: existing(tx, NetworkInterface, one.NetworkInterfaceId).id,
    targetId: existing(tx, TrafficMirrorTarget, one.TrafficMirrorTargetId).id,
    filterId: existing(tx, TrafficMirrorFilter, one.TrafficMirrorFilterId).id,
    packetLengthBytes: one.PacketLength,
    sessionNumber: one.SessionNumber ?? 1,
    virtualNetworkId: one.VirtualNetworkId ?? 1,
    description: one.Description,
    tags: tagsOf(one.Tags),
  });
}

function blockOf(text: string | undefined): Cidr {
  const cidr = parseCidr(text ?? '');
  if (!cidr) throw new Unplaceable(`${text ?? 'nothing'} is not a block`);
  return cidr;
}

const portsOf = (range: sdk.TrafficMirrorPortRange | undefined): PortRange | undefined =>
  range?.FromPort === undefined || range.ToPort === undefined ? undefined : { from: range.FromPort, to: range.ToPort };
