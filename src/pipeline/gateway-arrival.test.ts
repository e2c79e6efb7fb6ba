/** Packets of questions that come from a gateway: out of a peering connection into a VPC, or into a transit gateway. */
import { deepEqual, equal } from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { GatewayEntry } from '../tables/data-plane.ts';
import { reasonsSeen } from '../testing/network.ts';
import { rowsOf } from '../testing/network-rows.ts';
import { addressOf, idOf } from '../testing/rows.ts';
import { explain } from './explain.ts';
import { Pipeline } from './pipeline.ts';

const ALL = ['all from 0.0.0.0/0'];
const LIMITS = [
  { total: 16, perInstance: 16 },
  { total: 16, perDestination: 16 },
] as const;

const pipeline = new Pipeline(...LIMITS);
const rows = rowsOf(
  { a: { ip: '10.0.1.10', in: ALL }, far: { ip: '10.1.1.10', vpc: 'other', in: ALL } },
  {
    blocks: { main: ['10.0.0.0/16'], other: ['10.1.0.0/16'] },
    peerings: { peer: { between: ['main', 'other'] } },
    transit: {
      hub: {
        vpcs: { main: { subnets: ['10.0.1.0/24'] }, other: { subnets: ['10.1.1.0/24'], table: 'near' } },
        peers: { beyond: { table: 'near' } },
        tables: { near: ['10.1.0.0/16 other', '10.8.0.0/16 blackhole', '10.9.0.0/16 beyond'] },
      },
      beyond: { vpcs: {}, peers: { hub: { table: 'far' } }, tables: { far: ['10.9.0.0/16 hub'] } },
    },
  },
);
pipeline.apply(rows.map((row) => ({ change: 'put', row })));
for (const host of ['a', 'far']) {
  const guest = pipeline.network.interfaceById(idOf('eni', host));
  if (guest) guest.port = 0;
}

const peering = (vpc: string, id = 'peer'): GatewayEntry => ({
  kind: 'peering',
  id: idOf('pcx', id),
  vpcId: idOf('vpc', vpc),
});
const attachment = (name: string): GatewayEntry => ({
  kind: 'transit-gateway-attachment',
  id: `${idOf('tgw', 'hub')}/${idOf('tgw-attach', name)}`,
});

const outcome = (from: GatewayEntry, destination: string, source = '10.77.0.1') => {
  const packet = { destinationPort: 80, sourcePort: 40_000, protocol: 6, icmp: undefined };
  const request = { ...packet, from, source: addressOf(source), destination: addressOf(destination) };
  const explanation = explain(pipeline, request, undefined, 0);
  if (explanation.reason !== undefined) reasonsSeen.add(explanation.reason);
  return explanation;
};

describe('a packet of a question', () => {
  test('comes out of a peering connection into the VPC that is named', () => {
    equal(outcome(peering('main'), '10.0.1.10', '10.1.1.10').deliveredTo, idOf('eni', 'a'));
    equal(outcome(peering('other'), '10.1.1.10', '10.0.1.10').deliveredTo, idOf('eni', 'far'));
    equal(outcome(peering('main'), '10.1.1.10').reason, 'gateway-arrival/outside-vpc');
    equal(outcome(peering('main'), '10.0.1.99').reason, 'gateway-arrival/no-interface');
    equal(outcome(peering('main', 'none'), '10.0.1.10').reason, 'gateway-arrival/no-peering');
  });

  test('goes into a transit gateway by an attachment, and where the table of that one leads', () => {
    const arrived = outcome(attachment('beyond'), '10.1.1.10');
    equal(arrived.deliveredTo, idOf('eni', 'far'));
    deepEqual(
      arrived.transitCrossings.map(({ enteredBy, leftBy }) => [enteredBy, leftBy]),
      [[idOf('tgw-attach', 'beyond'), idOf('tgw-attach', 'other')]],
    );
    equal(outcome(attachment('beyond'), '10.2.1.10').reason, 'gateway-arrival/no-route');
    equal(outcome(attachment('beyond'), '10.8.1.10').reason, 'gateway-arrival/blackhole');
    equal(outcome(attachment('beyond'), '10.9.1.10').reason, 'gateway-arrival/loop');
    equal(outcome(attachment('main'), '10.1.1.10').reason, 'gateway-arrival/no-association');
    equal(outcome(attachment('none'), '10.1.1.10').reason, 'gateway-arrival/no-attachment');
    equal(outcome(attachment('other'), '3fff::1', '3fff:1::1').reason, 'gateway-arrival/ipv6-off');
  });
});
