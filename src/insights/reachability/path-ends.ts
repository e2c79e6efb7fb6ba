/** The ends of a path as resources: what can send or be reached there, or why nothing can. */

import { kindNameOf } from '../../model/analysed-resources.ts';
import { isOfService } from '../../model/network-interface-creation.ts';
import { publicAddressesOf } from '../../model/public-addresses.ts';
import type { AnalysisExplanation } from '../../model/reachability.ts';
import { Instance } from '../../model/resources/instance.ts';
import { InternetGateway } from '../../model/resources/internet-gateway.ts';
import { NetworkInterface } from '../../model/resources/network-interface.ts';
import type { Transaction } from '../../model/transaction.ts';
import type { Ipv4 } from '../../net/address.ts';
import type { Resources } from './analysis-components.ts';
import { attachmentEnd, endpointEnd, type GatewayEnd, transitGatewayEnd, vpnGatewayEnd } from './gateway-ends.ts';
import { endpointServiceEnd, peeringEnd } from './joining-ends.ts';
import { serviceInterfaceEnd } from './service-interface-ends.ts';
import { unseenEnd } from './visibility.ts';

/** An interface, and the account and Region it is in. */
export interface EndInterface {
  readonly row: NetworkInterface;
  readonly tx: Transaction;
}

/** An end that packets can come from or go to. */
export type PathEnd =
  | {
      readonly kind: 'interfaces';
      readonly id: string;
      readonly vpcId: string;
      readonly interfaces: readonly EndInterface[];
    }
  | { readonly kind: 'internet-gateway'; readonly id: string; readonly vpcId: string }
  | GatewayEnd;

/** Which end of the path. */
export type Which = 'source' | 'destination';

/** Kinds of which the other end's VPC says where they are. */
const SEEN_FROM_THE_OTHER_END: ReadonlySet<string | undefined> = new Set(['transit-gateway', 'vpc-peering-connection']);

/** An end as a path names it. */
export interface NamedEnd {
  readonly id: string;
  readonly arn: string;
}

/** Both ends of a path, each or the explanation why there can be no path at all. A transit gateway is where the other end's VPC is attached to it. */
export function endsOf(
  resources: Resources,
  source: NamedEnd,
  destination: NamedEnd | undefined,
): { readonly source: PathEnd | AnalysisExplanation; readonly destination: PathEnd | AnalysisExplanation | undefined } {
  const vpcOf = (end: NamedEnd | undefined): string | undefined => {
    const joins = end === undefined || SEEN_FROM_THE_OTHER_END.has(kindNameOf(end.id));
    const found = joins ? undefined : seenEndOf(resources, end, 'source');
    return found && isEnd(found) ? found.vpcId : undefined;
  };
  return {
    source: seenEndOf(resources, source, 'source', vpcOf(destination)),
    destination: destination && seenEndOf(resources, destination, 'destination', vpcOf(source)),
  };
}

const seenEndOf = (resources: Resources, end: NamedEnd, which: Which, otherVpcId?: string) =>
  unseenEnd(resources, end, which) ?? endOf(resources, end.id, which, otherVpcId);

/**
 * The end, or the explanation why there can be no path at all.
 * @param otherVpcId the other end's, where that is known
 */
export function endOf(
  resources: Resources,
  id: string,
  which: Which,
  otherVpcId?: string,
): PathEnd | AnalysisExplanation {
  switch (kindNameOf(id)) {
    case 'instance':
      return instanceEnd(resources, id, which);
    case 'network-interface':
      return interfaceEnd(resources, id, which);
    case 'internet-gateway':
      return gatewayEnd(resources, id, which);
    case 'vpn-gateway':
      return vpnGatewayEnd(resources, id) ?? missing(resources, id, which);
    case 'transit-gateway':
      return transitGatewayEnd(resources, id, otherVpcId) ?? missing(resources, id, which);
    case 'transit-gateway-attachment':
      return attachmentEnd(resources, id) ?? missing(resources, id, which);
    case 'vpc-endpoint':
      return endpointEnd(resources, id, which) ?? missing(resources, id, which);
    case 'vpc-peering-connection':
      return peeringEnd(resources, id, otherVpcId) ?? missing(resources, id, which);
    case 'vpc-endpoint-service':
      return endpointServiceEnd(resources, id, which) ?? missing(resources, id, which);
    default:
      return { explanationCode: 'UNSUPPORTED_COMPONENT', component: resources.component(id) };
  }
}

