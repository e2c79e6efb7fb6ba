/** Explanation codes about gateways, each in a network in which it is the answer. */
import { SecurityGroup } from '../model/resources/security-group.ts';
import { given } from './instance-parts.ts';
import {
  analyse,
  close,
  edgeRoute,
  gatewayEndpoint,
  gatewayOf,
  natGateway,
  overTransit,
  overTransitInZones,
  peered,
  port,
  privateAddress,
  publicAddress,
  type ReachabilityCase,
  regionalNatGateway,
  route,
  serviceInterface,
} from './reachability.ts';
import { admit, defaultRoute, interfaceOf, type Tiers } from './tiers.ts';
import { defaultTable } from './transit-parts.ts';

/** A rule for TCP 81 that names a group behind a transit gateway, as one does that was made while that was supported. */
const referTo = ({ account }: Tiers, groupId: string, otherId: string): void =>
  void account.transact((tx) => {
    const { id, rules } = tx.get(SecurityGroup, groupId);
    const rule = {
      id: tx.newId('sgr'),
      egress: false,
      traffic: { kind: 'ports', protocol: 6, ports: { from: 81, to: 81 } },
      peer: { kind: 'security-group', id: tx.get(SecurityGroup, otherId).id },
      description: undefined,
      peerOwnerId: undefined,
      tags: {},
    } as const;
    tx.update(SecurityGroup, id, { rules: [...rules, rule] });
  });

