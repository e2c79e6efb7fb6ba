/** Attributes of instances: describe one, modify one. */
import { Fault } from '../../model/fault.ts';
import { changeInstance, type InstanceChange } from '../../model/instance-attributes.ts';
import { Instance } from '../../model/resources/instance.ts';
import { action } from '../action.ts';
import { choice } from '../choice.ts';
import type { RequestOf } from '../operation.ts';
import { userDataOf } from './instance-launch-request.ts';
import { describeMappings, interfacesOf } from './instance-rendering.ts';
import { describeGroups } from './network-interface-rendering.ts';

const ATTRIBUTES = [
  'instanceType',
  'kernel',
  'ramdisk',
  'userData',
  'disableApiTermination',
  'instanceInitiatedShutdownBehavior',
  'rootDeviceName',
  'blockDeviceMapping',
  'productCodes',
  'sourceDestCheck',
  'groupSet',
  'ebsOptimized',
  'sriovNetSupport',
  'enaSupport',
  'enclaveOptions',
  'disableApiStop',
] as const;

/** DescribeInstanceAttribute: the instance's id and the one attribute, an empty element where it is not set. */
export const DescribeInstanceAttribute = action('DescribeInstanceAttribute', (request, tx) => {
  const attribute = choice(request.Attribute, ATTRIBUTES, 'attribute');
  const row = tx.get(Instance, request.InstanceId);
  const shown = { InstanceId: row.id };
  switch (attribute) {
    case 'instanceType':
      return { ...shown, InstanceType: { Value: row.instanceType } };
    case 'kernel':
      return { ...shown, KernelId: {} };
    case 'ramdisk':
      return { ...shown, RamdiskId: {} };
    case 'userData':
      return { ...shown, UserData: row.userData === undefined ? {} : { Value: row.userData } };
    case 'disableApiTermination':
      return { ...shown, DisableApiTermination: { Value: row.disableApiTermination } };
    case 'disableApiStop':
      return { ...shown, DisableApiStop: { Value: row.disableApiStop } };
    case 'instanceInitiatedShutdownBehavior':
      return { ...shown, InstanceInitiatedShutdownBehavior: { Value: row.instanceInitiatedShutdownBehavior } };
    case 'rootDeviceName':
      return { ...shown, RootDeviceName: { Value: row.rootDeviceName } };
    case 'blockDeviceMapping':
      return { ...shown, BlockDeviceMappings: describeMappings(tx, row) };
    case 'productCodes':
      return { ...shown, ProductCodes: [] };
    case 'sourceDestCheck':
      return { ...shown, SourceDestCheck: { Value: interfacesOf(tx, row)[0]?.row.sourceDestCheck ?? true } };
    case 'groupSet':
      return {
        ...shown,
        Groups: interfacesOf(tx, row)
          .slice(0, 1)
          .flatMap((one) => describeGroups(one.owner, one.row)),
      };
    case 'ebsOptimized':
      return { ...shown, EbsOptimized: { Value: row.ebsOptimized } };
    case 'sriovNetSupport':
      return { ...shown, SriovNetSupport: row.sriovNetSupport === undefined ? {} : { Value: row.sriovNetSupport } };
    case 'enclaveOptions':
      return { ...shown, EnclaveOptions: { Enabled: false } };
    case 'enaSupport':
      // The enumeration has it, and EC2 refuses it (the sentence is unconfirmed).
      throw new Fault('InvalidParameterValue', { value: 'enaSupport', parameter: 'attribute', reason: '' });
    case undefined:
      throw new Fault('MissingParameter', { parameter: 'attribute' });
  }
});

type ModifyRequest = RequestOf<'ModifyInstanceAttribute'>;

/** ModifyInstanceAttribute: one attribute a call. The sentences of none and of several are unconfirmed. */
export const ModifyInstanceAttribute = action('ModifyInstanceAttribute', (request, tx) => {
  const row = tx.get(Instance, request.InstanceId);
  const [change, second] = changesOf(request);
  if (!change) throw new Fault('InvalidParameterCombination', 'No attributes specified.');
  if (second) throw new Fault('InvalidParameterCombination', 'Fields for multiple attribute types specified.');
  changeInstance(tx, row, change);
});

