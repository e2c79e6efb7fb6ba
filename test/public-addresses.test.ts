/** Public addresses, as programs inside and outside see them: translated at the internet gateway, never in the guest. */
import { equal, notEqual, ok } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  AllocateAddressCommand,
  AssociateAddressCommand,
  CreateRouteCommand,
  CreateVpcBlockPublicAccessExclusionCommand,
  DeleteRouteCommand,
  DeleteVpcBlockPublicAccessExclusionCommand,
  DescribeInternetGatewaysCommand,
  DisassociateAddressCommand,
  ModifyNetworkInterfaceAttributeCommand,
  ModifyVpcBlockPublicAccessOptionsCommand,
} from '@aws-sdk/client-ec2';
import { capture } from './fixture/capture.ts';
import { skip } from './fixture/guests-here.ts';
import {
  addressesOf,
  describeInstance,
  launch,
  publicAddressOf,
  type RunningInstance,
  start,
  stop,
} from './fixture/instances.ts';
import { LocalVpc } from './fixture/localvpc.ts';
import { present } from './fixture/present.ts';
import { until } from './fixture/until.ts';
import { allow, createGroup, createSubnet, createVpc, EVERYTHING, makePublic, revoke, tcp } from './fixture/vpc.ts';
import { isDropped, reaches, serve } from './fixture/web.ts';

/** The outside world's own address. */
const INTERNET = '192.0.2.1';

