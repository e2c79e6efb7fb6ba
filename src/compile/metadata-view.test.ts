/** An instance's metadata after real calls: what the view shows follows the model. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { formatAddress } from '../net/address.ts';
import type { NetworkInterfaceId } from '../net/identifiers.ts';
import { type TestAccount, testAccount } from '../testing/account.ts';
import { instanceWith, interfaceWith, setInstanceState, subnetWith, vpcWith } from '../testing/vpc-parts.ts';
import { metadataView } from './metadata-view.ts';

type View = NonNullable<ReturnType<typeof metadataView>>;

/** What `work` says of the view of the instance behind an interface. */
const look = <Result>(account: TestAccount, id: NetworkInterfaceId, work: (view: View) => Result): Result =>
  account.transact((tx) => {
    const view = metadataView(tx, id);
    ok(view, 'the interface is attached');
    return work(view);
  });

/** A running instance with one interface, in a VPC with an internet gateway. */
function running(account: TestAccount) {
  const vpc = vpcWith(account, '10.0.0.0/16');
  const gateway = account.call('CreateInternetGateway').InternetGateway?.InternetGatewayId ?? '';
  account.call('AttachInternetGateway', { InternetGatewayId: gateway, VpcId: vpc.id });
  const subnet = subnetWith(account, vpc, '10.0.1.0/24');
  const { instance, interfaces } = instanceWith(account, subnet, '10.0.1.10');
  setInstanceState(account, instance.id, 'running');
  const [primary] = interfaces;
  if (!primary) throw new Error('the instance has no interface');
  return { vpc, subnet, instance, primary };
}

test('an interface that no instance has shows nothing', () => {
  const account = testAccount();
  const { subnet } = running(account);
  const loose = interfaceWith(account, subnet, '10.0.1.99');
  equal(
    account.transact((tx) => metadataView(tx, loose.id)),
    undefined,
  );
});

test('every attached interface is shown, whichever of them asks, the primary one first', () => {
  const account = testAccount();
  const { subnet, instance, primary } = running(account);
  const second = interfaceWith(account, subnet, '10.0.1.50');
  account.call('AttachNetworkInterface', {
    InstanceId: instance.id,
    NetworkInterfaceId: second.id,
    DeviceIndex: 1,
  });
  for (const asker of [primary.id, second.id]) {
    deepEqual(
      look(account, asker, (view) =>
        view.interfaces().map((one) => [one.id, one.deviceIndex, one.localHostName, one.owner]),
      ),
      [
        [primary.id, 0, 'ip-10-0-1-10.ec2.internal', '123456789012'],
        [second.id, 1, 'ip-10-0-1-50.ec2.internal', '123456789012'],
      ],
    );
  }
});

test('addresses appear and vanish with the calls that assign them', () => {
  const account = testAccount();
  const { primary } = running(account);
  const addresses = (): readonly string[] =>
    look(account, primary.id, (view) => view.interfaces().flatMap((one) => one.ipv4Addresses.map(formatAddress)));
  account.call('AssignPrivateIpAddresses', { NetworkInterfaceId: primary.id, PrivateIpAddresses: ['10.0.1.77'] });
  deepEqual(addresses(), ['10.0.1.10', '10.0.1.77']);
  account.call('UnassignPrivateIpAddresses', { NetworkInterfaceId: primary.id, PrivateIpAddresses: ['10.0.1.77'] });
  deepEqual(addresses(), ['10.0.1.10']);
});

test('an Elastic IP is shown with the private address it stands for, its name only where the VPC gives out names', () => {
  const account = testAccount();
  const { vpc, primary } = running(account);
  const { AllocationId = '', PublicIp = '' } = account.call('AllocateAddress');
  account.call('AssociateAddress', { AllocationId, NetworkInterfaceId: primary.id });
  const shown = () =>
    look(account, primary.id, (view) => {
      const [one] = view.interfaces();
      return [one?.publicAddresses.map((pair) => formatAddress(pair.publicAddress)), one?.publicHostName];
    });
  deepEqual(shown(), [[PublicIp], undefined]);
  account.call('ModifyVpcAttribute', { VpcId: vpc.id, EnableDnsHostnames: { Value: true } });
  deepEqual(shown(), [[PublicIp], `ec2-${PublicIp.replaceAll('.', '-')}.compute-1.amazonaws.com`]);
});

test('groups, tags, key and options are those of this moment', () => {
  const account = testAccount();
  const { vpc, instance, primary } = running(account);
  const { GroupId = '' } = account.call('CreateSecurityGroup', {
    GroupName: 'web',
    Description: 'web servers',
    VpcId: vpc.id,
  });
  account.call('ModifyNetworkInterfaceAttribute', { NetworkInterfaceId: primary.id, Groups: [GroupId] });
  account.call('CreateTags', { Resources: [instance.id], Tags: [{ Key: 'Name', Value: 'web-1' }] });
  deepEqual(
    look(account, primary.id, (view) => ({
      groups: view.interfaces()[0]?.securityGroups,
      tags: view.tags,
      key: view.publicKey(),
      userData: view.userData(),
      endpoint: view.options.httpEndpoint,
    })),
    {
      groups: [{ id: GroupId, name: 'web' }],
      tags: { Name: 'web-1' },
      key: undefined,
      userData: undefined,
      endpoint: 'enabled',
    },
  );
});

test('user data are the bytes that were given, whatever they are', () => {
  const account = testAccount();
  const { subnet } = running(account);
  const bytes = Uint8Array.of(0x1f, 0x8b, 0, 255, 10);
  const { Instances: launched } = account.call('RunInstances', {
    ImageId: 'ami-virtual',
    MinCount: 1,
    MaxCount: 1,
    SubnetId: subnet.id,
    UserData: Buffer.from(bytes).toString('base64'),
  });
  const interfaceId = launched?.[0]?.NetworkInterfaces?.[0]?.NetworkInterfaceId as NetworkInterfaceId;
  deepEqual(
    look(account, interfaceId, (view) => view.userData()),
    bytes,
  );
});

test('the Region, its zone and its partition are those of the instance', () => {
  const account = testAccount({ region: 'cn-north-1' });
  const { primary } = running(account);
  const { region, partition, serviceDomain, zone, zoneId } = look(account, primary.id, (view) => view);
  deepEqual([region, partition, serviceDomain], ['cn-north-1', 'aws-cn', 'amazonaws.com.cn']);
  ok(zone.startsWith('cn-north-1') && zoneId.startsWith('cnn1-az'));
});
