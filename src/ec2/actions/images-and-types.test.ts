import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import test from 'node:test';
import { catalogueWith, parseImages } from '../../model/image-catalogue.ts';
import { findInstanceType, instanceTypeNames } from '../../model/instance-type-table.ts';
import { testAccount } from '../../testing/account.ts';

test('every type of the table can be read and has the members that the rules ask for', () => {
  const names = instanceTypeNames();
  ok(names.length > 1000);
  for (const name of names) {
    const type = findInstanceType(name);
    ok(type && type.NetworkInfo.NetworkCards.length === type.NetworkInfo.MaximumNetworkCards, name);
    ok(type.VCpuInfo.DefaultVCpus > 0 && type.ProcessorInfo.SupportedArchitectures.length > 0, name);
    ok(type.NetworkInfo.Ipv4AddressesPerInterface > 0, name);
  }
  equal(findInstanceType('constructor'), undefined);
});

test('DescribeInstanceTypes describes a type whole', () => {
  const [type] = testAccount().call('DescribeInstanceTypes', { InstanceTypes: ['c5.large'] }).InstanceTypes ?? [];
  equal(type?.NetworkInfo?.MaximumNetworkInterfaces, 3);
  equal(type?.NetworkInfo?.Ipv4AddressesPerInterface, 10);
  deepEqual(type?.NetworkInfo?.NetworkCards, [
    {
      BaselineBandwidthInGbps: 0.75,
      DefaultEnaQueueCountPerInterface: 8,
      MaximumNetworkInterfaces: 3,
      NetworkCardIndex: 0,
      NetworkPerformance: 'Up to 10 Gigabit',
      PeakBandwidthInGbps: 10,
    },
  ]);
  deepEqual(type?.VCpuInfo?.ValidThreadsPerCore, [1, 2]);
  deepEqual(type?.PlacementGroupInfo?.SupportedStrategies, ['cluster', 'partition', 'spread']);
});

test('types are found by filters and pages, and unknown ones are named', () => {
  const account = testAccount();
  const filter = { Name: 'network-info.maximum-network-cards', Values: ['32'] };
  const found = account.call('DescribeInstanceTypes', { Filters: [filter] }).InstanceTypes ?? [];
  ok(found.some(({ InstanceType }) => InstanceType === 'p5.48xlarge'));
  const page = account.call('DescribeInstanceTypes', { MaxResults: 10 });
  deepEqual([page.InstanceTypes?.length, typeof page.NextToken], [10, 'string']);
  equal(
    account.fault(() => account.call('DescribeInstanceTypes', { InstanceTypes: ['t3.micro', 'x', 'y'] })),
    'InvalidInstanceType: The following supplied instance types do not exist: [x, y]',
  );
});

test('the built-in images look like Amazon Linux, one for each guest and architecture', () => {
  const account = testAccount();
  const request = { Owners: ['amazon'], Filters: [{ Name: 'name', Values: ['al2023-ami-*-x86_64'] }] };
  const images = account.call('DescribeImages', request).Images ?? [];
  equal(images.length, 2);
  for (const image of images) {
    deepEqual(
      [image.State, image.RootDeviceName, image.ImdsSupport, image.EnaSupport, image.VirtualizationType],
      ['available', '/dev/xvda', 'v2.0', true, 'hvm'],
    );
  }
  equal(account.call('DescribeImages', { Owners: ['self'] }).Images?.length, 0);
  equal(account.call('DescribeImages', { ImageIds: ['ami-host'] }).Images?.[0]?.ImageId, 'ami-host');
  equal(
    account.faultCode(() => account.call('DescribeImages', { ImageIds: ['ami-00000000000000000'] })),
    'InvalidAMIID.NotFound',
  );
});

test('a catalogue of the user adds images by id and by name', () => {
  const text = JSON.stringify({
    images: [
      { imageId: 'ami-0abcdef1234567890', guest: 'namespace', ssmParameter: '/my/image' },
      { name: 'ubuntu/images/hvm-ssd/ubuntu-noble', guest: 'virtual', architecture: 'arm64', ownerId: '099720109477' },
    ],
  });
  const catalogue = catalogueWith(parseImages(text));
  equal(catalogue.images.length, 6);
  equal(catalogue.get('ami-0abcdef1234567890').guestDriver, 'namespace');
  equal(catalogue.get('resolve:ssm:/my/image').id, 'ami-0abcdef1234567890');
  deepEqual(parseImages(text)[1]?.id, parseImages(text)[1]?.id);
});

test('a catalogue with a mistake says where it is', () => {
  const entry = (fields: object) => () => parseImages(JSON.stringify({ images: [fields] }));
  throws(() => parseImages('{'), /not JSON/);
  throws(() => parseImages('[]'), /must be \{"images"/);
  throws(entry({ guest: 'namespace' }), /images\[0\] has neither imageId nor name/);
  throws(entry({ name: 'x' }), /images\[0\]\.guest is missing/);
  throws(entry({ name: 'x', guest: 'docker' }), /images\[0\]\.guest is not one of namespace, virtual: "docker"/);
  throws(entry({ imageId: 'ami-x', guest: 'virtual' }), /images\[0\]\.imageId is not an image id: "ami-x"/);
  throws(entry({ name: 'x', guest: 'virtual', colour: 'red' }), /unknown field "colour"/);
});
