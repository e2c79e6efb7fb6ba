/** Thousands of random calls, sensible and not, and after each the truths that must hold of interfaces and addresses. */
import { ok } from 'node:assert/strict';
import test from 'node:test';
import { Fault } from '../../model/fault.ts';
import { completeOrder } from '../../model/instance-lifecycle.ts';
import { BorrowedElasticIp } from '../../model/resources/borrowed-elastic-ip.ts';
import { BorrowedInterface } from '../../model/resources/borrowed-interface.ts';
import { ElasticIp } from '../../model/resources/elastic-ip.ts';
import { Instance } from '../../model/resources/instance.ts';
import { NatGateway } from '../../model/resources/nat-gateway.ts';
import { NetworkInterface } from '../../model/resources/network-interface.ts';
import { NetworkInterfacePermission } from '../../model/resources/network-interface-permission.ts';
import type { ScopedOrder } from '../../model/transaction.ts';
import type { Committed } from '../../model/world.ts';
import { formatAddress, formatIpv4 } from '../../net/address.ts';
import { seededRandom, type TestAccount } from '../../testing/account.ts';
import { FollowedTables } from '../../testing/followed-tables.ts';
import { given, type Lab, lab } from '../../testing/instance-parts.ts';
import { checkInterfaces } from '../../testing/interface-invariants.ts';

interface Run {
  readonly net: Lab;
  readonly subnets: readonly string[];
  readonly pick: <T>(list: readonly T[]) => T | undefined;
  readonly integer: (bound: number) => number;
  /** Orders whose guests have not answered yet. */
  readonly open: ScopedOrder[];
  /** What the fabric holds. */
  readonly tables: FollowedTables;
  served: number;
  refused: number;
}

function newRun(seed: number): Run {
  const net = lab({ seed });
  const random = seededRandom(seed * 7919);
  const subnets = [net.subnetId, net.subnet('10.0.2.0/27'), net.subnet('10.0.3.0/26', 'us-east-1b')];
  net.account.call('ModifySubnetAttribute', { SubnetId: net.subnetId, MapPublicIpOnLaunch: { Value: true } });
  const pick = <T>(list: readonly T[]): T | undefined => list[random.integer(Math.max(list.length, 1))];
  net.account.call('AssociateVpcCidrBlock', { VpcId: net.vpcId, AmazonProvidedIpv6CidrBlock: true });
  const [vpc] = net.account.call('DescribeVpcs', { VpcIds: [net.vpcId] }).Vpcs ?? [];
  const Ipv6CidrBlock = given(vpc?.Ipv6CidrBlockAssociationSet?.[0]?.Ipv6CidrBlock).replace('/56', '/64');
  net.account.call('AssociateSubnetCidrBlock', { SubnetId: net.subnetId, Ipv6CidrBlock });
  // Its first state is no change that a call of the run makes.
  net.account.in({ account: THERE }).call('DescribeVpcs');
  const tables = new FollowedTables(net.account.world);
  return { net, subnets, pick, integer: (bound) => random.integer(bound), open: [], tables, served: 0, refused: 0 };
}

/** Calls, and counts whether it was served; what is no fault is a mistake of ours and ends the test. */
function attempt(run: Run, call: (account: TestAccount) => Committed<unknown>): void {
  try {
    const { orders, changes } = call(run.net.account);
    run.open.push(...orders);
    run.tables.follow(changes);
    run.served++;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    run.refused++;
  }
}

const rows = (run: Run) =>
  run.net.account.transact((tx) => ({
    interfaces: tx.list(NetworkInterface),
    instances: tx.list(Instance),
    elasticIps: tx.list(ElasticIp),
    nats: tx.list(NatGateway),
  }));

const NOTHING = 'eni-00000000000000000';

