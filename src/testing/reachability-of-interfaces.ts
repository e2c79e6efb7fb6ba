/** Explanation codes about interfaces, their groups, ACLs and routes, each in a network in which it is the answer. */
import { analyse, gatewayOf, natGateway, port, publicAddress, type ReachabilityCase, route } from './reachability.ts';
import { admit, closedAcl, defaultRoute, interfaceOf } from './tiers.ts';

export const CASES_OF_INTERFACES: readonly ReachabilityCase[] = [
  { code: 'SG_HAS_NO_RULES', ask: (net) => analyse(net, {}) },
  {
    code: 'ENI_SG_RULES_MISMATCH',
    ask: (net) => {
      admit(net, net.db.groupId, 80);
      return analyse(net, {});
    },
  },
  {
    code: 'SG_REFERENCES_NOT_PRESERVED',
    ask: (net) => {
      const { account, web, db } = net;
      account.call('AuthorizeSecurityGroupIngress', {
        GroupId: db.groupId,
        IpPermissions: [{ IpProtocol: 'tcp', FromPort: 22, ToPort: 22, UserIdGroupPairs: [{ GroupId: web.groupId }] }],
      });
      defaultRoute(net);
      publicAddress(net, web.id);
      const there = publicAddress(net, db.id);
      return analyse(net, { FilterAtSource: { DestinationAddress: there, DestinationPortRange: port(22) } });
    },
  },
  { code: 'ENI_SOURCE_DEST_CHECK_RESTRICTION', ask: (net) => analyse(net, { SourceIp: '172.16.0.9' }) },
  {
    code: 'SUBNET_ACL_RESTRICTION',
    ask: (net) => {
      closedAcl(net, net.db.subnetId);
      return analyse(net, {});
    },
  },
  { code: 'NO_ROUTE_TO_DESTINATION', ask: (net) => analyse(net, { Destination: gatewayOf(net) }) },
  { code: 'VPC_LOCAL_ROUTE_CIDR_RESTRICTION', ask: (net) => analyse(net, { Destination: gatewayOf(net) }) },
  {
    code: 'CANNOT_ROUTE',
    ask: (net) => {
      route(net, '198.51.100.0/24', { GatewayId: gatewayOf(net) });
      return analyse(net, { Destination: gatewayOf(net), DestinationIp: '192.0.2.9' });
    },
  },
  {
    code: 'MORE_SPECIFIC_ROUTE',
    ask: (net) => {
      const Destination = defaultRoute(net);
      route(net, '192.0.2.0/24', { NetworkInterfaceId: interfaceOf(net, net.db.id) });
      return analyse(net, { Destination, DestinationIp: '192.0.2.9' });
    },
  },
  {
    code: 'HIGHER_PRIORITY_ROUTE',
    ask: (net) => {
      const { account, routeTableId } = net;
      const { PrefixList } = account.call('CreateManagedPrefixList', {
        PrefixListName: 'outside',
        MaxEntries: 1,
        AddressFamily: 'IPv4',
        Entries: [{ Cidr: '192.0.2.0/24' }],
      });
      const Destination = gatewayOf(net);
      account.call('CreateRoute', {
        RouteTableId: routeTableId,
        DestinationPrefixListId: PrefixList?.PrefixListId,
        GatewayId: Destination,
      });
      route(net, '192.0.2.0/24', { NetworkInterfaceId: interfaceOf(net, net.db.id) });
      return analyse(net, { Destination, DestinationIp: '192.0.2.9' });
    },
  },
  {
    code: 'BAD_STATE_ROUTE',
    ask: (net) => {
      const NatGatewayId = natGateway(net);
      net.account.call('DeleteNatGateway', { NatGatewayId });
      return analyse(net, { Destination: gatewayOf(net) });
    },
  },
  {
    code: 'BAD_STATE',
    ask: (net) => {
      net.stop(net.db.id);
      return analyse(net, {});
    },
  },
  {
    code: 'BAD_STATE_ATTACHMENT',
    ask: (net) => {
      const Source = net.eni();
      net.account.call('AttachNetworkInterface', {
        NetworkInterfaceId: Source,
        InstanceId: net.web.id,
        DeviceIndex: 1,
      });
      return analyse(net, { Source });
    },
  },
];
