import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import type { NetworkInterfaceId } from '../net/identifiers.ts';
import type { TrafficCount } from '../tables/data-plane.ts';
import { type Lab, lab } from '../testing/instance-parts.ts';
import { idOf } from '../testing/rows.ts';
import { costReport } from './cost-report.ts';
import { forget } from './meter.ts';
import { recordTransfer, TransferMeter } from './transfer-meter.ts';

const GB = 2 ** 30;
const HOUR_MS = 3_600_000;
const MARCH = Date.UTC(2024, 2, 1);

const metered = (): { readonly net: Lab; readonly meter: TransferMeter } => {
  const meter = new TransferMeter();
  return { meter, net: lab({ nowMs: MARCH, observe: (_tx, changes) => meter.note(changes) }) };
};

/** Ids of the API are texts; this one is of an interface. */
const eniOf = ({ net }: ReturnType<typeof metered>): NetworkInterfaceId => net.eni() as NetworkInterfaceId;

/** Bytes that an interface sends out to the internet. */
const sent = (interfaceId: NetworkInterfaceId, bytes: number): TrafficCount => ({
  from: { interfaceId, owner: { kind: 'instance', id: idOf('i', 'sender') } },
  legs: [{ by: 'internet-gateway', to: 'internet' }],
  packets: 1,
  bytes,
});

function record({ net, meter }: ReturnType<typeof metered>, ...counts: readonly TrafficCount[]): void {
  const { world } = net.account;
  for (const [scope, charges] of meter.charges(world, counts, meter.takeDeparted()))
    net.account.in(scope).transact((tx) => recordTransfer(tx, charges));
}

function report({ net }: ReturnType<typeof metered>, month: string) {
  const nowMs = net.account.transact((tx) => tx.nowMs);
  const question = { account: undefined, region: undefined, month, pricingDate: undefined, hourly: true, nowMs };
  return costReport(net.account.world, question);
}

test('bytes stand in the hour in which they were metered, and add up in the month', () => {
  const metering = metered();
  const eni = eniOf(metering);
  record(metering, sent(eni, GB), sent(eni, GB));
  metering.net.account.advance(HOUR_MS);
  record(metering, sent(eni, GB));
  metering.net.account.advance(HOUR_MS);
  const { hourly = [], byUsageType } = report(metering, '2024-03');
  deepEqual(
    hourly.map(({ hour, usageType, quantity }) => [hour, usageType, quantity]),
    [
      ['2024-03-01T00:00:00.000Z', 'DataTransfer-Out-Bytes', 2],
      ['2024-03-01T01:00:00.000Z', 'DataTransfer-Out-Bytes', 1],
    ],
  );
  deepEqual(
    byUsageType.map(({ usageType, quantity, unit, usd }) => [usageType, quantity, unit, usd]),
    [['DataTransfer-Out-Bytes', 3, 'GB', 0.27]],
  );
});

test('an interface that has gone since is still known, once', () => {
  const metering = metered();
  const eni = eniOf(metering);
  metering.net.account.call('DeleteNetworkInterface', { NetworkInterfaceId: eni });
  record(metering, sent(eni, GB));
  record(metering, sent(eni, GB));
  metering.net.account.advance(HOUR_MS);
  deepEqual(report(metering, '2024-03').usd, 0.09);
});

test('bytes are forgotten with the months that are', () => {
  const metering = metered();
  record(metering, sent(eniOf(metering), GB));
  metering.net.account.advance(400 * 24 * HOUR_MS);
  metering.net.account.transact(forget);
  deepEqual(report(metering, '2024-03').usd, 0.09);
  metering.net.account.advance(40 * 24 * HOUR_MS);
  metering.net.account.transact(forget);
  deepEqual(report(metering, '2024-03').usd, 0);
});
