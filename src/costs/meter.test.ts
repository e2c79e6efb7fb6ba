import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { given, type Lab, lab } from '../testing/instance-parts.ts';
import { loadBalancerArn, targetOf } from '../testing/private-service.ts';
import { attach, gatewayWith } from '../testing/transit-parts.ts';
import { type CostReport, costReport } from './cost-report.ts';
import { catchUp, forget, meter } from './meter.ts';
import { UsageInterval } from './usage-interval.ts';

const HOUR_MS = 3_600_000;
const MARCH = Date.UTC(2024, 2, 1);

const metered = (options: Parameters<typeof lab>[0] = {}): Lab => lab({ nowMs: MARCH, observe: meter, ...options });

const wait = ({ account }: Lab, hours: number): void => account.advance(hours * HOUR_MS);

const nowOf = ({ account }: Lab): number => account.transact((tx) => tx.nowMs);

function bill(net: Lab, { month = '2024-03', pricingDate, hourly = false, region }: BillOptions = {}): CostReport {
  const question = { account: undefined, region, month, pricingDate, hourly, nowMs: nowOf(net) };
  return costReport(net.account.world, question);
}
interface BillOptions {
  readonly month?: string;
  readonly pricingDate?: string | undefined;
  readonly hourly?: boolean;
  readonly region?: string;
}

/** "usage type quantity USD", one per line of the bill. */
const linesOf = ({ byUsageType }: CostReport): readonly string[] =>
  byUsageType.map(({ usageType, quantity, usd }) => `${usageType} ${quantity} ${usd}`);

/** The hours of a bill by usage type: "usage type quantity". */
function hourSums({ hourly = [] }: CostReport): readonly string[] {
  const sums = new Map<string, number>();
  for (const { usageType, quantity } of hourly) sums.set(usageType, (sums.get(usageType) ?? 0) + quantity);
  return [...sums].map(([usageType, quantity]) => `${usageType} ${quantity}`).sort();
}

/** What happens; what it costs since February 2024; what it would have cost before. */
interface Story {
  readonly name: string;
  readonly happens: (net: Lab) => void;
  readonly now: readonly string[];
  readonly before: readonly string[];
}

const associate = ({ account }: Lab, AllocationId: string, InstanceId: string, AllowReassociation = true): string =>
  given(account.call('AssociateAddress', { AllocationId, InstanceId, AllowReassociation }).AssociationId);

const publicly = (net: Lab) => ({
  NetworkInterfaces: [{ DeviceIndex: 0, SubnetId: net.subnetId, AssociatePublicIpAddress: true }],
});

