/**
 * Commands as AWS's documentation prints them (EC2 user guide: network interfaces, IP addresses, Elastic IPs, prefixes;
 * CLI reference: their examples), with ids of this localvpc in the place of the examples'. Run by the AWS CLI where there
 * is one; LOCALVPC_TEST_AWS=/path/of/aws names another, which then has to know every command.
 */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type {
  Address,
  AddressTransfer,
  AllocateAddressResult,
  CreateNetworkInterfaceResult,
  Instance,
  NetworkInterface,
} from '@aws-sdk/client-ec2';
import { type CommandLab, startCommandLab } from './fixture/command-lab.ts';
import { present } from './fixture/present.ts';
import { createGroup, createSubnet, EVERYTHING } from './fixture/vpc.ts';

const OTHER_ACCOUNT = '111122223333';

describe('commands of the documentation', () => {
  let lab: CommandLab;
  let localvpc: CommandLab['localvpc'];
  let commands: CommandLab['commands'];
  let aws: CommandLab['aws'];
  let vpc = '';
  let subnet = '';
  let group = '';
  let instance = '';
  let eni = '';

  before(async () => {
    lab = await startCommandLab();
    ({ localvpc, commands, aws, vpc, subnet } = lab);
    // What the examples name is never chosen for others.
    await aws(
      `aws ec2 create-subnet-cidr-reservation --subnet-id ${subnet} --reservation-type explicit --cidr 10.0.2.0/25`,
    );
    group = await createGroup(localvpc.ec2, vpc, EVERYTHING);
    const { Instances } = await aws(
      `aws ec2 run-instances --image-id ami-virtual --count 1 --instance-type m5.large --subnet-id ${subnet} --security-group-ids ${group}`,
    );
    instance = present((Instances as Instance[])[0]?.InstanceId, 'InstanceId');
  });
  after(() => lab.close());

  const interfaces = async (line: string): Promise<readonly NetworkInterface[]> =>
    (await aws(`aws ec2 describe-network-interfaces ${line}`)).NetworkInterfaces as NetworkInterface[];
  const theInterface = async (): Promise<NetworkInterface> =>
    present((await interfaces(`--network-interface-ids ${eni}`))[0], eni);
  const create = async (line: string): Promise<NetworkInterface> => {
    const answer = (await aws(`aws ec2 create-network-interface ${line}`)) as CreateNetworkInterfaceResult;
    return present(answer.NetworkInterface, 'NetworkInterface');
  };

  test('create-network-interface', async () => {
    const made = await create(
      `--subnet-id ${subnet} --description "my network interface" --groups ${group} --private-ip-address 10.0.2.17`,
    );
    eni = present(made.NetworkInterfaceId, 'NetworkInterfaceId');
    deepEqual(
      [made.Status, made.Description, made.PrivateIpAddress, made.SourceDestCheck, made.RequesterManaged, made.OwnerId],
      ['pending', 'my network interface', '10.0.2.17', true, false, '123456789012'],
    );
    await create(`--subnet-id ${subnet} --description "my dev network interface" --groups ${group}`);
    const tagged = await create(
      `--subnet-id ${subnet} --secondary-private-ip-address-count 2 --tag-specifications 'ResourceType=network-interface,Tags=[{Key=Purpose,Value=test}]'`,
    );
    equal(tagged.PrivateIpAddresses?.length, 3);
    deepEqual(tagged.TagSet, [{ Key: 'Purpose', Value: 'test' }]);
  });

  test('describe-network-interfaces', async () => {
    ok((await interfaces('')).length >= 4);
    equal((await interfaces('--filters Name=tag:Purpose,Values=test')).length, 1);
    equal((await interfaces(`--filters "Name=attachment.instance-id,Values=${instance}"`)).length, 1);
    deepEqual(
      (await interfaces(`--filters Name=subnet-id,Values=${subnet} Name=status,Values=available`)).map(
        ({ Status }) => Status,
      ),
      ['available', 'available', 'available'],
    );
  });

  test('attach-network-interface, describe and modify its attributes, detach-network-interface', async () => {
    const { AttachmentId } = await aws(
      `aws ec2 attach-network-interface --network-interface-id ${eni} --instance-id ${instance} --device-index 1`,
    );
    const of = `--network-interface-id ${eni}`;
    const describe = async (attribute: string) =>
      await aws(`aws ec2 describe-network-interface-attribute ${of} --attribute ${attribute}`);
    const modify = (change: string) => aws(`aws ec2 modify-network-interface-attribute ${of} ${change}`);
    const { Attachment } = await describe('attachment');
    equal((Attachment as NetworkInterface['Attachment'])?.DeviceIndex, 1);
    await modify(`--attachment AttachmentId=${AttachmentId as string},DeleteOnTermination=true`);
    await modify('--description "My description"');
    deepEqual((await describe('description')).Description, { Value: 'My description' });
    const second = await createGroup(localvpc.ec2, vpc);
    await modify(`--groups ${group} ${second}`);
    equal(((await describe('groupSet')).Groups as unknown[]).length, 2);
    await modify('--no-source-dest-check');
    deepEqual((await describe('sourceDestCheck')).SourceDestCheck, { Value: false });
    await modify('--source-dest-check "{\\"Value\\": true}"');
    await modify('--no-source-dest-check');
    await aws(`aws ec2 reset-network-interface-attribute ${of} --source-dest-check true`);
    const shown = await theInterface();
    deepEqual([shown.SourceDestCheck, shown.Attachment?.DeleteOnTermination], [true, true]);
    await aws(`aws ec2 detach-network-interface --attachment-id ${AttachmentId as string}`);
    equal((await theInterface()).Status, 'available');
  });

  test('assign-private-ip-addresses, unassign-private-ip-addresses', async () => {
    const of = `--network-interface-id ${eni}`;
    await aws(`aws ec2 assign-private-ip-addresses ${of} --private-ip-addresses 10.0.2.82`);
    await aws(`aws ec2 assign-private-ip-addresses ${of} --secondary-private-ip-address-count 2`);
    equal((await theInterface()).PrivateIpAddresses?.length, 4);
    await aws(`aws ec2 unassign-private-ip-addresses ${of} --private-ip-addresses 10.0.2.82`);
    equal((await theInterface()).PrivateIpAddresses?.length, 3);
  });

  test('prefixes: create, assign, describe, unassign', async () => {
    // Of its own, and what is chosen comes last, so that it lies in no prefix of the examples.
    const roomy = await createSubnet(localvpc.ec2, vpc, '10.0.3.0/24');
    const byHand = await create(
      `--subnet-id ${roomy} --description "IPv4 manual example" --private-ip-address 10.0.3.10 --ipv4-prefixes Ipv4Prefix=10.0.3.208/28`,
    );
    deepEqual(byHand.Ipv4Prefixes, [{ Ipv4Prefix: '10.0.3.208/28' }]);
    const of = `--network-interface-id ${byHand.NetworkInterfaceId}`;
    const assigned = await aws(`aws ec2 assign-private-ip-addresses ${of} --ipv4-prefixes 10.0.3.192/28`);
    deepEqual(assigned.AssignedIpv4Prefixes, [{ Ipv4Prefix: '10.0.3.192/28' }]);
    await aws(`aws ec2 assign-private-ip-addresses ${of} --ipv4-prefix-count 1`);
    await aws(`aws ec2 unassign-private-ip-addresses ${of} --ipv4-prefixes 10.0.3.192/28`);
    const [shown] = await interfaces(`--network-interface-ids ${byHand.NetworkInterfaceId}`);
    equal(shown?.Ipv4Prefixes?.length, 2);
    await aws(
      `aws ec2 create-subnet-cidr-reservation --subnet-id ${roomy} --reservation-type prefix --cidr 10.0.3.64/27`,
    );
    const reserved = await aws(`aws ec2 get-subnet-cidr-reservations --subnet-id ${roomy}`);
    equal((reserved.SubnetIpv4CidrReservations as unknown[]).length, 1);
    const made = await create(`--subnet-id ${roomy} --description "IPv4 automatic example" --ipv4-prefix-count 1`);
    equal(made.Ipv4Prefixes?.length, 1);
  });

  test('IPv6: associate, assign, unassign', async () => {
    await aws(`aws ec2 associate-vpc-cidr-block --amazon-provided-ipv6-cidr-block --vpc-id ${vpc}`);
    const { Vpcs } = await aws(`aws ec2 describe-vpcs --vpc-ids ${vpc}`);
    const [block] =
      (Vpcs as { Ipv6CidrBlockAssociationSet: { Ipv6CidrBlock: string }[] }[])[0]?.Ipv6CidrBlockAssociationSet ?? [];
    const cidr = present(block, 'block').Ipv6CidrBlock.replace('/56', '/64');
    await aws(`aws ec2 associate-subnet-cidr-block --subnet-id ${subnet} --ipv6-cidr-block ${cidr}`);
    const of = `--network-interface-id ${eni}`;
    const { AssignedIpv6Addresses } = await aws(`aws ec2 assign-ipv6-addresses ${of} --ipv6-address-count 2`);
    equal((AssignedIpv6Addresses as string[]).length, 2);
    const own = cidr.replace('/64', '4071');
    await aws(`aws ec2 assign-ipv6-addresses ${of} --ipv6-addresses ${own}`);
    await aws(`aws ec2 unassign-ipv6-addresses ${of} --ipv6-addresses ${own}`);
    equal((await theInterface()).Ipv6Addresses?.length, 2);
    await aws(`aws ec2 modify-subnet-attribute --subnet-id ${subnet} --assign-ipv6-address-on-creation`);
    await aws(`aws ec2 modify-subnet-attribute --subnet-id ${subnet} --no-assign-ipv6-address-on-creation`);
  });

  test('Elastic IPs: allocate, tag, associate, describe, disassociate, release, recover', async () => {
    const { AllocationId, PublicIp, Domain, PublicIpv4Pool } = (await aws(
      'aws ec2 allocate-address --domain vpc',
    )) as AllocateAddressResult;
    deepEqual([Domain, PublicIpv4Pool], ['vpc', 'amazon']);
    match(AllocationId ?? '', /^eipalloc-[0-9a-f]{17}$/);
    await aws(`aws ec2 create-tags --resources ${AllocationId} --tags Key=Owner,Value=TeamA`);
    const described = async (line: string) => (await aws(`aws ec2 describe-addresses ${line}`)).Addresses as Address[];
    equal((await described('--filters Name=tag:Owner,Values=TeamA'))[0]?.PublicIp, PublicIp);
    equal((await described('--filters "Name=domain,Values=vpc"')).length, 1);
    equal((await described('--filters "Name=domain,Values=standard"')).length, 0);
    await aws(`aws ec2 associate-address --instance-id ${instance} --allocation-id ${AllocationId}`);
    equal((await described(`--allocation-ids ${AllocationId}`))[0]?.InstanceId, instance);
    await aws(`aws ec2 associate-address --allocation-id ${AllocationId} --network-interface-id ${eni}`);
    const [secondary] = (await theInterface()).PrivateIpAddresses?.filter(({ Primary }) => !Primary) ?? [];
    const { AssociationId } = await aws(
      `aws ec2 associate-address --allocation-id ${AllocationId} --network-interface-id ${eni} --private-ip-address ${secondary?.PrivateIpAddress} --allow-reassociation`,
    );
    const filter = `--filters "Name=private-ip-address,Values=${secondary?.PrivateIpAddress}"`;
    equal((await described(filter))[0]?.AssociationId, AssociationId);
    await aws(`aws ec2 disassociate-address --association-id ${AssociationId as string}`);
    await aws(`aws ec2 release-address --allocation-id ${AllocationId}`);
    equal((await described('')).length, 0);
    const recovered = await aws(`aws ec2 allocate-address --domain vpc --address ${PublicIp}`);
    equal(recovered.PublicIp, PublicIp);
    await aws(`aws ec2 release-address --allocation-id ${recovered.AllocationId as string}`);
  });

  test('Elastic IPs: reverse DNS and transfers', async () => {
    const { AllocationId, PublicIp } = (await aws('aws ec2 allocate-address')) as AllocateAddressResult;
    await aws(`aws ec2 modify-address-attribute --allocation-id ${AllocationId} --domain-name example.com`);
    const attributes = await aws(
      `aws ec2 describe-addresses-attribute --allocation-ids ${AllocationId} --attribute domain-name`,
    );
    equal((attributes.Addresses as { PtrRecord: string }[])[0]?.PtrRecord, 'example.com.');
    await aws(`aws ec2 reset-address-attribute --allocation-id ${AllocationId} --attribute domain-name`);
    const offer = `--allocation-id ${AllocationId} --transfer-account-id ${OTHER_ACCOUNT}`;
    await aws(`aws ec2 enable-address-transfer ${offer}`);
    const { AddressTransfers } = await aws(`aws ec2 describe-address-transfers --allocation-ids ${AllocationId}`);
    equal((AddressTransfers as AddressTransfer[])[0]?.AddressTransferStatus, 'pending');
    await aws(`aws ec2 disable-address-transfer --allocation-id ${AllocationId}`);
    await aws(`aws ec2 enable-address-transfer ${offer}`);
    const others = commands.of(localvpc.client({ account: OTHER_ACCOUNT }));
    const accepted = await others(`aws ec2 accept-address-transfer --address ${PublicIp}`);
    equal((accepted.AddressTransfer as AddressTransfer).AddressTransferStatus, 'accepted');
  });

  test('public addresses: at launch, by the subnet, switched off', async () => {
    await aws(`aws ec2 modify-subnet-attribute --subnet-id ${subnet} --map-public-ip-on-launch`);
    await aws(`aws ec2 modify-subnet-attribute --subnet-id ${subnet} --no-map-public-ip-on-launch`);
    const run = `aws ec2 run-instances --image-id ami-virtual --count 1 --instance-type m5.large`;
    const { Instances } = await aws(
      `${run} --network-interfaces '[{"DeviceIndex":0,"SubnetId":"${subnet}","Groups":["${group}"],"AssociatePublicIpAddress":true}]'`,
    );
    const id = present((Instances as Instance[])[0]?.InstanceId, 'InstanceId');
    const [primary] = await interfaces(`--filters Name=attachment.instance-id,Values=${id}`);
    equal(primary?.Association?.IpOwnerId, 'amazon');
    const of = `--network-interface-id ${primary.NetworkInterfaceId}`;
    await aws(`aws ec2 modify-network-interface-attribute ${of} --no-associate-public-ip-address`);
    const [switched] = await interfaces(`--network-interface-ids ${primary.NetworkInterfaceId}`);
    equal(switched?.Association, undefined);
  });

  test('permissions and delete-network-interface', async () => {
    const of = `--network-interface-id ${eni}`;
    const { InterfacePermission } = await aws(
      `aws ec2 create-network-interface-permission ${of} --aws-account-id ${OTHER_ACCOUNT} --permission INSTANCE-ATTACH`,
    );
    const id = (InterfacePermission as { NetworkInterfacePermissionId: string }).NetworkInterfacePermissionId;
    const { NetworkInterfacePermissions } = await aws('aws ec2 describe-network-interface-permissions');
    equal((NetworkInterfacePermissions as unknown[]).length, 1);
    await aws(`aws ec2 delete-network-interface-permission --network-interface-permission-id ${id}`);
    await aws(`aws ec2 delete-network-interface ${of}`);
    deepEqual(await interfaces(`--filters Name=network-interface-id,Values=${eni}`), []);
  });
});
