/** Instances and their reservations as the API shows them. */
import type * as sdk from '@aws-sdk/client-ec2';
import { chosenPublicName, instancePrivateDnsName } from '../../model/dns-names.ts';
import { profileId } from '../../model/iam-instance-profiles.ts';
import { interfacesOfInstance } from '../../model/instance-interfaces.ts';
import { instanceTypeNamed } from '../../model/instance-type-table.ts';
import { has82599 } from '../../model/networking.ts';
import type { Owned } from '../../model/owned.ts';
import { zoneNamed } from '../../model/regions.ts';
import {
  type IamInstanceProfile,
  INSTANCE_STATE_CODES,
  type Instance,
  type InstanceStateName,
} from '../../model/resources/instance.ts';
import type { NetworkInterface } from '../../model/resources/network-interface.ts';
import { PlacementGroup } from '../../model/resources/placement-group.ts';
import type { Transaction } from '../../model/transaction.ts';
import { volumesOf } from '../../model/volumes.ts';
import { formatIpv4, formatIpv6 } from '../../net/address.ts';
import type { Rendered } from '../operation.ts';
import { describeTags } from '../tag-set.ts';
import { describeGroups, describeInstanceInterface, primaryMapping } from './network-interface-rendering.ts';

/** A state with its code. */
export const describeState = (name: InstanceStateName): sdk.InstanceState => ({
  Code: INSTANCE_STATE_CODES[name],
  Name: name,
});

/** Interfaces of an instance in order of card and device index: the primary one first. */
export const interfacesOf = (tx: Transaction, instance: Instance): readonly Owned<NetworkInterface>[] =>
  [...interfacesOfInstance(tx, instance.id)].sort((one, other) => slotNumber(one) - slotNumber(other));

const slotNumber = ({ row: { attachment } }: Owned<NetworkInterface>): number =>
  (attachment?.networkCardIndex ?? 0) * 1000 + (attachment?.deviceIndex ?? 0);

/** Volumes of an instance by device, the root one first. */
export const describeMappings = (tx: Transaction, row: Instance): readonly Rendered<sdk.InstanceBlockDeviceMapping>[] =>
  volumesOf(tx, row).map(({ volume, attachment }) => ({
    DeviceName: attachment.device,
    Ebs: {
      VolumeId: volume.id,
      Status: row.state === 'pending' ? 'attaching' : 'attached',
      AttachTime: new Date(attachment.attachedAtMs),
      DeleteOnTermination: attachment.deleteOnTermination,
    },
  }));

/** An instance as DescribeInstances shows it. */
export function describeInstance(row: Instance, tx: Transaction): Rendered<sdk.Instance> {
  const type = instanceTypeNamed(row.instanceType);
  const interfaces = interfacesOf(tx, row);
  const group = row.placementGroupId && tx.find(PlacementGroup, row.placementGroupId);
  return {
    InstanceId: row.id,
    ImageId: row.imageId,
    AmiLaunchIndex: row.launchIndex,
    InstanceType: row.instanceType,
    State: describeState(row.state),
    StateTransitionReason: row.stateTransitionReason,
    StateReason: row.stateReason && { Code: row.stateReason.code, Message: row.stateReason.message },
    LaunchTime: new Date(row.launchedAtMs),
    KeyName: row.keyName,
    ClientToken: row.clientToken ?? '',
    Tags: describeTags(row.tags),
    Architecture: row.architecture,
    // Nitro shows as xen here as well.
    Hypervisor: 'xen',
    VirtualizationType: 'hvm',
    BlockDeviceMappings: describeMappings(tx, row),
    ProductCodes: [],
    RootDeviceName: row.rootDeviceName,
    RootDeviceType: 'ebs',
    EbsOptimized: row.ebsOptimized,
    EnaSupport: row.enaSupport,
    // Not shown of a type that has no use for it (unconfirmed).
    SriovNetSupport: has82599(type) ? row.sriovNetSupport : undefined,
    BootMode: bootModeOf(row.bootMode),
    CurrentInstanceBootMode: row.bootMode === undefined || row.bootMode === 'legacy-bios' ? 'legacy-bios' : 'uefi',
    PlatformDetails: row.platformDetails,
    UsageOperation: 'RunInstances',
    UsageOperationUpdateTime: new Date(row.launchedAtMs),
    Monitoring: { State: row.monitoring ? 'enabled' : 'disabled' },
    Placement: {
      AvailabilityZone: row.zone,
      AvailabilityZoneId: zoneNamed(tx.region, row.zone).id,
      GroupName: group?.name ?? '',
      GroupId: group?.id,
      PartitionNumber: row.partitionNumber,
      Tenancy: row.tenancy,
    },
    CpuOptions: { CoreCount: row.cpuOptions.coreCount, ThreadsPerCore: row.cpuOptions.threadsPerCore },
    CapacityReservationSpecification: { CapacityReservationPreference: 'open' },
    HibernationOptions: { Configured: row.hibernationConfigured },
    EnclaveOptions: { Enabled: false },
    MaintenanceOptions: { AutoRecovery: row.autoRecovery, RebootMigration: row.rebootMigration },
    NetworkPerformanceOptions: type.NetworkInfo.BandwidthWeightings && { BandwidthWeighting: row.bandwidthWeighting },
    IamInstanceProfile: row.iamInstanceProfile && describeProfile(row.iamInstanceProfile),
    MetadataOptions: describeMetadataOptions(row),
    PrivateDnsNameOptions: {
      HostnameType: row.privateDnsNameOptions.hostnameType,
      EnableResourceNameDnsARecord: row.privateDnsNameOptions.enableResourceNameDnsARecord,
      EnableResourceNameDnsAAAARecord: row.privateDnsNameOptions.enableResourceNameDnsAAAARecord,
    },
    PrivateDnsName: instancePrivateDnsName(tx, row) ?? '',
    ...describeNetwork(interfaces),
  };
}

