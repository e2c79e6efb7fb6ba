/** RunInstances: what a request asks for, read in the order in which EC2 complains. */
import { Fault } from '../../model/fault.ts';
import type { Image } from '../../model/image-catalogue.ts';
import type { LaunchSpec, RequestedInstance } from '../../model/instance-launch.ts';
import { findInstanceType, type InstanceType } from '../../model/instance-type-table.ts';
import { regionNamed } from '../../model/regions.ts';
import type { MetadataOptions } from '../../model/resources/instance.ts';
import { KeyPair } from '../../model/resources/key-pair.ts';
import type { PrivateDnsNameOptions } from '../../model/resources/subnet.ts';
import { tagsByType } from '../../model/tags.ts';
import type { Transaction } from '../../model/transaction.ts';
import { choice } from '../choice.ts';
import type { RequestOf } from '../operation.ts';
import { launchInterfaces } from './instance-launch-interfaces.ts';
import { launchVolumes } from './instance-launch-volumes.ts';

export type LaunchRequest = RequestOf<'RunInstances'>;

/** The launch that a request describes. @throws Fault in EC2's words, before anything is made */
export function launchSpec(request: LaunchRequest, tx: Transaction): LaunchSpec {
  refuseUnserved(request);
  const { minCount, maxCount } = countsOf(request);
  if (request.ImageId === undefined) throw new Fault('MissingParameter', { parameter: 'ImageId' });
  const image = tx.environment.images.get(request.ImageId);
  // EC2's own default.
  const type = typeNamed(request.InstanceType ?? 'm1.small');
  const tags = tagsByType(request.TagSpecifications, TAGGED);
  const interfaces = launchInterfaces(request, tx);
  if (tags.has('network-interface') && !interfaces.some(({ kind }) => kind === 'new')) {
    const message =
      'You cannot specify tags for network interfaces if there are no network interfaces being created by the request.';
    throw new Fault('InvalidParameterValue', message);
  }
  return {
    image,
    type,
    minCount,
    maxCount,
    interfaces,
    privateDnsNameOptions: dnsOptions(request),
    instance: requestedInstance(request, tx, image, type),
    instanceTags: tags.get('instance') ?? {},
    interfaceTags: tags.get('network-interface') ?? {},
    volumes: launchVolumes(request.BlockDeviceMappings, image),
    volumeTags: tags.get('volume') ?? {},
  };
}

const TAGGED = ['instance', 'network-interface', 'volume'];

function refuseUnserved(request: LaunchRequest): void {
  const unserved: readonly (readonly [unknown, string])[] = [
    [request.LaunchTemplate, 'launch templates'],
    [request.InstanceMarketOptions, 'Spot Instances and capacity blocks'],
    [request.ElasticGpuSpecification, 'Elastic Graphics'],
    [request.ElasticInferenceAccelerators, 'Elastic Inference'],
    [request.LicenseSpecifications, 'licence configurations'],
    [request.CapacityReservationSpecification?.CapacityReservationTarget, 'Capacity Reservations'],
    [request.EnclaveOptions?.Enabled || undefined, 'Nitro Enclaves'],
    [request.Operator, 'instances that an operator manages'],
    [request.SecondaryInterfaces, 'secondary networks'],
    [request.KernelId ?? request.RamdiskId, 'kernels and RAM disks of their own'],
    [request.Placement?.HostId ?? request.Placement?.HostResourceGroupArn, 'Dedicated Hosts'],
    [request.HibernationOptions?.Configured || undefined, 'hibernation'],
  ];
  const found = unserved.find(([value]) => value !== undefined && !(Array.isArray(value) && value.length === 0));
  if (found) throw new Fault('UnsupportedOperation', `localvpc does not serve ${found[1]}.`);
  const group = request.Placement?.GroupName || request.Placement?.GroupId;
  // No placement group can be made yet, so none of this name exists.
  if (group) throw new Fault('InvalidPlacementGroup.Unknown', { name: group });
}

function countsOf({ MinCount: minCount, MaxCount: maxCount }: LaunchRequest) {
  for (const [value, parameter] of [[minCount, 'minCount'] as const, [maxCount, 'maxCount'] as const]) {
    // The sentence is unconfirmed.
    if (value < 1)
      throw new Fault('InvalidParameterValue', { value, parameter, reason: 'Expecting a value greater than 0.' });
  }
  if (minCount > maxCount) {
    const message = `The maximum count ${maxCount} is less than the minimum count ${minCount}.`;
    throw new Fault('InvalidParameterCombination', message);
  }
  if (maxCount > MAX_COUNT) {
    // AWS counts vCPUs against a quota of the account; the bound here only keeps a call short.
    const message = `You have requested more instances (${maxCount}) than your current instance limit of ${MAX_COUNT} allows.`;
    throw new Fault('InstanceLimitExceeded', message);
  }
  return { minCount, maxCount };
}

const MAX_COUNT = 1000;

function typeNamed(name: string): InstanceType {
  const type = findInstanceType(name);
  if (!type) throw new Fault('InvalidParameterValue', `Invalid value '${name}' for InstanceType.`);
  return type;
}

