/** What can be changed of a VPN connection that stands: its two ends, the blocks of its options, its tunnels. */
import type { Ipv4 } from '../net/address.ts';
import { formatIpv4 } from '../net/address.ts';
import type { Ipv4Cidr } from '../net/cidr.ts';
import { Fault } from './fault.ts';
import { type CustomerGateway, VpnConnection, type VpnTunnel } from './resources/vpn.ts';
import type { Transaction } from './transaction.ts';
import { checkInsideCidr, connectTo, disconnect, type VpnConnectionSpec } from './vpn-connections.ts';

/** What ModifyVpnConnection names: either end, not both (the sentence is unconfirmed). */
export interface VpnConnectionEnds {
  readonly customerGateway: CustomerGateway | undefined;
  readonly end: VpnConnectionSpec['end'] | undefined;
}

/**
 * Moves a connection to another gateway. Its static routes stay with it between virtual private gateways; on the way to
 * a transit gateway they have to be deleted first (VPN user guide, modify-vpn-target).
 * @throws Fault MissingParameter, IncorrectState (unconfirmed), those of transit gateways
 */
export function moveVpnConnection(
  tx: Transaction,
  connection: VpnConnection,
  { customerGateway, end }: VpnConnectionEnds,
): VpnConnection {
  if (!customerGateway && !end) throw new Fault('MissingParameter', { parameter: 'CustomerGatewayId' });
  const customerGatewayId = customerGateway?.id ?? connection.customerGatewayId;
  return tx.update(VpnConnection, connection.id, {
    customerGatewayId,
    endsAt: end ? moveEnd(tx, connection, end) : connection.endsAt,
  });
}

function moveEnd(tx: Transaction, connection: VpnConnection, end: VpnConnectionSpec['end']): VpnConnection['endsAt'] {
  const { id, endsAt, staticRoutes, tags } = connection;
  const endId = 'vpnGateway' in end ? end.vpnGateway.id : end.transitGatewayId;
  if (endId === endsAt.id) return endsAt;
  if ('transitGatewayId' in end && staticRoutes.length > 0) {
    throw new Fault('IncorrectState', `Delete the static routes of ${id} before it ends at a transit gateway.`);
  }
  disconnect(tx, connection);
  return connectTo(tx, id, { end, tags });
}

/** Changes the blocks of both sides; undefined for what stays. */
export const modifyVpnBlocks = (
  tx: Transaction,
  { id, localCidr, remoteCidr }: VpnConnection,
  change: { readonly localCidr: Ipv4Cidr | undefined; readonly remoteCidr: Ipv4Cidr | undefined },
): VpnConnection =>
  tx.update(VpnConnection, id, {
    localCidr: change.localCidr ?? localCidr,
    remoteCidr: change.remoteCidr ?? remoteCidr,
  });

/** The tunnel with this outside address. @throws Fault InvalidParameterValue (unconfirmed) */
export function tunnelAt({ id, tunnels }: VpnConnection, outsideAddress: Ipv4 | undefined, text: string): VpnTunnel {
  const tunnel = tunnels.find((one) => one.outsideAddress === outsideAddress);
  if (tunnel) return tunnel;
  throw new Fault('InvalidParameterValue', {
    value: text,
    parameter: 'vpnTunnelOutsideIpAddress',
    reason: `${id} has tunnels at ${tunnels.map((one) => formatIpv4(one.outsideAddress)).join(' and ')}.`,
  });
}

/** Changes one tunnel; what is not named stays. @throws Fault InvalidParameterValue for its block */
export function modifyVpnTunnel(
  tx: Transaction,
  { id, tunnels }: VpnConnection,
  tunnel: VpnTunnel,
  change: Partial<Pick<VpnTunnel, 'insideCidr' | 'preSharedKey' | 'settings'>>,
): VpnConnection {
  const others = tunnels.filter((one) => one !== tunnel);
  if (change.insideCidr) checkInsideCidr(change.insideCidr, others);
  const changed = { ...tunnel, ...change, settings: { ...tunnel.settings, ...change.settings } };
  return tx.update(VpnConnection, id, { tunnels: tunnels.map((one) => (one === tunnel ? changed : one)) });
}
