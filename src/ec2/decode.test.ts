import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Fault } from '../model/fault.ts';
import { type DecodedStructure, decode } from './decode.ts';
import { parseQuery, queryTree } from './query.ts';
import { operationNames, operationShape } from './schema.ts';

function decodeForm(operation: string, form: string): DecodedStructure {
  const shape = operationShape(operation);
  assert.ok(shape);
  return decode(shape, queryTree(parseQuery(form)));
}

function faultOf(operation: string, form: string): string {
  try {
    decodeForm(operation, form);
  } catch (error) {
    assert.ok(error instanceof Fault, `${form} threw ${String(error)}`);
    return `${error.code}: ${error.message}`;
  }
  return 'no fault';
}

test('lists, structures and attribute values are read by their names on the wire', () => {
  assert.deepEqual(
    decodeForm(
      'DescribeVpcs',
      'Action=DescribeVpcs&Filter.1.Name=a&Filter.1.Value.1=b&Filter.1.Value.2=c&MaxResults=7',
    ),
    { Filters: [{ Name: 'a', Values: ['b', 'c'] }], MaxResults: 7 },
  );
  assert.deepEqual(decodeForm('ModifyVpcAttribute', 'VpcId=vpc-1&EnableDnsHostnames.Value=true'), {
    VpcId: 'vpc-1',
    EnableDnsHostnames: { Value: true },
  });
});

test('list items stand in the order of their indexes, and gaps close', () => {
  assert.deepEqual(decodeForm('DescribeVpcs', 'VpcId.10=c&VpcId.2=a&VpcId.7=b'), { VpcIds: ['a', 'b', 'c'] });
});

test('what is wrong is named as the request wrote it', () => {
  assert.equal(
    faultOf('CreateSubnet', 'CidrBlock=x'),
    'MissingParameter: The request must contain the parameter VpcId',
  );
  assert.equal(faultOf('DescribeVpcs', 'vpcId.1=x'), 'UnknownParameter: The parameter vpcId.1 is not recognized');
  assert.equal(faultOf('DescribeVpcs', 'VpcIds.1=x'), 'UnknownParameter: The parameter VpcIds.1 is not recognized');
  assert.equal(
    faultOf('DescribeVpcs', 'Filter.1.Nome=x'),
    'UnknownParameter: The parameter Filter.1.Nome is not recognized',
  );
  assert.equal(
    faultOf('DescribeVpcs', 'DryRun=yes'),
    'InvalidParameterValue: Value (yes) for parameter DryRun is invalid.',
  );
  assert.equal(
    faultOf('DescribeVpcs', 'MaxResults='),
    'InvalidParameterValue: Value () for parameter MaxResults is invalid. The value cannot be empty',
  );
});

test('a required member of a structure in a list is missed by its full name', () => {
  assert.equal(
    faultOf('ModifyInstanceCreditSpecification', 'InstanceCreditSpecification.1.CpuCredits=standard'),
    'MissingParameter: The request must contain the parameter InstanceCreditSpecification.1.InstanceId',
  );
});

test('a parameter given twice, a bad index, a bad number, a fraction and a scalar with parts are refused', () => {
  for (const form of [
    'VpcId.1=a&VpcId.1=b',
    'VpcId.0=a',
    'VpcId.01=a',
    'VpcId.-1=a',
    'VpcId.999999999999999999=a',
    'VpcId.200000=a',
    'VpcId=a',
    'VpcId.1.2=a',
    'MaxResults=1.5',
    'MaxResults=1e3',
    'MaxResults=0x10',
    'MaxResults=99999999999999999999',
    'NextToken.1=a',
    'Filter.1=a',
    '__proto__.x=1',
    'constructor=1',
    'toString=1',
    '%E0%A4%A=1',
    `${'a.'.repeat(5000)}=1`,
  ]) {
    assert.notEqual(faultOf('DescribeVpcs', form), 'no fault', form);
  }
});

test('an index says nothing of the size of what is allocated', () => {
  const decoded = decodeForm('DescribeVpcs', 'VpcId.100000=a').VpcIds;
  assert.deepEqual(decoded, ['a']);
});

test('no parameter reaches a prototype', () => {
  faultOf('DescribeVpcs', '__proto__.polluted=1&constructor.prototype.polluted=1');
  assert.equal(Reflect.get({}, 'polluted'), undefined);
});

test('a time is read with and without milliseconds, offset and zone', () => {
  const at = (text: string): unknown => decodeForm('DescribeSpotPriceHistory', `StartTime=${text}`).StartTime;
  assert.deepEqual(at('2024-01-02T03:04:05Z'), new Date('2024-01-02T03:04:05Z'));
  assert.deepEqual(at('2024-01-02T03:04:05.678Z'), new Date('2024-01-02T03:04:05.678Z'));
  assert.deepEqual(at('2024-01-02T03:04:05'), new Date('2024-01-02T03:04:05Z'));
  assert.deepEqual(at('2024-01-02T03:04:05%2B01:00'), new Date('2024-01-02T02:04:05Z'));
  assert.match(faultOf('DescribeSpotPriceHistory', 'StartTime=2024-13-45T00:00:00Z'), /^InvalidParameterValue/);
  assert.match(faultOf('DescribeSpotPriceHistory', 'StartTime=yesterday'), /^InvalidParameterValue/);
});

const names = operationNames();
const step = fc.oneof(
  fc.constantFrom('1', '2', '0', '999999999', '4294967296', '__proto__', 'Filter', 'Value', 'Name', 'NetworkInterface'),
  fc.constantFrom('TagSpecification', 'Tag', 'IpPermissions', 'VpcId', 'DryRun', 'MaxResults', 'ClientToken', ''),
  fc.string({ maxLength: 8 }),
);
const parameter = fc
  .tuple(fc.array(step, { minLength: 1, maxLength: 6 }), fc.string({ unit: 'binary', maxLength: 12 }))
  .map(
    ([steps, value]) =>
      `${encodeURIComponent(steps.join('.').replace(/\p{Cs}/gu, ''))}=${encodeURIComponent(value.replace(/\p{Cs}/gu, ''))}`,
  );

test('whatever a client sends is decoded or a fault, and never another error', () => {
  const form = fc.oneof(
    fc.array(parameter, { maxLength: 8 }).map((parts) => parts.join('&')),
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc.array(parameter, { maxLength: 4 }).map((parts) => parts.join('&').slice(3, -3)),
  );
  fc.assert(
    fc.property(fc.constantFrom(...names), form, (name, text) => {
      faultOf(name, text);
    }),
    { numRuns: 2000 },
  );
});
