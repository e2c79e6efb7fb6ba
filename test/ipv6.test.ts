/** IPv6 with real guests: their kernels configure themselves, and packets obey routes, gateways, groups and ACLs untranslated. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  AssignIpv6AddressesCommand,
  AssociateSubnetCidrBlockCommand,
  AttachNetworkInterfaceCommand,
  CreateEgressOnlyInternetGatewayCommand,
  CreateNetworkAclEntryCommand,
  CreateNetworkInterfaceCommand,
  CreateRouteCommand,
  DeleteRouteCommand,
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  ModifyNetworkInterfaceAttributeCommand,
  ModifyPublicIpDnsNameOptionsCommand,
  UnassignIpv6AddressesCommand,
} from '@aws-sdk/client-ec2';
import { skip } from './fixture/guests-here.ts';
import { launch } from './fixture/instances.ts';
import {
  createDualStackVpc,
  createIpv6Subnet,
  type DualStackVpc,
  EVERYTHING_IPV6,
  hasIpv6,
  type Ipv6Instance,
  ipv6AddressesOf,
  launchWithIpv6,
} from './fixture/ipv6.ts';
import { LocalVpc } from './fixture/localvpc.ts';
import { createAcl } from './fixture/network-acl.ts';
import { present } from './fixture/present.ts';
import { until } from './fixture/until.ts';
import { allow, createGroup, createSubnet, makePublic, revoke } from './fixture/vpc.ts';
import { isDropped, reaches, serve } from './fixture/web.ts';

const OUTSIDE = '2001:db8:ffff::1';
const inBrackets = (address: string): string => `[${address}]`;
const tcpOverIpv6 = (port: number, cidr = '::/0') => ({
  IpProtocol: 'tcp',
  FromPort: port,
  ToPort: port,
  Ipv6Ranges: [{ CidrIpv6: cidr }],
});

/** The agent's address is taken away first: what is there afterwards the client has leased and added itself. */
const DHCLIENT = `
cd /tmp
ip -6 address flush dev eth0 scope global
cat >script <<'END'
#!/bin/sh
[ -n "$new_ip6_address" ] && ip -6 address add $new_ip6_address/$new_ip6_prefixlen dev $interface nodad
exit 0
END
chmod 755 script
timeout 10 dhclient -6 -1 -v -lf /tmp/lease -pf /tmp/pid -sf /tmp/script eth0 2>&1
cat lease
echo '--- address'
ip -6 -o address show dev eth0 scope global
kill $(cat pid)
`;