/** One random call. */
function step(run: Run): void {
  const { pick, integer } = run;
  const { interfaces, instances, elasticIps, nats } = rows(run);
  const NetworkInterfaceId = pick(interfaces)?.id ?? NOTHING;
  const InstanceId = pick(instances)?.id ?? 'i-00000000000000000';
  const SubnetId = pick(run.subnets) ?? '';
  const anAddress = `10.0.${1 + integer(3)}.${integer(70)}`;
  const held = pick(interfaces.flatMap((one) => one.ipv4Addresses));
  const address = integer(2) === 0 && held !== undefined ? formatIpv4(held) : anAddress;
  const calls: readonly (() => void)[] = [
    () =>
      attempt(run, (account) =>
        account.commit('CreateNetworkInterface', { SubnetId, SecondaryPrivateIpAddressCount: integer(3) }),
      ),
    () => attempt(run, (account) => account.commit('CreateNetworkInterface', { SubnetId, PrivateIpAddress: address })),
    () => attempt(run, (account) => account.commit('CreateNetworkInterface', { SubnetId, Ipv4PrefixCount: 1 })),
    () => attempt(run, (account) => account.commit('DeleteNetworkInterface', { NetworkInterfaceId })),
    () => attempt(run, (account) => account.commit('DeleteNetworkInterface', { NetworkInterfaceId })),
    () =>
      attempt(run, (account) =>
        account.commit('AttachNetworkInterface', { NetworkInterfaceId, InstanceId, DeviceIndex: integer(4) }),
      ),
    () =>
      attempt(run, (account) =>
        account.commit('AttachNetworkInterface', { NetworkInterfaceId, InstanceId, DeviceIndex: 1 + integer(2) }),
      ),
    () =>
      attempt(run, (account) =>
        account.commit('DetachNetworkInterface', { AttachmentId: attachmentOf(run), Force: integer(4) === 0 }),
      ),
    () =>
      attempt(run, (account) =>
        account.commit('AssignPrivateIpAddresses', {
          NetworkInterfaceId,
          PrivateIpAddresses: [address],
          AllowReassignment: integer(2) === 0,
        }),
      ),
    () =>
      attempt(run, (account) =>
        account.commit('AssignPrivateIpAddresses', {
          NetworkInterfaceId,
          SecondaryPrivateIpAddressCount: 1 + integer(4),
        }),
      ),
    () =>
      attempt(run, (account) => account.commit('AssignPrivateIpAddresses', { NetworkInterfaceId, Ipv4PrefixCount: 1 })),
    () =>
      attempt(run, (account) =>
        account.commit('UnassignPrivateIpAddresses', { NetworkInterfaceId, PrivateIpAddresses: [address] }),
      ),
    () => attempt(run, (account) => account.commit('RunInstances', { ...LAUNCH, SubnetId, MaxCount: 1 + integer(2) })),
    () =>
      attempt(run, (account) =>
        account.commit('RunInstances', { ...LAUNCH, NetworkInterfaces: [{ DeviceIndex: 0, NetworkInterfaceId }] }),
      ),
    () =>
      attempt(run, (account) =>
        account.commit('RunInstances', {
          ...LAUNCH,
          NetworkInterfaces: [
            { DeviceIndex: 0, SubnetId },
            { DeviceIndex: 1, SubnetId: pick(run.subnets) ?? '', DeleteOnTermination: integer(2) === 0 },
          ],
        }),
      ),
    () => attempt(run, (account) => account.commit('StopInstances', { InstanceIds: [InstanceId] })),
    () => attempt(run, (account) => account.commit('StartInstances', { InstanceIds: [InstanceId] })),
    () => attempt(run, (account) => account.commit('RebootInstances', { InstanceIds: [InstanceId] })),
    () => attempt(run, (account) => account.commit('TerminateInstances', { InstanceIds: [InstanceId] })),
    () => attempt(run, (account) => account.commit('AllocateAddress', {})),
    () =>
      attempt(run, (account) =>
        account.commit('AssociateAddress', { AllocationId: pick(elasticIps)?.id ?? '', NetworkInterfaceId }),
      ),
    () =>
      attempt(run, (account) =>
        account.commit('AssociateAddress', {
          AllocationId: pick(elasticIps)?.id ?? '',
          NetworkInterfaceId,
          PrivateIpAddress: address,
          AllowReassociation: integer(2) === 0,
        }),
      ),
    () =>
      attempt(run, (account) =>
        account.commit('AssociateAddress', { AllocationId: pick(elasticIps)?.id ?? '', InstanceId }),
      ),
    () =>
      attempt(run, (account) =>
        account.commit('DisassociateAddress', { AssociationId: pick(elasticIps)?.association?.id ?? 'eipassoc-0' }),
      ),
    () => attempt(run, (account) => account.commit('ReleaseAddress', { AllocationId: pick(elasticIps)?.id ?? '' })),
    () =>
      attempt(run, (account) =>
        account.commit('CreateNatGateway', { SubnetId, AllocationId: pick(elasticIps)?.id ?? '' }),
      ),
    () =>
      attempt(run, (account) =>
        account.commit('CreateNatGateway', { VpcId: run.net.vpcId, AvailabilityMode: 'regional' }),
      ),
    () => attempt(run, (account) => account.commit('DeleteNatGateway', { NatGatewayId: pick(nats)?.id ?? '' })),
    ...furtherCalls(run),
    () =>
      attempt(run, (account) =>
        account.commit('ModifyNetworkInterfaceAttribute', {
          NetworkInterfaceId,
          AssociatePublicIpAddress: integer(2) === 0,
        }),
      ),
    () => answer(run),
    () => answer(run),
    () => answer(run),
    () => answer(run),
  ];
  pick(calls)?.();
}

