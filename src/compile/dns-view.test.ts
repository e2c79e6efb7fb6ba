import { deepEqual, equal, notDeepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { deleteLoadBalancer } from '../model/load-balancer-lifecycle.ts';
import { dnsNameOf } from '../model/load-balancer-names.ts';
import { Instance } from '../model/resources/instance.ts';
import type { LoadBalancer } from '../model/resources/load-balancer.ts';
import { NetworkInterface } from '../model/resources/network-interface.ts';
import { VpcPeeringConnection } from '../model/resources/vpc-peering-connection.ts';
import { formatAddress, parseAddress } from '../net/address.ts';
import type { DnsView } from '../services/dns-view.ts';
import { type TestAccount, testAccount } from '../testing/account.ts';
import { balancerIn, groupOf, listenerOf } from '../testing/balancers.ts';
import { given, lab } from '../testing/instance-parts.ts';
import { elb } from '../testing/other-services.ts';
import { serviceLab } from '../testing/private-service.ts';
import { instanceWith, interfaceWith, setInstanceState, subnetWith, vpcWith } from '../testing/vpc-parts.ts';
import { dnsView } from './dns-view.ts';

type Asker = NetworkInterface | 'internet';

function look<T>(account: TestAccount, asker: Asker, work: (view: DnsView) => T): T {
  return account.transact((tx) => {
    const view = dnsView(tx, asker === 'internet' ? asker : asker.id);
    if (!view) throw new Error('the asker is gone');
    return work(view);
  });
}

/** Addresses of a name, as text; undefined where it does not exist. */
const resolve = (account: TestAccount, asker: Asker, name: string): readonly string[] | undefined =>
  look(account, asker, (view) => {
    const found = view.addressesOf(name);
    return found && [...found.ipv4, ...found.ipv6].map(formatAddress);
  });

const nameOf = (account: TestAccount, asker: Asker, text: string): string | undefined =>
  look(account, asker, (view) => view.nameOf(parseAddress(text) ?? refuse(text)));

function refuse(text: string): never {
  throw new Error(`not an address: ${text}`);
}

/** A VPC with an internet gateway and an instance at 10.0.1.10; DNS host names are on. */
function vpcOf(account: TestAccount) {
  const vpc = vpcWith(account, '10.0.0.0/16');
  setNames(account, vpc.id, true);
  const { InternetGateway: gateway } = account.call('CreateInternetGateway');
  account.call('AttachInternetGateway', { InternetGatewayId: gateway?.InternetGatewayId ?? '', VpcId: vpc.id });
  const subnet = subnetWith(account, vpc, '10.0.1.0/24');
  const { instance, interfaces } = instanceWith(account, subnet, '10.0.1.10');
  setInstanceState(account, instance.id, 'running');
  const [web] = interfaces;
  if (!web) throw new Error('the instance has no interface');
  return { vpc, subnet, instance, web };
}

const setNames = (account: TestAccount, vpcId: string, value: boolean): void => {
  account.call('ModifyVpcAttribute', { VpcId: vpcId, EnableDnsHostnames: { Value: value } });
};

/** Puts an Elastic IP on the interface's primary address; its public name in us-east-1, and its text. */
function publish(account: TestAccount, web: NetworkInterface) {
  const { AllocationId, PublicIp = '' } = account.call('AllocateAddress', { Domain: 'vpc' });
  const { AssociationId } = account.call('AssociateAddress', { AllocationId, NetworkInterfaceId: web.id });
  const name = `ec2-${PublicIp.replaceAll('.', '-')}.compute-1.amazonaws.com`;
  return { publicIp: PublicIp, name, AssociationId };
}

test('private names of a VPC’s addresses lead there and back, secondary ones too', () => {
  const account = testAccount();
  const { web } = vpcOf(account);
  account.call('AssignPrivateIpAddresses', { NetworkInterfaceId: web.id, PrivateIpAddresses: ['10.0.1.99'] });
  for (const [name, address] of [
    ['ip-10-0-1-10.ec2.internal', '10.0.1.10'],
    ['ip-10-0-1-99.ec2.internal', '10.0.1.99'],
  ] as const) {
    deepEqual(resolve(account, web, name), [address]);
    equal(nameOf(account, web, address), name);
  }
});

test('addresses that nobody has, and names of another form, do not exist', () => {
  const account = testAccount();
  const { web } = vpcOf(account);
  for (const name of [
    'ip-10-0-1-11.ec2.internal',
    'ip-10-9-9-9.ec2.internal',
    'ip-10-0-1-010.ec2.internal',
    'ip-10-0-1-10.eu-west-1.compute.internal',
    'ip-10.0.1.10.ec2.internal',
    'ip-10-0-1-10',
    'x.ip-10-0-1-10.ec2.internal',
    'ec2-10-0-1-10.compute-1.amazonaws.com',
    'ec2-198-18-0-9.compute-1.amazonaws.com',
    'compute-1.amazonaws.com',
    '',
  ]) {
    equal(resolve(account, web, name), undefined, name);
  }
  equal(nameOf(account, web, '10.0.1.11'), undefined);
  equal(nameOf(account, web, '8.8.8.8'), undefined);
});

test('private names of another VPC do not resolve, even with the same addresses', () => {
  const account = testAccount();
  const { web } = vpcOf(account);
  const other = vpcOf(account);
  interfaceWith(account, other.subnet, '10.0.1.50');
  equal(resolve(account, web, 'ip-10-0-1-50.ec2.internal'), undefined);
  deepEqual(resolve(account, other.web, 'ip-10-0-1-50.ec2.internal'), ['10.0.1.50']);
  equal(nameOf(account, web, '10.0.1.50'), undefined);
});

test('a resource name exists where the instance’s options say so', () => {
  const account = testAccount();
  const { web, instance } = vpcOf(account);
  const other = vpcOf(account);
  const name = `${instance.id}.ec2.internal`;
  equal(resolve(account, web, name), undefined);
  const privateDnsNameOptions = { ...instance.privateDnsNameOptions, enableResourceNameDnsARecord: true };
  account.transact((tx) => tx.update(Instance, instance.id, { privateDnsNameOptions }));
  deepEqual(resolve(account, web, name), ['10.0.1.10']);
  equal(resolve(account, other.web, name), undefined);
});

test('a public name is the private address inside the VPC and the public one outside', () => {
  const account = testAccount();
  const { web } = vpcOf(account);
  const other = vpcOf(account);
  const { name, publicIp } = publish(account, web);
  deepEqual(resolve(account, web, name), ['10.0.1.10']);
  deepEqual(resolve(account, other.web, name), [publicIp]);
  deepEqual(resolve(account, 'internet', name), [publicIp]);
});

test('the outside world finds public names of every account and Region', () => {
  const here = testAccount();
  const there = here.in({ account: '210987654321', region: 'eu-west-1' });
  const { web } = vpcOf(there);
  const { publicIp, name } = publish(there, web);
  const own = name.replace('compute-1.amazonaws.com', 'eu-west-1.compute.amazonaws.com');
  deepEqual(resolve(here, 'internet', own), [publicIp]);
  equal(resolve(here, 'internet', name), undefined, 'the name in another Region');
  deepEqual(resolve(here, vpcOf(here).web, own), [publicIp]);
});

test('the outside world knows no private names', () => {
  const account = testAccount();
  vpcOf(account);
  equal(resolve(account, 'internet', 'ip-10-0-1-10.ec2.internal'), undefined);
  equal(nameOf(account, 'internet', '10.0.1.10'), undefined);
});

test('an auto-assigned address has a public name as an Elastic IP has', () => {
  const account = testAccount();
  account.call('RunInstances', { ImageId: 'ami-virtual', InstanceType: 't3.micro', MinCount: 1, MaxCount: 1 });
  const [instance] = account.call('DescribeInstances').Reservations?.[0]?.Instances ?? [];
  const holder = account.transact((tx) =>
    tx.list(NetworkInterface).find((one) => one.autoAssignedPublicIp !== undefined),
  );
  const publicIp = holder?.autoAssignedPublicIp;
  if (publicIp === undefined || !holder) throw new Error('no address was assigned');
  const name = `ec2-${formatAddress(publicIp).replaceAll('.', '-')}.compute-1.amazonaws.com`;
  deepEqual(resolve(account, 'internet', name), [formatAddress(publicIp)]);
  deepEqual(resolve(account, holder, name), [instance?.PrivateIpAddress ?? '']);
});

test('the public name is gone with the association', () => {
  const account = testAccount();
  const { web } = vpcOf(account);
  const { name, AssociationId } = publish(account, web);
  account.call('DisassociateAddress', { AssociationId });
  equal(resolve(account, 'internet', name), undefined);
  equal(resolve(account, web, name), undefined);
});

test('without enableDnsHostnames there are neither public nor private names', () => {
  const account = testAccount();
  const { web, vpc } = vpcOf(account);
  const { name } = publish(account, web);
  setNames(account, vpc.id, false);
  for (const asked of [name, 'ip-10-0-1-10.ec2.internal']) equal(resolve(account, web, asked), undefined, asked);
  equal(resolve(account, 'internet', name), undefined);
  equal(nameOf(account, web, '10.0.1.10'), undefined);
  equal(
    look(account, web, (view) => view.isServed),
    true,
  );
});

test('without enableDnsSupport there is no resolver', () => {
  const account = testAccount();
  const { web, vpc } = vpcOf(account);
  setNames(account, vpc.id, false);
  account.call('ModifyVpcAttribute', { VpcId: vpc.id, EnableDnsSupport: { Value: false } });
  equal(
    look(account, web, (view) => view.isServed),
    false,
  );
});

test('over a peering a public name is private once the other side lets it be', () => {
  const account = testAccount();
  const { vpc, web } = vpcOf(account);
  const other = vpcWith(account, '10.1.0.0/16');
  setNames(account, other.id, true);
  const asker = interfaceWith(account, subnetWith(account, other, '10.1.1.0/24'), '10.1.1.10');
  const { name, publicIp } = publish(account, web);
  const { VpcPeeringConnection: peering } = account.call('CreateVpcPeeringConnection', {
    VpcId: other.id,
    PeerVpcId: vpc.id,
  });
  const VpcPeeringConnectionId = peering?.VpcPeeringConnectionId ?? '';
  account.call('AcceptVpcPeeringConnection', { VpcPeeringConnectionId });
  deepEqual(resolve(account, asker, name), [publicIp]);
  account.transact((tx) => {
    const { id, accepter } = tx.get(VpcPeeringConnection, VpcPeeringConnectionId);
    tx.update(VpcPeeringConnection, id, { accepter: { ...accepter, allowDnsResolutionFromRemoteVpc: true } });
  });
  deepEqual(resolve(account, asker, name), ['10.0.1.10']);
});

test('names of endpoints are public with private addresses, a private name is of their VPC alone', () => {
  const net = serviceLab();
  const { account, serviceId: ServiceId, serviceName: ServiceName, vpcId: VpcId, subnetId } = net;
  account.call('ModifyVpcAttribute', { VpcId, EnableDnsHostnames: { Value: true } });
  account.call('ModifyVpcEndpointServiceConfiguration', { ServiceId, PrivateDnsName: '*.shop.example' });
  account.call('StartVpcEndpointServicePrivateDnsVerification', { ServiceId });
  const { VpcEndpoint: made } = account.call('CreateVpcEndpoint', {
    VpcId,
    ServiceName,
    VpcEndpointType: 'Interface',
    SubnetIds: [subnetId],
    PrivateDnsEnabled: true,
  });
  const eni = given(made?.NetworkInterfaceIds?.[0]);
  const address = account.call('DescribeNetworkInterfaces', { NetworkInterfaceIds: [eni] }).NetworkInterfaces?.[0];
  const asker = account.transact((tx) => tx.get(NetworkInterface, net.eni()));
  const names = given(made?.DnsEntries).map((entry) => given(entry.DnsName));
  const expected = [given(address?.PrivateIpAddress)];
  for (const who of ['internet', asker] as const) {
    for (const name of names.slice(0, 2)) deepEqual(resolve(account, who, name), expected);
    equal(resolve(account, who, names[0]?.replace(/-[a-z0-9]{8}\./, '-00000000.') ?? ''), undefined);
  }
  deepEqual(resolve(account, asker, 'api.shop.example'), expected);
  equal(resolve(account, asker, 'shop.example'), undefined);
  equal(resolve(account, 'internet', 'api.shop.example'), undefined);
  const { vpc: elsewhere } = vpcOf(account);
  const stranger = interfaceWith(account, subnetWith(account, elsewhere, '10.0.9.0/24'), '10.0.9.9');
  equal(resolve(account, stranger, 'api.shop.example'), undefined);
  deepEqual(resolve(account, stranger, names[0] ?? ''), expected);
  account.call('RejectVpcEndpointConnections', { ServiceId, VpcEndpointIds: [given(made?.VpcEndpointId)] });
  equal(resolve(account, asker, names[0] ?? ''), undefined);
});

test('the services that gateway endpoints lead to have their names everywhere, buckets too', () => {
  const account = testAccount();
  const { web } = vpcOf(account);
  for (const who of ['internet', web] as const) {
    const address = resolve(account, who, 's3.us-east-1.amazonaws.com');
    equal(address?.length, 1);
    deepEqual(resolve(account, who, 'my.bucket.s3.us-east-1.amazonaws.com'), address);
    deepEqual(resolve(account, who, 's3.amazonaws.com'), address);
    notDeepEqual(resolve(account, who, 's3.eu-west-1.amazonaws.com'), address);
    equal(resolve(account, who, 'dynamodb.us-east-1.amazonaws.com')?.length, 1);
    equal(resolve(account, who, 's4.us-east-1.amazonaws.com'), undefined);
  }
});

test('an interface that is gone asks nothing', () => {
  const account = testAccount();
  const { subnet } = vpcOf(account);
  const gone = interfaceWith(account, subnet, '10.0.1.77');
  account.call('DeleteNetworkInterface', { NetworkInterfaceId: gone.id });
  equal(
    account.transact((tx) => dnsView(tx, gone.id)),
    undefined,
  );
});

test('the reverse name that an owner has set is known inside and outside, until it is reset', () => {
  const account = testAccount();
  const { web } = vpcOf(account);
  const { AllocationId = '', PublicIp = '' } = account.call('AllocateAddress');
  account.call('ModifyAddressAttribute', { AllocationId, DomainName: 'Mail.Example.com' });
  equal(nameOf(account, 'internet', PublicIp), 'mail.example.com');
  equal(nameOf(account, web, PublicIp), 'mail.example.com');
  account.call('ResetAddressAttribute', { AllocationId, Attribute: 'domain-name' });
  equal(nameOf(account, 'internet', PublicIp), undefined);
});

test('the name of a load balancer stands for its nodes, public ones where it is internet-facing, and for one with its zone before it', () => {
  const net = lab();
  const { account, vpcId, subnetId } = net;
  const elsewhere = net.subnet('10.0.2.0/24', 'us-east-1b');
  const asker = account.transact((tx) => tx.get(NetworkInterface, net.eni()));
  const facing = balancerIn(account, [subnetId, elsewhere], { name: 'Public', scheme: 'internet-facing' });
  const inner = balancerIn(account, [subnetId, elsewhere], { name: 'inner' });
  const interfaces = (balancer: LoadBalancer) => {
    const ids = balancer.nodes.map(({ networkInterfaceId }) => networkInterfaceId);
    return given(account.call('DescribeNetworkInterfaces', { NetworkInterfaceIds: ids }).NetworkInterfaces);
  };
  const privately = interfaces(inner).map((one) => given(one.PrivateIpAddress));
  const publicly = interfaces(facing).map((one) => given(one.Association?.PublicIp));
  for (const who of ['internet', asker] as const) {
    deepEqual(resolve(account, who, dnsNameOf(inner)), privately);
    deepEqual(resolve(account, who, dnsNameOf(facing).toLowerCase()), publicly);
    deepEqual(resolve(account, who, `us-east-1b.${dnsNameOf(inner)}`), privately.slice(1));
    equal(resolve(account, who, `us-east-1c.${dnsNameOf(inner)}`), undefined);
    equal(resolve(account, who, dnsNameOf(inner).replace('inner', 'other')), undefined);
  }
  const group = groupOf(account, vpcId, [{ Id: net.instance() }]);
  listenerOf(account, inner, [group]);
  deepEqual(resolve(account, asker, dnsNameOf(inner)), privately.slice(0, 1), 'no target is in the other zone');
  account.transact((tx) => deleteLoadBalancer(tx, facing));
  equal(resolve(account, 'internet', dnsNameOf(facing).toLowerCase()), undefined);
});

test('so does the name of a Classic Load Balancer, but for zones', () => {
  const net = lab();
  const call = elb(net.account);
  const elsewhere = net.subnet('10.0.2.0/24', 'us-east-1b');
  const asker = net.account.transact((tx) => tx.get(NetworkInterface, net.eni()));
  const LoadBalancerName = 'Shop';
  const Listeners = [{ Protocol: 'TCP', LoadBalancerPort: 80, InstancePort: 80 }];
  for (const Scheme of ['internal', 'internet-facing'] as const) {
    const { DNSName } = call('CreateLoadBalancer', {
      LoadBalancerName,
      Listeners,
      Scheme,
      Subnets: [net.subnetId, elsewhere],
    });
    const name = given(DNSName).toLowerCase();
    const Filters = [{ Name: 'description', Values: ['ELB Shop'] }];
    const nodes = net.account.call('DescribeNetworkInterfaces', { Filters }).NetworkInterfaces ?? [];
    const addresses = nodes.map((one) =>
      given(Scheme === 'internal' ? one.PrivateIpAddress : one.Association?.PublicIp),
    );
    for (const who of ['internet', asker] as const) deepEqual(resolve(net.account, who, name), addresses);
    equal(resolve(net.account, asker, `us-east-1b.${name}`), undefined);
    call('RegisterInstancesWithLoadBalancer', { LoadBalancerName, Instances: [{ InstanceId: net.instance() }] });
    deepEqual(resolve(net.account, asker, name), addresses.slice(0, 1), 'no instance is in the other zone');
    call('DeleteLoadBalancer', { LoadBalancerName });
    equal(resolve(net.account, 'internet', name), undefined);
  }
});