export const isEnd = (end: PathEnd | AnalysisExplanation): end is PathEnd => 'kind' in end;

const missing = (resources: Resources, id: string, which: Which): AnalysisExplanation => ({
  explanationCode: 'NO_SOURCE_OR_DESTINATION',
  component: resources.component(id),
  missingComponent: which,
});

function instanceEnd(resources: Resources, id: string, which: Which): PathEnd | AnalysisExplanation {
  const found = resources.find(Instance, id);
  if (!found || found.row.state === 'terminated') return missing(resources, id, which);
  const { tx, row } = found;
  if (row.state !== 'running' && row.state !== 'pending')
    return { explanationCode: 'BAD_STATE', component: resources.component(id), state: row.state };
  const interfaces = tx
    .by(NetworkInterface, 'instanceId', id)
    .toSorted((one, other) => (one.attachment?.deviceIndex ?? 0) - (other.attachment?.deviceIndex ?? 0));
  const vpcId = interfaces[0]?.vpcId;
  if (vpcId === undefined) return { explanationCode: 'UNASSOCIATED_COMPONENT', component: resources.component(id) };
  return { kind: 'interfaces', id, vpcId, interfaces: interfaces.map((one) => ({ row: one, tx })) };
}

function interfaceEnd(resources: Resources, id: string, which: Which): PathEnd | AnalysisExplanation {
  const found = resources.find(NetworkInterface, id);
  if (!found) return missing(resources, id, which);
  const { attachment, vpcId, interfaceType } = found.row;
  if (isOfService(interfaceType)) return serviceInterfaceEnd(resources, found, which) ?? missing(resources, id, which);
  if (!attachment) return { explanationCode: 'UNASSOCIATED_COMPONENT', component: resources.component(id) };
  if (attachment.status !== 'attached' && attachment.deviceIndex > 0)
    return {
      explanationCode: 'BAD_STATE_ATTACHMENT',
      component: resources.component(id),
      attachedTo: resources.component(attachment.instanceId),
      state: attachment.status,
    };
  const state = found.tx.find(Instance, attachment.instanceId)?.state;
  if (state !== 'running' && state !== 'pending')
    return { explanationCode: 'BAD_STATE', component: resources.component(attachment.instanceId), state };
  return { kind: 'interfaces', id, vpcId, interfaces: [found] };
}

function gatewayEnd(resources: Resources, id: string, which: Which): PathEnd | AnalysisExplanation {
  const found = resources.find(InternetGateway, id);
  if (!found) return missing(resources, id, which);
  const { vpcId } = found.row;
  if (vpcId === undefined) return { explanationCode: 'UNASSOCIATED_COMPONENT', component: resources.component(id) };
  return { kind: 'internet-gateway', id, vpcId };
}

/** Private addresses of an end's interfaces, in order; only IPv4 is analysed, as on AWS. */
export const privateAddressesOf = (interfaces: readonly EndInterface[]): readonly Ipv4[] =>
  interfaces.flatMap(({ row }) => row.ipv4Addresses);

/** Their addresses as the outside world knows them; the private one where there is no public one. */
export const addressesFromOutside = (
  interfaces: readonly EndInterface[],
): readonly { readonly outside: Ipv4; readonly inside: Ipv4 }[] =>
  interfaces.flatMap(({ row, tx }) => {
    const mappings = publicAddressesOf(tx, row);
    const outsides = mappings.map(({ publicAddress, privateAddress }) => ({
      outside: publicAddress,
      inside: privateAddress,
    }));
    if (outsides.length > 0) return outsides;
    return row.ipv4Addresses.map((inside) => ({ outside: inside, inside }));
  });
