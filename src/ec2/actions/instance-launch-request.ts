/** RunInstances: what a request asks for, read in the order in which EC2 complains. */
import { Fault } from '../../model/fault.ts';
import { checkHibernation } from '../../model/hibernation.ts';
import { newProfileAssociation, type ProfileAsk, profileArn } from '../../model/iam-instance-profiles.ts';
import type { Image } from '../../model/image-catalogue.ts';
import { imageNamed } from '../../model/images.ts';
import type { LaunchInterface, LaunchSpec, RequestedInstance } from '../../model/instance-launch.ts';
import { type CpuCredits, checkBandwidthWeighting, cpuCreditsOf, cpuOptionsOf } from '../../model/instance-options.ts';
import { findInstanceType, type InstanceType } from '../../model/instance-type-table.ts';
import type { Tags } from '../../model/kind.ts';
import { newMetadataOptions } from '../../model/metadata-options.ts';
import { type PlacementAsk, placementGroupNamed, placementGroupWithId } from '../../model/placement-groups.ts';
import type { Instance, MetadataOptions } from '../../model/resources/instance.ts';
import { KeyPair } from '../../model/resources/key-pair.ts';
import type { PrivateDnsNameOptions } from '../../model/resources/subnet.ts';
import { Vpc } from '../../model/resources/vpc.ts';
import { tagsByType } from '../../model/tags.ts';
import type { Transaction } from '../../model/transaction.ts';
import { choice } from '../choice.ts';
import type { RequestOf } from '../operation.ts';
import { launchInterfaces } from './instance-launch-interfaces.ts';
import { launchVolumes } from './instance-launch-volumes.ts';
import { withTemplate } from './launch-template-parameters.ts';

export type LaunchRequest = RequestOf<'RunInstances'>;

/** The launch that a request describes. @throws Fault in EC2's words, before anything is made */
export function launchSpec(asked: LaunchRequest, tx: Transaction): LaunchSpec {
  const { request, tags: templateTags } = withTemplate(asked, tx);
  refuseUnserved(request);
  const { minCount, maxCount } = countsOf(request);
  if (request.ImageId === undefined) throw new Fault('MissingParameter', { parameter: 'ImageId' });
  const image = imageNamed(tx, request.ImageId);
  // EC2's own default.
  const type = typeNamed(request.InstanceType ?? 'm1.small');
  const tags = tagsByType(request.TagSpecifications, TAGGED);
  const interfaces = launchInterfaces(request, tx);
  if (tags.has('network-interface') && !interfaces.some(({ kind }) => kind === 'new')) {
    const message =
      'You cannot specify tags for network interfaces if there are no network interfaces being created by the request.';
    throw new Fault('InvalidParameterValue', message);
  }
  const volumes = launchVolumes(request.BlockDeviceMappings, image);
  if (request.HibernationOptions?.Configured) {
    checkHibernation(type, volumes.find(({ device }) => device === image.rootDeviceName)?.spec);
  }
  return {
    image,
    type,
    minCount,
    maxCount,
    interfaces,
    privateDnsNameOptions: dnsOptions(request),
    instance: {
      ...requestedInstance(request, tx, image, type, tags.get('instance') ?? {}),
      tenancy: tenancyOf(request, vpcOf(tx, interfaces)),
    },
    placement: placementAsk(tx, request.Placement),
    instanceTags: { ...tags.get('instance'), ...templateTags },
    interfaceTags: tags.get('network-interface') ?? {},
    volumes,
    volumeTags: tags.get('volume') ?? {},
  };
}

const TAGGED = ['instance', 'network-interface', 'volume'];

function refuseUnserved(request: LaunchRequest): void {
  const unserved: readonly (readonly [unknown, string])[] = [
    [request.InstanceMarketOptions, 'Spot Instances and capacity blocks'],
    [request.ElasticGpuSpecification, 'Elastic Graphics'],
    [request.ElasticInferenceAccelerators, 'Elastic Inference'],
    [request.LicenseSpecifications, 'licence configurations'],
    [request.CapacityReservationSpecification?.CapacityReservationTarget, 'Capacity Reservations'],
    [
      request.CpuOptions?.AmdSevSnp ?? request.CpuOptions?.NestedVirtualization,
      'AMD SEV-SNP and nested virtualization',
    ],
    [request.EnclaveOptions?.Enabled || undefined, 'Nitro Enclaves'],
    [request.Operator, 'instances that an operator manages'],
    [request.SecondaryInterfaces, 'secondary networks'],
    [request.KernelId ?? request.RamdiskId, 'kernels and RAM disks of their own'],
    [request.Placement?.HostId ?? request.Placement?.HostResourceGroupArn, 'Dedicated Hosts'],
  ];
  const found = unserved.find(([value]) => value !== undefined && !(Array.isArray(value) && value.length === 0));
  if (found) throw new Fault('UnsupportedOperation', `localvpc does not serve ${found[1]}.`);
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
  instanceTags: Tags,
): Omit<RequestedInstance, 'tenancy'> {
  const profile = profileArn(tx, profileAsk(request.IamInstanceProfile));
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
    hibernationConfigured: request.HibernationOptions?.Configured ?? false,
    iamInstanceProfile: profile ? newProfileAssociation(tx, profile) : undefined,
    cpuCredits: cpuCreditsOf(type, creditsOf(request.CreditSpecification?.CpuCredits)),
    metadataOptions: newMetadataOptions(tx, askedMetadataOptions(request.MetadataOptions), image, instanceTags),
    clientToken: request.ClientToken,
    cpuOptions: cpuOptionsOf(type, askedCpuOptions(request.CpuOptions ?? {})),
    autoRecovery:
      choice(request.MaintenanceOptions?.AutoRecovery, ['default', 'disabled'], 'autoRecovery') ?? 'default',
    // Not said at launch.
    rebootMigration: 'default',
    bandwidthWeighting: weightingFor(request, type),
  };
}

