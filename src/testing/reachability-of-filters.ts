/** Explanation codes about a path’s ends and filters, each in a network in which it is the answer. */
import { given } from './instance-parts.ts';
import { analyse, gatewayOf, natGateway, port, privateAddress, type ReachabilityCase } from './reachability.ts';
import { admit, closedAcl, otherVpc } from './tiers.ts';

const OPEN_TO_ALL = { From: 0, To: 65_535 };

export const CASES_OF_FILTERS: readonly ReachabilityCase[] = [
  { code: 'NO_POSSIBLE_DESTINATION', ask: (net) => analyse(net, { DestinationIp: '10.0.2.250' }) },
  { code: 'DISCONNECTED_VPCS', ask: (net) => analyse(net, { Destination: otherVpc(net) }) },
  {
    code: 'NO_PATH',
    ask: (net) => {
      const other = net.instance({ SubnetId: net.db.subnetId, SecurityGroupIds: [net.db.groupId] });
      admit(net, net.db.groupId, 5432);
      return analyse(net, {
        FilterAtSource: { DestinationAddress: privateAddress(net, other), DestinationPortRange: port(5432) },
      });
    },
  },
  { code: 'NO_SOURCE_OR_DESTINATION', ask: (net) => analyse(net, { Destination: 'i-0123456789abcdef0' }) },
  {
    code: 'UNASSOCIATED_COMPONENT',
    ask: (net) => {
      const { InternetGateway } = net.account.call('CreateInternetGateway');
      return analyse(net, { Destination: given(InternetGateway?.InternetGatewayId) });
    },
  },
  { code: 'UNSUPPORTED_COMPONENT', ask: (net) => analyse(net, { Source: natGateway(net) }) },
  {
    code: 'COMPONENT_FILTER_RESTRICTION',
    ask: (net) => {
      admit(net, net.db.groupId, 5432);
      return analyse(
        net,
        {},
        { FilterInArns: [`arn:aws:ec2:us-east-1:123456789012:internet-gateway/${gatewayOf(net)}`] },
      );
    },
  },
  {
    code: 'COMPONENT_FILTER_RESTRICTION_REMOVED_COMPONENT',
    ask: (net) => {
      admit(net, net.db.groupId, 5432);
      const arn = `arn:aws:ec2:us-east-1:123456789012:route-table/${net.routeTableId}`;
      return analyse(net, {}, { FilterOutArns: [arn] });
    },
  },
  {
    code: 'FILTER_AT_SOURCE_SOURCE_ADDRESS',
    ask: (net) => {
      admit(net, net.db.groupId, 5432);
      return analyse(net, { FilterAtSource: { SourceAddress: '172.16.0.9', DestinationPortRange: port(5432) } });
    },
  },
  {
    code: 'FILTER_AT_SOURCE_DESTINATION_ADDRESS',
    ask: (net) => {
      admit(net, net.db.groupId, 5432);
      return analyse(net, { FilterAtSource: { DestinationAddress: '10.0.2.250', DestinationPortRange: port(5432) } });
    },
  },
  {
    code: 'FILTER_AT_SOURCE_SOURCE_PORT_RANGE',
    ask: (net) => {
      admit(net, net.db.groupId, 5432);
      const NetworkAclId = closedAcl(net, net.web.subnetId);
      for (const [Egress, PortRange] of [
        [true, OPEN_TO_ALL],
        [false, { From: 1024, To: 65_535 }],
      ] as const)
        net.account.call('CreateNetworkAclEntry', {
          NetworkAclId,
          Egress,
          RuleNumber: 100,
          RuleAction: 'allow',
          Protocol: '6',
          PortRange,
          CidrBlock: '0.0.0.0/0',
        });
      return analyse(net, { FilterAtSource: { SourcePortRange: port(1, 1023), DestinationPortRange: port(5432) } });
    },
  },
  {
    code: 'FILTER_AT_SOURCE_DESTINATION_PORT_RANGE',
    ask: (net) => {
      admit(net, net.db.groupId, 5432);
      return analyse(net, { FilterAtSource: { DestinationPortRange: port(1, 1023) } });
    },
  },
  {
    code: 'FILTER_AT_SOURCE_PROTOCOL',
    ask: (net) => {
      admit(net, net.db.groupId, 5432);
      return analyse(net, { Protocol: 'udp', FilterAtSource: { DestinationPortRange: port(5432) } });
    },
  },
  ...(
    [
      ['SOURCE_ADDRESS', { SourceAddress: '10.0.1.250' }],
      ['DESTINATION_ADDRESS', { DestinationAddress: '10.0.2.250' }],
      ['SOURCE_PORT_RANGE', { SourcePortRange: port(80) }],
      ['DESTINATION_PORT_RANGE', { DestinationPortRange: port(81) }],
    ] as const
  ).map(
    ([field, FilterAtDestination]): ReachabilityCase => ({
      code: `FILTER_AT_DESTINATION_${field}`,
      ask: (net) => {
        admit(net, net.db.groupId, 5432);
        return analyse(net, {
          FilterAtSource: {
            SourcePortRange: port(40_000),
            DestinationAddress: privateAddress(net, net.db.id),
            DestinationPortRange: port(5432),
          },
          FilterAtDestination,
        });
      },
    }),
  ),
  {
    code: 'FILTER_AT_DESTINATION_PROTOCOL',
    ask: (net) => {
      admit(net, net.db.groupId, 5432);
      return analyse(net, { Protocol: 'udp', FilterAtDestination: { DestinationPortRange: port(5432) } });
    },
  },
];
