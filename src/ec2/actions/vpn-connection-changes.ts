/** Changes of VPN connections. They are done when the call returns, where AWS takes minutes and says "modifying". */
import { Fault } from '../../model/fault.ts';
import { CustomerGateway, type VpnConnection } from '../../model/resources/vpn.ts';
import type { Transaction } from '../../model/transaction.ts';
import { ownTransitGateway } from '../../model/transit-gateway-lifecycle.ts';
import {
  modifyVpnBlocks,
  modifyVpnTunnel,
  moveVpnConnection,
  tunnelAt,
  type VpnConnectionEnds,
} from '../../model/vpn-connection-changes.ts';
import { findCustomerGateway, findVpnConnection } from '../../model/vpn-connections.ts';
import { findVpnGateway } from '../../model/vpn-gateway-lifecycle.ts';
import { parseIpv4 } from '../../net/address.ts';
import { action, recordOnly } from '../action.ts';
import type { RequestOf } from '../operation.ts';
import { describeVpnConnection } from './vpn-connections.ts';
import { readTunnelOptions, readVpnCidr } from './vpn-tunnel-options.ts';

const NO_TUNNEL = recordOnly('Recorded and shown; packets go between the site and its gateway without a tunnel.');

const shown = (connection: VpnConnection, tx: Transaction) => ({
  VpnConnection: describeVpnConnection(connection, tx),
});

/** ModifyVpnConnection: another gateway at one of its ends. */
export const ModifyVpnConnection = action('ModifyVpnConnection', (request, tx) => {
  const { CustomerGatewayId: customerId } = request;
  const connection = findVpnConnection(tx, request.VpnConnectionId);
  const end = readEnd(request, tx);
  if (customerId !== undefined && end) {
    throw new Fault('InvalidParameterCombination', { parameter: 'customerGatewayId', other: 'vpnGatewayId' });
  }
  const customerGateway = customerId === undefined ? undefined : findCustomerGateway(tx, customerId);
  return shown(moveVpnConnection(tx, connection, { customerGateway, end }), tx);
});

function readEnd(request: RequestOf<'ModifyVpnConnection'>, tx: Transaction): VpnConnectionEnds['end'] {
  const { VpnGatewayId: vpnGatewayId, TransitGatewayId: transitGatewayId } = request;
  if (vpnGatewayId !== undefined && transitGatewayId !== undefined) {
    throw new Fault('InvalidParameterCombination', { parameter: 'vpnGatewayId', other: 'transitGatewayId' });
  }
  if (vpnGatewayId !== undefined) return { vpnGateway: findVpnGateway(tx, vpnGatewayId) };
  return transitGatewayId === undefined ? undefined : { transitGatewayId: ownTransitGateway(tx, transitGatewayId).id };
}

/** ModifyVpnConnectionOptions: the blocks of both sides; at a transit gateway the site's decides what comes by the connection. */
export const ModifyVpnConnectionOptions = action('ModifyVpnConnectionOptions', (request, tx) => {
  const { LocalIpv4NetworkCidr: local, RemoteIpv4NetworkCidr: remote } = request;
  const connection = findVpnConnection(tx, request.VpnConnectionId);
  if (request.LocalIpv6NetworkCidr !== undefined || request.RemoteIpv6NetworkCidr !== undefined) {
    throw new Fault('UnsupportedOperation', 'localvpc carries IPv4 only over VPN connections.');
  }
  if (request.TunnelBandwidth === 'large') {
    throw new Fault('UnsupportedOperation', 'localvpc does not serve large tunnels.');
  }
  const change = {
    localCidr: local === undefined ? undefined : readVpnCidr(local, 'localIpv4NetworkCidr'),
    remoteCidr: remote === undefined ? undefined : readVpnCidr(remote, 'remoteIpv4NetworkCidr'),
  };
  return shown(modifyVpnBlocks(tx, connection, change), tx);
});

const tunnelNamed = (connection: VpnConnection, address: string) => tunnelAt(connection, parseIpv4(address), address);

/** ModifyVpnTunnelOptions. */
export const ModifyVpnTunnelOptions = action(
  'ModifyVpnTunnelOptions',
  (request, tx) => {
    const connection = findVpnConnection(tx, request.VpnConnectionId);
    const tunnel = tunnelNamed(connection, request.VpnTunnelOutsideIpAddress);
    return shown(modifyVpnTunnel(tx, connection, tunnel, readTunnelOptions(request.TunnelOptions)), tx);
  },
  NO_TUNNEL,
);

/** ModifyVpnTunnelCertificate: AWS's own certificate, which only connections with a certificate at the other end have. */
export const ModifyVpnTunnelCertificate = action(
  'ModifyVpnTunnelCertificate',
  (request, tx) => {
    const connection = findVpnConnection(tx, request.VpnConnectionId);
    tunnelNamed(connection, request.VpnTunnelOutsideIpAddress);
    // Code and sentence are unconfirmed.
    if (tx.find(CustomerGateway, connection.customerGatewayId)?.certificateArn === undefined) {
      throw new Fault('IncorrectState', `The tunnels of ${connection.id} are authenticated by pre-shared keys.`);
    }
    return shown(connection, tx);
  },
  NO_TUNNEL,
);

/** What this file serves. */
export const vpnConnectionChangeActions = [
  ModifyVpnConnection,
  ModifyVpnConnectionOptions,
  ModifyVpnTunnelOptions,
  ModifyVpnTunnelCertificate,
] as const;
