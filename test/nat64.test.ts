/** NAT64 with DNS64: a guest that has IPv6 alone reaches servers that have IPv4 alone. */
import { equal, match, ok } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  AllocateAddressCommand,
  CreateNatGatewayCommand,
  CreateRouteCommand,
  ModifySubnetAttributeCommand,
} from '@aws-sdk/client-ec2';
import { skip } from './fixture/guests-here.ts';
import {
  createDualStackVpc,
  createIpv6Subnet,
  EVERYTHING_IPV6,
  type Ipv6Instance,
  launchWithIpv6,
} from './fixture/ipv6.ts';
import { LocalVpc } from './fixture/localvpc.ts';
import { present } from './fixture/present.ts';
import { createGroup, createRouteTable, createSubnet, makePublic } from './fixture/vpc.ts';

/** The outside world's host. */
const REMOTE = '64:ff9b::c000:201';
/** A name of the outside world with an IPv4 address alone, and what listens there. */
const NAME = 's3.us-east-1.amazonaws.com';
const SERVER = `mkdir -p /srv/big && dd if=/dev/urandom of=/srv/big/file bs=1M count=4 2>/dev/null &&
  printf '#!/bin/sh\\nprintf "Content-Type: text/plain\\\\r\\\\n\\\\r\\\\n$REMOTE_ADDR"\\n' > /tmp/who && mkdir -p /srv/big/cgi-bin &&
  mv /tmp/who /srv/big/cgi-bin/who && chmod 755 /srv/big/cgi-bin/who && busybox httpd -p 80 -h /srv/big && sha256sum < /srv/big/file`;

describe('NAT64', { skip }, () => {
  let localvpc: LocalVpc;
  let client: Ipv6Instance;
  let elasticIp = '';
  let digest = '';

  before(async () => {
    localvpc = await LocalVpc.start();
    const { ec2 } = localvpc;
    const vpc = await createDualStackVpc(ec2, '10.0.0.0/16');
    const publicSubnet = await createSubnet(ec2, vpc.id, '10.0.1.0/24');
    await makePublic(ec2, vpc.id, publicSubnet);
    const subnetId = await createIpv6Subnet(ec2, vpc.id, undefined, vpc.network(1));
    await ec2.send(new ModifySubnetAttributeCommand({ SubnetId: subnetId, EnableDns64: { Value: true } }));
    const { AllocationId, PublicIp } = await ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }));
    elasticIp = present(PublicIp, 'PublicIp');
    const { NatGateway } = await ec2.send(new CreateNatGatewayCommand({ SubnetId: publicSubnet, AllocationId }));
    await ec2.send(
      new CreateRouteCommand({
        RouteTableId: await createRouteTable(ec2, vpc.id, subnetId),
        DestinationIpv6CidrBlock: '64:ff9b::/96',
        NatGatewayId: NatGateway?.NatGatewayId,
      }),
    );
    client = await launchWithIpv6(localvpc, { subnetId, groups: [await createGroup(ec2, vpc.id, EVERYTHING_IPV6)] });
    const served = await localvpc.internet('sh', '-c', SERVER);
    equal(served.status, 0, served.stderr);
    digest = served.stdout;
  });
  after(() => localvpc.close());

  test('the resolver gives the name an IPv6 address, at which the server sees the gateway’s', async () => {
    const { status, stdout, stderr } = await localvpc.exec(
      client,
      'curl',
      '-sS',
      '--max-time',
      '3',
      `http://${NAME}/cgi-bin/who`,
    );
    equal(status, 0, stderr);
    match(stdout, new RegExp(`${elasticIp.replaceAll('.', '\\.')}\\b`));
  });

  test('megabytes arrive as they were sent', async () => {
    const { stdout, stderr } = await localvpc.exec(
      client,
      'sh',
      '-c',
      `curl -sS --max-time 10 http://${NAME}/file | sha256sum`,
    );
    equal(stdout, digest, stderr);
  });

  test('datagrams that do not fit the links of the outside world arrive in fragments, both ways', async () => {
    const serving = await localvpc.internet(
      'sh',
      '-c',
      'iperf3 -s -D -p 5201 && until ss -ltn | grep -q :5201; do :; done',
    );
    equal(serving.status, 0, serving.stderr);
    // What is too large tells the guest's kernel what fits.
    await localvpc.exec(client, 'ping', '-6', '-c', '1', '-s', '3000', '-W', '1', REMOTE);
    for (const direction of [[], ['-R']]) {
      const command = ['iperf3', '-6', '-u', '-l', '3000', '-b', '2M', '-t', '1', ...direction, '--json'];
      const { status, stdout } = await localvpc.exec(client, ...command, '-c', REMOTE);
      equal(status, 0, stdout);
      const { packets, lost_packets: lost } = JSON.parse(stdout).end.sum;
      ok(packets > 20 && lost === 0, `${lost} of ${packets} lost ${direction}`);
    }
  });

  test('an echo is answered', async () => {
    const { status, stdout } = await localvpc.exec(client, 'ping', '-6', '-c', '1', '-W', '2', REMOTE);
    equal(status, 0, stdout);
  });
});