const THERE = '210987654321';

/** Calls about IPv6, further addresses of NAT gateways, reservations in subnets, and transfers to another account and back. */
function furtherCalls(run: Run): readonly (() => void)[] {
  const { pick, integer } = run;
  const { elasticIps, nats, interfaces } = rows(run);
  const one = pick(interfaces);
  const NetworkInterfaceId = one?.id ?? NOTHING;
  const nat = pick(nats);
  const NatGatewayId = nat?.id ?? '';
  const AllocationId = pick(elasticIps)?.id ?? '';
  const ofNat = pick(nat?.addresses ?? []);
  const other = run.net.account.in({ account: THERE });
  const [theirs] = other.call('DescribeAddresses').Addresses ?? [];
  const offered = pick(run.net.account.call('DescribeAddressTransfers').AddressTransfers ?? [])?.PublicIp ?? '';
  return [
    () =>
      attempt(run, (account) =>
        account.commit('AssociateNatGatewayAddress', { NatGatewayId, AllocationIds: [AllocationId] }),
      ),
    () =>
      attempt(run, (account) =>
        account.commit('DisassociateNatGatewayAddress', {
          NatGatewayId,
          AssociationIds: [ofNat?.allocation?.associationId ?? ''],
        }),
      ),
    () =>
      attempt(run, (account) =>
        account.commit('CreateSubnetCidrReservation', {
          SubnetId: pick(run.subnets) ?? '',
          Cidr: `10.0.${1 + integer(3)}.${16 * integer(4)}/28`,
          ReservationType: integer(2) === 0 ? 'prefix' : 'explicit',
        }),
      ),
    () =>
      attempt(run, (account) => account.commit('EnableAddressTransfer', { AllocationId, TransferAccountId: THERE })),
    () => attempt(run, (account) => account.commit('AssignIpv6Addresses', { NetworkInterfaceId, Ipv6AddressCount: 1 })),
    () =>
      attempt(run, (account) =>
        account.commit('UnassignIpv6Addresses', {
          NetworkInterfaceId,
          Ipv6Addresses: (one?.ipv6Addresses ?? []).slice(0, 1).map(formatAddress),
        }),
      ),
    () => attempt(run, () => other.commit('AcceptAddressTransfer', { Address: offered })),
    () => attempt(run, () => other.commit('ReleaseAddress', { AllocationId: theirs?.AllocationId ?? '' })),
    ...borrowingCalls(run, other),
  ];
}

