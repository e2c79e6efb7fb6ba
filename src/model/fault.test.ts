import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fault, faultCodes, faultEntry } from './fault.ts';

test('a fault fills the blanks of its sentence and knows its status', () => {
  const fault = new Fault('InvalidSubnet.Conflict', { cidr: '10.0.0.0/24' });
  assert.equal(fault.message, "The CIDR '10.0.0.0/24' conflicts with another subnet");
  assert.equal(fault.code, 'InvalidSubnet.Conflict');
  assert.equal(fault.status, 400);
});

test('a fault without blanks needs nothing, and takes its own sentence when given one', () => {
  assert.equal(new Fault('VpcLimitExceeded').message, 'The maximum number of VPCs has been reached.');
  assert.equal(new Fault('AuthFailure').status, 401);
  assert.equal(new Fault('DryRunOperation').status, 412);
  assert.equal(new Fault('RequestLimitExceeded').status, 503);
  assert.equal(new Fault('InvalidParameterValue', 'Address is taken').message, 'Address is taken');
});

test('a value with braces or dollar signs stands in the sentence as it is', () => {
  const { message } = new Fault('InvalidVpcID.NotFound', { id: '{id}$&$1' });
  assert.equal(message, "The vpc ID '{id}$&$1' does not exist");
});

test('codes and details that do not fit do not compile', () => {
  // @ts-expect-error a misspelt code
  assert.throws(() => new Fault('InvalidSubnet.Conflct', 'x').status);
  // @ts-expect-error a forgotten blank
  assert.equal(new Fault('InvalidSubnet.Conflict', {}).code, 'InvalidSubnet.Conflict');
  // @ts-expect-error a code without a sentence needs one
  assert.equal(new Fault('OperationNotPermitted').message, 'OperationNotPermitted');
});

test('every code has a client or server status', () => {
  const odd = faultCodes().filter((code) => ![400, 401, 403, 412, 413, 500, 503].includes(faultEntry(code).status));
  assert.deepEqual(odd, []);
});
