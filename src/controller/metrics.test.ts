import assert from 'node:assert/strict';
import { test } from 'node:test';
import { localDataPlane } from './local-data-plane.ts';
import { Metrics } from './metrics.ts';
import { INTERNET_ADDRESS } from './open-data-plane.ts';

test('drops are told in all and by interface, and allowances by the names that the ENA driver has for them', async () => {
  const dataPlane = localDataPlane({ now: () => 1, internet: INTERNET_ADDRESS });
  const none = await dataPlane.counters();
  const interfaceDrops = { 'eni-1': { 'route/no-route': 4 } };
  const ena = {
    'eni-1': {
      bw_in_allowance_exceeded: 1,
      bw_out_allowance_exceeded: 2,
      pps_allowance_exceeded: 3,
      conntrack_allowance_exceeded: 4,
      linklocal_allowance_exceeded: 5,
      conntrack_allowance_available: 6,
    },
  };
  const metrics = new Metrics();
  const print = async (
    drops: typeof interfaceDrops | object,
    counted: typeof ena | object,
  ): Promise<readonly string[]> => {
    const counters = { ...none, drops: { 'route/no-route': 4 }, interfaceDrops: { ...drops } };
    const enaCounters = async () => ({ ...counted });
    const { text } = await metrics.print({ ...dataPlane, counters: async () => counters, enaCounters });
    return text.split('\n').filter((line) => line.startsWith('localvpc_interface') || line.includes('_drops{'));
  };
  const lines = await print(interfaceDrops, ena);
  for (const line of [
    'localvpc_fabric_drops{stage="route",reason="no-route"} 4',
    'localvpc_interface_drops{interface="eni-1",stage="route",reason="no-route"} 4',
    'localvpc_interface_bw_in_allowance_exceeded{interface="eni-1"} 1',
    'localvpc_interface_bw_out_allowance_exceeded{interface="eni-1"} 2',
    'localvpc_interface_pps_allowance_exceeded{interface="eni-1"} 3',
    'localvpc_interface_conntrack_allowance_exceeded{interface="eni-1"} 4',
    'localvpc_interface_linklocal_allowance_exceeded{interface="eni-1"} 5',
    'localvpc_interface_conntrack_allowance_available{interface="eni-1"} 6',
  ])
    assert.ok(lines.includes(line), `${line} in\n${lines.join('\n')}`);
  assert.ok((await print({}, {})).every((line) => !line.includes('eni-')));
  await dataPlane.close();
});
