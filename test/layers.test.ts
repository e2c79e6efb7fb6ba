/** Layers 2 and 3 as a VPC has them, as ping, traceroute, tracepath and tcpdump see them: between subnets, to the outside world, over peering connections and through a transit gateway. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  AcceptVpcPeeringConnectionCommand,
  CreateRouteCommand,
  CreateTransitGatewayCommand,
  CreateTransitGatewayVpcAttachmentCommand,
  CreateVpcPeeringConnectionCommand,
  ReplaceRouteCommand,
} from '@aws-sdk/client-ec2';
import { capture } from './fixture/capture.ts';
import { skip } from './fixture/guests-here.ts';
import { launch, type RunningInstance } from './fixture/instances.ts';
import {
  createDualStackVpc,
  createIpv6Subnet,
  EVERYTHING_IPV6,
  type Ipv6Instance,
  launchWithIpv6,
} from './fixture/ipv6.ts';
import { LocalVpc } from './fixture/localvpc.ts';
import { freeAddress } from './fixture/network-interface.ts';
import { present } from './fixture/present.ts';
import { until } from './fixture/until.ts';
import { allow, createGroup, createSubnet, EVERYTHING, makePublic, revoke } from './fixture/vpc.ts';
import { isDropped, reaches, serve } from './fixture/web.ts';

/** The outside world's own addresses. */
const INTERNET = '192.0.2.1';
const INTERNET_IPV6 = '2001:db8:ffff::1';

type Guest = { readonly id: string };

/** A VPC with both families, a public subnet and a guest in it. */
interface Side {
  readonly vpcId: string;
  readonly subnetId: string;
  readonly routeTableId: string;
  readonly gatewayId: string;
  readonly groupId: string;
  readonly ipv4Block: string;
  readonly ipv6Block: string;
  readonly guest: Ipv6Instance;
}

/** A peering connection, as a route names it. */
interface Connection {
  readonly VpcPeeringConnectionId: string;
}

