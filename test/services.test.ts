/** What every VPC serves its guests, as dhclient, dig, ntpdig and a shell see it: leases with an option set, names, time, and how many packets they may ask with. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  AcceptVpcPeeringConnectionCommand,
  AssociateDhcpOptionsCommand,
  CreateDhcpOptionsCommand,
  CreateVpcPeeringConnectionCommand,
  ModifyVpcAttributeCommand,
  ModifyVpcPeeringConnectionOptionsCommand,
} from '@aws-sdk/client-ec2';
import { skip } from './fixture/guests-here.ts';
import { describeInstance, launch, type RunningInstance } from './fixture/instances.ts';
import { LocalVpc } from './fixture/localvpc.ts';
import { present } from './fixture/present.ts';
import { createGroup, createSubnet, createVpc, makePublic } from './fixture/vpc.ts';

const RESOLVERS = ['10.0.0.2', '169.254.169.253'];

/** Asks for everything that an option set may hold, changes nothing in the guest, and shows the lease. */
const DHCLIENT = `
cd /tmp
echo 'request subnet-mask, broadcast-address, routers, interface-mtu, host-name, domain-name, domain-name-servers,
  ntp-servers, netbios-name-servers, netbios-node-type;' >conf
timeout 10 dhclient -4 -1 -cf conf -lf /tmp/lease -pf /tmp/dhclient.pid -sf /bin/true eth0 >&2
kill $(cat dhclient.pid)
cat lease
rm lease`;

/** Each line that bash writes is a datagram. In bursts, because a queue between guest and fabric holds some hundreds. */
const FLOOD = `exec 3>/dev/udp/169.254.169.123/123
for ((burst = 0; burst < 30; burst++)); do
  for ((n = 0; n < 200; n++)); do echo >&3; done
  read -t 0.01 -u 4
done 4<>/tmp/nothing`;

