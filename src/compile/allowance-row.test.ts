import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AllowanceRow } from '../tables/tables.ts';
import { type Lab, lab } from '../testing/instance-parts.ts';
import { Compiler } from './compiler.ts';

const GIGABIT_BYTES = 1e9 / 8;

/** What the fabric is told of each interface of an instance. */
function allowancesOf({ account }: Lab, instanceId: string): readonly (AllowanceRow | undefined)[] {
  return new Compiler(() => 0)
    .compileAll(account.world)
    .flatMap((update) => (update.change === 'put' && update.row.kind === 'interface' ? [update.row] : []))
    .filter(({ owner }) => owner.kind === 'instance' && owner.id === instanceId)
    .map(({ allowance }) => allowance);
}

test('where rates are off, nothing limits an interface', () => {
  const net = lab();
  assert.deepEqual(allowancesOf(net, net.instance()), [undefined]);
});

test('an instance has the bandwidth of its type, of which its interfaces share one', () => {
  const net = lab({ rates: 1 });
  const instance = net.instance({ InstanceType: 'm5.large' });
  net.attach(net.eni(), instance);
  const [first, second] = allowancesOf(net, instance);
  assert.equal(first?.id, `${instance}/0`);
  assert.equal(first.baselineBytesPerSecond, 0.75 * GIGABIT_BYTES);
  assert.equal(first.peakBytesPerSecond, 10 * GIGABIT_BYTES);
  assert.equal(first.internetBytesPerSecond, 5 * GIGABIT_BYTES);
  assert.equal(first.flowBytesPerSecond, 5 * GIGABIT_BYTES);
  assert.deepEqual(second, first);
});

test('a factor scales all of it', () => {
  const whole = lab({ rates: 1 });
  const part = lab({ rates: 0.01 });
  const [all] = allowancesOf(whole, whole.instance());
  const [some] = allowancesOf(part, part.instance());
  for (const name of ['baselineBytesPerSecond', 'peakBytesPerSecond', 'creditBytes', 'packetsPerSecond'] as const)
    assert.ok(Math.abs((some?.[name] ?? 0) * 100 - (all?.[name] ?? 0)) < 1, name);
});

test('each network card has an allowance of its own', () => {
  const net = lab({ rates: 1 });
  const place = { SubnetId: net.subnetId };
  const instance = net.instance({
    InstanceType: 'p4d.24xlarge',
    NetworkInterfaces: [
      { ...place, DeviceIndex: 0 },
      { ...place, DeviceIndex: 1, NetworkCardIndex: 3 },
    ],
  });
  assert.deepEqual(
    allowancesOf(net, instance).map((one) => [one?.id, one?.peakBytesPerSecond]),
    [
      [`${instance}/0`, 100 * GIGABIT_BYTES],
      [`${instance}/3`, 100 * GIGABIT_BYTES],
    ],
  );
});

test('half of the bandwidth of 32 processors and more may go to the internet, but five gigabits from a cluster group', () => {
  const net = lab({ rates: 1 });
  net.account.call('CreatePlacementGroup', { GroupName: 'near', Strategy: 'cluster' });
  const alone = net.instance({ InstanceType: 'm5.16xlarge' });
  const member = net.instance({ InstanceType: 'm5.16xlarge', Placement: { GroupName: 'near' } });
  assert.equal(allowancesOf(net, alone)[0]?.internetBytesPerSecond, 10 * GIGABIT_BYTES);
  assert.equal(allowancesOf(net, member)[0]?.internetBytesPerSecond, 5 * GIGABIT_BYTES);
});

test('a flow between members of a cluster group may have ten gigabits, where both have enhanced networking', () => {
  const net = lab({ rates: 1 });
  net.account.call('CreatePlacementGroup', { GroupName: 'near', Strategy: 'cluster' });
  net.account.call('CreatePlacementGroup', { GroupName: 'far', Strategy: 'spread' });
  const groupOf = (request: Parameters<Lab['instance']>[0]) => allowancesOf(net, net.instance(request))[0]?.cluster;
  const ena = groupOf({ InstanceType: 'c5.large', Placement: { GroupName: 'near' } });
  assert.equal(ena?.flowBytesPerSecond, 10 * GIGABIT_BYTES);
  const vf = groupOf({ InstanceType: 'c4.large', Placement: { GroupName: 'near' } });
  assert.deepEqual(vf, ena);
  assert.equal(groupOf({ InstanceType: 'c5.large', Placement: { GroupName: 'far' } }), undefined);
  assert.equal(groupOf({ InstanceType: 't3.large' }), undefined);
});

test('ENA Express is of attachments that have it on, on types that know it', () => {
  const net = lab({ rates: 1 });
  const express = (InstanceType: string, udp: boolean) => {
    const EnaSrdSpecification = { EnaSrdEnabled: true, EnaSrdUdpSpecification: { EnaSrdUdpEnabled: udp } };
    const one = { SubnetId: net.subnetId, DeviceIndex: 0, EnaSrdSpecification };
    return allowancesOf(net, net.instance({ InstanceType, NetworkInterfaces: [one] }))[0]?.express;
  };
  assert.deepEqual(express('c6in.32xlarge', false), { carriesUdp: false, flowBytesPerSecond: 25 * GIGABIT_BYTES });
  assert.equal(express('c6in.32xlarge', true)?.carriesUdp, true);
});

test('a weighting moves a quarter of the baseline between network and volumes', () => {
  const net = lab({ rates: 1 });
  const gigabits = (InstanceType: string, BandwidthWeighting: 'default' | 'vpc-1' | 'ebs-1') => {
    const [row] = allowancesOf(net, net.instance({ InstanceType, NetworkPerformanceOptions: { BandwidthWeighting } }));
    const round = (bytes = 0) => Math.round((1000 * bytes) / GIGABIT_BYTES) / 1000;
    return [round(row?.baselineBytesPerSecond), round(row?.peakBytesPerSecond)];
  };
  assert.deepEqual(gigabits('m8i.large', 'default'), [0.937, 12.5]);
  assert.deepEqual(gigabits('m8i.large', 'vpc-1'), [1.171, 12.5]);
  assert.deepEqual(gigabits('m8i.large', 'ebs-1'), [0.781, 10]);
  assert.deepEqual(gigabits('m8i.8xlarge', 'vpc-1'), [18.75, 18.75]);
  assert.deepEqual(gigabits('m8i.8xlarge', 'ebs-1'), [12.5, 12.5]);
});