function changesOf(request: ModifyRequest): readonly InstanceChange[] {
  refuseUnserved(request);
  const values: readonly (readonly [AttributeName, string | boolean | undefined])[] = [
    ['disableApiTermination', request.DisableApiTermination?.Value],
    ['disableApiStop', request.DisableApiStop?.Value],
    ['instanceInitiatedShutdownBehavior', request.InstanceInitiatedShutdownBehavior?.Value],
    ['sourceDestCheck', request.SourceDestCheck?.Value],
    ['instanceType', request.InstanceType?.Value],
    ['enaSupport', request.EnaSupport?.Value],
    ['ebsOptimized', request.EbsOptimized?.Value],
    ['sriovNetSupport', request.SriovNetSupport?.Value],
    ['userData', request.UserData && textOf(request.UserData.Value)],
    // The older form, which names the attribute and has one text for all values.
    ...(request.Attribute === undefined ? [] : [[attributeName(request.Attribute), request.Value ?? ''] as const]),
  ];
  const changes = values.flatMap(([name, value]): InstanceChange[] =>
    value === undefined ? [] : [changeOf(name, String(value))],
  );
  if (request.Groups) changes.push({ kind: 'groups', ids: request.Groups });
  if (request.BlockDeviceMappings?.length) changes.push(volumeChange(request.BlockDeviceMappings));
  return changes;
}

/** Only whether volumes go with the instance can be changed so. */
function volumeChange(mappings: NonNullable<ModifyRequest['BlockDeviceMappings']>): InstanceChange {
  const flags = mappings.flatMap(({ DeviceName: device = '', Ebs: ebs }) =>
    ebs?.DeleteOnTermination === undefined ? [] : [{ device, deleteOnTermination: ebs.DeleteOnTermination }],
  );
  return { kind: 'volumes', flags };
}

const MODIFIABLE = [
  'disableApiTermination',
  'disableApiStop',
  'instanceInitiatedShutdownBehavior',
  'sourceDestCheck',
  'instanceType',
  'enaSupport',
  'ebsOptimized',
  'sriovNetSupport',
  'userData',
] as const;
type AttributeName = (typeof MODIFIABLE)[number];

function attributeName(text: string): AttributeName {
  const name = choice(text, MODIFIABLE, 'attribute');
  if (name === undefined) throw new Fault('MissingParameter', { parameter: 'attribute' });
  return name;
}

function changeOf(name: AttributeName, value: string): InstanceChange {
  switch (name) {
    case 'disableApiTermination':
      return { kind: 'free', fields: { disableApiTermination: truth(value, name) } };
    case 'disableApiStop':
      return { kind: 'free', fields: { disableApiStop: truth(value, name) } };
    case 'instanceInitiatedShutdownBehavior':
      return { kind: 'free', fields: { [name]: choice(value, ['stop', 'terminate'], name) ?? 'stop' } };
    case 'sourceDestCheck':
      return { kind: 'source-dest-check', value: truth(value, name) };
    case 'instanceType':
      return { kind: 'type', name: value };
    case 'enaSupport':
      return { kind: 'stopped', fields: { enaSupport: truth(value, name) } };
    case 'ebsOptimized':
      return { kind: 'stopped', fields: { ebsOptimized: truth(value, name) } };
    case 'sriovNetSupport':
      return { kind: 'stopped', fields: { sriovNetSupport: choice(value, ['simple'], name) } };
    case 'userData':
      return { kind: 'stopped', fields: { userData: userDataOf(value) } };
  }
}

const truth = (text: string, parameter: string): boolean => choice(text, ['true', 'false'], parameter) === 'true';

/** User data comes as bytes; EC2 keeps them as base64. */
const textOf = (bytes: Uint8Array | undefined): string => {
  if (!bytes) return '';
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
};

function refuseUnserved(request: ModifyRequest): void {
  if (request.Kernel ?? request.Ramdisk ?? request.EnclaveOptions) {
    const message = 'localvpc serves neither kernels and RAM disks of their own nor Nitro Enclaves.';
    throw new Fault('UnsupportedOperation', message);
  }
}

export const instanceAttributeActions = [DescribeInstanceAttribute, ModifyInstanceAttribute] as const;