/** Calls of another account that borrows interfaces, and of the one that lends them. */
function borrowingCalls(run: Run, other: TestAccount): readonly (() => void)[] {
  const { pick, integer } = run;
  const permissions = run.net.account.transact((tx) => tx.list(NetworkInterfacePermission));
  const permission = pick(permissions);
  // Mostly such as can be attached: of all, few are free and in the right zone.
  const free = rows(run).interfaces.filter((one) => !one.attachment && one.zone === 'us-east-1a');
  const NetworkInterfaceId = pick(free)?.id ?? NOTHING;
  const lendable = permissions.filter((one) => free.some(({ id }) => id === one.networkInterfaceId));
  const lent = (pick(lendable) ?? permission)?.networkInterfaceId ?? NOTHING;
  const InstanceId = pick(other.transact((tx) => tx.list(Instance)))?.id ?? 'i-00000000000000000';
  const borrowed = pick(other.transact((tx) => tx.list(BorrowedInterface)));
  const Permission = integer(2) === 0 ? 'INSTANCE-ATTACH' : 'EIP-ASSOCIATE';
  const grant = { NetworkInterfaceId, AwsAccountId: THERE, Permission } as const;
  const theirs = pick(other.transact((tx) => tx.list(ElasticIp)));
  const launch = { ...LAUNCH, Placement: { AvailabilityZone: 'us-east-1a' } };
  const second = { DeviceIndex: 1, NetworkInterfaceId: lent };
  return [
    () => attempt(run, (account) => account.commit('CreateNetworkInterfacePermission', grant)),
    () =>
      attempt(run, (account) =>
        account.commit('DeleteNetworkInterfacePermission', {
          NetworkInterfacePermissionId: permission?.id ?? '',
          Force: integer(2) === 0,
        }),
      ),
    () =>
      attempt(run, (account) =>
        account.commit('ModifyNetworkInterfaceAttribute', {
          NetworkInterfaceId: borrowed?.id ?? NOTHING,
          Attachment: { AttachmentId: borrowed?.attachmentId ?? '', DeleteOnTermination: integer(2) === 0 },
        }),
      ),
    () => attempt(run, () => other.commit('RunInstances', launch)),
    () =>
      attempt(run, () => other.commit('RunInstances', { ...launch, NetworkInterfaces: [{ DeviceIndex: 0 }, second] })),
    () =>
      attempt(run, () =>
        other.commit('AttachNetworkInterface', { NetworkInterfaceId: lent, InstanceId, DeviceIndex: 1 + integer(2) }),
      ),
    () =>
      attempt(run, () =>
        other.commit('DetachNetworkInterface', {
          AttachmentId: borrowed?.attachmentId ?? 'eni-attach-00000000000000000',
          Force: integer(4) === 0,
        }),
      ),
    () => attempt(run, () => other.commit('AllocateAddress', {})),
    () =>
      attempt(run, () =>
        other.commit('AssociateAddress', {
          AllocationId: theirs?.id ?? '',
          NetworkInterfaceId: lent,
          AllowReassociation: integer(2) === 0,
        }),
      ),
    () =>
      attempt(run, () =>
        other.commit('DisassociateAddress', { AssociationId: theirs?.association?.id ?? 'eipassoc-0' }),
      ),
    () => attempt(run, () => other.commit('StopInstances', { InstanceIds: [InstanceId] })),
    () => attempt(run, () => other.commit('StartInstances', { InstanceIds: [InstanceId] })),
    () => attempt(run, () => other.commit('TerminateInstances', { InstanceIds: [InstanceId] })),
  ];
}

const LAUNCH = { ImageId: 'ami-virtual', InstanceType: 't3.medium', MinCount: 1, MaxCount: 1 };

const attachmentOf = (run: Run): string =>
  run.pick(rows(run).interfaces.flatMap((one) => one.attachment?.id ?? [])) ?? 'eni-attach-00000000000000000';

/** The guest of the oldest open order does its part, or fails. */
function answer(run: Run): void {
  const next = run.open.shift();
  if (!next) return;
  const { account } = run.net;
  const outcome = run.integer(8) === 0 ? ({ ok: false, reason: 'chance' } as const) : ({ ok: true } as const);
  const done = account.world.transact(next.scope, 0, (tx) => completeOrder(tx, next.order, outcome));
  run.open.push(...done.orders);
  run.tables.follow(done.changes);
}

/** A fresh compile takes longer than a call; what is wrong stays wrong. */
const COMPARED_EVERY = 25;

for (const seed of [1, 2, 3, 4]) {
  test(`no sequence of calls breaks what must be true of interfaces (seed ${seed})`, () => {
    const run = newRun(seed);
    const other = run.net.account.in({ account: THERE });
    let borrowed = 0;
    let mapped = 0;
    for (let i = 0; i < 1500; i++) {
      step(run);
      run.net.account.transact(checkInterfaces);
      other.transact(checkInterfaces);
      borrowed += other.transact((tx) => tx.size(BorrowedInterface));
      mapped += run.net.account.transact((tx) => tx.size(BorrowedElasticIp));
      if (i % COMPARED_EVERY === 0) run.tables.check(`after call ${i}`);
    }
    run.tables.check('at the end');
    ok(run.served > 300, `only ${run.served} calls were served`);
    ok(mapped > 100, `interfaces had Elastic IPs of the other account after ${mapped} calls alone`);
    ok(borrowed > 100, `instances of the other account had interfaces of this one after ${borrowed} calls alone`);
    ok(run.refused > 300, `only ${run.refused} calls were refused`);
  });
}
