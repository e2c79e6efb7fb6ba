import { deepEqual, equal, ok } from 'node:assert/strict';
import test from 'node:test';
import { settle } from '../../testing/guests.ts';
import { given, type Lab, lab } from '../../testing/instance-parts.ts';
import type { RequestOf } from '../operation.ts';

type Data = RequestOf<'CreateLaunchTemplate'>['LaunchTemplateData'];

const DATA: Data = { ImageId: 'ami-virtual', InstanceType: 't3.large' };

const template = ({ account }: Lab, LaunchTemplateData: Data = DATA, LaunchTemplateName = 'web') =>
  given(account.call('CreateLaunchTemplate', { LaunchTemplateName, LaunchTemplateData }).LaunchTemplate);

const launch = ({ account }: Lab, request: Omit<RequestOf<'RunInstances'>, 'MinCount' | 'MaxCount'>) => {
  const answer = settle(account, account.commit('RunInstances', { MinCount: 1, MaxCount: 1, ...request }));
  const id = given(answer.Instances?.[0]?.InstanceId);
  return given(account.call('DescribeInstances', { InstanceIds: [id] }).Reservations?.[0]?.Instances?.[0]);
};

const NAMED = { LaunchTemplate: { LaunchTemplateName: 'web' } };

test('a template has versions, of which one is the default', () => {
  const net = lab();
  const { account } = net;
  const made = template(net);
  deepEqual([made.DefaultVersionNumber, made.LatestVersionNumber], [1, 1]);
  const LaunchTemplateId = given(made.LaunchTemplateId);
  const added = account.call('CreateLaunchTemplateVersion', {
    LaunchTemplateId,
    SourceVersion: '$Latest',
    VersionDescription: 'bigger',
    LaunchTemplateData: { InstanceType: 'm5.large' },
  }).LaunchTemplateVersion;
  deepEqual(
    [added?.VersionNumber, added?.DefaultVersion, added?.LaunchTemplateData],
    [2, false, { ImageId: 'ami-virtual', InstanceType: 'm5.large' }],
  );
  account.call('ModifyLaunchTemplate', { LaunchTemplateId, DefaultVersion: '2' });
  const versions = (request: RequestOf<'DescribeLaunchTemplateVersions'>) =>
    given(account.call('DescribeLaunchTemplateVersions', request).LaunchTemplateVersions).map(
      ({ VersionNumber, DefaultVersion }) => [VersionNumber, DefaultVersion],
    );
  deepEqual(versions({ LaunchTemplateId }), [
    [2, true],
    [1, false],
  ]);
  deepEqual(versions({ LaunchTemplateName: 'web', Versions: ['1'] }), [[1, false]]);
  deepEqual(versions({ LaunchTemplateId, MaxVersion: '1' }), [[1, false]]);
  deepEqual(versions({ Versions: ['$Latest', '$Default'] }), [[2, true]]);
  deepEqual(versions({ LaunchTemplateId, Filters: [{ Name: 'instance-type', Values: ['t3.large'] }] }), [[1, false]]);
  const deleted = account.call('DeleteLaunchTemplateVersions', { LaunchTemplateId, Versions: ['1', '2', '9'] });
  deepEqual(
    deleted.SuccessfullyDeletedLaunchTemplateVersions?.map(({ VersionNumber }) => VersionNumber),
    [1],
  );
  deepEqual(
    deleted.UnsuccessfullyDeletedLaunchTemplateVersions?.map(({ ResponseError: error }) => error?.Code),
    ['unexpectedError', 'launchTemplateVersionDoesNotExist'],
  );
  account.call('DeleteLaunchTemplate', { LaunchTemplateId });
  equal(
    account.fault(() => account.call('DescribeLaunchTemplates', { LaunchTemplateIds: [LaunchTemplateId] })),
    `InvalidLaunchTemplateId.NotFound: The specified launch template, with template ID ${LaunchTemplateId}, does not exist.`,
  );
});

