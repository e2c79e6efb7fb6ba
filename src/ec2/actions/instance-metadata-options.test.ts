import { deepEqual, equal } from 'node:assert/strict';
import test from 'node:test';
import { given, type Lab, lab } from '../../testing/instance-parts.ts';

const optionsOf = ({ account }: Lab, id: string) =>
  given(account.call('DescribeInstances', { InstanceIds: [id] }).Reservations?.[0]?.Instances?.[0]?.MetadataOptions);

test('metadata options change while an instance runs', () => {
  const net = lab();
  const { account } = net;
  const InstanceId = net.instance();
  const answer = account.call('ModifyInstanceMetadataOptions', {
    InstanceId,
    HttpTokens: 'optional',
    HttpPutResponseHopLimit: 5,
    HttpEndpoint: 'disabled',
    InstanceMetadataTags: 'enabled',
  });
  deepEqual(
    [answer.InstanceMetadataOptions?.State, answer.InstanceMetadataOptions?.HttpTokens],
    ['pending', 'optional'],
  );
  equal(optionsOf(net, InstanceId).State, 'applied');
});

test('changes of metadata options are refused in the words of EC2', () => {
  const net = lab();
  const { account } = net;
  const InstanceId = net.instance({
    TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'a b', Value: '' }] }],
  });
  const fault = (request: object) =>
    account.faultCode(() => account.call('ModifyInstanceMetadataOptions', { InstanceId, ...request }));
  equal(fault({}), 'InvalidParameterCombination');
  equal(fault({ HttpTokens: 'perhaps' }), 'InvalidParameterValue');
  equal(fault({ HttpPutResponseHopLimit: 65 }), 'InvalidParameterValue');
  equal(fault({ InstanceMetadataTags: 'enabled' }), 'InvalidParameterValue');
  net.terminate(InstanceId);
  equal(fault({ HttpTokens: 'optional' }), 'IncorrectInstanceState');
});

test('a launch comes before the account, and the account before the image', () => {
  const net = lab();
  const { account } = net;
  equal(optionsOf(net, net.instance()).HttpPutResponseHopLimit, 2);
  account.call('ModifyInstanceMetadataDefaults', { HttpTokens: 'optional', HttpPutResponseHopLimit: 9 });
  deepEqual(account.call('GetInstanceMetadataDefaults').AccountLevel?.HttpPutResponseHopLimit, 9);
  const shown = optionsOf(net, net.instance({ MetadataOptions: { HttpPutResponseHopLimit: 3 } }));
  deepEqual([shown.HttpTokens, shown.HttpPutResponseHopLimit], ['optional', 3]);
  account.call('ModifyInstanceMetadataDefaults', { HttpTokens: 'no-preference', HttpPutResponseHopLimit: -1 });
  const again = optionsOf(net, net.instance());
  deepEqual([again.HttpTokens, again.HttpPutResponseHopLimit], ['required', 2]);
  account.call('ModifyInstanceMetadataDefaults', { HttpTokensEnforced: 'enabled' });
  equal(
    account.faultCode(() => net.instance({ MetadataOptions: { HttpTokens: 'optional' } })),
    'UnsupportedOperation',
  );
});
