import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { settle } from '../../testing/guests.ts';
import { type Lab, lab } from '../../testing/instance-parts.ts';

const ENCRYPTED = [{ DeviceName: '/dev/xvda', Ebs: { Encrypted: true } }];
const CONFIGURED = { HibernationOptions: { Configured: true }, BlockDeviceMappings: ENCRYPTED };

const hibernate = ({ account }: Lab, InstanceId: string) =>
  settle(account, account.commit('StopInstances', { InstanceIds: [InstanceId], Hibernate: true }));

test('an instance that hibernates is stopped, says why, and starts again', () => {
  const net = lab();
  const id = net.instance(CONFIGURED);
  const shown = () => net.account.call('DescribeInstances').Reservations?.[0]?.Instances?.[0];
  equal(shown()?.HibernationOptions?.Configured, true);
  equal(hibernate(net, id).StoppingInstances?.[0]?.CurrentState?.Name, 'stopping');
  deepEqual([shown()?.State?.Name, shown()?.StateReason?.Code], ['stopped', 'Client.UserInitiatedHibernate']);
  net.start(id);
  deepEqual([shown()?.State?.Name, shown()?.StateReason], ['running', undefined]);
});

test('what needs a stopped instance has to wait while it hibernates', () => {
  const net = lab();
  const id = net.instance(CONFIGURED);
  hibernate(net, id);
  const resize = () =>
    net.account.call('ModifyInstanceAttribute', { InstanceId: id, InstanceType: { Value: 't3.xlarge' } });
  equal(net.account.faultCode(resize), 'IncorrectInstanceState');
  net.start(id);
  net.stop(id);
  resize();
});

test('hibernation is refused where its conditions are not met', () => {
  const net = lab();
  const refused = (work: () => unknown) => equal(net.account.faultCode(work), 'UnsupportedHibernationConfiguration');
  refused(() => net.instance({ HibernationOptions: { Configured: true } }));
  refused(() => net.instance({ ...CONFIGURED, InstanceType: 'm6g.metal' }));
  const id = net.instance();
  refused(() => hibernate(net, id));
});
