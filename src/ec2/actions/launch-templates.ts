/** Launch templates. */
import type * as sdk from '@aws-sdk/client-ec2';
import { Fault } from '../../model/fault.ts';
import { imageNamed } from '../../model/images.ts';
import {
  addVersion,
  createLaunchTemplate,
  deleteLaunchTemplate,
  findVersion,
  latestVersion,
  launchTemplate,
  version,
  versionsOf,
} from '../../model/launch-templates.ts';
import { regionNamed } from '../../model/regions.ts';
import { LaunchTemplate, LaunchTemplateVersion } from '../../model/resources/launch-template.ts';
import { tagsOf } from '../../model/tags.ts';
import type { Transaction } from '../../model/transaction.ts';
import { action } from '../action.ts';
import { describe } from '../describe.ts';
import { compileFilters, type FilterTable } from '../filter.ts';
import type { Rendered, RequestOf } from '../operation.ts';
import { paginate } from '../paginate.ts';
import { describeTags } from '../tag-set.ts';
import { GetLaunchTemplateData } from './launch-template-of-instance.ts';
import { changedParameters, keptParameters, templateData } from './launch-template-parameters.ts';

const creatorOf = (tx: Transaction): string => `arn:${regionNamed(tx.region).partition.name}:iam::${tx.account}:root`;

/** A template as DescribeLaunchTemplates shows it. */
export const describeLaunchTemplate = (row: LaunchTemplate, tx: Transaction): sdk.LaunchTemplate => ({
  LaunchTemplateId: row.id,
  LaunchTemplateName: row.name,
  CreateTime: new Date(row.createdAtMs),
  CreatedBy: creatorOf(tx),
  DefaultVersionNumber: row.defaultVersion,
  LatestVersionNumber: latestVersion(tx, row),
  Tags: describeTags(row.tags),
});

/** A version as DescribeLaunchTemplateVersions shows it. */
export function describeVersion(row: LaunchTemplateVersion, tx: Transaction): Rendered<sdk.LaunchTemplateVersion> {
  const template = tx.get(LaunchTemplate, row.launchTemplateId);
  return {
    LaunchTemplateId: template.id,
    LaunchTemplateName: template.name,
    VersionNumber: row.number,
    VersionDescription: row.description,
    CreateTime: new Date(row.createdAtMs),
    CreatedBy: creatorOf(tx),
    DefaultVersion: row.number === template.defaultVersion,
    // Request and response have the same members; words were not checked when they came, and are not now.
    LaunchTemplateData: templateData(row.parameters) as unknown as Rendered<sdk.ResponseLaunchTemplateData>,
  };
}

/** CreateLaunchTemplate: what it would launch is not checked, as on AWS. */
export const CreateLaunchTemplate = action('CreateLaunchTemplate', (request, tx) => {
  const tags = tagsOf(request.TagSpecifications, 'launch-template');
  const ask = { description: request.VersionDescription, parameters: keptParameters(request.LaunchTemplateData) };
  const template = createLaunchTemplate(tx, request.LaunchTemplateName, ask, tags);
  return { LaunchTemplate: describeLaunchTemplate(template, tx) };
});

/** CreateLaunchTemplateVersion, from a version or from nothing. */
export const CreateLaunchTemplateVersion = action('CreateLaunchTemplateVersion', (request, tx) => {
  const template = launchTemplate(tx, request.LaunchTemplateId, request.LaunchTemplateName);
  const { SourceVersion: source, LaunchTemplateData: data, VersionDescription: description } = request;
  const parameters =
    source === undefined ? keptParameters(data) : changedParameters(version(tx, template, source).parameters, data);
  const added = addVersion(tx, template, { description, parameters });
  return { LaunchTemplateVersion: describeVersion(added, tx) };
});

