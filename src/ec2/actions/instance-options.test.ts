import { deepEqual, equal, ok } from 'node:assert/strict';
import test from 'node:test';
import { given, type Lab, lab } from '../../testing/instance-parts.ts';
import type { RequestOf } from '../operation.ts';

const shown = ({ account }: Lab, id: string) =>
  given(account.call('DescribeInstances', { InstanceIds: [id] }).Reservations?.[0]?.Instances?.[0]);

test('the kind of a host name changes on a stopped instance only, its records at any time', () => {
  const net = lab();
  const { account } = net;
  const InstanceId = net.instance();
  account.call('ModifyPrivateDnsNameOptions', { InstanceId, EnableResourceNameDnsARecord: true });
  equal(shown(net, InstanceId).PrivateDnsNameOptions?.EnableResourceNameDnsARecord, true);
  const rename = () =>
    account.call('ModifyPrivateDnsNameOptions', { InstanceId, PrivateDnsHostnameType: 'resource-name' });
  equal(account.fault(rename), `IncorrectInstanceState: The instance '${InstanceId}' is not in the 'stopped' state.`);
  net.stop(InstanceId);
  rename();
  ok(shown(net, InstanceId).PrivateDnsName?.startsWith(InstanceId));
});

test('monitoring is pending, then on, and off again', () => {
  const net = lab();
  const InstanceIds = [net.instance()];
  const [on] = given(net.account.call('MonitorInstances', { InstanceIds }).InstanceMonitorings);
  equal(on?.Monitoring?.State, 'pending');
  equal(shown(net, InstanceIds[0] ?? '').Monitoring?.State, 'enabled');
  const [off] = given(net.account.call('UnmonitorInstances', { InstanceIds }).InstanceMonitorings);
  equal(off?.Monitoring?.State, 'disabling');
  equal(shown(net, InstanceIds[0] ?? '').Monitoring?.State, 'disabled');
});

test('ResetInstanceAttribute switches the source/destination check on again and knows three attributes', () => {
  const net = lab();
  const { account } = net;
  const InstanceId = net.instance();
  account.call('ModifyInstanceAttribute', { InstanceId, SourceDestCheck: { Value: false } });
  account.call('ResetInstanceAttribute', { InstanceId, Attribute: 'sourceDestCheck' });
  equal(shown(net, InstanceId).SourceDestCheck, true);
  const reset = (Attribute: 'kernel' | 'userData') => () =>
    account.call('ResetInstanceAttribute', { InstanceId, Attribute });
  equal(account.faultCode(reset('kernel')), 'IncorrectInstanceState');
  equal(account.faultCode(reset('userData')), 'InvalidParameterValue');
});

test('burstable instances have credits by type or launch, others have none', () => {
  const net = lab();
  const { account } = net;
  const t3 = net.instance();
  const t2 = net.instance({ InstanceType: 't2.micro' });
  const m5 = net.instance({ InstanceType: 'm5.large' });
  const standard = net.instance({ CreditSpecification: { CpuCredits: 'standard' } });
  const credits = (InstanceIds?: string[]) =>
    given(
      account.call('DescribeInstanceCreditSpecifications', InstanceIds ? { InstanceIds } : {})
        .InstanceCreditSpecifications,
    ).map(({ InstanceId, CpuCredits }) => [InstanceId, CpuCredits]);
  deepEqual(credits([t3, t2, standard]), [
    [t3, 'unlimited'],
    [t2, 'standard'],
    [standard, 'standard'],
  ]);
  deepEqual(credits(), [[t3, 'unlimited']]);
  equal(
    account.faultCode(() => credits([m5])),
    'InstanceCreditSpecification.NotSupported',
  );
  const launch = () => net.instance({ InstanceType: 'm5.large', CreditSpecification: { CpuCredits: 'unlimited' } });
  equal(account.faultCode(launch), 'InvalidParameterCombination');
  const answer = account.call('ModifyInstanceCreditSpecification', {
    InstanceCreditSpecifications: [
      { InstanceId: t2, CpuCredits: 'unlimited' },
      { InstanceId: m5, CpuCredits: 'unlimited' },
      { InstanceId: 'i-00000000000000000', CpuCredits: 'unlimited' },
    ],
  });
  deepEqual(answer.SuccessfulInstanceCreditSpecifications, [{ InstanceId: t2 }]);
  deepEqual(
    answer.UnsuccessfulInstanceCreditSpecifications?.map(({ Error: error }) => error?.Code),
    ['InstanceCreditSpecification.NotSupported', 'InvalidInstanceID.NotFound'],
  );
  deepEqual(credits([t2]), [[t2, 'unlimited']]);
  net.stop(t3);
  account.call('ModifyInstanceAttribute', { InstanceId: t3, InstanceType: { Value: 'm5.large' } });
  equal(
    account.faultCode(() => credits([t3])),
    'InstanceCreditSpecification.NotSupported',
  );
});

