import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeMembersOf } from './encode.ts';
import { operationShape } from './schema.ts';
import { escapeXml } from './xml.ts';

function encode(operation: string, result: object): string {
  const shape = operationShape(operation);
  assert.ok(shape);
  return encodeMembersOf(shape, result);
}

test('text is escaped where XML needs it, and kept where it does not', () => {
  assert.equal(escapeXml(`<a b="c" d='e'>&`), '&lt;a b=&quot;c&quot; d=&apos;e&apos;&gt;&amp;');
  assert.equal(escapeXml('tab\t line\n é 🦊'), 'tab\t line\n é 🦊');
  assert.equal(escapeXml('\r'), '&#xD;');
});

test('what no XML document may hold becomes the replacement character', () => {
  assert.equal(escapeXml('a\0b\x1bc\ufffed\ud83e'), 'a\ufffdb\ufffdc\ufffdd\ufffd');
});

test('lists are containers of items, empty ones too, and what is undefined is left out', () => {
  assert.equal(
    encode('DescribeVpcs', { Vpcs: [{ VpcId: 'vpc-1', CidrBlock: undefined, Tags: [] }], NextToken: undefined }),
    '<vpcSet><item><tagSet></tagSet><vpcId>vpc-1</vpcId></item></vpcSet>',
  );
});

test('times carry milliseconds and Z', () => {
  const xml = encode('DescribeNatGateways', {
    NatGateways: [{ CreateTime: new Date(Date.UTC(2012, 6, 1, 21, 45, 27)) }],
  });
  assert.equal(xml, '<natGatewaySet><item><createTime>2012-07-01T21:45:27.000Z</createTime></item></natGatewaySet>');
});

test('a result that does not fit the schema is an error of ours', () => {
  for (const vpcs of [{}, 'x', [1], [{ VpcId: 1 }], [{ IsDefault: 'true' }]]) {
    assert.throws(() => encode('DescribeVpcs', { Vpcs: vpcs }), /does not fit the schema/);
  }
});