describe('IPv6', { skip }, () => {
  let localvpc: LocalVpc;
  let vpc: DualStackVpc;
  let groupId = '';
  let openGroupId = '';
  let publicSubnetId = '';
  let routeTableId = '';
  let web: Ipv6Instance;
  let neighbour: Ipv6Instance;
  let native: Ipv6Instance;

  const ping = async (from: Ipv6Instance | 'internet', address: string): Promise<boolean> => {
    const command = ['ping', '-6', '-c', '1', '-W', '1', address];
    const { status } = await (from === 'internet' ? localvpc.internet(...command) : localvpc.exec(from, ...command));
    return status === 0;
  };

  before(async () => {
    localvpc = await LocalVpc.start();
    const { ec2 } = localvpc;
    vpc = await createDualStackVpc(ec2, '10.0.0.0/16');
    publicSubnetId = await createIpv6Subnet(ec2, vpc.id, '10.0.1.0/24', vpc.network(1));
    const nativeSubnetId = await createIpv6Subnet(ec2, vpc.id, undefined, vpc.network(2));
    groupId = await createGroup(ec2, vpc.id);
    openGroupId = await createGroup(ec2, vpc.id, EVERYTHING_IPV6);
    ({ routeTableId } = await makePublic(ec2, vpc.id, publicSubnetId));
    [web, neighbour, native] = await Promise.all([
      launchWithIpv6(localvpc, { subnetId: publicSubnetId, groups: [groupId] }),
      launchWithIpv6(localvpc, { subnetId: publicSubnetId, groups: [openGroupId] }),
      launchWithIpv6(localvpc, { subnetId: nativeSubnetId, groups: [openGroupId] }),
    ]);
    await serve(localvpc, web, 80);
    await serve(localvpc, native, 80);
  });
  after(() => localvpc.close());

  const routeToInternet = async (): Promise<void> => {
    const { RouteTables } = await localvpc.ec2.send(new DescribeRouteTablesCommand({ RouteTableIds: [routeTableId] }));
    const gateway = RouteTables?.[0]?.Routes?.find(({ GatewayId = '' }) => GatewayId.startsWith('igw-'))?.GatewayId;
    await localvpc.ec2.send(
      new CreateRouteCommand({
        RouteTableId: routeTableId,
        DestinationIpv6CidrBlock: '::/0',
        GatewayId: present(gateway, 'GatewayId'),
      }),
    );
  };

  test('neighbours and subnets talk over IPv6 as the groups say', async () => {
    const { ec2 } = localvpc;
    ok(await ping(web, neighbour.ipv6));
    ok(await ping(neighbour, native.ipv6));
    await isDropped(localvpc, neighbour, inBrackets(web.ipv6), 80);
    await allow(ec2, groupId, tcpOverIpv6(80, vpc.network(1)));
    match(await reaches(localvpc, neighbour, inBrackets(web.ipv6), 80), new RegExp(neighbour.ipv6));
    await isDropped(localvpc, native, inBrackets(web.ipv6), 80);
    await revoke(ec2, groupId, tcpOverIpv6(80, vpc.network(1)));
    await isDropped(localvpc, neighbour, inBrackets(web.ipv6), 80);
    const { forward } = await localvpc.trace(neighbour.ipv6, web.ipv6, { port: 80 });
    equal(forward.reason, 'security-group-in/no-rule');
  });

  test('a guest in an IPv6-only subnet has no IPv4 address, and resolves names over IPv6', async () => {
    const addresses = await localvpc.sh(native, 'ip -4 -o address show dev eth0 scope global');
    equal(addresses, '');
    equal(await localvpc.sh(native, 'cat /etc/resolv.conf'), 'nameserver fd00:ec2::253');
    const name = await localvpc.sh(native, 'hostname');
    const { status, stdout } = await localvpc.exec(native, 'busybox', 'nslookup', '-type=aaaa', name);
    equal(status, 0, stdout);
    ok(stdout.includes(native.ipv6), stdout);
  });

  test('metadata answers over IPv6 where that is enabled', async () => {
    const read = `t=$(curl -s -g -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' 'http://[fd00:ec2::254]/latest/api/token');
      curl -s -g -H "X-aws-ec2-metadata-token: $t" 'http://[fd00:ec2::254]/latest/meta-data/ipv6'`;
    equal(await localvpc.sh(native, read), native.ipv6);
    equal(await localvpc.sh(web, read), web.ipv6);
  });

  test('an SNTP client is told the time over both families', async () => {
    for (const server of ['169.254.169.123', 'fd00:ec2::123']) {
      const told = await localvpc.sh(web, `TZ=UTC0 LC_ALL=C rdate -n -p -t 2000 ${server}`);
      ok(Math.abs(Date.parse(`${told}Z`.replace(/ UTC/, '')) - Date.now()) < 10_000, told);
    }
  });

  test('a DHCPv6 client, dhclient, gets the address from the fabric, with the resolver', async () => {
    const { stdout } = await localvpc.exec(web, 'sh', '-c', DHCLIENT);
    const [lease = '', added = ''] = stdout.split('--- address\n');
    match(lease, new RegExp(`iaaddr ${web.ipv6} `), stdout);
    match(lease, /option dhcp6.name-servers fd00:ec2::253;/);
    match(added, new RegExp(`inet6 ${web.ipv6}/128`));
  });

  test('guests take no addresses from the router, and no router from a neighbour', async () => {
    deepEqual(await ipv6AddressesOf(localvpc, web, 'eth0'), [web.ipv6]);
    const routes = await localvpc.sh(web, 'ip -6 route show default');
    equal(routes.split('\n').length, 1, routes);
    match(routes, /via fe80:.* proto ra/);
  });

  test('the internet reaches an address, and is reached, when route and groups allow it: untranslated', async () => {
    const { ec2 } = localvpc;
    await isDropped(localvpc, web, inBrackets(OUTSIDE), 80);
    equal(await ping(neighbour, OUTSIDE), false);
    await routeToInternet();
    ok(await ping(neighbour, OUTSIDE));
    ok(await ping('internet', neighbour.ipv6));
    equal(await ping('internet', native.ipv6), false, 'its subnet has no route back');
    await isDropped(localvpc, 'internet', inBrackets(web.ipv6), 80);
    await allow(ec2, groupId, tcpOverIpv6(80));
    match(await reaches(localvpc, 'internet', inBrackets(web.ipv6), 80), new RegExp(OUTSIDE));
    await revoke(ec2, groupId, tcpOverIpv6(80));
    await isDropped(localvpc, 'internet', inBrackets(web.ipv6), 80);
  });

  test('the public name of an IPv6 address leads to it outside and inside', async () => {
    const request = { NetworkInterfaceId: web.interfaceId, HostnameType: 'public-ipv6-dns-name' } as const;
    await localvpc.ec2.send(new ModifyPublicIpDnsNameOptionsCommand(request));
    const { NetworkInterfaces } = await localvpc.ec2.send(
      new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [web.interfaceId] }),
    );
    const name = present(NetworkInterfaces?.[0]?.PublicDnsName, 'PublicDnsName');
    match(name, /\.us-east-1\.ip\.aws$/);
    for (const run of [
      await localvpc.internet('getent', 'ahostsv6', name),
      await localvpc.exec(native, 'getent', 'ahostsv6', name),
    ])
      equal(run.stdout.split(' ')[0], web.ipv6, run.stderr);
  });

  test('a way with a smaller MTU is found out by large packets', async () => {
    const command = ['ping', '-6', '-c', '3', '-i', '0.2', '-W', '1', '-M', 'do', '-s', '4000', OUTSIDE];
    await localvpc.exec(neighbour, ...command);
    const route = await localvpc.sh(neighbour, `ip -6 route get ${OUTSIDE}`);
    match(route, /mtu 1500/);
  });

  test('an egress-only gateway lets a guest out and nobody in', async () => {
    const { ec2 } = localvpc;
    const remove = { RouteTableId: routeTableId, DestinationIpv6CidrBlock: '::/0' };
    await ec2.send(new DeleteRouteCommand(remove));
    const created = await ec2.send(new CreateEgressOnlyInternetGatewayCommand({ VpcId: vpc.id }));
    const id = present(created.EgressOnlyInternetGateway?.EgressOnlyInternetGatewayId, 'EgressOnlyInternetGatewayId');
    await ec2.send(new CreateRouteCommand({ ...remove, EgressOnlyInternetGatewayId: id }));
    ok(await ping(neighbour, OUTSIDE));
    equal(await ping('internet', neighbour.ipv6), false);
    const { forward } = await localvpc.trace('internet', neighbour.ipv6, { port: 80 });
    equal(forward.reason, 'internet-arrival/egress-only');
    await ec2.send(new DeleteRouteCommand(remove));
    await routeToInternet();
    ok(await ping('internet', neighbour.ipv6));
  });

  test('an ACL for IPv4 closes a subnet to IPv6, and one for IPv6 opens it', async () => {
    const { ec2 } = localvpc;
    const ipv4Only = ['ingress', 'egress'] as const;
    const aclId = await createAcl(
      ec2,
      vpc.id,
      publicSubnetId,
      ...ipv4Only.map((direction) => ({ number: 100, action: 'allow', direction }) as const),
    );
    equal(await ping(native, neighbour.ipv6), false);
    ok(await ping(web, neighbour.ipv6), 'no ACL acts inside a subnet');
    for (const Egress of [false, true]) {
      await ec2.send(
        new CreateNetworkAclEntryCommand({
          NetworkAclId: aclId,
          RuleNumber: 101,
          RuleAction: 'allow',
          Egress,
          Ipv6CidrBlock: '::/0',
          Protocol: '-1',
        }),
      );
    }
    ok(await ping(native, neighbour.ipv6));
  });

  test('addresses appear on a running guest and vanish from it', async () => {
    const { ec2 } = localvpc;
    const { interfaceId } = neighbour;
    const { AssignedIpv6Addresses } = await ec2.send(
      new AssignIpv6AddressesCommand({ NetworkInterfaceId: interfaceId, Ipv6AddressCount: 1 }),
    );
    const address = present(AssignedIpv6Addresses?.[0], 'address');
    await hasIpv6(localvpc, neighbour, 'eth0', address);
    ok(await ping(web, address));
    const unassign = { NetworkInterfaceId: interfaceId, Ipv6Addresses: [address] };
    await ec2.send(new UnassignIpv6AddressesCommand(unassign));
    equal(await ping(web, address), false);
    await until(`${address} is gone`, async () => {
      return !(await ipv6AddressesOf(localvpc, neighbour, 'eth0')).includes(address);
    });
    deepEqual(await ipv6AddressesOf(localvpc, neighbour, 'eth0'), [neighbour.ipv6]);
  });

  test('a running guest gets IPv6 when its subnet does', async () => {
    const { ec2 } = localvpc;
    const subnetId = await createSubnet(ec2, vpc.id, '10.0.5.0/24');
    const late = await launch(localvpc, { subnetId, groups: [openGroupId] });
    const block = { SubnetId: subnetId, Ipv6CidrBlock: vpc.network(5) };
    await ec2.send(new AssociateSubnetCidrBlockCommand(block));
    const { AssignedIpv6Addresses } = await ec2.send(
      new AssignIpv6AddressesCommand({ NetworkInterfaceId: late.interfaceId, Ipv6AddressCount: 1 }),
    );
    const address = present(AssignedIpv6Addresses?.[0], 'address');
    await hasIpv6(localvpc, late, 'eth0', address);
    ok(await ping(neighbour, address));
  });

  test('what is asked at the second interface is answered by it', async () => {
    const { ec2 } = localvpc;
    const subnetId = await createIpv6Subnet(ec2, vpc.id, '10.0.6.0/24', vpc.network(6));
    const { NetworkInterface } = await ec2.send(
      new CreateNetworkInterfaceCommand({ SubnetId: subnetId, Groups: [openGroupId], Ipv6AddressCount: 1 }),
    );
    const second = present(NetworkInterface?.NetworkInterfaceId, 'NetworkInterfaceId');
    const address = present(NetworkInterface?.Ipv6Addresses?.[0]?.Ipv6Address, 'Ipv6Address');
    await ec2.send(
      new AttachNetworkInterfaceCommand({ InstanceId: neighbour.id, NetworkInterfaceId: second, DeviceIndex: 1 }),
    );
    await hasIpv6(localvpc, neighbour, 'eth1', address);
    ok(await ping(native, address));
    ok(await ping(neighbour, native.ipv6));
    match(await localvpc.sh(neighbour, `ip -6 route get ${native.ipv6}`), /dev eth0/);
    match(await localvpc.sh(neighbour, `ip -6 route get ${native.ipv6} from ${address}`), /dev eth1/);
  });

  test('a guest sends from addresses of others only when its check is off', async () => {
    const { ec2 } = localvpc;
    const foreign = vpc.network(1).replace('::/64', '::77');
    const drops = async (reason: string) => (await localvpc.status()).fabric.drops[reason] ?? 0;
    const send = async (): Promise<number> => {
      const before = await drops('source-check/foreign-address');
      await localvpc.exec(neighbour, 'ping', '-6', '-c', '1', '-W', '1', '-I', foreign, native.ipv6);
      return (await drops('source-check/foreign-address')) - before;
    };
    await localvpc.sh(neighbour, `ip -6 address add ${foreign}/128 dev eth0 nodad`);
    equal(await send(), 1);
    const check = (Value: boolean) => ({ NetworkInterfaceId: neighbour.interfaceId, SourceDestCheck: { Value } });
    await ec2.send(new ModifyNetworkInterfaceAttributeCommand(check(false)));
    equal(await send(), 0);
    await ec2.send(new ModifyNetworkInterfaceAttributeCommand(check(true)));
    await localvpc.sh(neighbour, `ip -6 address delete ${foreign}/128 dev eth0`);
  });

  test('large transfers pass as offload frames, by the flow switch or by the flow cache', async () => {
    const { ec2 } = localvpc;
    await allow(ec2, groupId, tcpOverIpv6(80));
    await localvpc.sh(web, 'mkdir -p /srv/who && head -c 20000000 /dev/zero >/srv/who/big');
    const { fabric: before } = await localvpc.status();
    const url = `http://${inBrackets(web.ipv6)}:80/big`;
    const { stdout, status } = await localvpc.exec(
      native,
      'curl',
      '-s',
      '-g',
      '-o',
      '/dev/null',
      '-w',
      '%{size_download}',
      url,
    );
    equal(status, 0);
    equal(stdout, '20000000');
    const { fabric: later } = await localvpc.status();
    ok(later.framesReceived - before.framesReceived < 20_000_000 / 9001 / 2, 'segments travel together');
    const hits = later.flowCacheHits - before.flowCacheHits;
    const switched = (later.offloaded?.bytes ?? 0) - (before.offloaded?.bytes ?? 0);
    ok(
      switched > 10_000_000 || hits * 2 > later.framesReceived - before.framesReceived,
      `${switched} bytes, ${hits} hits`,
    );
    await revoke(ec2, groupId, tcpOverIpv6(80));
  });
});
