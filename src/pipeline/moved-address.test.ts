import { test } from 'node:test';
import { check, delivered, network } from '../testing/network.ts';
import { tcp } from '../testing/packets.ts';

test('inside a subnet a packet reaches who holds its destination now, whatever MAC a neighbour remembers', () => {
  const net = network({
    client: { ip: '10.0.1.10' },
    former: { ip: '10.0.1.20', in: ['all from 0.0.0.0/0'] },
    holder: { ip: '10.0.1.30', in: ['all from 0.0.0.0/0'] },
  });
  check(net, tcp('client', '10.0.1.30', 80, { destinationMac: net.rowOf('former').mac }), delivered('holder'));
});
