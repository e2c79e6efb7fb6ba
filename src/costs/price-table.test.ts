import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { allRegions } from '../model/regions.ts';
import { type Measure, PRICES, priceOf } from './price-table.ts';
import { usageTypeIn } from './usage-type.ts';

const LAST_FREE_MOMENT = Date.parse('2024-01-31T23:59:59.999Z');
const FIRST_CHARGED_MOMENT = Date.parse('2024-02-01T00:00:00Z');

/** Measure, its line before public addresses were charged for, its line since: "usage type, USD" or nothing. */
const TABLE: readonly (readonly [Measure, string | undefined, string | undefined])[] = [
  ['auto-assigned-address', undefined, 'PublicIPv4:InUseAddress 0.005'],
  ['elastic-ip-in-use', 'ElasticIP:Address 0', 'PublicIPv4:InUseAddress 0.005'],
  ['elastic-ip-in-use-besides-another', 'ElasticIP:AdditionalAddress 0.005', 'PublicIPv4:InUseAddress 0.005'],
  ['elastic-ip-idle', 'ElasticIP:IdleAddress 0.005', 'PublicIPv4:IdleAddress 0.005'],
  ['elastic-ip-remap', 'ElasticIP:Remap 0.1', undefined],
  ['nat-gateway', 'NatGateway-Hours 0.045', 'NatGateway-Hours 0.045'],
  ['nat-gateway-bytes', 'NatGateway-Bytes 0.045', 'NatGateway-Bytes 0.045'],
  ['interface-endpoint', 'VpcEndpoint-Hours 0.01', 'VpcEndpoint-Hours 0.01'],
  ['interface-endpoint-bytes', 'VpcEndpoint-Bytes 0.01', 'VpcEndpoint-Bytes 0.01'],
  ['vpn-connection', 'VPN-Usage-Hours:ipsec.1 0.05', 'VPN-Usage-Hours:ipsec.1 0.05'],
  ['transit-gateway-attachment', 'TransitGateway-Hours 0.05', 'TransitGateway-Hours 0.05'],
  ['transit-gateway-bytes', 'TransitGateway-Bytes 0.02', 'TransitGateway-Bytes 0.02'],
  ['transfer-inside-region', 'DataTransfer-Regional-Bytes 0.01', 'DataTransfer-Regional-Bytes 0.01'],
  ['transfer-to-internet', 'DataTransfer-Out-Bytes 0.09', 'DataTransfer-Out-Bytes 0.09'],
  ['transfer-from-internet', 'DataTransfer-In-Bytes 0', 'DataTransfer-In-Bytes 0'],
  ['transfer-to-region', '{other}-AWS-Out-Bytes 0.02', '{other}-AWS-Out-Bytes 0.02'],
  ['transfer-from-region', '{other}-AWS-In-Bytes 0', '{other}-AWS-In-Bytes 0'],
];

for (const [measure, before, since] of TABLE) {
  test(`${measure} is ${before ?? 'free'} until January 2024 and ${since ?? 'free'} since February`, () => {
    const lineAt = (timeMs: number): string | undefined => {
      const price = priceOf(measure, timeMs);
      return price && `${price.usageType} ${price.usdPerUnit}`;
    };
    deepEqual([lineAt(LAST_FREE_MOMENT), lineAt(FIRST_CHARGED_MOMENT)], [before, since]);
  });
}

test('a measure never has two prices on one day', () => {
  const days = PRICES.flatMap(({ from, until }) => [from, until]).filter((day) => day !== undefined);
  for (const timeMs of [0, ...days.flatMap((day) => [Date.parse(day) - 1, Date.parse(day)])])
    for (const [measure] of TABLE) {
      const holding = PRICES.filter(
        ({ measures, from = '1970-01-01', until = '9999-01-01' }) =>
          measures.includes(measure) && timeMs >= Date.parse(from) && timeMs < Date.parse(until),
      );
      ok(holding.length <= 1, `${measure}: ${holding.map(({ usageType }) => usageType)}`);
    }
});

test('every price says where it is written', () => {
  deepEqual(
    PRICES.filter(({ source }) => !/^https:\/\/aws\.amazon\.com\//.test(source)),
    [],
  );
});

test("usage types have the Region's code in front; in us-east-1 only those of the VPC service", () => {
  const idle = priceOf('elastic-ip-idle', FIRST_CHARGED_MOMENT);
  const nat = priceOf('nat-gateway', FIRST_CHARGED_MOMENT);
  ok(idle && nat);
  deepEqual(
    ['us-east-1', 'us-east-2', 'eu-west-1', 'eu-central-1'].map((region) => usageTypeIn(region, idle)),
    ['USE1', 'USE2', 'EU', 'EUC1'].map((code) => `${code}-PublicIPv4:IdleAddress`),
  );
  equal(usageTypeIn('us-east-1', nat), 'NatGateway-Hours');
  equal(usageTypeIn('ap-southeast-1', nat), 'APS1-NatGateway-Hours');
});

test('no two Regions share a code', () => {
  const idle = priceOf('elastic-ip-idle', FIRST_CHARGED_MOMENT);
  ok(idle);
  const names = allRegions().map(({ name }) => usageTypeIn(name, idle));
  equal(new Set(names).size, names.length);
});
