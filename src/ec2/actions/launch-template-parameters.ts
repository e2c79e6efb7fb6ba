/** Parameters of launches in launch templates: kept as they came, shown as they came, merged into a launch. */
import { Fault } from '../../model/fault.ts';
import type { Tags } from '../../model/kind.ts';
import { launchTemplate, version } from '../../model/launch-templates.ts';
import type { LaunchParameters, LaunchValue } from '../../model/resources/launch-template.ts';
import type { Transaction } from '../../model/transaction.ts';
import type { RequestOf } from '../operation.ts';

type TemplateData = NonNullable<RequestOf<'CreateLaunchTemplate'>['LaunchTemplateData']>;
type LaunchRequest = RequestOf<'RunInstances'>;

/** What a request says of launches, as a row keeps it. @throws Fault UnsupportedOperation for a point in time, which only Spot Instances have */
export function keptParameters(data: TemplateData): LaunchParameters {
  refuseReservedTags(data);
  const kept = keep(data);
  if (!isStructure(kept)) throw new Error('the data of a launch template is a structure');
  if (Object.keys(kept).length === 0) {
    // Sentence unconfirmed.
    throw new Fault('MissingParameter', 'The launch template data must contain at least one parameter.');
  }
  return kept;
}

function keep(value: unknown): LaunchValue {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.map(keep);
  if (value instanceof Date || typeof value !== 'object' || value === null) {
    throw new Fault('UnsupportedOperation', 'localvpc keeps no points in time in launch templates.');
  }
  const entries = Object.entries(value).filter(([, part]) => part !== undefined);
  return Object.fromEntries(entries.map(([key, part]) => [key, keep(part)]));
}

function refuseReservedTags({ TagSpecifications: specifications }: TemplateData): void {
  const keys = (specifications ?? []).flatMap(({ Tags: tags }) => (tags ?? []).map(({ Key: key = '' }) => key));
  if (keys.some((key) => key.toLowerCase().startsWith('aws:'))) throw new Fault('InvalidTagKey.Malformed');
}

const isStructure = (value: LaunchValue | undefined): value is LaunchParameters =>
  typeof value === 'object' && !Array.isArray(value);

/** What rows keep was decoded by the schema of this very structure, and nothing else writes it. */
export const templateData = (parameters: LaunchParameters): TemplateData => parameters as unknown as TemplateData;

/** A new version of a version: what is given takes the place of what was there, parameter by parameter. */
export const changedParameters = (source: LaunchParameters, data: TemplateData): LaunchParameters => ({
  ...source,
  ...(Object.keys(data).length > 0 && keptParameters(data)),
});

/** A launch with the template that it names merged in, and the tags that show where it came from. */
export interface TemplatedLaunch {
  readonly request: LaunchRequest;
  readonly tags: Tags;
}

/**
 * The request's parameters take the place of the template's. Volumes are merged by device, tags by key, structures
 * (Placement, MetadataOptions, …) by member; network interfaces, groups and addresses are replaced whole. Which of these
 * AWS merges and which it replaces is unconfirmed.
 * @throws Fault for an unknown template or version, UnsupportedOperation (instance requirements)
 */
export function withTemplate(request: LaunchRequest, tx: Transaction): TemplatedLaunch {
  const { LaunchTemplate: named } = request;
  if (!named) return { request, tags: {} };
  const template = launchTemplate(tx, named.LaunchTemplateId, named.LaunchTemplateName);
  const chosen = version(tx, template, named.Version || '$Default');
  const data = templateData(chosen.parameters);
  if (data.InstanceRequirements && request.InstanceType === undefined) {
    const message = 'localvpc does not choose instance types: the launch must name one.';
    throw new Fault('UnsupportedOperation', message);
  }
  if (data.SecondaryInterfaces && data.SecondaryInterfaces.length > 0) {
    throw new Fault('UnsupportedOperation', 'localvpc does not serve secondary networks.');
  }
  return {
    request: mergedLaunch(data, request),
    // As AWS tags what comes of a template.
    tags: { 'aws:ec2launchtemplate:id': template.id, 'aws:ec2launchtemplate:version': String(chosen.number) },
  };
}

function mergedLaunch(data: TemplateData, request: LaunchRequest): LaunchRequest {
  const {
    RamDiskId,
    ElasticGpuSpecifications,
    InstanceRequirements: _,
    SecondaryInterfaces: __,
    Monitoring,
    ...sameNames
  } = data;
  const base: Partial<LaunchRequest> = {
    ...sameNames,
    ...(Monitoring && { Monitoring: { ...Monitoring, Enabled: Monitoring.Enabled ?? false } }),
    ...(RamDiskId !== undefined && { RamdiskId: RamDiskId }),
    ...(ElasticGpuSpecifications && { ElasticGpuSpecification: ElasticGpuSpecifications }),
  };
  const merged = merge(base, request);
  const mappings = mergedMappings(data.BlockDeviceMappings, request.BlockDeviceMappings);
  const tags = mergedTags(data.TagSpecifications, request.TagSpecifications);
  return {
    ...merged,
    MinCount: request.MinCount,
    MaxCount: request.MaxCount,
    ...(data.IamInstanceProfile && {
      IamInstanceProfile: request.IamInstanceProfile ?? data.IamInstanceProfile,
    }),
    ...(mappings && { BlockDeviceMappings: mappings }),
    ...(tags && { TagSpecifications: tags }),
  };
}

/** The members of both; of a structure that both have, its members. */
function merge<T extends object>(base: Partial<T>, given: T): T {
  const known: Readonly<Record<string, unknown>> = { ...base };
  const over = Object.entries(given)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]: [string, unknown]) => [key, mergedValue(known[key], value)]);
  return { ...base, ...given, ...Object.fromEntries(over) };
}

const mergedValue = (base: unknown, given: unknown): unknown =>
  isPlain(base) && isPlain(given) ? { ...base, ...given } : given;

const isPlain = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);

type Mappings = LaunchRequest['BlockDeviceMappings'];

function mergedMappings(base: TemplateData['BlockDeviceMappings'], given: Mappings): Mappings {
  if (!base) return given;
  const byDevice = new Map<string | undefined, NonNullable<Mappings>[number]>(base.map((one) => [one.DeviceName, one]));
  for (const one of given ?? []) {
    const before = one.NoDevice === undefined ? byDevice.get(one.DeviceName) : undefined;
    const ebs = before?.Ebs && one.Ebs ? { Ebs: { ...before.Ebs, ...one.Ebs } } : {};
    byDevice.set(one.DeviceName, { ...before, ...one, ...ebs });
  }
  return [...byDevice.values()];
}

type Specifications = LaunchRequest['TagSpecifications'];

function mergedTags(base: TemplateData['TagSpecifications'], given: Specifications): Specifications {
  if (!base) return given;
  const byType = new Map<string | undefined, Map<string | undefined, string | undefined>>();
  for (const { ResourceType: type, Tags: tags } of [...base, ...(given ?? [])]) {
    const values = byType.get(type) ?? new Map<string | undefined, string | undefined>();
    for (const { Key: key, Value: value } of tags ?? []) values.set(key, value);
    byType.set(type, values);
  }
  // Templates may tag Spot requests as well, which a launch does not make.
  return [...byType]
    .filter(([type]) => type !== 'spot-instances-request')
    .map(([ResourceType, values]) => ({
      ResourceType,
      Tags: [...values].map(([Key, Value]) => ({ Key, Value })),
    }));
}