export const CASES_OF_GATEWAYS: readonly ReachabilityCase[] = [
  {
    code: 'VPC_BLOCK_PUBLIC_ACCESS_ENABLED',
    ask: (net) => {
      publicAddress(net, net.web.id);
      net.account.call('ModifyVpcBlockPublicAccessOptions', { InternetGatewayBlockMode: 'block-bidirectional' });
      return analyse(net, { Source: gatewayOf(net), Destination: net.web.id });
    },
  },
  {
    code: 'IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS',
    ask: (net) => analyse(net, { Destination: defaultRoute(net) }),
  },
  {
    code: 'IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS',
    ask: (net) => analyse(net, { Source: gatewayOf(net), Destination: net.web.id }),
  },
  ...(['192.168.1.1', '100.64.0.1'] as const).map(
    (DestinationIp): ReachabilityCase => ({
      code: `IGW_DESTINATION_ADDRESS_NOT_IN_RFC${DestinationIp === '192.168.1.1' ? '1918' : '6598'}_EGRESS`,
      ask: (net) => {
        publicAddress(net, net.web.id);
        defaultRoute(net);
        return analyse(net, { DestinationIp });
      },
    }),
  ),
  {
    code: 'IGW_NAT_REFLECTION',
    ask: (net) => {
      defaultRoute(net);
      publicAddress(net, net.web.id);
      const there = publicAddress(net, net.db.id);
      admit(net, net.db.groupId, 5432);
      return analyse(net, {
        FilterAtSource: { DestinationAddress: there, DestinationPortRange: port(5432) },
      });
    },
  },
  {
    code: 'IGW_EXPECTS_PUBLIC_ADDRESS',
    ask: (net) => analyse(net, { Source: gatewayOf(net), Destination: net.web.id, SourceIp: '10.1.2.3' }),
  },
  {
    code: 'IGW_DESTINATION_ADDRESS_IN_VPC_CIDRS',
    ask: (net) => {
      publicAddress(net, net.web.id);
      return analyse(net, { Source: gatewayOf(net), Destination: net.web.id, DestinationIp: '10.99.0.1' });
    },
  },
  {
    code: 'GATEWAY_REJECTS_SPOOFED_TRAFFIC',
    ask: (net) => {
      publicAddress(net, net.web.id);
      const SourceIp = publicAddress(net, net.db.id);
      return analyse(net, { Source: gatewayOf(net), Destination: net.web.id, SourceIp });
    },
  },
  {
    code: 'INGRESS_RTB_NO_PUBLIC_IP',
    ask: (net) => {
      publicAddress(net, net.web.id);
      edgeRoute(net);
      return analyse(net, { Source: gatewayOf(net), Destination: net.web.id });
    },
  },
  {
    code: 'INGRESS_RTB_TRAFFIC_REDIRECTION',
    ask: (net) => {
      publicAddress(net, net.web.id);
      edgeRoute(net);
      return analyse(net, { Destination: defaultRoute(net) });
    },
  },
  {
    code: 'ENI_ADDRESS_RESTRICTION',
    ask: (net) => {
      natGateway(net);
      return analyse(net, { Destination: serviceInterface(net, 'nat_gateway'), DestinationIp: '192.0.2.9' });
    },
  },
  {
    code: 'NGW_REQUIRES_SOURCE_IN_VPC',
    ask: (net) => {
      natGateway(net);
      net.account.call('ModifyNetworkInterfaceAttribute', {
        NetworkInterfaceId: interfaceOf(net, net.web.id),
        SourceDestCheck: { Value: false },
      });
      return analyse(net, { Destination: gatewayOf(net), SourceIp: '172.16.0.9' });
    },
  },
  {
    code: 'NGW_SOURCE_ADDRESS_REASSIGN',
    ask: (net) => {
      natGateway(net);
      const SourceAddress = privateAddress(net, net.web.id);
      return analyse(net, { Destination: gatewayOf(net), FilterAtDestination: { SourceAddress } });
    },
  },
  {
    code: 'NGW_DEST_ADDRESS_PRESERVATION',
    ask: (net) => {
      natGateway(net);
      return analyse(net, {
        Destination: gatewayOf(net),
        FilterAtSource: { DestinationAddress: '192.0.2.9', DestinationPortRange: port(80) },
        FilterAtDestination: { DestinationAddress: '192.0.2.10' },
      });
    },
  },
  {
    code: 'REMAP_EPHEMERAL_PORT',
    ask: (net) => {
      natGateway(net);
      return analyse(net, { Destination: gatewayOf(net), FilterAtDestination: { SourcePortRange: port(80) } });
    },
  },
  {
    code: 'REGIONAL_NGW_ROUTE_AZ_RESTRICTION',
    ask: (net) => {
      regionalNatGateway(net, ['us-east-1b']);
      return analyse(net, { Destination: gatewayOf(net) });
    },
  },
  {
    code: 'PCX_REQUIRES_ADDRESS_IN_VPC_CIDR',
    ask: (net) => {
      const { peering } = peered(net);
      route(net, '10.99.0.0/16', { VpcPeeringConnectionId: peering });
      return analyse(net, { DestinationIp: '10.99.0.1' });
    },
  },
  {
    code: 'TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION',
    ask: (net) => analyse(net, overTransit(net, { DefaultRouteTableAssociation: 'disable' }).path),
  },
  {
    code: 'TGW_RTB_NO_ROUTE_TO_TGW_ATTACHMENT',
    ask: (net) => analyse(net, overTransit(net, { DefaultRouteTablePropagation: 'disable' }).path),
  },
  {
    code: 'TGW_RTB_BAD_STATE_ROUTE',
    ask: (net) => {
      const { path } = overTransit(net);
      net.account.call('CreateTransitGatewayRoute', {
        DestinationCidrBlock: '10.21.0.0/24',
        TransitGatewayRouteTableId: defaultTable(net.account),
        Blackhole: true,
      });
      return analyse(net, path);
    },
  },
  {
    code: 'TGW_ROUTE_AZ_RESTRICTION',
    ask: (net) => {
      const { one, two } = overTransit(net);
      const { account } = net;
      const made = account.call('CreateSubnet', {
        VpcId: one.vpc.id,
        CidrBlock: '10.20.7.0/24',
        AvailabilityZone: `${account.scope.region}c`,
      });
      const Source = net.instance({ SubnetId: given(made.Subnet?.SubnetId), SecurityGroupIds: [one.groupId] });
      return analyse(net, { Source, Destination: two.instance, DestinationPort: 80 });
    },
  },
  {
    code: 'TGW_ATTACH_VPC_AZ_RESTRICTION',
    ask: (net) => {
      const { one, two } = overTransitInZones(net);
      close(net, given(two.edges[0]));
      return analyse(net, { Source: one.instance, Destination: two.instance, DestinationPort: 80 });
    },
  },
  {
    code: 'SG_REFERENCING_SUPPORT',
    ask: (net) => {
      const { one, two, path } = overTransit(net, { SecurityGroupReferencingSupport: 'disable' });
      referTo(net, two.groupId, one.groupId);
      return analyse(net, { ...path, DestinationPort: 81 });
    },
  },
  {
    code: 'VPCE_GATEWAY_PROTOCOL_RESTRICTION',
    ask: (net) => analyse(net, { DestinationIp: gatewayEndpoint(net), Protocol: 'udp' }),
  },
];
