/** Regional NAT gateways in analyses: which components a path has, and what is said where a zone is not served. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { analyse, gatewayOf, regionalNatGateway } from '../../testing/reachability.ts';
import { tiers } from '../../testing/tiers.ts';

const prefixOf = (id = ''): string => id.split('-')[0] ?? '';

test('a path passes the gateway and its route table, and no interface or network ACL of it', () => {
  const net = tiers();
  const NatGatewayId = regionalNatGateway(net);
  const analysis = analyse(net, { Destination: gatewayOf(net) });
  equal(analysis.NetworkPathFound, true);
  const parts = analysis.ForwardPathComponents ?? [];
  deepEqual(
    parts.map(({ Component }) => prefixOf(Component?.Id)),
    ['i', 'eni', 'sg', 'acl', 'rtb', 'nat', 'rtb', 'igw'],
  );
  deepEqual(
    analysis.ReturnPathComponents?.map(({ Component }) => prefixOf(Component?.Id)),
    ['igw', 'nat', 'rtb', 'acl', 'sg', 'eni', 'i'],
  );
  const shown = net.account.call('DescribeNatGateways', { NatGatewayIds: [NatGatewayId] }).NatGateways?.[0];
  deepEqual(parts[5]?.OutboundHeader?.SourceAddresses, [`${shown?.NatGatewayAddresses?.[0]?.PublicIp}/32`]);
  deepEqual(
    [parts[5], parts[6]].map((part) => [part?.Component?.Id, part?.Vpc?.Id]),
    [
      [NatGatewayId, net.vpcId],
      [shown?.RouteTableId, net.vpcId],
    ],
  );
});

test('where it does not serve the zone, the gateway and the subnet are named', () => {
  const net = tiers();
  const NatGatewayId = regionalNatGateway(net, ['us-east-1b']);
  const [first] = analyse(net, { Destination: gatewayOf(net) }).Explanations ?? [];
  deepEqual(
    [first?.ExplanationCode, first?.NatGateway?.Id, first?.Subnet?.Id],
    ['REGIONAL_NGW_ROUTE_AZ_RESTRICTION', NatGatewayId, net.web.subnetId],
  );
});