const STORIES: readonly Story[] = [
  {
    name: 'a network without public addresses is on no bill',
    happens(net) {
      net.instance();
      net.eni();
      wait(net, 10);
    },
    now: [],
    before: [],
  },
  {
    name: 'an auto-assigned address is in use until the instance stops, and again when it starts',
    happens(net) {
      const id = net.instance(publicly(net));
      wait(net, 1.5);
      net.stop(id);
      wait(net, 10);
      net.start(id);
      wait(net, 2);
      net.terminate(id);
      wait(net, 10);
    },
    now: ['USE1-PublicIPv4:InUseAddress 3.5 0.0175'],
    before: [],
  },
  {
    name: 'an Elastic IP is idle before it is associated, while its instance is stopped, and until it is released',
    happens(net) {
      const id = net.instance();
      const allocationId = net.elasticIp();
      wait(net, 1);
      const AssociationId = associate(net, allocationId, id);
      wait(net, 10);
      net.stop(id);
      wait(net, 2);
      net.start(id);
      wait(net, 20);
      net.account.call('DisassociateAddress', { AssociationId });
      wait(net, 4);
      net.account.call('ReleaseAddress', { AllocationId: allocationId });
      wait(net, 100);
    },
    now: ['USE1-PublicIPv4:IdleAddress 7 0.035', 'USE1-PublicIPv4:InUseAddress 30 0.15'],
    before: ['ElasticIP:Address 30 0', 'ElasticIP:IdleAddress 7 0.035', 'ElasticIP:Remap 1 0'],
  },
  {
    name: 'an Elastic IP on an interface is idle until the interface is attached, and after a termination that leaves it',
    happens(net) {
      const NetworkInterfaceId = net.eni();
      net.account.call('AssociateAddress', { AllocationId: net.elasticIp(), NetworkInterfaceId });
      wait(net, 3);
      const id = net.instance();
      net.attach(NetworkInterfaceId, id);
      wait(net, 5);
      net.terminate(id);
      wait(net, 2);
    },
    now: ['USE1-PublicIPv4:IdleAddress 5 0.025', 'USE1-PublicIPv4:InUseAddress 5 0.025'],
    before: ['ElasticIP:Address 5 0', 'ElasticIP:IdleAddress 5 0.025', 'ElasticIP:Remap 1 0'],
  },
  {
    name: 'a second Elastic IP of one instance is additional; the auto-assigned address goes when the first comes',
    happens(net) {
      const id = net.instance(publicly(net));
      wait(net, 1);
      associate(net, net.elasticIp(), id);
      wait(net, 1);
      const second = net.eni();
      net.attach(second, id);
      net.account.call('AssociateAddress', { AllocationId: net.elasticIp(), NetworkInterfaceId: second });
      wait(net, 10);
    },
    now: ['USE1-PublicIPv4:InUseAddress 22 0.11'],
    before: ['ElasticIP:AdditionalAddress 10 0.05', 'ElasticIP:Address 11 0', 'ElasticIP:Remap 2 0'],
  },
  {
    name: 'a NAT gateway costs whole hours of the clock, and its Elastic IP is in use',
    happens(net) {
      wait(net, 0.5);
      const AllocationId = net.elasticIp();
      const { NatGateway } = net.account.call('CreateNatGateway', { SubnetId: net.subnetId, AllocationId });
      wait(net, 2);
      net.account.call('DeleteNatGateway', { NatGatewayId: given(NatGateway?.NatGatewayId) });
      wait(net, 1);
      net.account.call('ReleaseAddress', { AllocationId });
      wait(net, 9);
    },
    now: ['NatGateway-Hours 3 0.135', 'USE1-PublicIPv4:IdleAddress 1 0.005', 'USE1-PublicIPv4:InUseAddress 2 0.01'],
    before: [
      'ElasticIP:Address 2 0',
      'ElasticIP:IdleAddress 1 0.005',
      'ElasticIP:Remap 1 0',
      'NatGateway-Hours 3 0.135',
    ],
  },
  {
    name: 'a NAT gateway that failed costs nothing',
    happens(net) {
      const AllocationId = net.elasticIp();
      associate(net, AllocationId, net.instance());
      net.account.call('CreateNatGateway', { SubnetId: net.subnetId, AllocationId });
      wait(net, 1);
    },
    now: ['USE1-PublicIPv4:InUseAddress 1 0.005'],
    before: ['ElasticIP:Address 1 0', 'ElasticIP:Remap 1 0'],
  },
  {
    name: 'an interface endpoint costs whole hours of the clock in each of its zones, accepted or not, and a gateway endpoint nothing',
    happens(net) {
      targetOf(net, 'shop');
      wait(net, 0.5);
      net.account.call('CreateVpcEndpoint', { VpcId: net.vpcId, ServiceName: 'com.amazonaws.us-east-1.s3' });
      const { ServiceConfiguration: service } = net.account.call('CreateVpcEndpointServiceConfiguration', {
        NetworkLoadBalancerArns: [loadBalancerArn(net.account, 'shop')],
        AcceptanceRequired: true,
      });
      const { VpcEndpoint: endpoint } = net.account.call('CreateVpcEndpoint', {
        VpcId: net.vpcId,
        VpcEndpointType: 'Interface',
        ServiceName: service?.ServiceName,
        SubnetIds: [net.subnetId],
      });
      wait(net, 2);
      net.account.call('DeleteVpcEndpoints', { VpcEndpointIds: [given(endpoint?.VpcEndpointId)] });
      wait(net, 5);
    },
    now: ['USE1-VpcEndpoint-Hours 3 0.03'],
    before: ['USE1-VpcEndpoint-Hours 3 0.03'],
  },
  {
    name: 'a VPN connection to a transit gateway costs its own hours and those of its attachment, as a VPC attachment does',
    happens(net) {
      const TransitGatewayId = gatewayWith(net.account);
      attach(net.account, TransitGatewayId, '10.9.0.0/16');
      wait(net, 1);
      const ipsec = { Type: 'ipsec.1' };
      const { CustomerGateway: customer } = net.account.call('CreateCustomerGateway', {
        ...ipsec,
        IpAddress: '203.0.113.5',
      });
      const { VpnConnection: connection } = net.account.call('CreateVpnConnection', {
        ...ipsec,
        TransitGatewayId,
        CustomerGatewayId: given(customer?.CustomerGatewayId),
      });
      wait(net, 2);
      net.account.call('DeleteVpnConnection', { VpnConnectionId: given(connection?.VpnConnectionId) });
      wait(net, 1);
    },
    now: ['USE1-TransitGateway-Hours 6 0.3', 'VPN-Usage-Hours:ipsec.1 2 0.1'],
    before: ['USE1-TransitGateway-Hours 6 0.3', 'VPN-Usage-Hours:ipsec.1 2 0.1'],
  },
  {
    name: 'of 103 remaps in a month three cost money',
    happens(net) {
      const [one, other] = [net.instance(), net.instance()];
      const allocationId = net.elasticIp();
      for (let count = 0; count < 103; count++) associate(net, allocationId, count % 2 === 0 ? one : other);
      wait(net, 1);
    },
    now: ['USE1-PublicIPv4:InUseAddress 1 0.005'],
    before: ['ElasticIP:Address 1 0', 'ElasticIP:Remap 103 0.3'],
  },
];

