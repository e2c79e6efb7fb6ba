/** Small networks and machines for tests of interfaces and instances, built through the real actions. */
import type { RequestOf } from '../ec2/operation.ts';
import { type TestAccount, type TestAccountOptions, testAccount } from './account.ts';
import { settle } from './guests.ts';

/** An account with a VPC 10.0.0.0/16, an internet gateway and a subnet 10.0.1.0/24 in the Region's first zone. */
export interface Lab {
  readonly account: TestAccount;
  readonly vpcId: string;
  readonly subnetId: string;
  /** Makes another subnet of the VPC. */
  subnet(cidr: string, zone?: string): string;
  /** Makes an interface in the subnet, or as the request says. */
  eni(request?: Partial<RequestOf<'CreateNetworkInterface'>>): string;
  /** Launches one t3.large into the subnet, or as the request says, and lets it run. */
  instance(request?: Partial<RequestOf<'RunInstances'>>): string;
  /** Stops, starts or terminates an instance and lets its guest do it. */
  stop(instanceId: string): void;
  start(instanceId: string): void;
  terminate(instanceId: string): void;
  /** Attaches and lets the guest do it; the attachment's id. */
  attach(interfaceId: string, instanceId: string, deviceIndex?: number): string;
  /** An Elastic IP's allocation id. */
  elasticIp(): string;
}

/** The text, which the API always gives. @throws Error when it did not */
export function given<T>(value: T | undefined | null): T {
  if (value === undefined || value === null) throw new Error('the answer lacks a member');
  return value;
}

/** Builds a lab. */
export function lab(options: TestAccountOptions = {}): Lab {
  const account = testAccount(options);
  const zone = `${account.scope.region}a`;
  const vpcId = given(account.call('CreateVpc', { CidrBlock: '10.0.0.0/16' }).Vpc?.VpcId);
  const gatewayId = given(account.call('CreateInternetGateway').InternetGateway?.InternetGatewayId);
  account.call('AttachInternetGateway', { VpcId: vpcId, InternetGatewayId: gatewayId });
  const subnet = (cidr: string, inZone = zone): string =>
    given(account.call('CreateSubnet', { VpcId: vpcId, CidrBlock: cidr, AvailabilityZone: inZone }).Subnet?.SubnetId);
  const subnetId = subnet('10.0.1.0/24');
  return {
    account,
    vpcId,
    subnetId,
    subnet,
    eni: (request) => {
      const answer = account.call('CreateNetworkInterface', { SubnetId: subnetId, ...request });
      return given(answer.NetworkInterface?.NetworkInterfaceId);
    },
    instance: (request) => {
      const launch = { ImageId: 'ami-virtual', InstanceType: 't3.large', MinCount: 1, MaxCount: 1 };
      const place = request?.NetworkInterfaces ? {} : { SubnetId: subnetId };
      const answer = settle(account, account.commit('RunInstances', { ...launch, ...place, ...request }));
      return given(answer.Instances?.[0]?.InstanceId);
    },
    stop: (id) => void settle(account, account.commit('StopInstances', { InstanceIds: [id] })),
    start: (id) => void settle(account, account.commit('StartInstances', { InstanceIds: [id] })),
    terminate: (id) => void settle(account, account.commit('TerminateInstances', { InstanceIds: [id] })),
    attach: (NetworkInterfaceId, InstanceId, DeviceIndex = 1) => {
      const request = { NetworkInterfaceId, InstanceId, DeviceIndex };
      return given(settle(account, account.commit('AttachNetworkInterface', request)).AttachmentId);
    },
    elasticIp: () => given(account.call('AllocateAddress').AllocationId),
  };
}