test('wrong templates are refused', () => {
  const net = lab();
  template(net);
  const code = (work: () => unknown) => net.account.faultCode(work);
  equal(
    code(() => template(net)),
    'InvalidLaunchTemplateName.AlreadyExistsException',
  );
  equal(
    code(() => template(net, DATA, 'a b c')),
    'InvalidLaunchTemplateName.MalformedException',
  );
  equal(
    code(() => template(net, {}, 'empty')),
    'MissingParameter',
  );
  const reserved = [{ ResourceType: 'instance', Tags: [{ Key: 'aws:x', Value: '' }] }];
  equal(
    code(() => template(net, { ...DATA, TagSpecifications: reserved }, 'reserved')),
    'InvalidTagKey.Malformed',
  );
  equal(
    code(() => launch(net, { LaunchTemplate: { LaunchTemplateName: 'nobody' } })),
    'InvalidLaunchTemplateName.NotFoundException',
  );
  equal(
    code(() => launch(net, { LaunchTemplate: { LaunchTemplateName: 'web', Version: '7' } })),
    'InvalidLaunchTemplateId.VersionNotFound',
  );
  equal(
    code(() => launch(net, { LaunchTemplate: { LaunchTemplateName: 'web', LaunchTemplateId: 'lt-0' } })),
    'InvalidParameterCombination',
  );
});

test('a launch takes what it does not say from the template, and shows where it came from', () => {
  const net = lab();
  const made = template(net, {
    ...DATA,
    UserData: 'aGk=',
    Monitoring: { Enabled: true },
    MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 4 },
    TagSpecifications: [
      {
        ResourceType: 'instance',
        Tags: [
          { Key: 'Name', Value: 'template' },
          { Key: 'Team', Value: 'a' },
        ],
      },
    ],
    BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeSize: 30, VolumeType: 'gp3' } }],
  });
  const instance = launch(net, {
    ...NAMED,
    SubnetId: net.subnetId,
    InstanceType: 'm5.large',
    MetadataOptions: { HttpTokens: 'optional' },
    BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { DeleteOnTermination: false } }],
    TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'Name', Value: 'request' }] }],
  });
  deepEqual(
    [instance.InstanceType, instance.ImageId, instance.Monitoring?.State],
    ['m5.large', 'ami-virtual', 'enabled'],
  );
  deepEqual([instance.MetadataOptions?.HttpTokens, instance.MetadataOptions?.HttpPutResponseHopLimit], ['optional', 4]);
  deepEqual(Object.fromEntries((instance.Tags ?? []).map(({ Key = '', Value }) => [Key, Value])), {
    Name: 'request',
    Team: 'a',
    'aws:ec2launchtemplate:id': made.LaunchTemplateId,
    'aws:ec2launchtemplate:version': '1',
  });
  equal(instance.BlockDeviceMappings?.[0]?.Ebs?.DeleteOnTermination, false);
  equal(net.account.call('DescribeVolumes').Volumes?.[0]?.Size, 30);
});

test('interfaces of a template and a subnet of the request cannot be in one launch', () => {
  const net = lab();
  const NetworkInterfaces = [{ DeviceIndex: 0, SubnetId: net.subnetId, Description: 'from the template' }];
  template(net, { ...DATA, NetworkInterfaces });
  equal(launch(net, NAMED).NetworkInterfaces?.[0]?.Description, 'from the template');
  equal(
    net.account.fault(() => launch(net, { ...NAMED, SubnetId: net.subnetId })),
    'InvalidParameterCombination: Network interfaces and an instance-level subnet ID may not be specified on the same request',
  );
});

test('the data of an instance launch another one like it', () => {
  const net = lab();
  const id = net.instance({ InstanceType: 'm5.large', Monitoring: { Enabled: true } });
  const data = given(net.account.call('GetLaunchTemplateData', { InstanceId: id }).LaunchTemplateData);
  deepEqual([data.ImageId, data.InstanceType, data.Monitoring?.Enabled], ['ami-virtual', 'm5.large', true]);
  net.terminate(id);
  // Said of a type as the API writes it: the same structure as a request's.
  template(net, data as Data);
  const again = launch(net, NAMED);
  equal(again.PrivateIpAddress, data.NetworkInterfaces?.[0]?.PrivateIpAddresses?.[0]?.PrivateIpAddress);
  ok(again.InstanceId !== id);
});
