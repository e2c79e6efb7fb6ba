/** The metadata service as programs in a guest see it, user data included. */
import { deepEqual, equal, match, notEqual } from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  AllocateAddressCommand,
  AssignPrivateIpAddressesCommand,
  AssociateAddressCommand,
  CreateTagsCommand,
  DisassociateAddressCommand,
  ModifyInstanceMetadataOptionsCommand,
  type ModifyInstanceMetadataOptionsCommandInput,
} from '@aws-sdk/client-ec2';
import { capture } from './fixture/capture.ts';
import { skip } from './fixture/guests-here.ts';
import { addressesOf, launch, publicAddressOf, type RunningInstance, start, stop } from './fixture/instances.ts';
import { LocalVpc } from './fixture/localvpc.ts';
import { assignAddress, attach, createInterface } from './fixture/network-interface.ts';
import { runProgram } from './fixture/program-run.ts';
import { until } from './fixture/until.ts';
import { createGroup, createSubnet, createVpc, EVERYTHING, makePublic } from './fixture/vpc.ts';

const SERVICE = 'http://169.254.169.254/latest';
const TTL = 'X-aws-ec2-metadata-token-ttl-seconds: 60';

const USER_DATA = `#!/bin/sh
echo run >> /var/log/runs
echo "user data as $(id -un)"
echo "and its error stream" >&2
exit 3
`;

