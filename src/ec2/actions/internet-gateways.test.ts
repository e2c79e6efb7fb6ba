/** Internet gateways and egress-only gateways, through their calls. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { NetworkInterface } from '../../model/resources/network-interface.ts';
import { parseIpv4 } from '../../net/address.ts';
import { type TestAccount, testAccount } from '../../testing/account.ts';
import { interfaceWith, subnetWith, vpcWith } from '../../testing/vpc-parts.ts';

const newGateway = (account: TestAccount): string =>
  account.call('CreateInternetGateway').InternetGateway?.InternetGatewayId ?? '';

test('a gateway is attached to nothing at first, then available to its VPC, then detached and gone', () => {
  const account = testAccount();
  const vpc = vpcWith(account, '10.0.0.0/16');
  const id = newGateway(account);
  const attachments = () =>
    account.call('DescribeInternetGateways', { InternetGatewayIds: [id] }).InternetGateways?.[0]?.Attachments;
  deepEqual(attachments(), []);
  account.call('AttachInternetGateway', { InternetGatewayId: id, VpcId: vpc.id });
  deepEqual(attachments(), [{ VpcId: vpc.id, State: 'available' }]);
  account.call('DetachInternetGateway', { InternetGatewayId: id, VpcId: vpc.id });
  deepEqual(attachments(), []);
  account.call('DeleteInternetGateway', { InternetGatewayId: id });
  equal(account.faultCode(attachments), 'InvalidInternetGatewayID.NotFound');
});

test('attaching tells each mistake, one after the other is mended', () => {
  const account = testAccount();
  const vpc = vpcWith(account, '10.0.0.0/16');
  const other = vpcWith(account, '10.1.0.0/16');
  const [used, free] = [newGateway(account), newGateway(account)];
  account.call('AttachInternetGateway', { InternetGatewayId: used, VpcId: other.id });
  const attach = (InternetGatewayId: string, VpcId: string) =>
    account.fault(() => account.call('AttachInternetGateway', { InternetGatewayId, VpcId }));
  deepEqual(
    [
      attach('igw-1', 'vpc-1'),
      attach('igw-00000000000000001', 'vpc-1'),
      attach(used, 'vpc-1'),
      attach(used, 'vpc-00000000000000001'),
      attach(used, vpc.id),
      attach(free, other.id),
    ],
    [
      'InvalidInternetGatewayId.Malformed: Invalid id: "igw-1" (expecting "igw-...")',
      "InvalidInternetGatewayID.NotFound: The internetGateway ID 'igw-00000000000000001' does not exist",
      'InvalidVpcID.Malformed: Invalid id: "vpc-1" (expecting "vpc-...")',
      "InvalidVpcID.NotFound: The vpc ID 'vpc-00000000000000001' does not exist",
      `Resource.AlreadyAssociated: resource ${used} is already attached to network ${other.id}`,
      `InvalidParameterValue: Network ${other.id} already has an internet gateway attached`,
    ],
  );
  account.call('AttachInternetGateway', { InternetGatewayId: free, VpcId: vpc.id });
});

test('a gateway is not detached from another VPC, nor while a public address is mapped, nor deleted while attached', () => {
  const account = testAccount();
  const vpc = vpcWith(account, '10.0.0.0/16');
  const other = vpcWith(account, '10.1.0.0/16');
  const id = newGateway(account);
  account.call('AttachInternetGateway', { InternetGatewayId: id, VpcId: vpc.id });
  const eni = interfaceWith(account, subnetWith(account, vpc, '10.0.1.0/24'), '10.0.1.10');
  const map = (address: string | undefined) =>
    account.transact((tx) =>
      tx.update(NetworkInterface, eni.id, {
        autoAssignedPublicIp: address === undefined ? undefined : parseIpv4(address),
      }),
    );
  const detach = (VpcId: string) => () => account.call('DetachInternetGateway', { InternetGatewayId: id, VpcId });
  map('198.18.0.9');
  equal(account.fault(detach(other.id)), `Gateway.NotAttached: resource ${id} is not attached to network ${other.id}`);
  equal(
    account.fault(detach(vpc.id)),
    `DependencyViolation: Network ${vpc.id} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.`,
  );
  equal(
    account.fault(() => account.call('DeleteInternetGateway', { InternetGatewayId: id })),
    `DependencyViolation: The internetGateway '${id}' has dependencies and cannot be deleted.`,
  );
  map(undefined);
  detach(vpc.id)();
});

test('an account has five gateways in a Region, the one of the default VPC included', () => {
  const account = testAccount();
  for (let count = 1; count < 5; count++) newGateway(account);
  equal(
    account.faultCode(() => newGateway(account)),
    'InternetGatewayLimitExceeded',
  );
});

test('gateways are found by the VPC they are attached to and by tag', () => {
  const account = testAccount();
  const vpc = vpcWith(account, '10.0.0.0/16');
  const id =
    account.call('CreateInternetGateway', {
      TagSpecifications: [{ ResourceType: 'internet-gateway', Tags: [{ Key: 'Name', Value: 'door' }] }],
    }).InternetGateway?.InternetGatewayId ?? '';
  const found = (Name: string, value: string) =>
    account
      .call('DescribeInternetGateways', { Filters: [{ Name, Values: [value] }] })
      .InternetGateways?.map((gateway) => gateway.InternetGatewayId);
  deepEqual(found('attachment.vpc-id', vpc.id), []);
  account.call('AttachInternetGateway', { InternetGatewayId: id, VpcId: vpc.id });
  deepEqual(found('attachment.vpc-id', vpc.id), [id]);
  deepEqual(found('tag:Name', 'd*'), [id]);
});

test('an egress-only gateway is attached from the start, one to a VPC', () => {
  const account = testAccount();
  const vpc = vpcWith(account, '10.0.0.0/16');
  const create = () => account.call('CreateEgressOnlyInternetGateway', { VpcId: vpc.id });
  const { EgressOnlyInternetGateway: gateway } = create();
  deepEqual(gateway?.Attachments, [{ VpcId: vpc.id, State: 'attached' }]);
  equal(account.faultCode(create), 'InvalidParameterValue');
  const id = gateway?.EgressOnlyInternetGatewayId ?? '';
  deepEqual(account.call('DeleteEgressOnlyInternetGateway', { EgressOnlyInternetGatewayId: id }), { ReturnCode: true });
  deepEqual(account.call('DescribeEgressOnlyInternetGateways').EgressOnlyInternetGateways, []);
  equal(
    account.fault(() => account.call('DeleteEgressOnlyInternetGateway', { EgressOnlyInternetGatewayId: id })),
    `InvalidEgressOnlyInternetGatewayId.NotFound: The egressOnlyInternetGateway ID '${id}' does not exist`,
  );
});
