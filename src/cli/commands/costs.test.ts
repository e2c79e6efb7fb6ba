import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { type Costs, costs } from '../costs-answer.ts';
import { WIDTH } from '../style.ts';
import { costLines } from './costs.ts';

const line = (usageType: string, quantity: number, usd: number) => ({
  service: 'AmazonVPC',
  usageType,
  unit: 'Hrs',
  quantity,
  usd,
});

const ALLOCATION = 'eipalloc-0aaaaaaaaaaaaaaaa';

const BILL: Costs = {
  from: '2026-03-01T00:00:00.000Z',
  until: '2026-03-02T12:30:59.000Z',
  pricingDate: undefined,
  usd: 1.8025,
  byUsageType: [line('NatGateway-Hours', 36, 1.62), line('USE1-PublicIPv4:IdleAddress', 36.5, 0.1825)],
  byResource: [
    {
      account: '123456789012',
      region: 'us-east-1',
      resourceId: 'nat-0bbbbbbbbbbbbbbbb',
      publicIp: undefined,
      lines: [line('NatGateway-Hours', 36, 1.62)],
      usd: 1.62,
    },
    {
      account: '123456789012',
      region: 'us-east-1',
      resourceId: ALLOCATION,
      publicIp: '198.18.0.9',
      lines: [line('USE1-PublicIPv4:IdleAddress', 36.5, 0.1825)],
      usd: 0.1825,
    },
  ],
  forNothing: [
    {
      region: 'us-east-1',
      allocationId: ALLOCATION,
      publicIp: '198.18.0.9',
      associationId: 'eipassoc-0dddddddddddddddd',
      why: 'instance-not-running',
      at: 'i-0cccccccccccccccc',
      idleSince: '2026-03-01T00:00:00.000Z',
      usdPerMonth: 3.65,
    },
  ],
  projected: { hours: 730, usd: 3.65, byUsageType: [line('USE1-PublicIPv4:IdleAddress', 730, 3.65)] },
  notMetered: ['data transfer', 'free tiers'],
  prices: [
    { usageType: 'NatGateway-Hours', regions: 'us-east-1', evidence: 'documentation' },
    { usageType: 'PublicIPv4:IdleAddress', regions: 'every Region', evidence: 'documentation' },
  ],
};

test('a bill says what was used, what it costs, what costs money for nothing, and what is not in it', () => {
  deepEqual(costLines(BILL), [
    "2026-03-01 to 2026-03-02 12:30 UTC, at AWS's prices, in USD",
    '',
    'USAGE TYPE                     QUANTITY    COST  730 H AS NOW',
    'NatGateway-Hours             36.000 Hrs  1.6200          0.00',
    'USE1-PublicIPv4:IdleAddress  36.500 Hrs  0.1825          3.65',
    'total                                    1.8025          3.65',
    '',
    'RESOURCE                    USAGE TYPE                     QUANTITY    COST',
    'nat-0bbbbbbbbbbbbbbbb       NatGateway-Hours             36.000 Hrs  1.6200',
    'eipalloc-0aaaaaaaaaaaaaaaa  USE1-PublicIPv4:IdleAddress  36.500 Hrs  0.1825',
    '  198.18.0.9',
    '',
    'Elastic IPs that cost money for nothing:',
    '  198.18.0.9 is on i-0cccccccccccccccc, which does not run: 3.65 a month, since',
    '  2026-03-01 00:00 UTC',
    '    aws ec2 disassociate-address --region us-east-1 \\',
    '        --association-id eipassoc-0dddddddddddddddd',
    '    aws ec2 release-address --region us-east-1 \\',
    '        --allocation-id eipalloc-0aaaaaaaaaaaaaaaa',
    '',
    'Not metered: data transfer; free tiers.',
  ]);
});

test('prices that may be others elsewhere, or that nobody at AWS wrote down, are named', () => {
  const [first] = BILL.byResource;
  ok(first);
  const lines = costLines({
    ...BILL,
    pricingDate: '2023-06-01',
    byResource: [{ ...first, region: 'eu-west-1' }],
    prices: [{ usageType: 'ElasticIP:IdleAddress', regions: 'us-east-1', evidence: 'field' }],
  });
  ok(lines[0]?.endsWith("at AWS's prices of 2023-06-01, in USD"), lines[0]);
  deepEqual(lines.slice(-2), [
    'Prices of us-east-1: ElasticIP:IdleAddress.',
    "Prices not confirmed by AWS's own pages: ElasticIP:IdleAddress.",
  ]);
});

test('a bill of nothing has a total and no list of resources', () => {
  const empty = { byUsageType: [], byResource: [], forNothing: [], prices: [], usd: 0 };
  const lines = costLines({ ...BILL, ...empty, projected: { hours: 730, usd: 0, byUsageType: [] } });
  deepEqual(lines.slice(2), [
    'USAGE TYPE  QUANTITY    COST  730 H AS NOW',
    'total                 0.0000          0.00',
    '',
    'Not metered: data transfer; free tiers.',
  ]);
});

test('a month of many resources fits the terminal, and says how many it left out', () => {
  const [resource] = BILL.byResource.slice(1);
  ok(resource);
  const long = { ...resource, lines: [line('EUC1-PublicIPv4:InUseAddress', 744, 3.72)] };
  const lines = costLines({ ...BILL, byResource: Array.from({ length: 50 }, () => long) });
  equal(Math.max(...lines.map(({ length }) => length)) <= WIDTH, true);
  ok(lines.includes('and 10 more, all of them cheaper or as cheap (--json has them)'));
});

test('null stands for nothing in the answer', () => {
  const answer: unknown = JSON.parse(JSON.stringify({ ...BILL, pricingDate: null }));
  deepEqual(costs(answer, ''), BILL);
});