describe('layers 2 and 3 of a VPC', { skip }, () => {
  let localvpc: LocalVpc;
  /** Its subnet alone leads to the internet gateway for IPv6 too. */
  let own: Side;
  /** Peered with `own`. */
  let peer: Side;
  /** Peered with `peer`, and not with `own`. */
  let third: Side;
  /** In the subnet of `own.guest`. */
  let neighbour: Ipv6Instance;
  /** In another subnet of `own`. */
  let far: RunningInstance;

  /** Between `own` and `peer`. */
  let near: Connection;

  const side = async (number: number): Promise<Side> => {
    const { ec2 } = localvpc;
    const ipv4Block = `10.${number}.0.0/16`;
    const vpc = await createDualStackVpc(ec2, ipv4Block);
    const ipv6Block = vpc.network(1);
    const subnetId = await createIpv6Subnet(ec2, vpc.id, `10.${number}.1.0/24`, ipv6Block);
    const { routeTableId, gatewayId } = await makePublic(ec2, vpc.id, subnetId);
    const groupId = await createGroup(ec2, vpc.id, EVERYTHING, EVERYTHING_IPV6);
    const guest = await launchWithIpv6(localvpc, { subnetId, groups: [groupId], isPublic: true });
    await serve(localvpc, guest, 80);
    return { vpcId: vpc.id, subnetId, routeTableId, gatewayId, groupId, ipv4Block, ipv6Block, guest };
  };

  const route = async (
    { routeTableId }: Pick<Side, 'routeTableId'>,
    block: string,
    target: { readonly GatewayId: string } | { readonly TransitGatewayId: string } | Connection,
  ): Promise<void> => {
    const destination = block.includes(':') ? { DestinationIpv6CidrBlock: block } : { DestinationCidrBlock: block };
    await localvpc.ec2.send(new CreateRouteCommand({ RouteTableId: routeTableId, ...destination, ...target }));
  };

  const connect = async (requester: Side, accepter: Side): Promise<Connection> => {
    const { ec2 } = localvpc;
    const request = { VpcId: requester.vpcId, PeerVpcId: accepter.vpcId };
    const { VpcPeeringConnection: made } = await ec2.send(new CreateVpcPeeringConnectionCommand(request));
    const named = { VpcPeeringConnectionId: present(made?.VpcPeeringConnectionId, 'VpcPeeringConnectionId') };
    await ec2.send(new AcceptVpcPeeringConnectionCommand(named));
    return named;
  };

  /** Lets both families of one side find the other by this connection. */
  const lead = async (from: Side, to: Side, by: Connection): Promise<void> => {
    for (const block of [to.ipv4Block, to.ipv6Block]) await route(from, block, by);
  };

  before(async () => {
    localvpc = await LocalVpc.start();
    const { ec2 } = localvpc;
    [own, peer, third] = await Promise.all([side(0), side(1), side(2)]);
    await route(own, '::/0', { GatewayId: own.gatewayId });
    near = await connect(own, peer);
    const farSubnetId = await createSubnet(ec2, own.vpcId, '10.0.2.0/24');
    const groups = [own.groupId];
    [neighbour, far] = await Promise.all([
      launchWithIpv6(localvpc, { subnetId: own.subnetId, groups }),
      launch(localvpc, { subnetId: farSubnetId, groups }),
    ]);
  });
  after(() => localvpc.close());

  const ping = (from: Guest, to: string, ...options: readonly string[]) =>
    localvpc.exec(from, 'ping', '-n', '-c1', '-W1', ...options, to);

  const answers = async (from: Guest, to: string, ...options: readonly string[]): Promise<boolean> =>
    (await ping(from, to, ...options)).status === 0;

  const hasNoAnswer = async (from: Guest, to: string, ...options: readonly string[]): Promise<void> =>
    equal((await ping(from, to, '-W0.4', ...options)).status, 1, to);

  /** The addresses that traceroute shows, one a hop; a `*` where nobody answers. */
  const hops = async (from: Guest, to: string, ...options: readonly string[]): Promise<readonly string[]> => {
    const program = ['traceroute', '-n', '-q1', '-w1', '-m4', ...options, to];
    const { stdout } = await localvpc.exec(from, ...program);
    return [...stdout.matchAll(/^ *\d+ +(\S+)/gm)].map(([, hop = '']) => hop);
  };

  /** What tracepath says in the end of the largest packet and the number of hops. */
  const pathTo = async (from: Guest, to: string): Promise<string> => {
    const { stdout } = await localvpc.exec(from, 'tracepath', '-n', '-m4', to);
    return /Resume: (pmtu \d+ hops \d+)/.exec(stdout)?.[1] ?? stdout;
  };

  test('traceroute shows no router: the first hop is who was asked, in another subnet and outside', async () => {
    for (const method of [[], ['-I'], ['-T', '-p80']]) {
      deepEqual(await hops(own.guest, neighbour.address, ...method), [neighbour.address]);
      deepEqual(await hops(own.guest, far.address, ...method), [far.address]);
      deepEqual(await hops(own.guest, INTERNET, ...method), [INTERNET]);
    }
    deepEqual(await hops(own.guest, INTERNET_IPV6, '-6'), [INTERNET_IPV6]);
  });

  test('a packet with its last hop arrives, and one comes with the hops that it was sent with', async () => {
    match((await ping(own.guest, far.address, '-t1')).stdout, /ttl=64 /);
    match((await ping(own.guest, INTERNET, '-t1')).stdout, /ttl=64 /);
    match((await ping(own.guest, INTERNET_IPV6, '-t1')).stdout, /ttl=64 /);
  });

  test('tracepath finds 9001 bytes inside and 1500 to the outside world', async () => {
    equal(await pathTo(own.guest, far.address), 'pmtu 9001 hops 1');
    equal(await pathTo(own.guest, neighbour.ipv6), 'pmtu 9001 hops 1');
    equal(await pathTo(own.guest, INTERNET), 'pmtu 1500 hops 1');
    equal(await pathTo(own.guest, INTERNET_IPV6), 'pmtu 1500 hops 1');
  });

  test('a packet that is too large for its way and may not be cut is refused in the words of its family', async () => {
    await localvpc.sh(own.guest, 'ip route flush cache; ip -6 route flush cache');
    const refused = await ping(own.guest, INTERNET, '-Mdo', '-s1473');
    match(refused.stdout, /^From 10\.0\.1\.1 icmp_seq=1 Frag needed and DF set \(mtu = 1500\)$/m);
    const refusedIpv6 = await ping(own.guest, INTERNET_IPV6, '-Mdo', '-s1453');
    match(refusedIpv6.stdout, /^From \S+ icmp_seq=1 Packet too big: mtu=1500$/m);
    ok(await answers(own.guest, INTERNET, '-Mdo', '-s1472'));
    ok(await answers(own.guest, INTERNET_IPV6, '-Mdo', '-s1452'));
  });

  test('fragments pass, those that a guest makes and those that the way to the outside world makes of a packet', async () => {
    ok(await answers(own.guest, far.address, '-Mdont', '-s20000'));
    ok(await answers(own.guest, neighbour.ipv6, '-Mdont', '-s20000'));
    ok(await answers(own.guest, INTERNET, '-Mdont', '-s4000'));
    ok(await answers(own.guest, INTERNET_IPV6, '-Mwant', '-s1232'));
  });

  /** Captures what comes in at a guest's interface while `act` runs and until an honest ping has been heard. */
  const heardBy = async (guest: Ipv6Instance, filter: string, act: () => Promise<void>): Promise<readonly string[]> => {
    const heard = await capture(localvpc, guest, `-Q in '(${filter}) or (icmp[icmptype] == 8)'`);
    await act();
    ok(await answers(far, guest.address));
    let lines: readonly string[] = [];
    await until('the honest ping is heard', async () => {
      lines = (await heard.text()).split('\n').filter(Boolean);
      return lines.some((line) => line.includes('echo request'));
    });
    await heard.end();
    return lines.map((line) => line.replace(/^\S+ /, '').replace(/:.*/, ''));
  };

  const dropsOf = async (reason: string): Promise<number> => (await localvpc.status()).fabric?.drops[reason] ?? 0;

  test('nobody hears a broadcast or a multicast', async () => {
    const [broadcasts, multicasts] = [await dropsOf('ethernet/broadcast'), await dropsOf('ethernet/multicast')];
    const heard = await heardBy(neighbour, 'broadcast or multicast', async () => {
      const everybody = ['10.0.1.255', '255.255.255.255'];
      // Without -L one hears oneself.
      const groups = ['224.0.0.1', '239.1.2.3', 'ff02::1', 'ff05::2'];
      await Promise.all([
        ...everybody.map((address) => hasNoAnswer(own.guest, address, '-b', '-I', 'eth0')),
        ...groups.map((address) => hasNoAnswer(own.guest, address, '-L', '-I', 'eth0')),
      ]);
    });
    deepEqual(heard, [`IP ${far.address} > ${neighbour.address}`]);
    equal((await dropsOf('ethernet/broadcast')) - broadcasts, 2);
    ok((await dropsOf('ethernet/multicast')) - multicasts >= 4);
  });

  test('the fabric answers for every address of the subnet, and the one who has it is not asked', async () => {
    const nobody = await freeAddress(localvpc.ec2, own.subnetId, own.groupId);
    const asked = 'arp[6:2] = 1 or (icmp6 and ip6[40] = 135)';
    const heard = await heardBy(neighbour, asked, async () => {
      await localvpc.sh(own.guest, 'ip neigh flush dev eth0');
      for (const address of ['10.0.1.1', neighbour.address]) {
        match(await localvpc.sh(own.guest, `busybox arping -f -c1 -w2 -I eth0 ${address}`), /Received [1-9]/);
      }
      const { stdout } = await localvpc.exec(own.guest, 'busybox', 'arping', '-c1', '-w1', '-I', 'eth0', nobody);
      match(stdout, /Received 0/);
      ok(await answers(own.guest, neighbour.ipv6));
    });
    deepEqual(heard, [`IP ${far.address} > ${neighbour.address}`]);
    const macOf = (guest: Guest) => localvpc.sh(guest, 'cat /sys/class/net/eth0/address');
    match(
      await localvpc.sh(own.guest, `ip -6 neigh show ${neighbour.ipv6} dev eth0`),
      new RegExp(await macOf(neighbour)),
    );
  });

  test('a peering connection carries IPv6 once both sides lead there and the group of the receiver says so', async () => {
    const { ec2 } = localvpc;
    await lead(own, peer, near);
    await hasNoAnswer(own.guest, peer.guest.ipv6);
    await lead(peer, own, near);
    ok(await answers(own.guest, peer.guest.ipv6, '-t1'));
    equal(await reaches(localvpc, own.guest, `[${peer.guest.ipv6}]`, 80), `[${own.guest.ipv6}]`);
    equal(await pathTo(own.guest, peer.guest.ipv6), 'pmtu 9001 hops 1');
    deepEqual(await hops(own.guest, peer.guest.ipv6, '-6'), [peer.guest.ipv6]);
    await revoke(ec2, peer.groupId, EVERYTHING_IPV6);
    await isDropped(localvpc, own.guest, `[${peer.guest.ipv6}]`, 80);
    await reaches(localvpc, own.guest, peer.guest.address, 80);
    const fromOwn = { IpProtocol: 'tcp', FromPort: 80, ToPort: 80, Ipv6Ranges: [{ CidrIpv6: own.ipv6Block }] };
    await allow(ec2, peer.groupId, fromOwn);
    await reaches(localvpc, own.guest, `[${peer.guest.ipv6}]`, 80);
    await allow(ec2, peer.groupId, EVERYTHING_IPV6);
  });

  test('two peering connections are no way through the VPC between them, in either family', async () => {
    const beyond = await connect(peer, third);
    await lead(peer, third, beyond);
    await lead(third, peer, beyond);
    for (const family of ['ipv6', 'address'] as const) {
      ok(await answers(peer.guest, third.guest[family]));
      ok(await answers(own.guest, peer.guest[family]));
    }
    await lead(own, third, near);
    await lead(third, own, beyond);
    for (const family of ['ipv6', 'address'] as const) {
      await hasNoAnswer(own.guest, third.guest[family]);
      await hasNoAnswer(third.guest, own.guest[family]);
      const { forward } = await localvpc.trace(own.guest.id, third.guest[family], { port: 80 });
      equal(forward.code, 'PCX_REQUIRES_ADDRESS_IN_VPC_CIDR');
    }
  });

  test('a transit gateway is that way, with 8500 bytes at most, and shows no hop', async () => {
    const { ec2 } = localvpc;
    const { TransitGateway } = await ec2.send(new CreateTransitGatewayCommand({}));
    const named = { TransitGatewayId: present(TransitGateway?.TransitGatewayId, 'TransitGatewayId') };
    for (const [from, to] of [
      [own, third],
      [third, own],
    ] as const) {
      const attachment = { ...named, VpcId: from.vpcId, SubnetIds: [from.subnetId] };
      await ec2.send(
        new CreateTransitGatewayVpcAttachmentCommand({ ...attachment, Options: { Ipv6Support: 'enable' } }),
      );
      const rest = { RouteTableId: from.routeTableId, ...named };
      await ec2.send(new ReplaceRouteCommand({ ...rest, DestinationCidrBlock: to.ipv4Block }));
      await ec2.send(new ReplaceRouteCommand({ ...rest, DestinationIpv6CidrBlock: to.ipv6Block }));
    }
    for (const family of ['ipv6', 'address'] as const) {
      equal(await pathTo(own.guest, third.guest[family]), 'pmtu 8500 hops 1');
    }
    // That a transit gateway counts no hop is unconfirmed.
    deepEqual(await hops(own.guest, third.guest.address), [third.guest.address]);
    await localvpc.sh(own.guest, 'ip -6 route flush cache');
    match((await ping(own.guest, third.guest.ipv6, '-Mdo', '-s8453')).stdout, /Packet too big: mtu=8500$/m);
  });
});
