/** An instance as the metadata service sees it, for tests: one interface, and what a test wants otherwise. */
import { ipv4 } from '../net/address.ts';
import { type InstanceId, isId, type NetworkInterfaceId } from '../net/identifiers.ts';
import { mac } from '../net/mac.ts';
import type { MetadataInterface, MetadataServiceOptions, MetadataView } from '../services/metadata-view.ts';

export const NOW_MS = Date.UTC(2024, 0, 2, 3, 4, 5);

export function instanceId(digit: string): InstanceId {
  const id = `i-${digit.repeat(17)}`;
  if (!isId('i', id)) throw new Error(id);
  return id;
}

export function interfaceId(): NetworkInterfaceId {
  const id = `eni-${'1'.repeat(17)}`;
  if (!isId('eni', id)) throw new Error(id);
  return id;
}

export const primary: MetadataInterface = {
  id: interfaceId(),
  mac: mac(0x0a_00_00_00_00_01),
  deviceIndex: 0,
  networkCardIndex: undefined,
  owner: '123456789012',
  localHostName: 'ip-10-0-0-5.ec2.internal',
  publicHostName: undefined,
  ipv4Addresses: [ipv4(0x0a000005)],
  ipv4Prefixes: [],
  ipv6Addresses: [],
  ipv6Prefixes: [],
  publicAddresses: [],
  securityGroups: [{ id: 'sg-1', name: 'web' }],
  subnet: { id: 'subnet-1', ipv4Cidr: { address: ipv4(0x0a000000), length: 24 }, ipv6Cidrs: [] },
  vpc: { id: 'vpc-1', ipv4Cidrs: [{ address: ipv4(0x0a000000), length: 16 }], ipv6Cidrs: [] },
};

const options: MetadataServiceOptions = {
  httpEndpoint: 'enabled',
  httpTokens: 'required',
  httpPutResponseHopLimit: 1,
  httpProtocolIpv6: 'disabled',
  instanceMetadataTags: 'disabled',
};

export const viewWith = (
  changes: Partial<MetadataView> = {},
  changed: Partial<MetadataServiceOptions> = {},
): MetadataView => ({
  instanceId: instanceId('a'),
  options: { ...options, ...changed },
  account: '123456789012',
  region: 'us-east-1',
  zone: 'us-east-1a',
  zoneId: 'use1-az1',
  partition: 'aws',
  serviceDomain: 'amazonaws.com',
  imageId: 'ami-1',
  placementGroupName: undefined,
  partitionNumber: undefined,
  launchIndex: 0,
  reservationId: 'r-1',
  instanceType: 't3.micro',
  architecture: 'x86_64',
  system: 'nitro',
  driver: 'ena',
  rootDeviceName: '/dev/xvda',
  monitoring: false,
  launchedAtMs: NOW_MS,
  hostName: 'ip-10-0-0-5.ec2.internal',
  tags: {},
  userData: () => undefined,
  publicKey: () => undefined,
  interfaces: () => [primary],
  ...changes,
});
