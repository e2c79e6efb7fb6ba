/** Prefixes of interfaces with real guests: what a guest hands out of them is reached, and answers where it was asked. */
import { equal, match, ok } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  AssignIpv6AddressesCommand,
  AssignPrivateIpAddressesCommand,
  UnassignPrivateIpAddressesCommand,
} from '@aws-sdk/client-ec2';
import { skip } from './fixture/guests-here.ts';
import { addressesOf, launch, type RunningInstance } from './fixture/instances.ts';
import {
  createDualStackVpc,
  createIpv6Subnet,
  EVERYTHING_IPV6,
  type Ipv6Instance,
  launchWithIpv6,
} from './fixture/ipv6.ts';
import { LocalVpc } from './fixture/localvpc.ts';
import { attach, type CreatedInterface, createInterface } from './fixture/network-interface.ts';
import { present } from './fixture/present.ts';
import { until } from './fixture/until.ts';
import { createGroup, EVERYTHING } from './fixture/vpc.ts';

describe('prefixes', { skip }, () => {
  let localvpc: LocalVpc;
  let host: RunningInstance;
  let peer: Ipv6Instance;
  let second: CreatedInterface;

  before(async () => {
    localvpc = await LocalVpc.start();
    const { ec2 } = localvpc;
    const vpc = await createDualStackVpc(ec2, '10.0.0.0/16');
    const near = await createIpv6Subnet(ec2, vpc.id, '10.0.1.0/24', vpc.network(1));
    const far = await createIpv6Subnet(ec2, vpc.id, '10.0.2.0/24', vpc.network(2));
    const groupId = await createGroup(ec2, vpc.id, EVERYTHING, EVERYTHING_IPV6);
    [host, peer] = await Promise.all([
      launch(localvpc, { subnetId: near, groups: [groupId] }),
      launchWithIpv6(localvpc, { subnetId: far, groups: [groupId] }),
    ]);
    second = await createInterface(ec2, near, groupId);
    await attach(ec2, second, host, 1);
    await until('the second interface has its address', async () =>
      (await addressesOf(localvpc, host, 'eth1')).includes(second.address),
    );
  });
  after(async () => await localvpc.close());

  const assignPrefix = async (interfaceId: string): Promise<string> => {
    const request = { NetworkInterfaceId: interfaceId, Ipv4PrefixCount: 1 };
    const { AssignedIpv4Prefixes } = await localvpc.ec2.send(new AssignPrivateIpAddressesCommand(request));
    return present(AssignedIpv4Prefixes?.[0]?.Ipv4Prefix, 'Ipv4Prefix');
  };
  /** The fourth address of a /28. */
  const inside = (prefix: string): string => prefix.replace(/(\d+)\/28$/, (_, last) => String(Number(last) + 3));
  const rules = (family: 4 | 6): Promise<string> => localvpc.sh(host, `ip -${family} rule`);
  const ping = async (address: string): Promise<number> =>
    (await localvpc.exec(peer, 'ping', '-c', '1', '-W', '1', address)).status;

  test('an address of the primary interface’s /28 is reached once the guest has it, and not before', async () => {
    const address = inside(await assignPrefix(host.interfaceId));
    equal(await ping(address), 1);
    await localvpc.sh(host, `ip address add ${address}/32 dev eth0`);
    equal(await ping(address), 0);
  });

  test('an address of the second interface’s /28 answers by that interface, and no more without the prefix', async () => {
    const prefix = await assignPrefix(second.id);
    await until('the guest has a rule for the prefix', async () =>
      (await rules(4)).includes(`from ${prefix} lookup 10001`),
    );
    const address = inside(prefix);
    await localvpc.sh(host, `ip address add ${address}/32 dev eth1`);
    match(await localvpc.sh(host, `ip route get 10.0.2.1 from ${address}`), /dev eth1/);
    equal(await ping(address), 0);
    const request = { NetworkInterfaceId: second.id, Ipv4Prefixes: [prefix] };
    await localvpc.ec2.send(new UnassignPrivateIpAddressesCommand(request));
    await until('the rule is gone', async () => !(await rules(4)).includes(prefix));
    equal(await ping(address), 1);
  });

  test('an address of the second interface’s /80 answers by that interface', async () => {
    const request = { NetworkInterfaceId: second.id, Ipv6AddressCount: 1 };
    await localvpc.ec2.send(new AssignIpv6AddressesCommand(request));
    const { AssignedIpv6Prefixes } = await localvpc.ec2.send(
      new AssignIpv6AddressesCommand({ NetworkInterfaceId: second.id, Ipv6PrefixCount: 1 }),
    );
    const prefix = present(AssignedIpv6Prefixes?.[0], 'Ipv6Prefix');
    await until('the guest has a rule for the prefix', async () => /from \S+\/80 lookup 10001/.test(await rules(6)));
    const address = prefix.replace('/80', '7');
    ok(address.endsWith('::7'), prefix);
    await localvpc.sh(host, `ip -6 address add ${address}/128 dev eth1 nodad`);
    match(await localvpc.sh(host, `ip -6 route get ${peer.ipv6} from ${address}`), /dev eth1/);
    equal(await ping(address), 0);
  });
});