describe('metadata', { skip }, () => {
  let localvpc: LocalVpc;
  let subnetId = '';
  let groupId = '';
  let one: RunningInstance;
  let other: RunningInstance;

  before(async () => {
    localvpc = await LocalVpc.start();
    const { ec2 } = localvpc;
    const vpcId = await createVpc(ec2, '10.0.0.0/16');
    subnetId = await createSubnet(ec2, vpcId, '10.0.1.0/24');
    await makePublic(ec2, vpcId, subnetId);
    groupId = await createGroup(ec2, vpcId, EVERYTHING);
    [one, other] = await Promise.all([
      launch(localvpc, { subnetId, groups: [groupId], isPublic: true, userData: USER_DATA }),
      launch(localvpc, { subnetId, groups: [await createGroup(ec2, vpcId)] }),
    ]);
  });
  after(() => localvpc.close());

  const tokenOf = (guest: RunningInstance): Promise<string> =>
    localvpc.sh(guest, `curl -s -f -m 2 -X PUT -H '${TTL}' ${SERVICE}/api/token`);

  /** The status of an answer, and its body on the lines after it. */
  const ask = (guest: RunningInstance, path: string, token?: string): Promise<string> => {
    const header = token === undefined ? '' : `-H 'X-aws-ec2-metadata-token: ${token}'`;
    return localvpc.sh(
      guest,
      `curl -s -m 2 ${header} -o /tmp/body -w '%{http_code}\\n' ${SERVICE}${path} && cat /tmp/body`,
    );
  };

  const leaf = async (guest: RunningInstance, path: string): Promise<string> => {
    const answer = await ask(guest, `/meta-data/${path}`, await tokenOf(guest));
    match(answer, /^200\n/);
    return answer.slice(4);
  };

  test('an instance learns who it is', async () => {
    equal(await leaf(one, 'instance-id'), one.id);
    equal(await leaf(one, 'local-ipv4'), one.address);
    equal(await leaf(one, 'mac'), one.mac);
    equal(await leaf(one, 'public-ipv4'), await publicAddressOf(localvpc.ec2, one));
    equal(await leaf(one, 'placement/availability-zone'), 'us-east-1a');
    equal(await leaf(other, 'instance-id'), other.id);
    const document: unknown = JSON.parse(
      (await ask(one, '/dynamic/instance-identity/document', await tokenOf(one))).slice(4),
    );
    match(JSON.stringify(document), new RegExp(one.id));
  });

  test('openssl verifies every signature of the identity document with the certificate, as AWS’s page says', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'identity-'));
    const identity = `${SERVICE}/dynamic/instance-identity`;
    const fetched = await localvpc.sh(
      one,
      `cd /tmp && TOKEN=$(curl -s -X PUT -H '${TTL}' ${SERVICE}/api/token)
      for leaf in document signature pkcs7 rsa2048; do curl -s -H "X-aws-ec2-metadata-token: $TOKEN" ${identity}/$leaf > $leaf; done
      tar c document signature pkcs7 rsa2048 | base64`,
    );
    const certificate = (await localvpc.command(['certificate'])).stdout;
    writeFileSync(join(folder, 'certificate'), certificate);
    const script = `cd ${folder} && base64 -d | tar x
      openssl x509 -pubkey -noout -in certificate > key
      base64 -d < signature > binary && openssl dgst -sha256 -verify key -signature binary document
      for kind in pkcs7 rsa2048; do
        { echo "-----BEGIN PKCS7-----"; cat $kind; echo; echo "-----END PKCS7-----"; } > pem
        openssl smime -verify -in pem -inform PEM -certfile certificate -noverify -out content 2>&1 && cmp content document
      done
      sed s/${one.id}/i-0/ document > forged
      openssl dgst -sha256 -verify key -signature binary forged 2>/dev/null`;
    const run = await runProgram('sh', ['-c', script], { stdin: fetched });
    rmSync(folder, { recursive: true });
    deepEqual(
      run.stdout.trim().split('\n'),
      ['Verified OK', 'Verification successful', 'Verification successful', 'Verification failure'],
      run.stderr,
    );
  });

  test('a token of one instance is refused by another', async () => {
    const token = await tokenOf(one);
    match(await ask(one, '/meta-data/instance-id', token), /^200\n/);
    match(await ask(other, '/meta-data/instance-id', token), /^401\n/);
    match(await ask(one, '/meta-data/instance-id', `${token.slice(0, -4)}AAA=`), /^401\n/);
  });

  test('requests without a token are answered where they may be, and refused where tokens are required', async () => {
    match(await ask(other, '/meta-data/instance-id'), /^200\n/);
    const strict = await launch(localvpc, { subnetId, groups: [groupId], requiresTokens: true });
    match(await ask(strict, '/meta-data/instance-id'), /^401\n/);
    match(await ask(strict, '/meta-data/instance-id', await tokenOf(strict)), /^200\n/);
  });

  test('options that are changed hold from the next packet on: hop limit, tags, tokens, and no service at all', async () => {
    const modify = async (options: Omit<ModifyInstanceMetadataOptionsCommandInput, 'InstanceId'>): Promise<void> => {
      await localvpc.ec2.send(new ModifyInstanceMetadataOptionsCommand({ InstanceId: other.id, ...options }));
    };
    // The packet with the token, as it arrives: a router or a container's bridge would take one more from it.
    const hopsLeft = async (): Promise<string> => {
      const answers = await capture(localvpc, other, `-v 'src host 169.254.169.254 and tcp[tcpflags] & tcp-push != 0'`);
      await tokenOf(other);
      let hops: string | undefined;
      await until('the answer is heard', async () => {
        hops = /ttl \d+/.exec(await answers.text())?.[0];
        return hops !== undefined;
      });
      await answers.end();
      return String(hops);
    };
    equal(await hopsLeft(), 'ttl 2');
    await modify({ HttpPutResponseHopLimit: 1 });
    equal(await hopsLeft(), 'ttl 1');
    await modify({ HttpPutResponseHopLimit: 3 });
    equal(await hopsLeft(), 'ttl 3');
    await localvpc.ec2.send(new CreateTagsCommand({ Resources: [other.id], Tags: [{ Key: 'Role', Value: 'web' }] }));
    match(await ask(other, '/meta-data/tags/instance/Role'), /^404/);
    await modify({ InstanceMetadataTags: 'enabled' });
    equal(await ask(other, '/meta-data/tags/instance/Role'), '200\nweb');
    await modify({ HttpTokens: 'required' });
    match(await ask(other, '/meta-data/instance-id'), /^401/);
    await modify({ HttpEndpoint: 'disabled' });
    match(await ask(other, '/meta-data/instance-id'), /^403/);
    await modify({ HttpEndpoint: 'enabled', HttpTokens: 'optional' });
    match(await ask(other, '/meta-data/instance-id'), /^200/);
  });

  test('public addresses and prefixes come and go in the tree as they are associated and assigned', async () => {
    const { ec2 } = localvpc;
    const of = `network/interfaces/macs/${other.mac}`;
    const { AllocationId, PublicIp } = await ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }));
    const { AssociationId } = await ec2.send(
      new AssociateAddressCommand({ AllocationId, NetworkInterfaceId: other.interfaceId }),
    );
    equal(await leaf(other, `${of}/public-ipv4s`), PublicIp);
    equal(await leaf(other, `${of}/ipv4-associations/${PublicIp}`), other.address);
    const { AssignedIpv4Prefixes } = await ec2.send(
      new AssignPrivateIpAddressesCommand({ NetworkInterfaceId: other.interfaceId, Ipv4PrefixCount: 1 }),
    );
    equal(await leaf(other, `${of}/ipv4-prefix`), AssignedIpv4Prefixes?.[0]?.Ipv4Prefix);
    await ec2.send(new DisassociateAddressCommand({ AssociationId }));
    match(await ask(other, `/meta-data/${of}/public-ipv4s`), /^404/);
    match(await ask(other, `/meta-data/${of}/ipv4-associations/`), /^404/);
  });

  test('every interface is in the tree, with what belongs to it', async () => {
    const { ec2 } = localvpc;
    const second = await createInterface(ec2, subnetId, groupId);
    await attach(ec2, second, other, 1);
    const secondary = await assignAddress(ec2, second.id);
    const macs = (await leaf(other, 'network/interfaces/macs/')).split('\n').sort().join();
    equal(macs, [`${other.mac}/`, `${second.mac}/`].sort().join());
    equal(await leaf(other, `network/interfaces/macs/${second.mac}/device-number`), '1');
    equal(await leaf(other, `network/interfaces/macs/${second.mac}/interface-id`), second.id);
    equal(await leaf(other, `network/interfaces/macs/${second.mac}/local-ipv4s`), `${second.address}\n${secondary}`);
    equal(await leaf(other, `network/interfaces/macs/${second.mac}/security-group-ids`), groupId);
    equal(await leaf(other, `network/interfaces/macs/${other.mac}/subnet-ipv4-cidr-block`), '10.0.1.0/24');
  });

  test('groups and ACLs do not come between an instance and its metadata', async () => {
    const drops = (await localvpc.status()).fabric.drops;
    equal(await leaf(other, 'instance-id'), other.id);
    equal((await localvpc.status()).fabric.drops['security-group-in/no-rule'], drops['security-group-in/no-rule']);
  });

  test('nobody outside reaches the service, and it answers for no other port', async () => {
    equal((await localvpc.internet('curl', '-s', '-m', '1', `${SERVICE}/meta-data/`)).stdout, '');
    notEqual((await localvpc.exec(one, 'curl', '-s', '-m', '1', 'http://169.254.169.254:8080/')).status, 0);
  });

  test('user data runs exactly once, as root, and the console has what it printed', async () => {
    await until('user data has run', async () =>
      (await localvpc.consoleOf(one)).includes('user data has run, with status 3'),
    );
    match(await localvpc.consoleOf(one), /^user data as root\r?$/m);
    match(await localvpc.consoleOf(one), /^and its error stream\r?$/m);
    match((await localvpc.command(['console', one.id])).stdout, /^user data as root\r?$/m);
    await stop(localvpc, one);
    await start(localvpc, one);
    // The agent does one thing after the other: when it has seen to this address, it is done with the boot.
    const address = await assignAddress(localvpc.ec2, one.interfaceId);
    await until(`${address} is there`, async () => (await addressesOf(localvpc, one, 'eth0')).includes(address));
    equal(await localvpc.sh(one, 'cat /var/log/runs'), 'run');
    equal(await leaf(one, 'instance-id'), one.id);
  });
});
