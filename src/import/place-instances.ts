/** Described instances: they come in as virtual guests, which answer packets and run no programs. */
import type * as sdk from '@aws-sdk/client-ec2';
import { cpuCreditsOf } from '../model/instance-options.ts';
import { findInstanceType, type InstanceType } from '../model/instance-type-table.ts';
import { findZone } from '../model/regions.ts';
import { Instance, type MetadataOptions } from '../model/resources/instance.ts';
import { PlacementGroup } from '../model/resources/placement-group.ts';
import { isId } from '../net/identifiers.ts';
import { idOf, idOrNew, type Place, place, tagsOf, Unplaceable } from './placing.ts';

/** Instances of types that Terraform plans and templates leave to a variable. */
const FALLBACK_IMAGE = 'ami-00000000000000000';

/** An instance. One that runs is started again, as a virtual guest; what is over is left away. @throws Unplaceable */
export function placeInstance(where: Place, one: sdk.Instance, reservationId: string | undefined): void {
  const { tx } = where;
  const state = one.State?.Name ?? 'running';
  if (state === 'terminated' || state === 'shutting-down') return;
  const type = typeOf(one);
  const zone = findZone(tx.region, one.Placement?.AvailabilityZone ?? '');
  if (!zone) throw new Unplaceable(`${tx.region} has no zone ${one.Placement?.AvailabilityZone}`);
  const runs = state === 'running' || state === 'pending';
  const row = place(tx, Instance, {
    id: idOf('i', one.InstanceId),
    reservationId: idOrNew(tx, 'r', reservationId),
    launchIndex: one.AmiLaunchIndex ?? 0,
    imageId: imageOf(where, one.ImageId ?? FALLBACK_IMAGE),
    guestDriver: 'virtual',
    instanceType: type.InstanceType,
    zone: zone.name,
    // It has been running elsewhere: only one whose guest cannot be started here changes its state.
    state: runs ? 'running' : 'stopped',
    stateTransitionReason: one.StateTransitionReason ?? '',
    stateReason: undefined,
    launchedAtMs: one.LaunchTime?.getTime() ?? tx.nowMs,
    terminatedAtMs: undefined,
    neverBooted: !runs,
    keyName: one.KeyName,
    userData: undefined,
    architecture: one.Architecture === 'arm64' || one.Architecture === 'i386' ? one.Architecture : 'x86_64',
    disableApiTermination: false,
    disableApiStop: false,
    instanceInitiatedShutdownBehavior: 'stop',
    ebsOptimized: one.EbsOptimized ?? false,
    enaSupport: one.EnaSupport ?? type.NetworkInfo.EnaSupport !== 'unsupported',
    sriovNetSupport: one.SriovNetSupport === 'simple' ? 'simple' : undefined,
    monitoring: one.Monitoring?.State === 'enabled',
    tenancy: tenancyOf(one.Placement?.Tenancy),
    hibernationConfigured: one.HibernationOptions?.Configured ?? false,
    iamInstanceProfile: profileOf(where, one.IamInstanceProfile),
    placementGroupId: groupOf(where, one.Placement),
    partitionNumber: one.Placement?.PartitionNumber,
    cpuCredits: cpuCreditsOf(type, undefined),
    metadataOptions: metadataOptions(one.MetadataOptions),
    privateDnsNameOptions: {
      hostnameType: one.PrivateDnsNameOptions?.HostnameType === 'resource-name' ? 'resource-name' : 'ip-name',
      enableResourceNameDnsARecord: one.PrivateDnsNameOptions?.EnableResourceNameDnsARecord ?? false,
      enableResourceNameDnsAAAARecord: one.PrivateDnsNameOptions?.EnableResourceNameDnsAAAARecord ?? false,
    },
    clientToken: one.ClientToken || undefined,
    cpuOptions: {
      coreCount: one.CpuOptions?.CoreCount ?? type.VCpuInfo.DefaultCores ?? 1,
      threadsPerCore: one.CpuOptions?.ThreadsPerCore ?? type.VCpuInfo.DefaultThreadsPerCore ?? 1,
    },
    autoRecovery: one.MaintenanceOptions?.AutoRecovery === 'disabled' ? 'disabled' : 'default',
    rebootMigration: one.MaintenanceOptions?.RebootMigration === 'disabled' ? 'disabled' : 'default',
    bandwidthWeighting: weightingOf(one.NetworkPerformanceOptions?.BandwidthWeighting),
    bootMode: one.BootMode,
    platformDetails: one.PlatformDetails ?? 'Linux/UNIX',
    rootDeviceName: one.RootDeviceName ?? '/dev/xvda',
    tags: tagsOf(one.Tags),
  });
  if (runs) tx.order({ kind: 'start', instanceId: row.id, firstBoot: false });
}

/** Images of AWS need not be known here, for nothing is launched from them; ours have short names too. */
const imageOf = ({ tx }: Place, text: string): Instance['imageId'] =>
  isId('ami', text) ? text : tx.environment.images.get(text).id;

function typeOf({ InstanceType: name }: sdk.Instance): InstanceType {
  const type = findInstanceType(name ?? '');
  if (!type) throw new Unplaceable(`there is no instance type ${name}`);
  return type;
}

const tenancyOf = (text: string | undefined): Instance['tenancy'] =>
  text === 'dedicated' || text === 'host' ? text : 'default';

const weightingOf = (text: string | undefined): Instance['bandwidthWeighting'] =>
  text === 'vpc-1' || text === 'ebs-1' ? text : 'default';

const profileOf = ({ tx }: Place, profile: sdk.IamInstanceProfile | undefined): Instance['iamInstanceProfile'] =>
  profile?.Arn === undefined
    ? undefined
    : { associationId: tx.newId('iip-assoc'), arn: profile.Arn, associatedAtMs: tx.nowMs };

/** Groups themselves are not described here; one that is known by its name is kept. */
const groupOf = ({ tx }: Place, placement: sdk.Placement | undefined): Instance['placementGroupId'] =>
  tx.list(PlacementGroup, ({ name }) => name === placement?.GroupName)[0]?.id;

const metadataOptions = (given: sdk.InstanceMetadataOptionsResponse | undefined): MetadataOptions => ({
  httpTokens: given?.HttpTokens === 'required' ? 'required' : 'optional',
  httpPutResponseHopLimit: given?.HttpPutResponseHopLimit ?? 1,
  httpEndpoint: given?.HttpEndpoint === 'disabled' ? 'disabled' : 'enabled',
  httpProtocolIpv6: given?.HttpProtocolIpv6 === 'enabled' ? 'enabled' : 'disabled',
  instanceMetadataTags: given?.InstanceMetadataTags === 'enabled' ? 'enabled' : 'disabled',
});