for (const { name, happens, now, before } of STORIES) {
  test(name, () => {
    const net = metered();
    happens(net);
    for (const [pricingDate, expected] of [
      [undefined, now],
      ['2023-06-01', before],
    ] as const) {
      const answer = bill(net, { pricingDate, hourly: true });
      deepEqual(linesOf(answer), expected, `at prices of ${pricingDate ?? 'March 2024'}`);
      const timed = answer.byUsageType.filter(({ unit }) => unit === 'Hrs');
      deepEqual(
        hourSums(answer),
        timed.map(({ usageType, quantity }) => `${usageType} ${quantity}`),
        'hour by hour',
      );
    }
  });
}

test('each hour has the price of its own day', () => {
  const net = metered({ nowMs: Date.UTC(2024, 0, 31, 22) });
  associate(net, net.elasticIp(), net.instance());
  wait(net, 5);
  deepEqual(linesOf(bill(net, { month: '2024-01' })), ['ElasticIP:Address 2 0', 'ElasticIP:Remap 1 0']);
  deepEqual(linesOf(bill(net, { month: '2024-02' })), ['USE1-PublicIPv4:InUseAddress 3 0.015']);
});

test('a month ends where the calendar says, not where the address does', () => {
  const net = metered();
  net.elasticIp();
  wait(net, 24 * 40);
  equal(bill(net).usd, 3.72);
  equal(bill(net).until, '2024-04-01T00:00:00.000Z');
  equal(bill(net, { month: '2024-04' }).usd, 1.08);
  equal(bill(net, { month: '2024-05' }).usd, 0);
});

test('the bill says which Elastic IPs cost money for nothing, why, and what a month of now costs', () => {
  const net = metered();
  const [stopped, running] = [net.instance(), net.instance()];
  const NetworkInterfaceId = net.eni();
  const [onStopped, onRunning, onNothing, onInterface] = [0, 1, 2, 3].map(() => net.elasticIp());
  associate(net, given(onStopped), stopped);
  associate(net, given(onRunning), running);
  net.account.call('AssociateAddress', { AllocationId: onInterface, NetworkInterfaceId });
  net.stop(stopped);
  wait(net, 1);
  const { forNothing, projected } = bill(net);
  deepEqual(
    forNothing.map(({ allocationId, why, at, usdPerMonth }) => [allocationId, why, at, usdPerMonth]),
    [
      [onNothing, 'not-associated', undefined, 3.65],
      [onInterface, 'interface-not-attached', NetworkInterfaceId, 3.65],
      [onStopped, 'instance-not-running', stopped, 3.65],
    ],
  );
  deepEqual(
    forNothing.map(({ associationId }) => associationId !== undefined),
    [false, true, true],
  );
  deepEqual([projected.hours, projected.usd], [730, 14.6]);
});

test('hours of a resource add up to its lines, and each account pays for its own', () => {
  const net = metered();
  const other = net.account.in({ account: '210987654321', region: 'eu-west-1' });
  const allocationId = net.elasticIp();
  const theirs = given(other.call('AllocateAddress').AllocationId);
  wait(net, 1.25);
  const { byResource, hourly } = bill(net, { hourly: true });
  deepEqual(
    byResource.map(({ account, resourceId, usd, lines }) => [account, resourceId, usd, lines[0]?.usageType]),
    [
      ['123456789012', allocationId, 0.00625, 'USE1-PublicIPv4:IdleAddress'],
      ['210987654321', theirs, 0.00625, 'EU-PublicIPv4:IdleAddress'],
    ],
  );
  deepEqual(
    hourly?.filter(({ resourceId }) => resourceId === theirs).map(({ hour, quantity }) => [hour, quantity]),
    [
      ['2024-03-01T00:00:00.000Z', 1],
      ['2024-03-01T01:00:00.000Z', 0.25],
    ],
  );
});

