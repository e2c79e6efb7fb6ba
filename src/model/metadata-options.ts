/** Options of the metadata service: what a new instance gets, what an existing one is changed to. */
import { Fault } from './fault.ts';
import type { Image } from './image-catalogue.ts';
import type { Tags } from './kind.ts';
import { Instance, type MetadataOptions } from './resources/instance.ts';
import { MetadataDefaults } from './resources/metadata-defaults.ts';
import type { Transaction } from './transaction.ts';

const NO_PREFERENCE: MetadataDefaults = {
  id: 'metadata-defaults',
  httpTokens: undefined,
  httpPutResponseHopLimit: undefined,
  httpEndpoint: undefined,
  instanceMetadataTags: undefined,
  httpTokensEnforced: undefined,
};

/** The account's defaults in this Region. */
export const metadataDefaults = (tx: Transaction): MetadataDefaults =>
  tx.find(MetadataDefaults, NO_PREFERENCE.id) ?? NO_PREFERENCE;

/** ModifyInstanceMetadataDefaults: what is given; undefined takes a preference back. @throws Fault InvalidParameterValue */
export function setMetadataDefaults(tx: Transaction, change: Partial<Omit<MetadataDefaults, 'id'>>): void {
  checkHopLimit(change.httpPutResponseHopLimit);
  tx.put(MetadataDefaults, { ...metadataDefaults(tx), ...change });
}

/**
 * Options of a new instance: what the launch says, else the account's defaults, else what the image wants (v2.0: tokens
 * required, two hops), else AWS's defaults.
 * @throws Fault InvalidParameterValue, UnsupportedOperation
 */
export function newMetadataOptions(
  tx: Transaction,
  asked: Partial<MetadataOptions>,
  image: Pick<Image, 'imdsSupport'>,
  tags: Tags,
): MetadataOptions {
  const defaults = metadataDefaults(tx);
  const isV2 = image.imdsSupport === 'v2.0';
  checkHopLimit(asked.httpPutResponseHopLimit);
  const options = {
    httpTokens: asked.httpTokens ?? defaults.httpTokens ?? (isV2 ? 'required' : 'optional'),
    httpPutResponseHopLimit: asked.httpPutResponseHopLimit ?? defaults.httpPutResponseHopLimit ?? (isV2 ? 2 : 1),
    httpEndpoint: asked.httpEndpoint ?? defaults.httpEndpoint ?? 'enabled',
    httpProtocolIpv6: asked.httpProtocolIpv6 ?? 'disabled',
    instanceMetadataTags: asked.instanceMetadataTags ?? defaults.instanceMetadataTags ?? 'disabled',
  };
  check(defaults, options, tags);
  return options;
}

/**
 * ModifyInstanceMetadataOptions. The metadata service obeys from the next request on.
 * @throws Fault IncorrectInstanceState, InvalidParameterValue, InvalidParameterCombination (nothing to change),
 *   UnsupportedOperation
 */
export function changeMetadataOptions(
  tx: Transaction,
  instance: Instance,
  change: Partial<MetadataOptions>,
): MetadataOptions {
  if (Object.keys(change).length === 0) {
    // Sentence unconfirmed.
    throw new Fault('InvalidParameterCombination', 'No instance metadata options were specified to modify.');
  }
  if (instance.state === 'shutting-down' || instance.state === 'terminated') {
    const message = `The instance '${instance.id}' is not in a valid state for this operation.`;
    throw new Fault('IncorrectInstanceState', message);
  }
  checkHopLimit(change.httpPutResponseHopLimit);
  const metadataOptions = { ...instance.metadataOptions, ...change };
  check(metadataDefaults(tx), metadataOptions, instance.tags);
  tx.update(Instance, instance.id, { metadataOptions });
  return metadataOptions;
}

function checkHopLimit(value: number | undefined): void {
  if (value === undefined || (value >= 1 && value <= 64)) return;
  const reason = 'Expecting a value between 1 and 64.';
  throw new Fault('InvalidParameterValue', { value, parameter: 'httpPutResponseHopLimit', reason });
}

/** User guide, work-with-tags-in-IMDS: what a tag's key must be to be a name in a path. */
const TAG_KEY = /^[0-9a-zA-Z\-_+=,.@:]{1,255}$/;
const RESERVED_KEYS = ['.', '..', '_index'];

function check(defaults: MetadataDefaults, options: MetadataOptions, tags: Tags): void {
  if (defaults.httpTokensEnforced === 'enabled' && options.httpTokens === 'optional') {
    // Code and sentence are unconfirmed.
    const message = 'The account enforces IMDSv2: the metadata option httpTokens must be required.';
    throw new Fault('UnsupportedOperation', message);
  }
  if (options.instanceMetadataTags === 'disabled') return;
  const bad = Object.keys(tags).find((key) => !TAG_KEY.test(key) || RESERVED_KEYS.includes(key));
  if (bad === undefined) return;
  const message = `'${bad}' is not a valid tag key. Tag keys must match pattern ([0-9a-zA-Z\\-_+=,.@:]{1,255}), and must not be a reserved name ('.', '..', '_index')`;
  throw new Fault('InvalidParameterValue', message);
}
