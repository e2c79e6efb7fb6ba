/** How interfaces go to their guests, as calls decide it: by tags, by type and image, and by what localvpc was started with. */
import { deepEqual, equal, match } from 'node:assert/strict';
import test, { describe } from 'node:test';
import { mayMove } from '../../model/held-devices.ts';
import type { NicPolicy } from '../../model/nic-modes.ts';
import { NetworkInterface } from '../../model/resources/network-interface.ts';
import type { InstanceId } from '../../net/identifiers.ts';
import { formatNicMode } from '../../net/nic-mode.ts';
import { settle } from '../../testing/guests.ts';
import { type Lab, lab } from '../../testing/instance-parts.ts';

/** A machine with two network devices, which can be handed over. */
const DEVICES = ['wire0', 'wire1'];
const machine = (nicPolicy: NicPolicy = 'auto'): Lab =>
  lab({
    environment: {
      nicPolicy,
      deviceRefusal: (device) =>
        DEVICES.includes(device) ? undefined : 'this machine has no network device of that name',
    },
  });

const tagged = (type: 'instance' | 'network-interface', Value: string) =>
  ({ ResourceType: type, Tags: [{ Key: 'localvpc:nic', Value }] }) as const;

const launch = (net: Lab, InstanceType: string, ...TagSpecifications: readonly ReturnType<typeof tagged>[]): string =>
  net.instance({ InstanceType, ImageId: 'ami-host', TagSpecifications: [...TagSpecifications] });

/** The mode of each interface of an instance, by device index. */
const modesOf = ({ account }: Lab, instanceId: string): readonly string[] =>
  account.transact((tx) =>
    tx
      .by(NetworkInterface, 'instanceId', instanceId)
      .map(({ attachment }) => (attachment?.nic ? formatNicMode(attachment.nic) : 'undecided')),
  );

const mobility = ({ account }: Lab, instanceId: string) =>
  account.transact((tx) => mayMove(tx, instanceId as InstanceId));

describe('the mode of an interface', () => {
  test('is sriov for a type with enhanced networking, and mediated for one without', () => {
    const net = machine();
    deepEqual(modesOf(net, launch(net, 't3.micro')), ['sriov']);
    deepEqual(modesOf(net, launch(net, 't2.micro')), ['mediated']);
    deepEqual(modesOf(net, launch(net, 'm4.large')), ['sriov'], 'the older function');
    deepEqual(modesOf(net, launch(net, 'm3.large')), ['mediated']);
  });

  test('is mediated for all where localvpc was started so', () => {
    const net = machine('mediated');
    deepEqual(modesOf(net, launch(net, 'c5.large')), ['mediated']);
    deepEqual(modesOf(net, launch(net, 'c5.large', tagged('instance', 'sriov'))), ['sriov'], 'a tag has the last word');
  });

  test('is mediated for a virtual guest', () => {
    const net = machine();
    deepEqual(modesOf(net, net.instance({ InstanceType: 'c5.large', ImageId: 'ami-virtual' })), ['mediated']);
  });

  test('is what the tag of the instance says, and before it that of the interface', () => {
    const net = machine();
    deepEqual(modesOf(net, launch(net, 'c5.large', tagged('instance', 'mediated'))), ['mediated']);
    const both = [tagged('instance', 'mediated'), tagged('network-interface', 'passthrough:wire0')];
    deepEqual(modesOf(net, launch(net, 'c5.large', ...both)), ['passthrough:wire0']);
  });

  test('is decided anew when the instance starts', () => {
    const net = machine();
    const id = launch(net, 'c5.large');
    net.account.call('CreateTags', { Resources: [id], Tags: [{ Key: 'localvpc:nic', Value: 'mediated' }] });
    deepEqual(modesOf(net, id), ['sriov'], 'a guest that runs keeps what it has');
    net.stop(id);
    net.start(id);
    deepEqual(modesOf(net, id), ['mediated']);
  });
});