describe('public addresses', { skip }, () => {
  let localvpc: LocalVpc;
  let vpcId = '';
  let routeTableId = '';
  let groupId = '';
  let subnetId = '';
  /** With an auto-assigned address. */
  let auto: RunningInstance;
  /** With an Elastic IP. */
  let elastic: RunningInstance;
  /** In the public subnet, without a public address. */
  let unnamed: RunningInstance;
  let elasticIp = '';
  let allocationId = '';
  let associationId = '';

  before(async () => {
    localvpc = await LocalVpc.start();
    const { ec2 } = localvpc;
    vpcId = await createVpc(ec2, '10.0.0.0/16');
    subnetId = await createSubnet(ec2, vpcId, '10.0.1.0/24');
    ({ routeTableId } = await makePublic(ec2, vpcId, subnetId));
    groupId = await createGroup(ec2, vpcId, EVERYTHING);
    [auto, elastic, unnamed] = await Promise.all([
      launch(localvpc, { subnetId, groups: [groupId], isPublic: true, canHibernate: true }),
      launch(localvpc, { subnetId, groups: [groupId] }),
      launch(localvpc, { subnetId, groups: [groupId] }),
    ]);
    const { PublicIp, AllocationId } = await ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }));
    elasticIp = present(PublicIp, 'PublicIp');
    allocationId = present(AllocationId, 'AllocationId');
    const request = { AllocationId: allocationId, InstanceId: elastic.id };
    associationId = present((await ec2.send(new AssociateAddressCommand(request))).AssociationId, 'AssociationId');
    await Promise.all([auto, elastic, unnamed].map((guest) => serve(localvpc, guest, 80)));
    await localvpc.internet('sh', '-c', 'mkdir -p /srv/who && echo outside > /srv/who/index.html');
    await localvpc.internet('busybox', 'httpd', '-p', '80', '-h', '/srv/who');
  });
  after(() => localvpc.close());

  const asksOutside = async (guest: RunningInstance): Promise<string> =>
    (await localvpc.exec(guest, 'curl', '-s', '--connect-timeout', '0.9', `http://${INTERNET}/`)).stdout.trim();

  test("the outside world reaches both kinds of address, and the server sees the client's own", async () => {
    equal(await reaches(localvpc, 'internet', elasticIp, 80), INTERNET);
    equal(await reaches(localvpc, 'internet', await publicAddressOf(localvpc.ec2, auto), 80), INTERNET);
  });

  test('every protocol is translated, not TCP alone', async () => {
    equal((await localvpc.internet('ping', '-c', '1', '-W', '1', elasticIp)).status, 0);
    await localvpc.sh(
      elastic,
      'iperf3 -s -D -1 -p 5201 && until busybox nc -z 127.0.0.1 9 || ss -ltn | grep -q :5201; do :; done',
    );
    const { status, stdout } = await localvpc.internet('iperf3', '-c', elasticIp, '-u', '-b', '1M', '-t', '1');
    equal(status, 0, stdout);
  });

  test('the guest itself shows private addresses only', async () => {
    for (const guest of [auto, elastic]) {
      equal((await addressesOf(localvpc, guest, 'eth0')).join(), guest.address);
      const { stdout } = await localvpc.exec(guest, 'ip', 'address');
      ok(!stdout.includes('198.18.'), stdout);
    }
  });

  test('a guest reaches the outside world with a public address, and not without', async () => {
    equal(await asksOutside(auto), 'outside');
    equal(await asksOutside(elastic), 'outside');
    equal(await asksOutside(unnamed), '');
    equal(
      (await localvpc.trace(unnamed.id, 'internet', { port: 80 })).forward.code,
      'IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS',
    );
  });

  test('the outside world sees the public address of who asks', async () => {
    const outside = await capture(localvpc, 'internet', `'icmp[icmptype] == 8'`);
    equal((await localvpc.exec(elastic, 'ping', '-c', '1', '-W', '2', INTERNET)).status, 0);
    let heard = '';
    await until('the ping is heard', async () => {
      heard = await outside.text();
      return heard !== '';
    });
    await outside.end();
    ok(heard.includes(` ${elasticIp} > ${INTERNET}`), heard);
  });

  test('without its route to the gateway a subnet is not public, in neither direction', async () => {
    const { ec2 } = localvpc;
    const route = { RouteTableId: routeTableId, DestinationCidrBlock: '0.0.0.0/0' };
    await ec2.send(new DeleteRouteCommand(route));
    equal(await asksOutside(auto), '');
    await isDropped(localvpc, 'internet', elasticIp, 80);
    const { InternetGateways } = await ec2.send(
      new DescribeInternetGatewaysCommand({ Filters: [{ Name: 'attachment.vpc-id', Values: [vpcId] }] }),
    );
    const GatewayId = present(InternetGateways?.[0]?.InternetGatewayId, 'gateway');
    await ec2.send(new CreateRouteCommand({ ...route, GatewayId }));
    equal(await asksOutside(auto), 'outside');
    await reaches(localvpc, 'internet', elasticIp, 80);
  });

  test('a guest reaches another one, and itself, by a public address: the hairpin', async () => {
    equal(await reaches(localvpc, auto, elasticIp, 80), await publicAddressOf(localvpc.ec2, auto));
    equal(await reaches(localvpc, elastic, elasticIp, 80), elasticIp);
    await isDropped(localvpc, unnamed, elasticIp, 80);
  });

  test('the rules of the group count for the outside world', async () => {
    const { ec2 } = localvpc;
    await revoke(ec2, groupId, EVERYTHING);
    await isDropped(localvpc, 'internet', elasticIp, 80);
    await allow(ec2, groupId, tcp(80, `${INTERNET}/32`));
    await reaches(localvpc, 'internet', elasticIp, 80);
    await isDropped(localvpc, auto, elastic.address, 80);
    await revoke(ec2, groupId, tcp(80, `${INTERNET}/32`));
    await allow(ec2, groupId, EVERYTHING);
  });

  test('an Elastic IP moves at once, and the one that lost it is not reached any more', async () => {
    const { ec2 } = localvpc;
    await localvpc.sh(unnamed, 'echo unnamed > /srv/who/index.html');
    await localvpc.sh(elastic, 'echo elastic > /srv/who/index.html');
    const page = async () =>
      (await localvpc.internet('curl', '-s', '--connect-timeout', '0.5', `http://${elasticIp}/`)).stdout.trim();
    equal(await page(), 'elastic');
    await ec2.send(new DisassociateAddressCommand({ AssociationId: associationId }));
    equal(await page(), '');
    const again = { AllocationId: allocationId };
    await ec2.send(new AssociateAddressCommand({ ...again, InstanceId: unnamed.id }));
    equal(await page(), 'unnamed');
    await ec2.send(new AssociateAddressCommand({ ...again, InstanceId: elastic.id, AllowReassociation: true }));
    equal(await page(), 'elastic');
  });

  test('stop and start change the auto-assigned address, and keep the Elastic IP and private addresses', async () => {
    const { ec2 } = localvpc;
    const before = await publicAddressOf(ec2, auto);
    await Promise.all([stop(localvpc, auto), stop(localvpc, elastic)]);
    equal((await describeInstance(ec2, auto)).PublicIpAddress, undefined);
    equal(await publicAddressOf(ec2, elastic), elasticIp);
    await isDropped(localvpc, 'internet', elasticIp, 80);
    await Promise.all([start(localvpc, auto), start(localvpc, elastic)]);
    const now = await publicAddressOf(ec2, auto);
    notEqual(now, before);
    await Promise.all([serve(localvpc, auto, 80), serve(localvpc, elastic, 80)]);
    await reaches(localvpc, 'internet', now, 80);
    await reaches(localvpc, 'internet', elasticIp, 80);
    await isDropped(localvpc, 'internet', before, 80);
    equal((await addressesOf(localvpc, auto, 'eth0')).join(), auto.address);
  });

  test('hibernation gives the auto-assigned address back as a stop does', async () => {
    const { ec2 } = localvpc;
    const before = await publicAddressOf(ec2, auto);
    await stop(localvpc, auto, true);
    const { StateReason, PublicIpAddress, PrivateIpAddress } = await describeInstance(ec2, auto);
    equal(StateReason?.Code, 'Client.UserInitiatedHibernate');
    equal(PublicIpAddress, undefined);
    equal(PrivateIpAddress, auto.address);
    await start(localvpc, auto);
    await serve(localvpc, auto, 80);
    notEqual(await publicAddressOf(ec2, auto), before);
    await reaches(localvpc, 'internet', await publicAddressOf(ec2, auto), 80);
    await isDropped(localvpc, 'internet', before, 80);
  });

  test('an auto-assigned address is switched off and on while the instance runs, for both directions', async () => {
    const { ec2 } = localvpc;
    const before = await publicAddressOf(ec2, auto);
    const toggle = (on: boolean) =>
      ec2.send(
        new ModifyNetworkInterfaceAttributeCommand({
          NetworkInterfaceId: auto.interfaceId,
          AssociatePublicIpAddress: on,
        }),
      );
    await toggle(false);
    equal((await describeInstance(ec2, auto)).PublicIpAddress, undefined);
    equal(await asksOutside(auto), '');
    await isDropped(localvpc, 'internet', before, 80);
    await toggle(true);
    const now = await publicAddressOf(ec2, auto);
    notEqual(now, before);
    equal(await asksOutside(auto), 'outside');
    equal(await reaches(localvpc, 'internet', now, 80), INTERNET);
    equal((await addressesOf(localvpc, auto, 'eth0')).join(), auto.address);
  });

  test('VPC Block Public Access closes the internet gateway both ways and nothing inside, but for what is excluded', async () => {
    const { ec2 } = localvpc;
    const block = (InternetGatewayBlockMode: 'off' | 'block-bidirectional') =>
      ec2.send(new ModifyVpcBlockPublicAccessOptionsCommand({ InternetGatewayBlockMode }));
    const address = await publicAddressOf(ec2, auto);
    await block('block-bidirectional');
    await isDropped(localvpc, 'internet', address, 80);
    equal(await asksOutside(auto), '');
    equal(await reaches(localvpc, auto, unnamed.address, 80), auto.address);
    const exclusion = { SubnetId: subnetId, InternetGatewayExclusionMode: 'allow-bidirectional' } as const;
    const { VpcBlockPublicAccessExclusion: made } = await ec2.send(
      new CreateVpcBlockPublicAccessExclusionCommand(exclusion),
    );
    equal(await reaches(localvpc, 'internet', address, 80), INTERNET);
    equal(await asksOutside(auto), 'outside');
    await ec2.send(new DeleteVpcBlockPublicAccessExclusionCommand({ ExclusionId: made?.ExclusionId }));
    await isDropped(localvpc, 'internet', address, 80);
    await block('off');
    equal(await reaches(localvpc, 'internet', address, 80), INTERNET);
  });
});
