/** Zones by which a transit gateway does not let a packet out, and what then stands in its way. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { given } from '../../testing/instance-parts.ts';
import { type Analysis, analyse, close, overTransitInZones } from '../../testing/reachability.ts';
import { admit, tiers } from '../../testing/tiers.ts';

/** Codes about the gateway's zones, each with the zone. */
const zones = ({ Explanations = [] }: Analysis): readonly string[] =>
  Explanations.flatMap(({ ExplanationCode: code, AvailabilityZones: [zone] = [] }) =>
    zone === undefined ? [] : [`${code} ${zone}`],
  );

test('a packet leaves the gateway in the zone that it came from, and by no other where it is lost there', () => {
  const net = tiers();
  const { one, two } = overTransitInZones(net);
  const ask = () => analyse(net, { Source: one.instance, Destination: two.instance, DestinationPort: 80 });
  equal(ask().NetworkPathFound, true);
  close(net, given(two.edges[1]));
  equal(ask().NetworkPathFound, true);
  close(net, given(two.edges[0]));
  const lost = ask();
  equal(lost.Explanations?.[0]?.ExplanationCode, 'SUBNET_ACL_RESTRICTION');
  deepEqual(zones(lost), ['TGW_ATTACH_VPC_AZ_RESTRICTION us-east-1b']);
});

test('a way that is to lead through the interface of another zone is none', () => {
  const net = tiers();
  const { one, two } = overTransitInZones(net);
  const Filters = [{ Name: 'subnet-id', Values: [given(two.edges[1])] }];
  const { NetworkInterfaces: [other] = [] } = net.account.call('DescribeNetworkInterfaces', { Filters });
  const id = given(other?.NetworkInterfaceId);
  const filtered = analyse(
    net,
    { Source: one.instance, Destination: two.instance, DestinationPort: 80 },
    { FilterInArns: [`arn:aws:ec2:us-east-1:123456789012:network-interface/${id}`] },
  );
  equal(filtered.Explanations?.[0]?.ExplanationCode, 'COMPONENT_FILTER_RESTRICTION');
  deepEqual(zones(filtered), ['TGW_ATTACH_VPC_AZ_RESTRICTION us-east-1b']);
  equal(filtered.Explanations?.find(({ AvailabilityZones: all }) => all)?.NetworkInterface?.Id, id);
});

test('in appliance mode any zone will do for the way there, and the way back is bound to it', () => {
  const net = tiers();
  const { one, two } = overTransitInZones(net, { ApplianceModeSupport: 'enable' });
  const path = { Source: one.instance, Destination: two.instance, DestinationPort: 80, Protocol: 'tcp' } as const;
  for (const edge of two.edges) close(net, edge);
  deepEqual(zones(analyse(net, path)), []);
  const back = tiers();
  const there = overTransitInZones(back, { ApplianceModeSupport: 'enable' });
  for (const edge of there.one.edges) {
    const NetworkAclId = close(back, edge);
    // What goes out of the VPC comes in here; what comes back goes out, and may not.
    back.account.call('CreateNetworkAclEntry', {
      NetworkAclId,
      Egress: false,
      RuleNumber: 1,
      RuleAction: 'allow',
      Protocol: '-1',
      CidrBlock: '0.0.0.0/0',
    });
  }
  // Of TCP the way there alone is analysed.
  admit(back, there.two.groupId, 80, 'udp');
  const lost = analyse(back, {
    Source: there.one.instance,
    Destination: there.two.instance,
    DestinationPort: 80,
    Protocol: 'udp',
  });
  equal(lost.Explanations?.[0]?.ExplanationCode, 'SUBNET_ACL_RESTRICTION');
  equal(zones(lost).length, 1);
});