const bootModeOf = (mode: string | undefined) =>
  mode === 'legacy-bios' || mode === 'uefi' || mode === 'uefi-preferred' ? mode : undefined;

/** Addresses, groups and check mirror the primary interface; a terminated instance has none of them. */
function describeNetwork(interfaces: readonly Owned<NetworkInterface>[]) {
  const [first] = interfaces;
  if (!first) return { PublicDnsName: '', NetworkInterfaces: [], SecurityGroups: [] };
  const { row: primary, owner: tx } = first;
  const mapping = primaryMapping(tx, primary);
  const [ipv4] = primary.ipv4Addresses;
  const [ipv6] = primary.ipv6Addresses;
  return {
    VpcId: primary.vpcId,
    SubnetId: primary.subnetId,
    PrivateIpAddress: ipv4 === undefined ? undefined : formatIpv4(ipv4),
    Ipv6Address: ipv6 === undefined ? undefined : formatIpv6(ipv6),
    PublicIpAddress: mapping && formatIpv4(mapping.publicAddress),
    PublicDnsName: chosenPublicName(tx, primary, mapping?.publicAddress) ?? '',
    SourceDestCheck: primary.sourceDestCheck,
    SecurityGroups: describeGroups(tx, primary),
    NetworkInterfaces: interfaces.map(({ row, owner }) => describeInstanceInterface(row, owner)),
  };
}

/** An instance profile with its id. */
export const describeProfile = ({ arn }: IamInstanceProfile): sdk.IamInstanceProfile => ({
  Arn: arn,
  Id: profileId(arn),
});

/** The metadata options of an instance; pending until it runs. */
export const describeMetadataOptions = ({
  metadataOptions,
  state,
}: Pick<Instance, 'metadataOptions' | 'state'>): sdk.InstanceMetadataOptionsResponse => ({
  State: state === 'pending' ? 'pending' : 'applied',
  HttpTokens: metadataOptions.httpTokens,
  HttpPutResponseHopLimit: metadataOptions.httpPutResponseHopLimit,
  HttpEndpoint: metadataOptions.httpEndpoint,
  HttpProtocolIpv6: metadataOptions.httpProtocolIpv6,
  InstanceMetadataTags: metadataOptions.instanceMetadataTags,
});

/** Instances under their reservations, in the order in which the first of each comes. */
export function describeReservations(rows: readonly Instance[], tx: Transaction): Rendered<sdk.Reservation>[] {
  const reservations = new Map<string, Instance[]>();
  for (const row of rows) {
    const others = reservations.get(row.reservationId);
    if (others) others.push(row);
    else reservations.set(row.reservationId, [row]);
  }
  return [...reservations].map(([id, instances]) => ({
    ReservationId: id,
    OwnerId: tx.account,
    Groups: [],
    Instances: instances.map((row) => describeInstance(row, tx)),
  }));
}