describe('a choice that makes no sense', () => {
  const net = machine();
  const fault = (InstanceType: string, value: string, ImageId = 'ami-host') =>
    net.account.fault(() => net.instance({ InstanceType, ImageId, TagSpecifications: [tagged('instance', value)] }));

  for (const value of [
    'fast',
    '',
    'passthrough',
    'passthrough:',
    'passthrough:a/b',
    'passthrough:0123456789abcdef',
    'SRIOV',
  ])
    test(`is refused: "${value}"`, () => {
      match(
        fault('c5.large', value),
        /^InvalidParameterValue: Value \(.*\) for tag localvpc:nic is invalid. It is mediated, sriov, or passthrough:DEVICE/,
      );
    });

  test('is refused by CreateTags as well', () => {
    const Tags = [{ Key: 'localvpc:nic', Value: 'fast' }];
    equal(
      net.account.faultCode(() => net.account.call('CreateTags', { Resources: [launch(net, 't3.micro')], Tags })),
      'InvalidParameterValue',
    );
  });

  test('is sriov where type or image have no enhanced networking', () => {
    match(fault('t2.micro', 'sriov'), /^InvalidParameterCombination: .* needs enhanced networking, .* type 't2.micro'/);
  });

  test('is passthrough to a virtual guest', () => {
    match(fault('c5.large', 'passthrough:wire0', 'ami-virtual'), /^InvalidParameterCombination: .*network namespace/);
  });

  test('is a device that the machine cannot give', () => {
    equal(
      fault('c5.large', 'passthrough:eth7'),
      "InvalidParameterValue: The network device 'eth7' of this machine cannot be handed to an instance: this machine has no network device of that name.",
    );
  });
});

describe('a device of the machine', () => {
  test('is one instance’s alone until that has stopped', () => {
    const net = machine();
    const first = launch(net, 'c5.large', tagged('instance', 'passthrough:wire0'));
    const refusal = new RegExp(
      `^InvalidNetworkInterface.InUse: The network device 'wire0' .* the instance '${first}' `,
    );
    match(
      net.account.fault(() => launch(net, 'c5.large', tagged('instance', 'passthrough:wire0'))),
      refusal,
    );
    const second = launch(net, 'c5.large', tagged('instance', 'passthrough:wire1'));
    net.stop(first);
    const third = launch(net, 't2.micro', tagged('instance', 'passthrough:wire0'));
    match(
      net.account.fault(() => net.account.call('StartInstances', { InstanceIds: [first] })),
      /InvalidNetworkInterface.InUse/,
    );
    net.terminate(third);
    net.start(first);
    deepEqual([modesOf(net, first), modesOf(net, second)], [['passthrough:wire0'], ['passthrough:wire1']]);
  });

  test('is free again when its interface has been detached', () => {
    const net = machine();
    const id = launch(net, 'c5.large');
    const eni = net.eni({ TagSpecifications: [tagged('network-interface', 'passthrough:wire0')] });
    const AttachmentId = net.attach(eni, id);
    deepEqual(modesOf(net, id), ['sriov', 'passthrough:wire0']);
    equal(mobility(net, id).may, false);
    settle(net.account, net.account.commit('DetachNetworkInterface', { AttachmentId }));
    deepEqual(mobility(net, id), { may: true });
    launch(net, 'c5.large', tagged('instance', 'passthrough:wire0'));
  });

  test('pins its instance to the host, and the refusal says why', () => {
    const net = machine();
    const id = launch(net, 'c5.large', tagged('instance', 'passthrough:wire0'));
    const answer = mobility(net, id);
    match(
      answer.may ? '' : answer.reason,
      /^The instance 'i-\w+' holds the network device 'wire0' of its host as eni-\w+ \(passthrough\), which cannot move with it\.$/,
    );
    net.stop(id);
    deepEqual(mobility(net, id), { may: true }, 'a stopped instance holds nothing');
  });
});
