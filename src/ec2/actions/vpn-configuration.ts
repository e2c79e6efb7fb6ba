/**
 * The configuration for the customer's device: XML inside of the answer, which Terraform and others read the tunnels from.
 * Of AWS's elements it has those that name addresses, AS numbers and keys.
 */
import type { CustomerGateway, VpnConnection, VpnTunnel } from '../../model/resources/vpn.ts';
import { formatIpv4, ipv4 } from '../../net/address.ts';

/** Defaults of API_VpnTunnelOptionsSpecification. */
const PHASE_1_SECONDS = 28_800;
const PHASE_2_SECONDS = 3_600;
const AMAZON_ASN = 64_512;

/** The XML text of a connection. */
export const customerGatewayConfiguration = (row: VpnConnection, customer: CustomerGateway | undefined): string =>
  [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<vpn_connection id="${row.id}">`,
    `<customer_gateway_id>${row.customerGatewayId}</customer_gateway_id>`,
    `<vpn_gateway_id>${row.endsAt.id}</vpn_gateway_id>`,
    '<vpn_connection_type>ipsec.1</vpn_connection_type>',
    ...(row.staticRoutesOnly ? ['<vpn_connection_attributes>NoBGPVPNConnection</vpn_connection_attributes>'] : []),
    ...row.tunnels.map((tunnel) => ipsecTunnel(tunnel, customer)),
    '</vpn_connection>',
  ].join('\n');

/** AWS's inside address is the first of the block, the customer's the second. */
function ipsecTunnel(
  { outsideAddress, insideCidr, preSharedKey }: VpnTunnel,
  customer: CustomerGateway | undefined,
): string {
  const inside = (host: number, asn: number): string =>
    `<tunnel_inside_address><ip_address>${formatIpv4(ipv4(insideCidr.address + host))}</ip_address><network_mask>255.255.255.252</network_mask><network_cidr>30</network_cidr></tunnel_inside_address><bgp><asn>${asn}</asn><hold_time>30</hold_time></bgp>`;
  const outside = (address: string): string =>
    `<tunnel_outside_address><ip_address>${address}</ip_address></tunnel_outside_address>`;
  return [
    '<ipsec_tunnel>',
    `<customer_gateway>${outside(customer?.ipAddress ?? '0.0.0.0')}${inside(2, customer?.bgpAsn ?? 0)}</customer_gateway>`,
    `<vpn_gateway>${outside(formatIpv4(outsideAddress))}${inside(1, AMAZON_ASN)}</vpn_gateway>`,
    `<ike><lifetime>${PHASE_1_SECONDS}</lifetime><pre_shared_key>${preSharedKey}</pre_shared_key></ike>`,
    `<ipsec><protocol>esp</protocol><lifetime>${PHASE_2_SECONDS}</lifetime></ipsec>`,
    '</ipsec_tunnel>',
  ].join('');
}