/** ModifyLaunchTemplate: another default version. */
export const ModifyLaunchTemplate = action('ModifyLaunchTemplate', (request, tx) => {
  const template = launchTemplate(tx, request.LaunchTemplateId, request.LaunchTemplateName);
  if (request.DefaultVersion === undefined) throw new Fault('MissingParameter', { parameter: 'DefaultVersion' });
  const defaultVersion = version(tx, template, request.DefaultVersion).number;
  return { LaunchTemplate: describeLaunchTemplate(tx.update(LaunchTemplate, template.id, { defaultVersion }), tx) };
});

/** DeleteLaunchTemplate. The answer shows it as it was. */
export const DeleteLaunchTemplate = action('DeleteLaunchTemplate', (request, tx) => {
  const template = launchTemplate(tx, request.LaunchTemplateId, request.LaunchTemplateName);
  const shown = describeLaunchTemplate(template, tx);
  deleteLaunchTemplate(tx, template);
  return { LaunchTemplate: shown };
});

const MAX_DELETED_VERSIONS = 200;

/** DeleteLaunchTemplateVersions: each version for itself; the default one stays (the code of its refusal is unconfirmed). */
export const DeleteLaunchTemplateVersions = action('DeleteLaunchTemplateVersions', (request, tx) => {
  const template = launchTemplate(tx, request.LaunchTemplateId, request.LaunchTemplateName);
  if (request.Versions.length > MAX_DELETED_VERSIONS) {
    throw new Fault('InvalidParameterValue', `At most ${MAX_DELETED_VERSIONS} versions can be deleted in a request.`);
  }
  const shown = { LaunchTemplateId: template.id, LaunchTemplateName: template.name };
  const done: sdk.DeleteLaunchTemplateVersionsResponseSuccessItem[] = [];
  const failed: sdk.DeleteLaunchTemplateVersionsResponseErrorItem[] = [];
  for (const text of request.Versions) {
    const found = findVersion(tx, template, text);
    if (found && found.number !== template.defaultVersion) {
      tx.remove(LaunchTemplateVersion, found.id);
      done.push({ ...shown, VersionNumber: found.number });
    } else {
      const error: sdk.ResponseError = found
        ? { Code: 'unexpectedError', Message: 'The default version of a launch template cannot be deleted.' }
        : { Code: 'launchTemplateVersionDoesNotExist', Message: `The version ${text} does not exist.` };
      failed.push({ ...shown, VersionNumber: found?.number ?? (Number(text) || 0), ResponseError: error });
    }
  }
  return { SuccessfullyDeletedLaunchTemplateVersions: done, UnsuccessfullyDeletedLaunchTemplateVersions: failed };
});

const filters: FilterTable<LaunchTemplate> = {
  'create-time': (row) => new Date(row.createdAtMs),
  'launch-template-name': (row) => row.name,
};

/** DescribeLaunchTemplates. */
export const DescribeLaunchTemplates = describe('DescribeLaunchTemplates', 'LaunchTemplates', {
  kind: LaunchTemplate,
  ids: 'LaunchTemplateIds',
  named: (request, tx) => request.LaunchTemplateNames?.map((name) => launchTemplate(tx, undefined, name)),
  filters,
  render: describeLaunchTemplate,
});

type Data = ReturnType<typeof templateData>;
const ofData =
  (read: (data: Data) => string | number | boolean | readonly (number | undefined)[] | undefined) =>
  (row: LaunchTemplateVersion) =>
    read(templateData(row.parameters));

const versionFilters: FilterTable<LaunchTemplateVersion> = {
  'create-time': (row) => new Date(row.createdAtMs),
  'ebs-optimized': ofData((data) => data.EbsOptimized),
  'http-endpoint': ofData((data) => data.MetadataOptions?.HttpEndpoint),
  'http-protocol-ipv4': () => undefined,
  'http-put-response-hop-limit': ofData((data) => data.MetadataOptions?.HttpPutResponseHopLimit),
  'http-tokens': ofData((data) => data.MetadataOptions?.HttpTokens),
  'iam-instance-profile': ofData((data) => data.IamInstanceProfile?.Arn),
  'image-id': ofData((data) => data.ImageId),
  'instance-type': ofData((data) => data.InstanceType),
  'is-default-version': (row, tx) => tx.find(LaunchTemplate, row.launchTemplateId)?.defaultVersion === row.number,
  'kernel-id': ofData((data) => data.KernelId),
  'license-configuration-arn': () => undefined,
  'network-card-index': ofData((data) => data.NetworkInterfaces?.map((one) => one.NetworkCardIndex)),
  'ram-disk-id': ofData((data) => data.RamDiskId),
};

