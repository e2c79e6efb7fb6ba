/**
 * What Terraform's AWS provider asks after each create of an instance and what it needs, read from its source (internal/service/ec2): every call
 * in its words, and every member that it takes for granted or waits for. The provider itself is no package of a registry
 * that a test could install.
 */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as sdk from '@aws-sdk/client-ec2';
import { present } from './fixture/present.ts';
import { gone, has, only, ProviderLab, where } from './fixture/terraform.ts';

describe("what Terraform's provider reads of instances", () => {
  let lab: ProviderLab;
  let VpcId = '';
  let SubnetId = '';
  let GroupId = '';

  before(async () => {
    lab = await ProviderLab.start();
    ({ VpcId, SubnetId, GroupId } = lab);
  });
  after(() => lab.localvpc.close());

  test('aws_instance', async () => {
    const UserData = Buffer.from('#!/bin/sh\n').toString('base64');
    const instance = await lab.run({
      NetworkInterfaces: [{ DeviceIndex: 0, SubnetId, Groups: [GroupId], AssociatePublicIpAddress: false }],
      UserData,
      CreditSpecification: { CpuCredits: 'unlimited' },
      DisableApiTermination: false,
      EbsOptimized: false,
      Monitoring: { Enabled: false },
      HibernationOptions: { Configured: false },
      EnclaveOptions: { Enabled: false },
      Placement: { AvailabilityZone: '' },
      TagSpecifications: [
        { ResourceType: 'instance', Tags: [{ Key: 'Name', Value: 'terraform' }] },
        { ResourceType: 'volume', Tags: [{ Key: 'Name', Value: 'disk' }] },
      ],
    });
    const shown = has(await lab.findInstance(instance), [
      'BlockDeviceMappings',
      'CapacityReservationSpecification',
      'CpuOptions',
      'EbsOptimized',
      'EnclaveOptions',
      'HibernationOptions',
      'ImageId',
      'InstanceType',
      'MaintenanceOptions',
      'MetadataOptions',
      'Monitoring',
      'NetworkInterfaces',
      'Placement',
      'PrivateDnsName',
      'PrivateDnsNameOptions',
      'PrivateIpAddress',
      'RootDeviceName',
      'SecurityGroups',
      'SourceDestCheck',
      'State',
      'SubnetId',
      'Tags',
      'VpcId',
    ]);
    equal(shown.State?.Name, 'running');
    has(shown.Placement, ['AvailabilityZone', 'GroupName', 'Tenancy']);
    has(shown.CpuOptions, ['CoreCount', 'ThreadsPerCore']);
    const options = ['HttpEndpoint', 'HttpPutResponseHopLimit', 'HttpTokens', 'InstanceMetadataTags', 'State'] as const;
    equal(has(shown.MetadataOptions, options).State, 'applied');
    equal(shown.MaintenanceOptions?.AutoRecovery, 'default');
    equal(shown.CapacityReservationSpecification?.CapacityReservationPreference, 'open');
    has(shown.PrivateDnsNameOptions, [
      'EnableResourceNameDnsAAAARecord',
      'EnableResourceNameDnsARecord',
      'HostnameType',
    ]);
    const primary = has(only(shown.NetworkInterfaces), [
      'Attachment',
      'Ipv6Addresses',
      'NetworkInterfaceId',
      'PrivateIpAddresses',
      'SourceDestCheck',
      'SubnetId',
    ]);
    has(primary.Attachment, ['DeviceIndex', 'NetworkCardIndex', 'DeleteOnTermination', 'Status']);

    const types = new sdk.DescribeInstanceTypesCommand({ InstanceTypes: ['t3.micro'] });
    equal(only((await lab.ec2.send(types)).InstanceTypes).BurstablePerformanceSupported, true);
    equal(only((await lab.ec2.send(new sdk.DescribeVpcsCommand({ VpcIds: [VpcId] }))).Vpcs).IsDefault, false);
    const attribute = (Attribute: sdk.InstanceAttributeName) =>
      lab.ec2.send(new sdk.DescribeInstanceAttributeCommand({ InstanceId: instance, Attribute }));
    equal((await attribute('instanceInitiatedShutdownBehavior')).InstanceInitiatedShutdownBehavior?.Value, 'stop');
    equal((await attribute('disableApiStop')).DisableApiStop?.Value, false);
    equal((await attribute('disableApiTermination')).DisableApiTermination?.Value, false);
    equal((await attribute('userData')).UserData?.Value, UserData);
    const credits = new sdk.DescribeInstanceCreditSpecificationsCommand({ InstanceIds: [instance] });
    const specification = only((await lab.ec2.send(credits)).InstanceCreditSpecifications);
    deepEqual(specification, { InstanceId: instance, CpuCredits: 'unlimited' });

    const device = only(shown.BlockDeviceMappings);
    equal(device.DeviceName, shown.RootDeviceName);
    const VolumeIds = [present(device.Ebs?.VolumeId, 'VolumeId')];
    const volume = only((await lab.ec2.send(new sdk.DescribeVolumesCommand({ VolumeIds }))).Volumes);
    has(volume, ['Size', 'VolumeType', 'Encrypted', 'SnapshotId', 'Tags']);
    const attached = new sdk.DescribeVolumesCommand({ Filters: where({ 'attachment.instance-id': instance }) });
    equal(only((await lab.ec2.send(attached)).Volumes).VolumeId, volume.VolumeId);
    const tags = new sdk.DescribeTagsCommand({ Filters: where({ 'resource-id': volume.VolumeId ?? '' }) });
    deepEqual(only((await lab.ec2.send(tags)).Tags), {
      Key: 'Name',
      ResourceId: volume.VolumeId,
      ResourceType: 'volume',
      Value: 'disk',
    });
    const images = new sdk.DescribeImagesCommand({ ImageIds: ['ami-virtual'] });
    const image = has(only((await lab.ec2.send(images)).Images), [
      'Architecture',
      'BlockDeviceMappings',
      'CreationDate',
      'Hypervisor',
      'ImageLocation',
      'ImageType',
      'Name',
      'OwnerId',
      'Public',
      'RootDeviceName',
      'RootDeviceType',
      'State',
      'VirtualizationType',
    ]);
    ok(image.BlockDeviceMappings?.some(({ DeviceName }) => DeviceName === image.RootDeviceName));
    const profiles = where({ 'instance-id': instance });
    const associations = await lab.ec2.send(
      new sdk.DescribeIamInstanceProfileAssociationsCommand({ Filters: profiles }),
    );
    deepEqual(associations.IamInstanceProfileAssociations, []);

    await lab.ec2.send(
      new sdk.ModifyInstanceAttributeCommand({ InstanceId: instance, DisableApiTermination: { Value: false } }),
    );
    await lab.ec2.send(
      new sdk.ModifyInstanceAttributeCommand({ InstanceId: instance, DisableApiStop: { Value: false } }),
    );
    await lab.ec2.send(new sdk.TerminateInstancesCommand({ InstanceIds: [instance] }));
    equal((await lab.findInstance(instance)).State?.Name, 'terminated');
  });

  test('aws_launch_template, and an aws_instance that is launched by it', async () => {
    const { LaunchTemplate } = await lab.ec2.send(
      new sdk.CreateLaunchTemplateCommand({
        LaunchTemplateName: 'terraform',
        LaunchTemplateData: { ImageId: 'ami-virtual', InstanceType: 't3.micro' },
      }),
    );
    const LaunchTemplateId = present(LaunchTemplate?.LaunchTemplateId, 'LaunchTemplateId');
    const templates = new sdk.DescribeLaunchTemplatesCommand({ LaunchTemplateIds: [LaunchTemplateId] });
    const template = has(only((await lab.ec2.send(templates)).LaunchTemplates), [
      'DefaultVersionNumber',
      'LatestVersionNumber',
      'LaunchTemplateName',
    ]);
    const versions = async (version: string) =>
      only(
        (await lab.ec2.send(new sdk.DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId, Versions: [version] })))
          .LaunchTemplateVersions,
      );
    has(await versions(String(template.LatestVersionNumber)), ['LaunchTemplateData', 'VersionNumber']);
    const instance = await lab.run({
      ImageId: undefined,
      SubnetId,
      LaunchTemplate: { LaunchTemplateId, Version: '$Latest' },
    });
    const { Tags = [] } = await lab.ec2.send(
      new sdk.DescribeTagsCommand({
        Filters: where({ 'resource-id': instance, key: 'aws:ec2launchtemplate:id' }),
      }),
    );
    equal(only(Tags).Value, LaunchTemplateId);
    for (const version of ['$Latest', '$Default']) equal((await versions(version)).VersionNumber, 1);
    await lab.ec2.send(new sdk.TerminateInstancesCommand({ InstanceIds: [instance] }));
    await lab.ec2.send(new sdk.DeleteLaunchTemplateCommand({ LaunchTemplateId }));
    await gone(lab.ec2.send(templates), 'InvalidLaunchTemplateId.NotFound');
  });

  test('aws_key_pair and aws_placement_group', async () => {
    const PublicKeyMaterial = Buffer.from(
      'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHUmBQkjPqvWCyUqdhRLNbAuZ4hLAj2y9sVB1h0XGYPD terraform',
    );
    await lab.ec2.send(new sdk.ImportKeyPairCommand({ KeyName: 'terraform', PublicKeyMaterial }));
    const keys = new sdk.DescribeKeyPairsCommand({ KeyNames: ['terraform'], IncludePublicKey: true });
    has(only((await lab.ec2.send(keys)).KeyPairs), ['KeyFingerprint', 'KeyName', 'KeyPairId', 'KeyType', 'PublicKey']);
    await lab.ec2.send(new sdk.DeleteKeyPairCommand({ KeyName: 'terraform' }));
    await gone(lab.ec2.send(keys), 'InvalidKeyPair.NotFound');
    await lab.ec2.send(new sdk.CreatePlacementGroupCommand({ GroupName: 'terraform', Strategy: 'partition' }));
    const groups = new sdk.DescribePlacementGroupsCommand({ GroupNames: ['terraform'] });
    const group = has(only((await lab.ec2.send(groups)).PlacementGroups), [
      'GroupArn',
      'GroupId',
      'GroupName',
      'PartitionCount',
      'State',
      'Strategy',
    ]);
    equal(group.State, 'available');
    await lab.ec2.send(new sdk.DeletePlacementGroupCommand({ GroupName: 'terraform' }));
    await gone(lab.ec2.send(groups), 'InvalidPlacementGroup.Unknown');
  });

  test('aws_ebs_volume and aws_volume_attachment', async () => {
    const instance = await lab.run({ SubnetId });
    const AvailabilityZone = (await lab.findInstance(instance)).Placement?.AvailabilityZone;
    const made = await lab.ec2.send(new sdk.CreateVolumeCommand({ AvailabilityZone, Size: 8, VolumeType: 'gp3' }));
    const VolumeId = present(made.VolumeId, 'VolumeId');
    const find = async () =>
      only((await lab.ec2.send(new sdk.DescribeVolumesCommand({ VolumeIds: [VolumeId] }))).Volumes);
    const volume = has(await find(), ['AvailabilityZone', 'Encrypted', 'Iops', 'MultiAttachEnabled', 'Size', 'State']);
    equal(volume.State, 'available');
    await lab.ec2.send(new sdk.AttachVolumeCommand({ VolumeId, InstanceId: instance, Device: '/dev/sdh' }));
    const Filters = where({ 'attachment.device': '/dev/sdh', 'attachment.instance-id': instance });
    const attached = new sdk.DescribeVolumesCommand({ VolumeIds: [VolumeId], Filters });
    equal(only(only((await lab.ec2.send(attached)).Volumes).Attachments).State, 'attached');
    await lab.ec2.send(new sdk.DetachVolumeCommand({ VolumeId, InstanceId: instance, Device: '/dev/sdh' }));
    equal((await find()).State, 'available');
    await lab.ec2.send(new sdk.DeleteVolumeCommand({ VolumeId }));
    await gone(find(), 'InvalidVolume.NotFound');
    await lab.ec2.send(new sdk.TerminateInstancesCommand({ InstanceIds: [instance] }));
  });

  test('a launch that is repeated with its token is answered again, until its instance is terminated', async () => {
    const launch = { SubnetId, ClientToken: 'terraform-20261128' };
    const instance = await lab.run(launch);
    equal(await lab.run(launch), instance);
    await lab.ec2.send(new sdk.TerminateInstancesCommand({ InstanceIds: [instance] }));
    await gone(lab.run(launch), 'IdempotentInstanceTerminated');
  });
});