/**
 * In a VPC of Dedicated Instances every instance is one, unless it asks for a Dedicated Host (API_CreateVpc). By that page
 * nobody may ask for shared hardware there; whether such a launch is refused, or runs as one that asks for nothing, is
 * unconfirmed.
 */
function tenancyOf({ Placement: placement }: LaunchRequest, vpc: Vpc | undefined): Instance['tenancy'] {
  const asked = choice(placement?.Tenancy, ['default', 'dedicated', 'host'], 'tenancy') ?? 'default';
  return asked === 'default' && vpc?.instanceTenancy === 'dedicated' ? 'dedicated' : asked;
}

/** Where the instance's primary interface is or will be. */
function vpcOf(tx: Transaction, interfaces: readonly LaunchInterface[]): Vpc | undefined {
  const primary = interfaces.find(({ slot }) => slot.deviceIndex === 0 && slot.networkCardIndex === 0);
  if (!primary) return undefined;
  return tx.find(Vpc, primary.kind === 'new' ? primary.spec.subnet.vpcId : primary.existing.row.vpcId);
}

/** Cores and threads that a request names. */
export const askedCpuOptions = ({
  CoreCount: coreCount,
  ThreadsPerCore: threadsPerCore,
}: Pick<NonNullable<LaunchRequest['CpuOptions']>, 'CoreCount' | 'ThreadsPerCore'>): Partial<
  Instance['cpuOptions']
> => ({
  ...(coreCount !== undefined && { coreCount }),
  ...(threadsPerCore !== undefined && { threadsPerCore }),
});

/** The credit option that a request names. */
export const creditsOf = (text: string | undefined): CpuCredits | undefined =>
  choice(text, ['standard', 'unlimited'], 'cpuCredits');

/** A profile as a request names it. */
export const profileAsk = (given: LaunchRequest['IamInstanceProfile']): ProfileAsk => ({
  arn: given?.Arn,
  name: given?.Name,
});

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

/** What a request says of the metadata service. */
export function askedMetadataOptions(given: LaunchRequest['MetadataOptions'] = {}): Partial<MetadataOptions> {
  const httpTokens = choice(given.HttpTokens, ['optional', 'required'], 'httpTokens');
  const httpEndpoint = onOrOff(given.HttpEndpoint, 'httpEndpoint');
  const httpProtocolIpv6 = onOrOff(given.HttpProtocolIpv6, 'httpProtocolIpv6');
  const instanceMetadataTags = onOrOff(given.InstanceMetadataTags, 'instanceMetadataTags');
  const httpPutResponseHopLimit = given.HttpPutResponseHopLimit;
  return {
    ...(httpTokens && { httpTokens }),
    ...(httpEndpoint && { httpEndpoint }),
    ...(httpProtocolIpv6 && { httpProtocolIpv6 }),
    ...(instanceMetadataTags && { instanceMetadataTags }),
    ...(httpPutResponseHopLimit !== undefined && { httpPutResponseHopLimit }),
  };
}

const onOrOff = (value: string | undefined, parameter: string) => choice(value, ['enabled', 'disabled'], parameter);

/** The bandwidth weighting that a request names. */
export const weightingOf = (text: string | undefined) =>
  choice(text, ['default', 'vpc-1', 'ebs-1'], 'bandwidthWeighting');

function weightingFor({ NetworkPerformanceOptions: options }: LaunchRequest, type: InstanceType) {
  const weighting = weightingOf(options?.BandwidthWeighting) ?? 'default';
  checkBandwidthWeighting(type, weighting);
  return weighting;
}

/** The group by name or id, an empty name being none. @throws Fault InvalidParameterCombination (sentence unconfirmed), InvalidPlacementGroup.Unknown */
export function placementAsk(tx: Transaction, given: LaunchRequest['Placement']): PlacementAsk {
  const { GroupName: name = '', GroupId: id = '', PartitionNumber: partitionNumber } = given ?? {};
  if (name !== '' && id !== '') {
    throw new Fault('InvalidParameterCombination', { parameter: 'groupName', other: 'groupId' });
  }
  if (name !== '') return { group: placementGroupNamed(tx, name), partitionNumber };
  return { group: id === '' ? undefined : placementGroupWithId(tx, id), partitionNumber };
}

function dnsOptions({ PrivateDnsNameOptions: given }: LaunchRequest): Partial<PrivateDnsNameOptions> {
  return dnsNameOptions(given?.HostnameType, given ?? {});
}

/** What a request says of names: an option that it does not name is absent. */
export function dnsNameOptions(
  type: string | undefined,
  given: Omit<NonNullable<LaunchRequest['PrivateDnsNameOptions']>, 'HostnameType'>,
): Partial<PrivateDnsNameOptions> {
  const hostnameType = choice(type, ['ip-name', 'resource-name'], 'hostnameType');
  const a = given.EnableResourceNameDnsARecord;
  const aaaa = given.EnableResourceNameDnsAAAARecord;
  return {
    ...(hostnameType !== undefined && { hostnameType }),
    ...(a !== undefined && { enableResourceNameDnsARecord: a }),
    ...(aaaa !== undefined && { enableResourceNameDnsAAAARecord: aaaa }),
  };
}