function requestedInstance(
  request: LaunchRequest,
  tx: Transaction,
  image: Image,
  type: InstanceType,
): RequestedInstance {
  const shutdown = choice(
    request.InstanceInitiatedShutdownBehavior,
    ['stop', 'terminate'],
    'instanceInitiatedShutdownBehavior',
  );
  return {
    keyName: keyNameOf(request.KeyName, tx),
    userData: userDataOf(request.UserData),
    disableApiTermination: request.DisableApiTermination ?? false,
    disableApiStop: request.DisableApiStop ?? false,
    instanceInitiatedShutdownBehavior: shutdown ?? 'stop',
    ebsOptimized: request.EbsOptimized ?? false,
    monitoring: request.Monitoring?.Enabled ?? false,
    tenancy: choice(request.Placement?.Tenancy, ['default', 'dedicated', 'host'], 'tenancy') ?? 'default',
    hibernationConfigured: false,
    iamInstanceProfileArn: profileArn(request.IamInstanceProfile, tx),
    metadataOptions: metadataOptions(request.MetadataOptions, image),
    clientToken: request.ClientToken,
    cpuOptions: {
      coreCount: request.CpuOptions?.CoreCount ?? type.VCpuInfo.DefaultCores,
      threadsPerCore: request.CpuOptions?.ThreadsPerCore ?? type.VCpuInfo.DefaultThreadsPerCore,
    },
    autoRecovery:
      choice(request.MaintenanceOptions?.AutoRecovery, ['default', 'disabled'], 'autoRecovery') ?? 'default',
    bandwidthWeighting: bandwidthWeighting(request, type),
  };
}

function keyNameOf(name: string | undefined, tx: Transaction): string | undefined {
  if (name === undefined || tx.count(KeyPair, 'keyName', name) > 0) return name;
  throw new Fault('InvalidKeyPair.NotFound', { name });
}

/** User guide: 16 KB before it is encoded. */
const MAX_USER_DATA_BYTES = 16_384;

/** Base64 as given. The sentences are unconfirmed. @throws Fault InvalidUserData.Malformed, InvalidParameterValue */
export function userDataOf(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  const compact = text.replace(/\s/g, '');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(compact) || compact.length % 4 !== 0) {
    throw new Fault('InvalidUserData.Malformed', 'Invalid BASE64 encoding of user data.');
  }
  if ((compact.length / 4) * 3 > MAX_USER_DATA_BYTES + 2) {
    throw new Fault('InvalidParameterValue', `User data is limited to ${MAX_USER_DATA_BYTES} bytes`);
  }
  return compact;
}

/** A profile is not looked up: IAM is not served here. */
function profileArn(profile: LaunchRequest['IamInstanceProfile'], tx: Transaction): string | undefined {
  if (!profile) return undefined;
  const { Arn: arn, Name: name } = profile;
  if (arn !== undefined && name !== undefined) {
    const message =
      "The parameter 'iamInstanceProfile.name' may not be used in combination with 'iamInstanceProfile.arn'";
    throw new Fault('InvalidParameterCombination', message);
  }
  const { partition } = regionNamed(tx.region);
  return arn ?? (name && `arn:${partition.name}:iam::${tx.account}:instance-profile/${name}`);
}

/** What the launch says, else what the image wants (v2.0: tokens required, two hops), else AWS's defaults. */
function metadataOptions(given: LaunchRequest['MetadataOptions'], image: Image): MetadataOptions {
  const isV2 = image.imdsSupport === 'v2.0';
  const hopLimit = given?.HttpPutResponseHopLimit;
  if (hopLimit !== undefined && (hopLimit < 1 || hopLimit > 64)) {
    const reason = 'Expecting a value between 1 and 64.';
    throw new Fault('InvalidParameterValue', { value: hopLimit, parameter: 'httpPutResponseHopLimit', reason });
  }
  const onOrOff = (value: string | undefined, parameter: string) => choice(value, ['enabled', 'disabled'], parameter);
  return {
    httpTokens: choice(given?.HttpTokens, ['optional', 'required'], 'httpTokens') ?? (isV2 ? 'required' : 'optional'),
    httpPutResponseHopLimit: hopLimit ?? (isV2 ? 2 : 1),
    httpEndpoint: onOrOff(given?.HttpEndpoint, 'httpEndpoint') ?? 'enabled',
    httpProtocolIpv6: onOrOff(given?.HttpProtocolIpv6, 'httpProtocolIpv6') ?? 'disabled',
    instanceMetadataTags: onOrOff(given?.InstanceMetadataTags, 'instanceMetadataTags') ?? 'disabled',
  };
}

/** The sentence for a type without it is unconfirmed. */
function bandwidthWeighting({ NetworkPerformanceOptions: options }: LaunchRequest, type: InstanceType) {
  const words = ['default', 'vpc-1', 'ebs-1'] as const;
  const weighting = choice(options?.BandwidthWeighting, words, 'bandwidthWeighting') ?? 'default';
  if (weighting === 'default' || type.NetworkInfo.BandwidthWeightings?.includes(weighting)) return weighting;
  const message = `The instance type '${type.InstanceType}' does not support the bandwidth weighting '${weighting}'.`;
  throw new Fault('InvalidParameterCombination', message);
}

function dnsOptions({ PrivateDnsNameOptions: given }: LaunchRequest): Partial<PrivateDnsNameOptions> {
  const hostnameType = choice(given?.HostnameType, ['ip-name', 'resource-name'], 'hostnameType');
  const a = given?.EnableResourceNameDnsARecord;
  const aaaa = given?.EnableResourceNameDnsAAAARecord;
  return {
    ...(hostnameType !== undefined && { hostnameType }),
    ...(a !== undefined && { enableResourceNameDnsARecord: a }),
    ...(aaaa !== undefined && { enableResourceNameDnsAAAARecord: aaaa }),
  };
}
