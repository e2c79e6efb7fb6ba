/** Much data, large packets and small ones: what goes in at one end comes out at the other. */
import { equal, match, ok } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { skip } from './fixture/guests-here.ts';
import { launch, publicAddressOf, type RunningInstance } from './fixture/instances.ts';
import { LocalVpc } from './fixture/localvpc.ts';
import { createGroup, createSubnet, createVpc, EVERYTHING, makePublic } from './fixture/vpc.ts';

const FILE_BYTES = 30_000_000;

describe('transfers', { skip }, () => {
  let localvpc: LocalVpc;
  let one: RunningInstance;
  let other: RunningInstance;
  let publicAddress = '';

  before(async () => {
    localvpc = await LocalVpc.start();
    const { ec2 } = localvpc;
    const vpcId = await createVpc(ec2, '10.0.0.0/16');
    const subnetId = await createSubnet(ec2, vpcId, '10.0.1.0/24');
    const otherSubnetId = await createSubnet(ec2, vpcId, '10.0.2.0/24');
    await makePublic(ec2, vpcId, otherSubnetId);
    const groups = [await createGroup(ec2, vpcId, EVERYTHING)];
    [one, other] = await Promise.all([
      launch(localvpc, { subnetId, groups }),
      launch(localvpc, { subnetId: otherSubnetId, groups, isPublic: true }),
    ]);
    publicAddress = await publicAddressOf(ec2, other);
    const file = `mkdir -p /srv/file && head -c ${FILE_BYTES} /dev/urandom > /srv/file/data`;
    await localvpc.sh(other, `${file} && busybox httpd -p 80 -h /srv/file`);
    await localvpc.internet('sh', '-c', `${file} && busybox httpd -p 80 -h /srv/file`);
  });
  after(() => localvpc.close());

  const fetchSum = (url: string): readonly string[] => ['sh', '-c', `curl -s -m 20 ${url}/data | md5sum`];

  test('a large file is the same after a way through two subnets', async () => {
    const sent = await localvpc.sh(other, 'md5sum < /srv/file/data');
    equal((await localvpc.exec(one, ...fetchSum(`http://${other.address}`))).stdout.trim(), sent);
  });

  test('a large file is the same after a way through the internet gateway, out and in', async () => {
    const sent = await localvpc.sh(other, 'md5sum < /srv/file/data');
    equal((await localvpc.internet(...fetchSum(`http://${publicAddress}`))).stdout.trim(), sent);
    const outside = await localvpc.internet('sh', '-c', 'md5sum < /srv/file/data');
    equal((await localvpc.exec(other, ...fetchSum('http://192.0.2.1'))).stdout, outside.stdout);
  });

  test('packets of 9001 bytes pass inside the VPC; larger ones come in fragments', async () => {
    const ping = (bytes: number, ...options: readonly string[]) =>
      localvpc.exec(one, 'ping', '-c', '1', '-W', '1', '-s', String(bytes - 28), ...options, other.address);
    equal((await ping(9001, '-M', 'do')).status, 0);
    const tooLarge = await ping(9002, '-M', 'do');
    equal(tooLarge.status, 1);
    match(tooLarge.stderr + tooLarge.stdout, /mtu ?= ?9001/);
    equal((await ping(30_000, '-M', 'dont')).status, 0);
  });

  test('to the outside world 1500 bytes are the limit, and who sends more is told so', async () => {
    const ping = (bytes: number) =>
      localvpc.exec(other, 'ping', '-c', '1', '-W', '1', '-M', 'do', '-s', String(bytes - 28), '192.0.2.1');
    equal((await ping(1500)).status, 0);
    const { status, stdout } = await ping(1501);
    equal(status, 1);
    match(stdout, /Frag needed and DF set \(mtu = 1500\)/);
  });

  test('many connections at once are answered each', async () => {
    await localvpc.sh(other, 'echo small > /srv/file/small');
    const urls = `http://${other.address}/small?[1-300]`;
    const { status, stdout } = await localvpc.exec(one, 'curl', '-s', '-Z', '--parallel-max', '50', '-m', '10', urls);
    equal(status, 0);
    equal(stdout.split('\n').filter((line) => line === 'small').length, 300);
  });

  test('both directions of iperf3 are lossless at a modest rate of datagrams', async () => {
    await localvpc.sh(other, 'iperf3 -s -D && until ss -ltn | grep -q :5201; do busybox usleep 10000; done');
    for (const options of [[], ['-R']]) {
      const { status, stdout } = await localvpc.exec(
        one,
        // A receiver that waits for its turn has room for some 60 datagrams: a third of a second of them on a busy machine.
        ...['iperf3', '-c', other.address, '-u', '-b', '2M', '-t', '1', '-J', ...options],
      );
      equal(status, 0, stdout);
      const lost = /"lost_packets":\s*(\d+)/.exec(stdout)?.[1];
      ok(lost === '0', `${lost} lost`);
    }
  });
});