describe('the services of a VPC', { skip }, () => {
  let localvpc: LocalVpc;
  let vpcId = '';
  let peerVpcId = '';
  let asking: RunningInstance;
  let named: RunningInstance;
  /** In the peered VPC. */
  let remote: RunningInstance;

  const publicSubnet = async (vpc: string, cidr: string): Promise<string> => {
    const subnetId = await createSubnet(localvpc.ec2, vpc, cidr);
    await makePublic(localvpc.ec2, vpc, subnetId);
    return subnetId;
  };

  const setAttribute = (vpc: string, name: 'EnableDnsSupport' | 'EnableDnsHostnames', value: boolean) =>
    localvpc.ec2.send(new ModifyVpcAttributeCommand({ VpcId: vpc, [name]: { Value: value } }));

  before(async () => {
    localvpc = await LocalVpc.start();
    const { ec2 } = localvpc;
    [vpcId, peerVpcId] = await Promise.all([createVpc(ec2, '10.0.0.0/16'), createVpc(ec2, '10.1.0.0/16')]);
    for (const vpc of [vpcId, peerVpcId]) await setAttribute(vpc, 'EnableDnsHostnames', true);
    const subnetId = await publicSubnet(vpcId, '10.0.1.0/24');
    const remoteSubnetId = await publicSubnet(peerVpcId, '10.1.1.0/24');
    // Nothing comes in: no group has a say in what these services answer.
    const groups = [await createGroup(ec2, vpcId)];
    const remoteGroups = [await createGroup(ec2, peerVpcId)];
    [asking, named, remote] = await Promise.all([
      launch(localvpc, { subnetId, groups }),
      launch(localvpc, { subnetId, groups, isPublic: true }),
      launch(localvpc, { subnetId: remoteSubnetId, groups: remoteGroups, isPublic: true }),
    ]);
  });
  after(() => localvpc.close());

  /** The lines of dig's short answer, or in words what became of the question. */
  const dig = async (guest: RunningInstance | 'internet', ...question: readonly string[]): Promise<string> => {
    const command = ['dig', '+tries=1', '+timeout=1', '+noall', '+answer', '+comments', ...question];
    const { stdout } = await (guest === 'internet' ? localvpc.internet(...command) : localvpc.exec(guest, ...command));
    const status = /status: (\w+)/.exec(stdout)?.[1] ?? 'no answer';
    const answers = stdout.split('\n').filter((line) => line !== '' && !line.startsWith(';'));
    return answers.length > 0 ? answers.map((line) => line.split(/\s+/).slice(3).join(' ')).join(', ') : status;
  };

  const dashed = (address: string): string => address.replaceAll('.', '-');
  const privateName = (guest: RunningInstance): string => `ip-${dashed(guest.address)}.ec2.internal`;
  const publicOf = async (guest: RunningInstance): Promise<{ readonly name: string; readonly address: string }> => {
    const { PublicDnsName, PublicIpAddress } = await describeInstance(localvpc.ec2, guest);
    return { name: present(PublicDnsName, 'PublicDnsName'), address: present(PublicIpAddress, 'PublicIpAddress') };
  };

  test('private names and their reverse are answered at both addresses of the resolver, over UDP and TCP', async () => {
    for (const resolver of RESOLVERS) {
      for (const transport of ['+notcp', '+tcp']) {
        const at = [`@${resolver}`, transport] as const;
        equal(await dig(asking, ...at, privateName(named)), `A ${named.address}`);
        equal(await dig(asking, ...at, '-x', named.address), `PTR ${privateName(named)}.`);
      }
    }
    equal(await dig(asking, '@10.0.1.2', privateName(named)), 'no answer', 'base + 2 of a subnet is nobody');
    equal(await dig(asking, '@10.0.0.2', privateName(remote)), 'NXDOMAIN', 'a private name of another VPC');
    equal(await dig(asking, '@10.0.0.2', 'ip-10-0-1-250.ec2.internal'), 'NXDOMAIN');
  });

  test('a program in the guest finds names without being told a resolver, by the search domain too', async () => {
    for (const name of [privateName(named), `ip-${dashed(named.address)}`]) {
      equal(await localvpc.sh(asking, `getent ahostsv4 ${name} | awk '{print $1; exit}'`), named.address);
    }
  });

  test('a public name is the private address in its VPC, and the public one in another and outside', async () => {
    const { name, address } = await publicOf(named);
    equal(name, `ec2-${dashed(address)}.compute-1.amazonaws.com`);
    for (const resolver of RESOLVERS) equal(await dig(asking, `@${resolver}`, name), `A ${named.address}`);
    equal(await dig(remote, '@10.1.0.2', name), `A ${address}`);
    equal(await dig('internet', name), `A ${address}`);
    equal(await dig('internet', privateName(named)), 'NXDOMAIN');
  });

  test('a peering connection shows private addresses to the side that the other one lets', async () => {
    const { ec2 } = localvpc;
    const request = { VpcId: vpcId, PeerVpcId: peerVpcId };
    const { VpcPeeringConnection: made } = await ec2.send(new CreateVpcPeeringConnectionCommand(request));
    const connection = { VpcPeeringConnectionId: present(made?.VpcPeeringConnectionId, 'VpcPeeringConnectionId') };
    await ec2.send(new AcceptVpcPeeringConnectionCommand(connection));
    const [own, far] = [await publicOf(named), await publicOf(remote)];
    const seen = async () => [await dig(asking, '@10.0.0.2', far.name), await dig(remote, '@10.1.0.2', own.name)];
    deepEqual(await seen(), [`A ${far.address}`, `A ${own.address}`]);
    const allows = { AllowDnsResolutionFromRemoteVpc: true };
    await ec2.send(
      new ModifyVpcPeeringConnectionOptionsCommand({ ...connection, AccepterPeeringConnectionOptions: allows }),
    );
    deepEqual(await seen(), [`A ${remote.address}`, `A ${own.address}`]);
    await ec2.send(
      new ModifyVpcPeeringConnectionOptionsCommand({
        ...connection,
        AccepterPeeringConnectionOptions: { AllowDnsResolutionFromRemoteVpc: false },
        RequesterPeeringConnectionOptions: allows,
      }),
    );
    deepEqual(await seen(), [`A ${far.address}`, `A ${named.address}`]);
    equal(await dig(asking, '@10.1.0.2', far.name), 'no answer', 'a peer cannot ask the other side’s resolver');
  });

  test('without DNS host names there are neither public nor private names, without DNS support nobody answers', async () => {
    const { name, address } = await publicOf(named);
    await setAttribute(vpcId, 'EnableDnsHostnames', false);
    equal((await describeInstance(localvpc.ec2, named)).PublicDnsName ?? '', '');
    for (const question of [[privateName(named)], [name], ['-x', named.address]]) {
      for (const resolver of RESOLVERS) equal(await dig(asking, `@${resolver}`, ...question), 'NXDOMAIN');
    }
    equal(await dig('internet', name), 'NXDOMAIN');
    await setAttribute(vpcId, 'EnableDnsHostnames', true);
    await setAttribute(vpcId, 'EnableDnsSupport', false);
    const silent = await Promise.all(RESOLVERS.map((one) => dig(asking, `@${one}`, privateName(named))));
    deepEqual(silent, ['no answer', 'no answer']);
    await setAttribute(vpcId, 'EnableDnsSupport', true);
    equal(await dig(asking, '@10.0.0.2', name), `A ${named.address}`);
    equal(await dig('internet', name), `A ${address}`);
  });

  test('a lease has everything that the option set of the VPC has, and the default set is the Amazon resolver’s', async () => {
    const { ec2 } = localvpc;
    const optionsOf = (lease: string): Readonly<Record<string, string>> =>
      Object.fromEntries(
        [...lease.matchAll(/option ([\w-]+) (.+);/g)].map(([, name = '', value = '']) => [name, value]),
      );
    const ofSubnet = {
      'subnet-mask': '255.255.255.0',
      'broadcast-address': '10.0.1.255',
      routers: '10.0.1.1',
      'interface-mtu': '9001',
      'host-name': `"ip-${dashed(asking.address)}"`,
      'dhcp-lease-time': '3600',
      'dhcp-message-type': '5',
      'dhcp-server-identifier': '10.0.1.1',
    };
    const byDefault = { 'domain-name': '"ec2.internal"', 'domain-name-servers': '10.0.0.2' };
    deepEqual(optionsOf(await localvpc.sh(asking, DHCLIENT)), { ...ofSubnet, ...byDefault });
    const given = {
      'domain-name': ['corp.example'],
      'domain-name-servers': ['10.0.1.9', '192.0.2.53'],
      'ntp-servers': ['10.0.1.7', '169.254.169.123'],
      'netbios-name-servers': ['10.0.1.5', '10.0.1.6'],
      'netbios-node-type': ['2'],
    };
    const DhcpConfigurations = Object.entries(given).map(([Key, Values]) => ({ Key, Values }));
    const { DhcpOptions } = await ec2.send(new CreateDhcpOptionsCommand({ DhcpConfigurations }));
    const DhcpOptionsId = present(DhcpOptions?.DhcpOptionsId, 'DhcpOptionsId');
    await ec2.send(new AssociateDhcpOptionsCommand({ VpcId: vpcId, DhcpOptionsId }));
    deepEqual(optionsOf(await localvpc.sh(asking, DHCLIENT)), {
      ...ofSubnet,
      'domain-name': '"corp.example"',
      ...Object.fromEntries(
        Object.entries(given)
          .slice(1)
          .map(([name, values]) => [name, values.join(',')]),
      ),
    });
    await ec2.send(new AssociateDhcpOptionsCommand({ VpcId: vpcId, DhcpOptionsId: 'default' }));
    deepEqual(optionsOf(await localvpc.sh(asking, DHCLIENT)), {
      ...ofSubnet,
      'domain-name-servers': '169.254.169.253',
    });
  });

  test('ntpdig is told the time of this machine', async () => {
    const { status, stdout, stderr } = await localvpc.exec(asking, 'ntpdig', '-t', '2', '-j', '169.254.169.123');
    equal(status, 0, stderr);
    const offset = Number(/"offset":\s*(-?[\d.e-]+)/.exec(stdout)?.[1]);
    ok(Math.abs(offset) < 1, stdout);
    match(stdout, /"stratum":\s*[1-4]\b/);
  });

  /** `linklocal_allowance_exceeded` of an instance's interface, as ethtool shows it on AWS. */
  const exceeded = async ({ interfaceId }: RunningInstance): Promise<number> => {
    const metrics = await (await fetch(`${localvpc.url}/metrics`)).text();
    const line = new RegExp(`^\\S*linklocal_allowance_exceeded{[^}]*"${interfaceId}"[^}]*} (\\d+)$`, 'm').exec(metrics);
    return Number(line?.[1] ?? 0);
  };

  test('more than 1,024 packets a second to the services are dropped and counted, of this interface alone', async () => {
    equal(await exceeded(asking), 0);
    const received = async () => (await localvpc.status()).fabric?.framesReceived ?? 0;
    const [receivedBefore, beganAtMs] = [await received(), performance.now()];
    await localvpc.sh(asking, `mkfifo /tmp/nothing && bash -c '${FLOOD}; exit 0'`);
    const seconds = Math.ceil((performance.now() - beganAtMs) / 1000);
    const dropped = await exceeded(asking);
    const passed = (await received()) - receivedBefore - dropped;
    // ARP and the like are a few frames more; a few packets of the second may have been used up before.
    ok(passed > 1000 && passed < 1024 * (seconds + 1) + 100, `${passed} of ${passed + dropped} passed in ${seconds} s`);
    ok(dropped > 1024, `${dropped} dropped`);
    equal(await exceeded(named), 0);
    equal(await dig(named, '@10.0.0.2', privateName(named)), `A ${named.address}`);
  });
});
