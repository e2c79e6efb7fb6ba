/** The mirror sessions of an interface as the fabric needs them: with the filter's rules and the target's address. */
import { NetworkInterface } from '../model/resources/network-interface.ts';
import {
  TrafficMirrorFilter,
  type TrafficMirrorFilterRule,
  TrafficMirrorSession,
  TrafficMirrorTarget,
} from '../model/resources/traffic-mirror.ts';
import { rulesOf } from '../model/traffic-mirroring.ts';
import type { Transaction } from '../model/transaction.ts';
import type { MirrorRuleRow, MirrorSessionRow } from '../tables/tables.ts';

/** In the order of their numbers; sessions whose target is gone or has no IPv4 address mirror nothing. */
export const mirrorSessionsOf = (tx: Transaction, { id }: NetworkInterface): readonly MirrorSessionRow[] =>
  [...tx.by(TrafficMirrorSession, 'networkInterfaceId', id)]
    .sort((one, other) => one.sessionNumber - other.sessionNumber)
    .flatMap((session) => sessionRow(tx, session));

function sessionRow(tx: Transaction, session: TrafficMirrorSession): readonly MirrorSessionRow[] {
  const target = tx.find(TrafficMirrorTarget, session.targetId);
  const holder = target && tx.find(NetworkInterface, target.networkInterfaceId);
  const targetAddress = holder?.ipv4Addresses[0];
  if (targetAddress === undefined) return [];
  return [
    {
      id: session.id,
      virtualNetworkId: session.virtualNetworkId,
      packetLengthBytes: session.packetLengthBytes,
      targetAddress,
      ingress: rulesOf(tx, session.filterId, 'ingress').map(ruleRow),
      egress: rulesOf(tx, session.filterId, 'egress').map(ruleRow),
      mirrorsAmazonDns: tx.find(TrafficMirrorFilter, session.filterId)?.networkServices.includes('amazon-dns') ?? false,
    },
  ];
}

const ruleRow = (rule: TrafficMirrorFilterRule): MirrorRuleRow => ({
  action: rule.action,
  protocol: rule.protocol,
  source: rule.source,
  destination: rule.destination,
  sourcePorts: rule.sourcePorts,
  destinationPorts: rule.destinationPorts,
});
