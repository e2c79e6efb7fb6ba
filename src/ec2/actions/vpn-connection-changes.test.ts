/** Changes of VPN connections that stand, and what follows for routes and attachments. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import { type TestAccount, testAccount } from '../../testing/account.ts';
import { given } from '../../testing/instance-parts.ts';
import { gatewayWith } from '../../testing/transit-parts.ts';

const ipsec = { Type: 'ipsec.1' } as const;

const vpnGateway = (account: TestAccount): string =>
  given(account.call('CreateVpnGateway', ipsec).VpnGateway?.VpnGatewayId);

const customer = (account: TestAccount, IpAddress: string, CertificateArn?: string): string =>
  given(
    account.call('CreateCustomerGateway', { ...ipsec, IpAddress, ...(CertificateArn && { CertificateArn }) })
      .CustomerGateway?.CustomerGatewayId,
  );

/** A static connection to a virtual private gateway of its own. */
function connected(account: TestAccount, certificateArn?: string) {
  const { VpnConnection: made } = account.call('CreateVpnConnection', {
    ...ipsec,
    CustomerGatewayId: customer(account, '203.0.113.5', certificateArn),
    VpnGatewayId: vpnGateway(account),
    Options: { StaticRoutesOnly: true },
  });
  return { VpnConnectionId: given(made?.VpnConnectionId), made: given(made) };
}

const shown = (account: TestAccount) => given(account.call('DescribeVpnConnections').VpnConnections?.[0]);

test('a connection moves to another virtual private gateway with its static routes', () => {
  const account = testAccount();
  const { VpnConnectionId } = connected(account);
  account.call('CreateVpnConnectionRoute', { VpnConnectionId, DestinationCidrBlock: '192.168.0.0/16' });
  const VpnGatewayId = vpnGateway(account);
  account.call('ModifyVpnConnection', { VpnConnectionId, VpnGatewayId });
  const { VpnGatewayId: end, Routes = [] } = shown(account);
  deepEqual([end, Routes.map((route) => route.DestinationCidrBlock)], [VpnGatewayId, ['192.168.0.0/16']]);
});

test('to a transit gateway a connection moves without static routes alone, gets an attachment there and leaves it when it moves on', () => {
  const account = testAccount();
  const { VpnConnectionId } = connected(account);
  const TransitGatewayId = gatewayWith(account);
  const route = { VpnConnectionId, DestinationCidrBlock: '192.168.0.0/16' };
  account.call('CreateVpnConnectionRoute', route);
  const move = () => account.call('ModifyVpnConnection', { VpnConnectionId, TransitGatewayId });
  equal(account.faultCode(move), 'IncorrectState');
  account.call('DeleteVpnConnectionRoute', route);
  move();
  equal(shown(account).TransitGatewayId, TransitGatewayId);
  const attachments = () =>
    (account.call('DescribeTransitGatewayAttachments').TransitGatewayAttachments ?? []).map(
      ({ ResourceId, State }) => `${ResourceId} ${State}`,
    );
  deepEqual(attachments(), [`${VpnConnectionId} available`]);
  account.call('ModifyVpnConnection', { VpnConnectionId, VpnGatewayId: vpnGateway(account) });
  deepEqual(attachments(), [`${VpnConnectionId} deleted`]);
});

test('a call changes one end of a connection, to a gateway that is there', () => {
  const account = testAccount();
  const { VpnConnectionId } = connected(account);
  const CustomerGatewayId = customer(account, '203.0.113.6');
  const faultOf = (request: object): string =>
    account.faultCode(() => account.call('ModifyVpnConnection', { VpnConnectionId, ...request }));
  equal(faultOf({}), 'MissingParameter');
  equal(faultOf({ CustomerGatewayId, VpnGatewayId: vpnGateway(account) }), 'InvalidParameterCombination');
  equal(faultOf({ VpnGatewayId: 'vgw-0123456789abcdef0' }), 'InvalidVpnGatewayID.NotFound');
  account.call('ModifyVpnConnection', { VpnConnectionId, CustomerGatewayId });
  equal(shown(account).CustomerGatewayId, CustomerGatewayId);
});

test('blocks of both sides are changed one by one', () => {
  const account = testAccount();
  const { VpnConnectionId } = connected(account);
  account.call('ModifyVpnConnectionOptions', { VpnConnectionId, LocalIpv4NetworkCidr: '192.168.0.0/16' });
  const { Options } = shown(account);
  deepEqual([Options?.LocalIpv4NetworkCidr, Options?.RemoteIpv4NetworkCidr], ['192.168.0.0/16', '0.0.0.0/0']);
  equal(
    account.faultCode(() =>
      account.call('ModifyVpnConnectionOptions', { VpnConnectionId, RemoteIpv4NetworkCidr: 'all' }),
    ),
    'InvalidParameterValue',
  );
});

test('options of a tunnel are shown as they were said last, and those of the other tunnel stay', () => {
  const account = testAccount();
  const { VpnConnectionId, made } = connected(account);
  const [first, second] = given(made.Options?.TunnelOptions);
  const named = { VpnConnectionId, VpnTunnelOutsideIpAddress: given(first?.OutsideIpAddress) };
  const modify = (TunnelOptions: object) => account.call('ModifyVpnTunnelOptions', { ...named, TunnelOptions });
  modify({ Phase1LifetimeSeconds: 3600, IKEVersions: [{ Value: 'ikev2' }], PreSharedKey: 'longEnoughKey' });
  modify({ Phase1DHGroupNumbers: [{ Value: 14 }], TunnelInsideCidr: '169.254.10.0/30' });
  const { Options, CustomerGatewayConfiguration = '' } = shown(account);
  const [changed, other] = given(Options?.TunnelOptions);
  deepEqual(
    [changed?.Phase1LifetimeSeconds, changed?.IkeVersions, changed?.Phase1DHGroupNumbers, changed?.TunnelInsideCidr],
    [3600, [{ Value: 'ikev2' }], [{ Value: 14 }], '169.254.10.0/30'],
  );
  deepEqual(other, second);
  match(CustomerGatewayConfiguration, /<pre_shared_key>longEnoughKey<\/pre_shared_key>/);
  for (const refused of [
    { Phase1LifetimeSeconds: 899 },
    { Phase2LifetimeSeconds: 900, RekeyMarginTimeSeconds: 451 },
    { Phase1DHGroupNumbers: [{ Value: 5 }] },
    { IKEVersions: [{ Value: 'ikev3' }] },
    { TunnelInsideCidr: given(second?.TunnelInsideCidr) },
  ]) {
    equal(
      account.faultCode(() => modify(refused)),
      'InvalidParameterValue',
      JSON.stringify(refused),
    );
  }
  equal(
    account.faultCode(() =>
      account.call('ModifyVpnTunnelOptions', { ...named, VpnTunnelOutsideIpAddress: '192.0.2.1', TunnelOptions: {} }),
    ),
    'InvalidParameterValue',
  );
});

test('a tunnel’s certificate is renewed where certificates are used', () => {
  const account = testAccount();
  const renew = ({ VpnConnectionId, made }: ReturnType<typeof connected>) =>
    account.call('ModifyVpnTunnelCertificate', {
      VpnConnectionId,
      VpnTunnelOutsideIpAddress: given(made.Options?.TunnelOptions?.[0]?.OutsideIpAddress),
    }).VpnConnection?.VpnConnectionId;
  equal(
    account.faultCode(() => renew(connected(account))),
    'IncorrectState',
  );
  const certified = connected(account, 'arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d');
  equal(renew(certified), certified.VpnConnectionId);
});
