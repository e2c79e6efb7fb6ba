/** GetLaunchTemplateData: the launch that would make an instance like this one. */
import { Instance } from '../../model/resources/instance.ts';
import type { NetworkInterface } from '../../model/resources/network-interface.ts';
import { PlacementGroup } from '../../model/resources/placement-group.ts';
import type { Transaction } from '../../model/transaction.ts';
import { volumesOf } from '../../model/volumes.ts';
import { formatIpv4, formatIpv6 } from '../../net/address.ts';
import { formatCidr } from '../../net/cidr.ts';
import { action } from '../action.ts';
import { describeTags } from '../tag-set.ts';
import { describeMetadataOptions, interfacesOf } from './instance-rendering.ts';

/** GetLaunchTemplateData. Addresses and interfaces are those of the instance, so they must go before it launches again. */
export const GetLaunchTemplateData = action('GetLaunchTemplateData', (request, tx) => {
  const row = tx.get(Instance, request.InstanceId);
  const { State: _, ...metadataOptions } = describeMetadataOptions(row);
  const tags = describeTags(row.tags).filter(({ Key: key }) => !key?.startsWith('aws:'));
  return {
    LaunchTemplateData: {
      ImageId: row.imageId,
      InstanceType: row.instanceType,
      KeyName: row.keyName,
      UserData: row.userData,
      EbsOptimized: row.ebsOptimized,
      DisableApiTermination: row.disableApiTermination,
      DisableApiStop: row.disableApiStop,
      InstanceInitiatedShutdownBehavior: row.instanceInitiatedShutdownBehavior,
      Monitoring: { Enabled: row.monitoring },
      IamInstanceProfile: row.iamInstanceProfile && { Arn: row.iamInstanceProfile.arn },
      CreditSpecification: row.cpuCredits && { CpuCredits: row.cpuCredits },
      CpuOptions: { CoreCount: row.cpuOptions.coreCount, ThreadsPerCore: row.cpuOptions.threadsPerCore },
      CapacityReservationSpecification: { CapacityReservationPreference: 'open' },
      HibernationOptions: { Configured: row.hibernationConfigured },
      EnclaveOptions: { Enabled: false },
      MaintenanceOptions: { AutoRecovery: row.autoRecovery },
      MetadataOptions: metadataOptions,
      PrivateDnsNameOptions: {
        HostnameType: row.privateDnsNameOptions.hostnameType,
        EnableResourceNameDnsARecord: row.privateDnsNameOptions.enableResourceNameDnsARecord,
        EnableResourceNameDnsAAAARecord: row.privateDnsNameOptions.enableResourceNameDnsAAAARecord,
      },
      Placement: placementOf(row, tx),
      BlockDeviceMappings: mappingsOf(row, tx),
      NetworkInterfaces: interfacesOf(tx, row).map((one) => specificationOf(one.row)),
      TagSpecifications: tags.length > 0 ? [{ ResourceType: 'instance', Tags: tags }] : [],
    },
  };
});

// Not the zone's id as well: a launch may name it only once.
const placementOf = (row: Instance, tx: Transaction) => ({
  AvailabilityZone: row.zone,
  GroupName: (row.placementGroupId && tx.find(PlacementGroup, row.placementGroupId)?.name) ?? '',
  PartitionNumber: row.partitionNumber,
  Tenancy: row.tenancy,
});

const mappingsOf = (row: Instance, tx: Transaction) =>
  volumesOf(tx, row).map(({ volume, attachment }) => ({
    DeviceName: attachment.device,
    Ebs: {
      DeleteOnTermination: attachment.deleteOnTermination,
      Encrypted: volume.encrypted,
      Iops: volume.iops,
      KmsKeyId: volume.kmsKeyId,
      SnapshotId: volume.snapshotId || undefined,
      Throughput: volume.throughput,
      VolumeSize: volume.sizeGib,
      VolumeType: volume.volumeType,
    },
  }));

const specificationOf = (one: NetworkInterface) => ({
  DeviceIndex: one.attachment?.deviceIndex,
  NetworkCardIndex: one.attachment?.networkCardIndex,
  DeleteOnTermination: one.attachment?.deleteOnTermination,
  AssociatePublicIpAddress: one.autoAssignedPublicIp === undefined ? undefined : true,
  Description: one.description,
  Groups: [...one.securityGroupIds],
  InterfaceType: one.interfaceType,
  PrivateIpAddresses: one.ipv4Addresses.map((address, index) => ({
    PrivateIpAddress: formatIpv4(address),
    Primary: index === 0,
  })),
  Ipv4Prefixes: one.ipv4Prefixes.map((prefix) => ({ Ipv4Prefix: formatCidr(prefix) })),
  Ipv6Addresses: one.ipv6Addresses.map((address) => ({ Ipv6Address: formatIpv6(address) })),
  Ipv6Prefixes: one.ipv6Prefixes.map((prefix) => ({ Ipv6Prefix: formatCidr(prefix) })),
  SubnetId: one.subnetId,
});