type VersionsRequest = RequestOf<'DescribeLaunchTemplateVersions'>;

/** DescribeLaunchTemplateVersions: of one template, or the latest and default ones of all. */
export const DescribeLaunchTemplateVersions = action('DescribeLaunchTemplateVersions', (request, tx) => {
  const { ResolveAlias, Filters, MaxResults: _, NextToken: __, ...asked } = request;
  const holds = compileFilters(Filters, versionFilters);
  const { rows, nextToken } = paginate<LaunchTemplateVersion>(
    {
      operation: 'DescribeLaunchTemplateVersions',
      rows: versionsAsked(tx, request),
      matches: (row) => holds(row, tx),
      keyOf: (row) => row.id,
      question: [asked, Filters],
    },
    request,
  );
  const shown = rows.map((row) => describeVersion(row, tx));
  return {
    LaunchTemplateVersions: ResolveAlias ? shown.map((one) => withImageId(one, tx)) : shown,
    NextToken: nextToken,
  };
});

function versionsAsked(tx: Transaction, request: VersionsRequest): readonly LaunchTemplateVersion[] {
  const { LaunchTemplateId: id, LaunchTemplateName: name, Versions: texts, MinVersion: min, MaxVersion: max } = request;
  if (texts && (min ?? max) !== undefined) {
    throw new Fault('InvalidParameterCombination', { parameter: 'versions', other: min ? 'minVersion' : 'maxVersion' });
  }
  if (id === undefined && name === undefined) return ofAllTemplates(tx, texts ?? []);
  const template = launchTemplate(tx, id, name);
  if (texts) return [...new Set(texts.map((text) => version(tx, template, text)))];
  const from = min === undefined ? 1 : version(tx, template, min).number;
  const to = max === undefined ? Number.POSITIVE_INFINITY : version(tx, template, max).number;
  // The newest first, as AWS lists them.
  return versionsOf(tx, template)
    .filter(({ number }) => number >= from && number <= to)
    .reverse();
}

function ofAllTemplates(tx: Transaction, texts: readonly string[]): readonly LaunchTemplateVersion[] {
  if (texts.length === 0 || texts.some((text) => text !== '$Latest' && text !== '$Default')) {
    // Sentence unconfirmed.
    const message = 'Without a launch template only the versions $Latest and $Default can be described.';
    throw new Fault('MissingParameter', message);
  }
  const found = tx.list(LaunchTemplate).flatMap((one) => texts.flatMap((text) => findVersion(tx, one, text) ?? []));
  return [...new Set(found)];
}

/** With `resolve:ssm:…` replaced by the image's id. */
function withImageId(shown: Rendered<sdk.LaunchTemplateVersion>, tx: Transaction): Rendered<sdk.LaunchTemplateVersion> {
  const imageId = shown.LaunchTemplateData?.ImageId;
  if (!imageId?.startsWith('resolve:')) return shown;
  return {
    ...shown,
    LaunchTemplateData: { ...shown.LaunchTemplateData, ImageId: imageNamed(tx, imageId).id },
  };
}

export const launchTemplateActions = [
  CreateLaunchTemplate,
  CreateLaunchTemplateVersion,
  ModifyLaunchTemplate,
  DeleteLaunchTemplate,
  DeleteLaunchTemplateVersions,
  DescribeLaunchTemplates,
  DescribeLaunchTemplateVersions,
  GetLaunchTemplateData,
] as const;
