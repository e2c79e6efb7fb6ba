/** What a regional NAT gateway costs: hours of each zone, its addresses, and bytes like those of a zonal one. */
import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { NatGateway } from '../model/resources/nat-gateway.ts';
import { given, type Lab, lab } from '../testing/instance-parts.ts';
import { idOf } from '../testing/rows.ts';
import { costReport } from './cost-report.ts';
import { meter } from './meter.ts';
import { TransferMeter } from './transfer-meter.ts';

const HOUR_MS = 3_600_000;
const MARCH = Date.UTC(2024, 2, 1);

const linesOf = ({ account }: Lab): readonly string[] => {
  const nowMs = account.transact((tx) => tx.nowMs);
  const question = {
    account: undefined,
    region: undefined,
    month: '2024-03',
    pricingDate: undefined,
    hourly: false,
    nowMs,
  };
  return costReport(account.world, question).byUsageType.map((one) => `${one.usageType} ${one.quantity} ${one.usd}`);
};

const regional = (
  { account, vpcId }: Lab,
  AvailabilityZoneAddresses?: { AvailabilityZone: string; AllocationIds: string[] }[],
) =>
  given(
    account.call('CreateNatGateway', { VpcId: vpcId, AvailabilityMode: 'regional', AvailabilityZoneAddresses })
      .NatGateway?.NatGatewayId,
  );

test('it is charged for the hours of each zone in which it stands, and its addresses are in use', () => {
  const net = lab({ nowMs: MARCH, observe: meter });
  net.eni();
  const NatGatewayId = regional(net);
  net.account.advance(HOUR_MS);
  net.eni({ SubnetId: net.subnet('10.0.2.0/24', 'us-east-1b') });
  net.account.advance(2 * HOUR_MS);
  net.account.call('DeleteNatGateway', { NatGatewayId });
  net.account.advance(HOUR_MS);
  deepEqual(linesOf(net), ['NatGateway-Hours 5 0.225', 'USE1-PublicIPv4:InUseAddress 5 0.025']);
});

test('an Elastic IP of its owner is in use as long as the gateway has it, and idle before and after', () => {
  const net = lab({ nowMs: MARCH, observe: meter });
  const [one, two] = [net.elasticIp(), net.elasticIp()];
  net.account.advance(HOUR_MS);
  const NatGatewayId = regional(net, [{ AvailabilityZone: 'us-east-1a', AllocationIds: [one] }]);
  net.account.call('AssociateNatGatewayAddress', {
    NatGatewayId,
    AllocationIds: [two],
    AvailabilityZone: 'us-east-1b',
  });
  net.account.advance(HOUR_MS);
  net.account.call('DeleteNatGateway', { NatGatewayId });
  net.account.advance(HOUR_MS);
  deepEqual(linesOf(net), [
    'NatGateway-Hours 2 0.09',
    'USE1-PublicIPv4:IdleAddress 4 0.02',
    'USE1-PublicIPv4:InUseAddress 2 0.01',
  ]);
});

test('bytes through it are charged in the zone in which they went through, also when it has gone since', () => {
  const meterOfBytes = new TransferMeter();
  const net = lab({ nowMs: MARCH, observe: (_tx, changes) => meterOfBytes.note(changes) });
  net.eni();
  const NatGatewayId = regional(net);
  const gateway = net.account.transact((tx) => tx.get(NatGateway, NatGatewayId));
  const place = {
    interfaceId: given(gateway.regional?.zones[0]?.interfaceId),
    owner: { kind: 'regional-nat-gateway', id: gateway.id },
  } as const;
  const count = {
    from: { interfaceId: idOf('eni', 'gone'), owner: { kind: 'instance', id: idOf('i', 'gone') } },
    legs: [
      { by: 'nat-gateway', to: place },
      { by: 'internet-gateway', to: 'internet' },
    ],
    packets: 1,
    bytes: 100,
  } as const;
  const charged = () =>
    meterOfBytes
      .charges(net.account.world, [count], meterOfBytes.takeDeparted())
      .flatMap(([, charges]) => charges.map(({ place: { zone, resourceId }, measure }) => [zone, resourceId, measure]));
  const expected = [
    ['us-east-1a', NatGatewayId, 'nat-gateway-bytes'],
    ['us-east-1a', NatGatewayId, 'transfer-to-internet'],
  ];
  deepEqual(charged(), expected);
  net.account.call('DeleteNatGateway', { NatGatewayId });
  deepEqual(charged(), expected);
  deepEqual(charged(), []);
});
