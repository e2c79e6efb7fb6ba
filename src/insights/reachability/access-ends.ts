/** What an analysis of access looks at: the account's interfaces and gateways, each with all that it belongs to. */
import { InternetGateway } from '../../model/resources/internet-gateway.ts';
import { NetworkInterface } from '../../model/resources/network-interface.ts';
import { TransitGatewayAttachment } from '../../model/resources/transit-gateway.ts';
import { VpnGateway } from '../../model/resources/vpn.ts';
import type { Transaction } from '../../model/transaction.ts';
import type { Explanation } from '../../tables/data-plane.ts';
import type { Resources } from './analysis-components.ts';
import { endOf, isEnd, type PathEnd } from './path-ends.ts';
import { transitIdsOn } from './transit-components.ts';

/** An end with all resources that it is or belongs to, by id. */
export interface ScopeEnd {
  readonly end: PathEnd;
  readonly ids: ReadonlySet<string>;
}

/** Every end of the account and Region: first the interfaces, then the gateways. */
export function scopeEnds(tx: Transaction, resources: Resources): readonly ScopeEnd[] {
  const interfaces = tx.list(NetworkInterface, ({ attachment }) => attachment !== undefined);
  const gateways = [
    ...tx.list(InternetGateway, ({ vpcId }) => vpcId !== undefined),
    ...tx.list(VpnGateway, ({ vpcId }) => vpcId !== undefined),
    ...tx.list(TransitGatewayAttachment, ({ state }) => state === 'available'),
  ];
  return [...interfaces, ...gateways].flatMap(({ id }): ScopeEnd[] => {
    const end = endOf(resources, id, 'source');
    if (!isEnd(end)) return [];
    const rows = end.kind === 'interfaces' ? end.interfaces.map(({ row }) => row) : [];
    const belonging = rows.flatMap((row) => [
      row.subnetId,
      ...row.securityGroupIds,
      row.attachment?.instanceId ?? row.id,
    ]);
    return [{ end, ids: new Set([id, ...(end.vpcId === undefined ? [] : [end.vpcId]), ...belonging]) }];
  });
}

/** The VPCs in which they are. */
export const vpcsOf = (ends: readonly ScopeEnd[]): readonly string[] => [
  ...new Set(ends.flatMap(({ end }) => (end.vpcId === undefined ? [] : [end.vpcId]))),
];

/** Everything that a packet met, by id. */
export const passedOn = (explanation: Explanation): ReadonlySet<string> =>
  new Set([
    ...explanation.path.flatMap(({ component, at }) => [component?.id ?? '', at?.interfaceId ?? '']),
    ...transitIdsOn(explanation),
  ]);