test('more hours than can be listed at once are refused, and fewer can be asked for', () => {
  const net = metered();
  for (let count = 0; count < 28; count++)
    for (const region of ['us-east-1', 'us-east-2', 'us-west-1', 'us-west-2', 'eu-west-1'])
      net.account.in({ region, account: String(100000000000 + count) }).call('AllocateAddress');
  wait(net, 24 * 31);
  throws(() => bill(net, { hourly: true }), /That are 104160 hours of resources, and 100000 can be listed/);
  equal(bill(net).usd, 520.8);
  equal(bill(net, { hourly: true, region: 'eu-west-1' }).hourly?.length, 28 * 24 * 31);
});

const intervalsOf = ({ account }: Lab): readonly UsageInterval[] => [
  ...account.world.table(account.scope, UsageInterval).values(),
];

test('the meter writes into the transaction that it sees, and nothing where no use changes', () => {
  const net = metered();
  const kindsOf = (changes: readonly { readonly kind: { readonly name: string } }[]): readonly string[] =>
    changes.map(({ kind }) => kind.name);
  const { changes, result } = net.account.commit('AllocateAddress');
  deepEqual(kindsOf(changes), ['public-address', 'elastic-ip', 'usage-interval']);
  const Tags = [{ Key: 'Name', Value: 'spare' }];
  deepEqual(kindsOf(net.account.commit('CreateTags', { Resources: [given(result.AllocationId)], Tags }).changes), [
    'elastic-ip',
  ]);
});

test('a call that is refused leaves no usage behind', () => {
  const net = metered();
  const allocationId = net.elasticIp();
  const before = intervalsOf(net);
  equal(
    net.account.faultCode(() =>
      net.account.call('AssociateAddress', { AllocationId: allocationId, InstanceId: 'i-0123456789abcdef0' }),
    ),
    'InvalidInstanceID.NotFound',
  );
  net.account.world.transact(net.account.scope, nowOf(net), (tx) => tx.remove(UsageInterval, given(before[0]).id), {
    dryRun: true,
  });
  deepEqual(intervalsOf(net), before);
});

test('changes within one millisecond leave no interval without length', () => {
  const net = metered();
  const id = net.instance();
  const allocationId = net.elasticIp();
  associate(net, allocationId, id);
  net.account.call('ReleaseAddress', { AllocationId: net.elasticIp() });
  wait(net, 1);
  deepEqual(
    intervalsOf(net).map(({ resourceId, endMs }) => [resourceId, endMs]),
    [[allocationId, undefined]],
  );
});

test('a meter that comes later begins with what is there, and what went unseen ends', () => {
  const net = lab({ nowMs: MARCH });
  const allocationId = net.elasticIp();
  const gone = net.elasticIp();
  net.account.transact(catchUp);
  net.account.transact(catchUp);
  wait(net, 1);
  net.account.call('ReleaseAddress', { AllocationId: gone });
  net.account.transact(catchUp);
  deepEqual(
    intervalsOf(net).map(({ resourceId, startMs, endMs }) => [resourceId, startMs, endMs]),
    [
      [allocationId, MARCH, undefined],
      [gone, MARCH, MARCH + HOUR_MS],
    ],
  );
});

test('what ended more than thirteen months ago is forgotten, what goes on is not', () => {
  const net = metered();
  const allocationId = net.elasticIp();
  net.account.call('AssociateAddress', { AllocationId: allocationId, InstanceId: net.instance() });
  wait(net, 1);
  net.account.call('DisassociateAddress', {
    AssociationId: net.account.call('DescribeAddresses').Addresses?.[0]?.AssociationId,
  });
  wait(net, 24 * 400);
  net.account.transact(forget);
  equal(intervalsOf(net).length, 2, 'April 2025 shows March 2024');
  wait(net, 24 * 30);
  net.account.transact(forget);
  deepEqual(
    intervalsOf(net).map(({ endMs }) => endMs),
    [undefined],
  );
});