test('CPU options must be of the type, and change on a stopped instance', () => {
  const net = lab();
  const { account } = net;
  const launch = (CpuOptions: RequestOf<'RunInstances'>['CpuOptions']) =>
    net.instance({ InstanceType: 'c5.xlarge', ...(CpuOptions && { CpuOptions }) });
  equal(
    account.faultCode(() => launch({ CoreCount: 1 })),
    'InvalidParameterCombination',
  );
  equal(
    account.faultCode(() => launch({ CoreCount: 7, ThreadsPerCore: 1 })),
    'InvalidParameterValue',
  );
  const InstanceId = launch({ CoreCount: 2, ThreadsPerCore: 1 });
  const modify = () => account.call('ModifyInstanceCpuOptions', { InstanceId, CoreCount: 2, ThreadsPerCore: 2 });
  equal(account.faultCode(modify), 'IncorrectInstanceState');
  net.stop(InstanceId);
  modify();
  deepEqual(shown(net, InstanceId).CpuOptions, { CoreCount: 2, ThreadsPerCore: 2 });
});

test('maintenance and bandwidth options are kept where the type has them', () => {
  const net = lab();
  const { account } = net;
  const InstanceId = net.instance();
  account.call('ModifyInstanceMaintenanceOptions', { InstanceId, AutoRecovery: 'disabled' });
  deepEqual(shown(net, InstanceId).MaintenanceOptions, { AutoRecovery: 'disabled', RebootMigration: 'default' });
  const weigh = () =>
    account.call('ModifyInstanceNetworkPerformanceOptions', { InstanceId, BandwidthWeighting: 'vpc-1' });
  equal(account.faultCode(weigh), 'IncorrectInstanceState');
  net.stop(InstanceId);
  equal(account.faultCode(weigh), 'InvalidParameterCombination');
});

test('an instance profile is associated, replaced and taken away', () => {
  const net = lab();
  const { account } = net;
  const InstanceId = net.instance({ IamInstanceProfile: { Name: 'web' } });
  const list = () => given(account.call('DescribeIamInstanceProfileAssociations').IamInstanceProfileAssociations);
  const [first] = list();
  equal(first?.IamInstanceProfile?.Arn, 'arn:aws:iam::123456789012:instance-profile/web');
  deepEqual([first?.InstanceId, first?.State], [InstanceId, 'associated']);
  const associate = () =>
    account.call('AssociateIamInstanceProfile', { InstanceId, IamInstanceProfile: { Name: 'db' } });
  equal(account.fault(associate), `IncorrectState: There is an existing association for instance ${InstanceId}`);
  const AssociationId = given(first?.AssociationId);
  const replaced = account.call('ReplaceIamInstanceProfileAssociation', {
    AssociationId,
    IamInstanceProfile: { Name: 'db' },
  }).IamInstanceProfileAssociation;
  equal(replaced?.State, 'associating');
  ok(replaced?.AssociationId !== AssociationId);
  equal(
    account.faultCode(() => account.call('DisassociateIamInstanceProfile', { AssociationId })),
    'InvalidAssociationID.NotFound',
  );
  account.call('DisassociateIamInstanceProfile', { AssociationId: given(replaced?.AssociationId) });
  deepEqual([list(), shown(net, InstanceId).IamInstanceProfile], [[], undefined]);
  associate();
  net.terminate(InstanceId);
  deepEqual(list(), []);
});

test('the console is shown in base64 as it was read, and a Linux instance has no password', () => {
  const net = lab();
  const InstanceId = net.instance();
  deepEqual(net.account.call('GetConsoleOutput', { InstanceId }).Output, '');
  equal(net.account.call('GetPasswordData', { InstanceId }).PasswordData, '');
  const refused = ['GetConsoleScreenshot', 'SendDiagnosticInterrupt'] as const;
  for (const name of refused) {
    equal(
      net.account.faultCode(() => net.account.call(name, { InstanceId })),
      'UnsupportedOperation',
    );
  }
});

test('topology, image metadata and status reports know the instances that run', () => {
  const net = lab();
  const { account } = net;
  const [one, two] = [net.instance(), net.instance()];
  const [first, second] = given(account.call('DescribeInstanceTopology').Instances);
  equal(first?.NetworkNodes?.length, 3);
  deepEqual(first?.NetworkNodes?.slice(0, 2), second?.NetworkNodes?.slice(0, 2));
  ok(first?.NetworkNodes?.[2] !== second?.NetworkNodes?.[2]);
  net.stop(two);
  deepEqual(
    account.call('DescribeInstanceTopology').Instances?.map(({ InstanceId }) => InstanceId),
    [one],
  );
  const [metadata] = given(account.call('DescribeInstanceImageMetadata', { InstanceIds: [one] }).InstanceImageMetadata);
  deepEqual([metadata?.ImageMetadata?.ImageOwnerAlias, metadata?.ImageMetadata?.State], ['amazon', 'available']);
  const report = (id: string) => () =>
    account.call('ReportInstanceStatus', { Instances: [id], Status: 'impaired', ReasonCodes: ['other'] });
  report(one)();
  equal(account.faultCode(report(two)), 'IncorrectInstanceState');
});

test('every type is offered in the Region and in each of its zones', () => {
  const { account } = lab();
  const filter = [{ Name: 'instance-type', Values: ['t3.micro'] }];
  const offered = (LocationType?: 'availability-zone' | 'availability-zone-id') =>
    given(
      account.call('DescribeInstanceTypeOfferings', { Filters: filter, ...(LocationType && { LocationType }) })
        .InstanceTypeOfferings,
    ).map(({ Location }) => Location);
  deepEqual(offered(), ['us-east-1']);
  equal(offered('availability-zone').includes('us-east-1a'), true);
  equal(
    offered('availability-zone-id').every((id) => id?.startsWith('use1-az')),
    true,
  );
});
