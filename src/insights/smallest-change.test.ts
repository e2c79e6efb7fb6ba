/** The smallest change that lets a lost packet pass: found, no call too many, and when made it really lets it pass. */
import { deepEqual, equal, notEqual, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { Fault } from '../model/fault.ts';
import { given, type Lab } from '../testing/instance-parts.ts';
import { OUTSIDE_WORLD } from '../testing/network-copy.ts';
import { type Asked, changeIn, commandsOf, make, questionOf, traceIn } from '../testing/questions.ts';
import { publicAddress, regionalNatGateway } from '../testing/reachability.ts';
import { admit, closedAcl, defaultRoute, interfaceOf, otherVpc, type Tiers, tiers } from '../testing/tiers.ts';
import type { ApiCall } from './api-call.ts';
import type { TraceQuestion } from './trace-question.ts';

interface Case {
  readonly name: string;
  /** Breaks the network, and says what packet is lost by it. */
  lose(net: Tiers): { readonly from: string; readonly to: string; readonly asked: Asked };
  /** Why it is lost. */
  readonly reason: string;
  /** The operations that the change is made of. */
  readonly change: readonly string[];
}

const CASES: readonly Case[] = [
  {
    name: 'Block Public Access holds for the subnet',
    lose: (net) => {
      const { account, web } = net;
      admit(net, web.groupId, 80);
      defaultRoute(net);
      publicAddress(net, web.id);
      account.call('ModifyVpcBlockPublicAccessOptions', { InternetGatewayBlockMode: 'block-ingress' });
      return { from: 'internet', to: web.id, asked: { tcp: 80 } };
    },
    reason: 'block-public-access-in/blocked',
    change: ['CreateVpcBlockPublicAccessExclusion'],
  },
  {
    name: 'the regional NAT gateway stands in another zone',
    lose: (net) => {
      regionalNatGateway(net, ['us-east-1b']);
      return { from: net.web.id, to: 'internet', asked: { tcp: 80 } };
    },
    reason: 'gateway/no-nat-zone',
    change: ['AllocateAddress', 'AssociateNatGatewayAddress'],
  },
  {
    name: 'an ingress rule is missing',
    lose: ({ web, db }) => ({ from: web.id, to: db.id, asked: { tcp: 5432 } }),
    reason: 'security-group-in/no-rule',
    change: ['AuthorizeSecurityGroupIngress'],
  },
  {
    name: 'a ping is not let in',
    lose: ({ web, db }) => ({ from: web.id, to: db.id, asked: { protocol: 'icmp' } }),
    reason: 'security-group-in/no-rule',
    change: ['AuthorizeSecurityGroupIngress'],
  },
  {
    name: 'an egress rule is missing too',
    lose: ({ account, web, db }) => {
      account.call('RevokeSecurityGroupEgress', {
        GroupId: web.groupId,
        IpPermissions: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
      });
      return { from: web.id, to: db.id, asked: { udp: 53 } };
    },
    reason: 'security-group-out/no-rule',
    change: ['AuthorizeSecurityGroupEgress', 'AuthorizeSecurityGroupIngress'],
  },
  {
    name: 'an ACL of the receiver denies the question and the answer',
    lose: (net) => {
      admit(net, net.db.groupId, 5432);
      closedAcl(net, net.db.subnetId);
      return { from: net.web.id, to: net.db.id, asked: { tcp: 5432 } };
    },
    reason: 'network-acl-in/denied',
    change: ['CreateNetworkAclEntry', 'CreateNetworkAclEntry'],
  },
  {
    name: 'an entry of the sender’s ACL denies before the one that allows',
    lose: (net) => {
      const { account, web, db } = net;
      admit(net, db.groupId, 80);
      const { NetworkAcls } = account.call('DescribeNetworkAcls', {
        Filters: [{ Name: 'association.subnet-id', Values: [web.subnetId] }],
      });
      account.call('CreateNetworkAclEntry', {
        NetworkAclId: given(NetworkAcls?.[0]?.NetworkAclId),
        Egress: true,
        RuleNumber: 50,
        RuleAction: 'deny',
        Protocol: '6',
        PortRange: { From: 80, To: 80 },
        CidrBlock: '0.0.0.0/0',
      });
      return { from: web.id, to: db.id, asked: { tcp: 80 } };
    },
    reason: 'network-acl-out/denied',
    change: ['CreateNetworkAclEntry'],
  },
  {
    name: 'neither a route nor a public address leads outside',
    lose: ({ web }) => ({ from: web.id, to: 'internet', asked: { tcp: 443 } }),
    reason: 'route/no-route',
    change: ['CreateRoute', 'AllocateAddress', 'AssociateAddress'],
  },
  {
    name: 'the source has no public address, and an Elastic IP is free',
    lose: (net) => {
      defaultRoute(net);
      net.elasticIp();
      return { from: net.web.id, to: 'internet', asked: { tcp: 443 } };
    },
    reason: 'gateway/no-public-address',
    change: ['AssociateAddress'],
  },
  {
    name: 'the internet gateway is detached',
    lose: (net) => {
      const InternetGatewayId = defaultRoute(net);
      net.account.call('AssociateAddress', {
        AllocationId: net.elasticIp(),
        NetworkInterfaceId: interfaceOf(net, net.web.id),
      });
      net.account.call('DisassociateAddress', { AssociationId: associationIn(net) });
      net.account.call('DetachInternetGateway', { InternetGatewayId, VpcId: net.vpcId });
      return { from: net.web.id, to: 'internet', asked: { tcp: 443 } };
    },
    reason: 'route/blackhole',
    change: ['AttachInternetGateway', 'AssociateAddress'],
  },
  {
    name: 'an instance that is to be reached from outside has nothing of what it needs',
    lose: (net) => ({ from: 'internet', to: net.web.id, asked: { tcp: 22 } }),
    reason: 'internet-arrival/unmapped-destination',
    change: ['AllocateAddress', 'AssociateAddress', 'AuthorizeSecurityGroupIngress', 'CreateRoute'],
  },
  {
    name: 'the receiver is stopped',
    lose: (net) => {
      admit(net, net.db.groupId, 5432);
      net.stop(net.db.id);
      return { from: net.web.id, to: net.db.id, asked: { tcp: 5432 } };
    },
    reason: 'gateway/no-interface',
    change: ['StartInstances'],
  },
  {
    name: 'the sender is stopped',
    lose: (net) => {
      admit(net, net.db.groupId, 5432);
      net.stop(net.web.id);
      return { from: net.web.id, to: net.db.id, asked: { tcp: 5432 } };
    },
    reason: 'port/not-attached',
    change: ['StartInstances'],
  },
  {
    name: 'an appliance forwards with its check on, and no route leads the answers back to it',
    lose: (net) => {
      admit(net, net.db.groupId, 5432);
      return { from: net.web.id, to: net.db.id, asked: { tcp: 5432, source: '172.16.0.9' } };
    },
    reason: 'source-check/foreign-address',
    change: ['ModifyNetworkInterfaceAttribute', 'CreateRoute'],
  },
  {
    name: 'the other VPC is not peered',
    lose: (net) => {
      const far = otherVpc(net);
      return { from: net.web.id, to: far, asked: { tcp: 80 } };
    },
    reason: 'route/no-route',
    change: ['CreateVpcPeeringConnection', 'AcceptVpcPeeringConnection', 'CreateRoute', 'CreateRoute'],
  },
  {
    name: 'a peering was asked for and not accepted',
    lose: (net) => {
      const far = otherVpc(net);
      const { Vpcs } = net.account.call('DescribeVpcs', { Filters: [{ Name: 'cidr', Values: ['10.9.0.0/16'] }] });
      net.account.call('CreateVpcPeeringConnection', { VpcId: net.vpcId, PeerVpcId: given(Vpcs?.[0]?.VpcId) });
      return { from: net.web.id, to: far, asked: { tcp: 80 } };
    },
    reason: 'route/no-route',
    change: ['AcceptVpcPeeringConnection', 'CreateRoute', 'CreateRoute'],
  },
  {
    name: 'the VPC’s resolver is switched off',
    lose: (net) => {
      net.account.call('ModifyVpcAttribute', { VpcId: net.vpcId, EnableDnsSupport: { Value: false } });
      return { from: net.web.id, to: '10.0.0.2', asked: { udp: 53 } };
    },
    reason: 'link-local/dns-disabled',
    change: ['ModifyVpcAttribute'],
  },
];

const associationIn = ({ account }: Lab): string =>
  given(account.call('DescribeAddresses').Addresses?.[0]?.AssociationId);

/** False too where EC2 refuses the calls. */
function isEnough({ account }: Lab, calls: readonly ApiCall[], question: TraceQuestion): boolean {
  try {
    make(account, calls);
  } catch (error) {
    if (error instanceof Fault) return false;
    throw error;
  }
  const { forward, reply } = traceIn(account, question);
  return forward.verdict !== 'dropped' && reply?.verdict !== 'dropped';
}

for (const { name, lose, reason, change } of CASES) {
  test(`when ${name}, the change is ${change.join(', ')}, and it works`, () => {
    const net = tiers();
    const { from, to, asked } = lose(net);
    const question = questionOf(from, to, asked);
    equal(traceIn(net.account, question).forward.reason, reason);
    const calls = changeIn(net.account, question);
    ok(calls, 'no change was found');
    deepEqual(
      calls.map(({ operation }) => operation),
      change,
    );
    make(net.account, calls);
    const { forward, reply } = traceIn(net.account, question);
    notEqual(forward.verdict, 'dropped', forward.reason);
    notEqual(reply?.verdict, 'dropped', reply?.reason);
  });

  test(`when ${name}, no call of the change could be left out`, () => {
    const count = change.length;
    for (let left = 0; left < count; left++) {
      const net = tiers();
      const { from, to, asked } = lose(net);
      const question = questionOf(from, to, asked);
      const calls = changeIn(net.account, question) ?? [];
      equal(calls.length, count);
      // What a later call needs of this one can be left out even less.
      const { saves } = calls[left] ?? {};
      if (saves && JSON.stringify(calls).includes(`"$${saves.name}"`)) continue;
      ok(!isEnough(net, calls.toSpliced(left, 1), question), `${calls[left]?.operation} was not needed`);
    }
  });
}

test('looking for a change leaves the network as it was', () => {
  const net = tiers();
  const before = JSON.stringify(net.account.call('DescribeSecurityGroups'));
  const question = questionOf('internet', net.web.id, { tcp: 22 });
  const first = changeIn(net.account, question);
  equal(JSON.stringify(net.account.call('DescribeSecurityGroups')), before);
  deepEqual(changeIn(net.account, question), first);
  equal(net.account.call('DescribeAddresses').Addresses?.length, 0);
});

test('nothing is proposed for an address that nobody has', () => {
  const net = tiers();
  equal(changeIn(net.account, questionOf(net.web.id, '10.0.2.200', { tcp: 80 })), undefined);
});

test('a rule for one client names its address; one for everybody outside names everybody', () => {
  const net = tiers();
  defaultRoute(net);
  net.account.call('AssociateAddress', {
    AllocationId: net.elasticIp(),
    NetworkInterfaceId: interfaceOf(net, net.web.id),
  });
  const blockFor = (from: string): string =>
    JSON.stringify(changeIn(net.account, questionOf(from, net.web.id, { tcp: 22 })));
  ok(blockFor('internet').includes('"CidrIp":"0.0.0.0/0"'));
  ok(blockFor(OUTSIDE_WORLD).includes(`"CidrIp":"${OUTSIDE_WORLD}/32"`));
});

test('a group is named where it holds the sender alone, and its address where it holds others too', () => {
  const net = tiers();
  const peer = (): string =>
    commandsOf(net.account, changeIn(net.account, questionOf(net.web.id, net.db.id, { tcp: 80 })) ?? []).join();
  ok(peer().includes(`--source-group ${net.web.groupId}`), peer());
  net.instance({ SubnetId: net.subnetId, SecurityGroupIds: [net.web.groupId] });
  ok(peer().includes('--cidr 10.0.1.'), peer());
});

test('the commands are those of the AWS CLI', () => {
  const net = tiers();
  const aclId = closedAcl(net, net.db.subnetId);
  const change = changeIn(net.account, questionOf(net.web.id, net.db.id, { tcp: 5432, source: '172.16.0.9' })) ?? [];
  const commands = commandsOf(net.account, change);
  const eni = interfaceOf(net, net.web.id);
  equal(commands[0], `aws ec2 modify-network-interface-attribute --network-interface-id ${eni} --no-source-dest-check`);
  equal(
    commands[1],
    `aws ec2 create-network-acl-entry --network-acl-id ${aclId} --ingress --rule-number 100 --rule-action allow --protocol 6 --port-range From=5432,To=5432 --cidr-block 172.16.0.9/32`,
  );
  equal(
    commands[2],
    `aws ec2 authorize-security-group-ingress --group-id ${net.db.groupId} --protocol tcp --port 5432 --cidr 172.16.0.9/32`,
  );
});
