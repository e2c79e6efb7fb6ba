import { equal } from 'node:assert/strict';
import test from 'node:test';
import { ipv4 } from '../net/address.ts';
import { given, lab } from '../testing/instance-parts.ts';
import { ipName, publicName } from './dns-names.ts';

const ADDRESS = ipv4(0x0a00029d);

test('names have no Region in us-east-1 and the Region in others', () => {
  equal(ipName('us-east-1', ADDRESS), 'ip-10-0-2-157.ec2.internal');
  equal(ipName('eu-west-1', ADDRESS), 'ip-10-0-2-157.eu-west-1.compute.internal');
  equal(publicName('us-east-1', ADDRESS), 'ec2-10-0-2-157.compute-1.amazonaws.com');
  equal(publicName('eu-west-1', ADDRESS), 'ec2-10-0-2-157.eu-west-1.compute.amazonaws.com');
});

test('public names appear when the VPC has DNS and host names, for instances that already run as well', () => {
  const net = lab();
  const { account, vpcId: VpcId, subnetId: SubnetId } = net;
  net.instance({ NetworkInterfaces: [{ DeviceIndex: 0, SubnetId, AssociatePublicIpAddress: true }] });
  const name = () => given(account.call('DescribeInstances').Reservations?.[0]?.Instances?.[0]).PublicDnsName;
  equal(name(), '');
  account.call('ModifyVpcAttribute', { VpcId, EnableDnsHostnames: { Value: true } });
  const address = account.call('DescribeInstances').Reservations?.[0]?.Instances?.[0]?.PublicIpAddress;
  equal(name(), `ec2-${address?.replaceAll('.', '-')}.compute-1.amazonaws.com`);
});
