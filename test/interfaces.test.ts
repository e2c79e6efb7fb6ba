/** Interfaces that come, go and move while their guests run, with their addresses, groups and checks. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  CreateRouteCommand,
  DeleteRouteCommand,
  ModifyNetworkInterfaceAttributeCommand,
  ReplaceRouteCommand,
  UnassignPrivateIpAddressesCommand,
} from '@aws-sdk/client-ec2';
import { skip } from './fixture/guests-here.ts';
import { addressesOf, launch, type RunningInstance, start, stop } from './fixture/instances.ts';
import { LocalVpc } from './fixture/localvpc.ts';
import { assignAddress, attach, createInterface, detach } from './fixture/network-interface.ts';
import { until } from './fixture/until.ts';
import { createGroup, createRouteTable, createSubnet, createVpc, EVERYTHING, tcp } from './fixture/vpc.ts';
import { isDropped, reaches, serve } from './fixture/web.ts';

describe('interfaces', { skip }, () => {
  let localvpc: LocalVpc;
  let vpcId = '';
  let nearSubnetId = '';
  let farSubnetId = '';
  let middleSubnetId = '';
  let openGroupId = '';
  let nearTable = '';
  let near: RunningInstance;
  let far: RunningInstance;
  let middle: RunningInstance;

  before(async () => {
    localvpc = await LocalVpc.start();
    const { ec2 } = localvpc;
    vpcId = await createVpc(ec2, '10.0.0.0/16');
    nearSubnetId = await createSubnet(ec2, vpcId, '10.0.1.0/24');
    farSubnetId = await createSubnet(ec2, vpcId, '10.0.2.0/24');
    middleSubnetId = await createSubnet(ec2, vpcId, '10.0.3.0/24');
    openGroupId = await createGroup(ec2, vpcId, EVERYTHING);
    const groups = [openGroupId];
    [near, far, middle] = await Promise.all([
      launch(localvpc, { subnetId: nearSubnetId, groups }),
      launch(localvpc, { subnetId: farSubnetId, groups }),
      launch(localvpc, { subnetId: middleSubnetId, groups }),
    ]);
    await Promise.all([near, far, middle].map((guest) => serve(localvpc, guest, 80)));
  });
  after(() => localvpc.close());

  const devicesOf = (guest: RunningInstance): Promise<string> =>
    localvpc.sh(guest, 'cd /sys/class/net && for one in eth*; do echo $one $(cat $one/address); done');

  const hasLease = (guest: RunningInstance, device: string, address: string): Promise<void> =>
    until(`${guest.id} has ${address} on ${device}`, async () =>
      (await addressesOf(localvpc, guest, device)).includes(address),
    );

  test('an interface appears in the running guest, vanishes, and answers from another instance with the same MAC', async () => {
    const { ec2 } = localvpc;
    const moving = await createInterface(ec2, middleSubnetId, openGroupId);
    const attachmentId = await attach(ec2, moving, near, 1);
    equal(await devicesOf(near), `eth0 ${near.mac}\neth1 ${moving.mac}`);
    await hasLease(near, 'eth1', moving.address);
    equal(await reaches(localvpc, far, moving.address, 80), far.address);
    await detach(ec2, attachmentId);
    equal(await devicesOf(near), `eth0 ${near.mac}`);
    await isDropped(localvpc, far, moving.address, 80);
    const again = await attach(ec2, moving, far, 1);
    equal(await devicesOf(far), `eth0 ${far.mac}\neth1 ${moving.mac}`);
    await hasLease(far, 'eth1', moving.address);
    equal(await reaches(localvpc, near, moving.address, 80), near.address);
    await detach(ec2, again);
    equal(await devicesOf(far), `eth0 ${far.mac}`);
  });

  test('each interface has groups of its own', async () => {
    const { ec2 } = localvpc;
    const groupId = await createGroup(ec2, vpcId, tcp(81));
    const second = await createInterface(ec2, middleSubnetId, groupId);
    const attachmentId = await attach(ec2, second, far, 1);
    await hasLease(far, 'eth1', second.address);
    await reaches(localvpc, near, far.address, 80);
    await isDropped(localvpc, near, second.address, 80);
    await ec2.send(
      new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId: second.id, Groups: [openGroupId] }),
    );
    await reaches(localvpc, near, second.address, 80);
    await detach(ec2, attachmentId);
  });

  test('a secondary private address appears on the interface, answers, and goes', async () => {
    const { ec2 } = localvpc;
    const address = await assignAddress(ec2, far.interfaceId);
    await hasLease(far, 'eth0', address);
    const ping = () => localvpc.exec(near, 'ping', '-c', '1', '-W', '1', address);
    equal((await ping()).status, 0);
    equal(await reaches(localvpc, near, address, 80), near.address);
    await ec2.send(
      new UnassignPrivateIpAddressesCommand({ NetworkInterfaceId: far.interfaceId, PrivateIpAddresses: [address] }),
    );
    equal((await ping()).status, 1);
    await until('the address is gone from the guest', async () => {
      const addresses = await addressesOf(localvpc, far, 'eth0');
      return addresses.join() === far.address;
    });
  });

  test('a guest forwards for two subnets only without its source/destination check', async () => {
    const { ec2 } = localvpc;
    const setCheck = (on: boolean) =>
      ec2.send(
        new ModifyNetworkInterfaceAttributeCommand({
          NetworkInterfaceId: middle.interfaceId,
          SourceDestCheck: { Value: on },
        }),
      );
    nearTable = await createRouteTable(ec2, vpcId, nearSubnetId);
    const farTable = await createRouteTable(ec2, vpcId, farSubnetId);
    const throughMiddle = { NetworkInterfaceId: middle.interfaceId };
    await localvpc.sh(middle, 'sysctl -w net.ipv4.ip_forward=1');
    await reaches(localvpc, near, far.address, 80);
    await ec2.send(
      new CreateRouteCommand({ RouteTableId: nearTable, DestinationCidrBlock: '10.0.2.0/24', ...throughMiddle }),
    );
    await ec2.send(
      new CreateRouteCommand({ RouteTableId: farTable, DestinationCidrBlock: '10.0.1.0/24', ...throughMiddle }),
    );
    await isDropped(localvpc, near, far.address, 80);
    const { forward } = await localvpc.trace(near.id, far.id, { port: 80 });
    match(forward.reason ?? '', /^destination-check\//);
    await setCheck(false);
    equal(await reaches(localvpc, near, far.address, 80), near.address);
    const hops = await localvpc.sh(near, `ping -c 1 -W 1 ${far.address} | sed -n 's/.*ttl=\\([0-9]*\\).*/\\1/p'`);
    equal(hops, '63', 'one router on the way back: the guest in the middle');
    await localvpc.sh(middle, 'sysctl -w net.ipv4.ip_forward=0');
    await isDropped(localvpc, near, far.address, 80);
    await localvpc.sh(middle, 'sysctl -w net.ipv4.ip_forward=1');
    await reaches(localvpc, near, far.address, 80);
    await setCheck(true);
    await isDropped(localvpc, near, far.address, 80);
  });

  test('a packet that a guest forwards is filtered like its own', async () => {
    const { ec2 } = localvpc;
    const attribute = { NetworkInterfaceId: middle.interfaceId };
    await ec2.send(new ModifyNetworkInterfaceAttributeCommand({ ...attribute, SourceDestCheck: { Value: false } }));
    await reaches(localvpc, near, far.address, 80);
    const onlyOtherPort = await createGroup(ec2, vpcId, tcp(81));
    await ec2.send(new ModifyNetworkInterfaceAttributeCommand({ ...attribute, Groups: [onlyOtherPort] }));
    await isDropped(localvpc, near, far.address, 80);
    await ec2.send(new ModifyNetworkInterfaceAttributeCommand({ ...attribute, Groups: [openGroupId] }));
    await reaches(localvpc, near, far.address, 80);
  });

  test('a route that is replaced counts for the next connection', async () => {
    const { ec2 } = localvpc;
    await reaches(localvpc, near, far.address, 80);
    const nobody = await createInterface(ec2, middleSubnetId, openGroupId);
    const destination = { RouteTableId: nearTable, DestinationCidrBlock: '10.0.2.0/24' };
    await ec2.send(new ReplaceRouteCommand({ ...destination, NetworkInterfaceId: nobody.id }));
    await isDropped(localvpc, near, far.address, 80);
    equal((await localvpc.trace(near.id, far.id, { port: 80 })).forward.verdict, 'dropped');
    await ec2.send(new DeleteRouteCommand(destination));
    await reaches(localvpc, near, far.address, 80);
  });

  test('an interface of another VPC is a leg in that VPC, attached while the instance was stopped', async () => {
    const { ec2 } = localvpc;
    const otherVpcId = await createVpc(ec2, '10.7.0.0/16');
    const otherSubnetId = await createSubnet(ec2, otherVpcId, '10.7.1.0/24');
    const otherGroupId = await createGroup(ec2, otherVpcId, EVERYTHING);
    const there = await launch(localvpc, { subnetId: otherSubnetId, groups: [otherGroupId] });
    await serve(localvpc, there, 80);
    const leg = await createInterface(ec2, otherSubnetId, otherGroupId);
    await stop(localvpc, near);
    const attachmentId = await attach(ec2, leg, near, 1);
    await start(localvpc, near);
    equal(await devicesOf(near), `eth0 ${near.mac}\neth1 ${leg.mac}`);
    await hasLease(near, 'eth1', leg.address);
    await serve(localvpc, near, 80);
    equal(await reaches(localvpc, near, there.address, 80), leg.address);
    equal(await reaches(localvpc, there, leg.address, 80), there.address);
    equal(await reaches(localvpc, far, near.address, 80), far.address);
    await isDropped(localvpc, there, near.address, 80);
    await detach(ec2, attachmentId);
    await isDropped(localvpc, near, there.address, 80);
  });

  test('Describe and the guest tell one story of an interface', async () => {
    const { stdout } = await localvpc.exec(far, 'ip', '-o', 'link', 'show', 'dev', 'eth0');
    ok(stdout.includes(far.mac), stdout);
    deepEqual(await addressesOf(localvpc, far, 'eth0'), [far.address]);
  });
});
