/**
 * Commands as AWS's documentation prints them (EC2 user guide: secondary IP addresses, host names, metadata options,
 * addresses per instance type; CLI reference: their examples), as in documented-commands.test.ts.
 */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Instance, InstanceTypeInfo, LaunchTemplate, Reservation } from '@aws-sdk/client-ec2';
import { type CommandLab, startCommandLab } from './fixture/command-lab.ts';
import { present } from './fixture/present.ts';
import { createGroup } from './fixture/vpc.ts';

describe('commands of the documentation, for instances', () => {
  let lab: CommandLab;
  let localvpc: CommandLab['localvpc'];
  let aws: CommandLab['aws'];
  let vpc = '';
  let subnet = '';
  let group = '';
  let instance = '';

  before(async () => {
    lab = await startCommandLab();
    ({ localvpc, aws, vpc, subnet } = lab);
    group = await createGroup(localvpc.ec2, vpc);
  });
  after(() => lab.close());

  const described = async (): Promise<Instance> => {
    const { Reservations } = await aws(`aws ec2 describe-instances --instance-ids ${instance}`);
    return present((Reservations as Reservation[])[0]?.Instances?.[0], instance);
  };

  test('run-instances with secondary private addresses and tags, and describe-instances', async () => {
    const { Instances } = await aws(
      `aws ec2 run-instances --image-id ami-virtual --instance-type t3.small --count 1 --subnet-id ${subnet} --security-group-ids ${group} --secondary-private-ip-address-count 2 --tag-specifications 'ResourceType=instance,Tags=[{Key=webserver,Value=production}]' 'ResourceType=volume,Tags=[{Key=cost-center,Value=cc123}]'`,
    );
    instance = present((Instances as Instance[])[0]?.InstanceId, 'InstanceId');
    const [primary] = (await described()).NetworkInterfaces ?? [];
    equal(primary?.PrivateIpAddresses?.length, 3);
    for (const filters of [
      'Name=instance-type,Values=t3.small Name=availability-zone,Values=us-east-1a',
      '"Name=tag:webserver,Values=production"',
      `Name=network-interface.addresses.private-ip-address,Values=${primary?.PrivateIpAddress}`,
      `Name=subnet-id,Values=${subnet} Name=instance-state-name,Values=pending,running`,
    ]) {
      const { Reservations } = await aws(`aws ec2 describe-instances --filters ${filters}`);
      equal((Reservations as Reservation[]).length, 1, filters);
    }
  });

  test('modify-instance-attribute and describe-instance-attribute', async () => {
    const of = `--instance-id ${instance}`;
    await aws(`aws ec2 modify-instance-attribute ${of} --source-dest-check "{\\"Value\\": false}"`);
    const check = await aws(`aws ec2 describe-instance-attribute ${of} --attribute sourceDestCheck`);
    deepEqual(check.SourceDestCheck, { Value: false });
    await aws(`aws ec2 modify-instance-attribute ${of} --source-dest-check`);
    await aws(`aws ec2 modify-instance-attribute ${of} --groups ${group}`);
    const { Groups } = await aws(`aws ec2 describe-instance-attribute ${of} --attribute groupSet`);
    deepEqual(
      (Groups as { GroupId: string }[]).map(({ GroupId }) => GroupId),
      [group],
    );
    await aws(`aws ec2 modify-instance-attribute ${of} --disable-api-termination`);
    const kept = await aws(`aws ec2 describe-instance-attribute ${of} --attribute disableApiTermination`);
    deepEqual(kept.DisableApiTermination, { Value: true });
    await aws(`aws ec2 modify-instance-attribute ${of} --no-disable-api-termination`);
  });

  test('modify-private-dns-name-options and modify-public-ip-dns-name-options', async () => {
    await aws(`aws ec2 stop-instances --instance-ids ${instance}`);
    await aws(
      `aws ec2 modify-private-dns-name-options --instance-id ${instance} --private-dns-hostname-type resource-name --enable-resource-name-dns-a-record`,
    );
    await aws(
      `aws ec2 modify-instance-attribute --instance-id ${instance} --instance-type "{\\"Value\\": \\"m5.large\\"}"`,
    );
    await aws(`aws ec2 start-instances --instance-ids ${instance}`);
    const { InstanceType, NetworkInterfaces, PrivateDnsName } = await described();
    deepEqual([PrivateDnsName, InstanceType], [`${instance}.ec2.internal`, 'm5.large']);
    const eni = present(NetworkInterfaces?.[0]?.NetworkInterfaceId, 'NetworkInterfaceId');
    await aws(`aws ec2 modify-vpc-attribute --enable-dns-hostnames --vpc-id ${vpc}`);
    await aws(`aws ec2 modify-network-interface-attribute --network-interface-id ${eni} --associate-public-ip-address`);
    const { Successful } = await aws(
      `aws ec2 modify-public-ip-dns-name-options --network-interface-id ${eni} --hostname-type public-ipv4-dns-name`,
    );
    equal(Successful, true);
  });

  test('modify-instance-metadata-options', async () => {
    const { InstanceMetadataOptions } = await aws(
      `aws ec2 modify-instance-metadata-options --instance-id ${instance} --http-tokens required --http-endpoint enabled --http-put-response-hop-limit 3`,
    );
    match(JSON.stringify(InstanceMetadataOptions), /"HttpPutResponseHopLimit":3/);
    equal((await described()).MetadataOptions?.State, 'applied');
  });

  test('describe-instance-types tells how many addresses an interface of a type has', async () => {
    const { InstanceTypes } = await aws('aws ec2 describe-instance-types --filters "Name=instance-type,Values=c5.*"');
    const types = InstanceTypes as InstanceTypeInfo[];
    ok(types.length > 5);
    const large = types.find(({ InstanceType }) => InstanceType === 'c5.large');
    const { MaximumNetworkInterfaces: interfaces, Ipv4AddressesPerInterface: addresses } = large?.NetworkInfo ?? {};
    deepEqual([interfaces, addresses], [3, 10]);
  });

  test('a launch template with an interface, and an instance that is launched by it', async () => {
    const { LaunchTemplate: made } = await aws(
      `aws ec2 create-launch-template --launch-template-name TemplateForWebServer --version-description WebVersion1 --launch-template-data '{"NetworkInterfaces":[{"AssociatePublicIpAddress":true,"DeviceIndex":0,"Ipv6AddressCount":0,"SubnetId":"${subnet}"}],"ImageId":"ami-virtual","InstanceType":"t3.micro","TagSpecifications":[{"ResourceType":"instance","Tags":[{"Key":"purpose","Value":"webserver"}]}]}'`,
    );
    equal((made as LaunchTemplate).LatestVersionNumber, 1);
    const { Instances } = await aws(
      'aws ec2 run-instances --launch-template LaunchTemplateName=TemplateForWebServer,Version=1 --count 1',
    );
    const [one] = Instances as Instance[];
    equal(one?.SubnetId, subnet);
    ok(one.Tags?.some(({ Key }) => Key === 'purpose'));
  });

  test('reservations of a subnet, and pools of addresses', async () => {
    const { SubnetCidrReservation } = await aws(
      `aws ec2 create-subnet-cidr-reservation --subnet-id ${subnet} --reservation-type prefix --cidr 10.0.2.240/28`,
    );
    const id = (SubnetCidrReservation as { SubnetCidrReservationId: string }).SubnetCidrReservationId;
    const deleted = await aws(`aws ec2 delete-subnet-cidr-reservation --subnet-cidr-reservation-id ${id}`);
    match(JSON.stringify(deleted), new RegExp(id));
    deepEqual((await aws('aws ec2 describe-public-ipv4-pools')).PublicIpv4Pools, []);
    deepEqual((await aws('aws ec2 describe-ipv6-pools')).Ipv6Pools, []);
    deepEqual((await aws('aws ec2 describe-moving-addresses')).MovingAddressStatuses, []);
  });
});
