/** Options of the metadata service: of one instance, and an account's defaults. */
import { changeMetadataOptions, metadataDefaults, setMetadataDefaults } from '../../model/metadata-options.ts';
import { Instance } from '../../model/resources/instance.ts';
import { action } from '../action.ts';
import { choice } from '../choice.ts';
import { askedMetadataOptions } from './instance-launch-request.ts';
import { describeMetadataOptions } from './instance-rendering.ts';

/** ModifyInstanceMetadataOptions. The answer shows `pending`; the metadata service obeys at once. */
export const ModifyInstanceMetadataOptions = action('ModifyInstanceMetadataOptions', (request, tx) => {
  const instance = tx.get(Instance, request.InstanceId);
  const metadataOptions = changeMetadataOptions(tx, instance, askedMetadataOptions(request));
  const shown = describeMetadataOptions({ state: instance.state, metadataOptions });
  return { InstanceId: instance.id, InstanceMetadataOptions: { ...shown, State: 'pending' } };
});

/** GetInstanceMetadataDefaults: only what the account prefers. */
export const GetInstanceMetadataDefaults = action('GetInstanceMetadataDefaults', (_request, tx) => {
  const defaults = metadataDefaults(tx);
  return {
    AccountLevel: {
      HttpTokens: defaults.httpTokens,
      HttpPutResponseHopLimit: defaults.httpPutResponseHopLimit,
      HttpEndpoint: defaults.httpEndpoint,
      InstanceMetadataTags: defaults.instanceMetadataTags,
      HttpTokensEnforced: defaults.httpTokensEnforced,
      ManagedBy: 'account',
    },
  };
});

const NO_PREFERENCE = 'no-preference';
/** The hop limit that takes a preference back. */
const NO_HOP_LIMIT = -1;

/** `no-preference`, and -1 for the hop limit, take a preference back. */
export const ModifyInstanceMetadataDefaults = action('ModifyInstanceMetadataDefaults', (request, tx) => {
  const { HttpTokens, HttpEndpoint, InstanceMetadataTags, HttpTokensEnforced } = request;
  const hopLimit = request.HttpPutResponseHopLimit;
  const onOrOff = ['enabled', 'disabled'] as const;
  setMetadataDefaults(tx, {
    ...(HttpTokens !== undefined && { httpTokens: preferred(HttpTokens, ['optional', 'required'], 'httpTokens') }),
    ...(HttpEndpoint !== undefined && { httpEndpoint: preferred(HttpEndpoint, onOrOff, 'httpEndpoint') }),
    ...(InstanceMetadataTags !== undefined && {
      instanceMetadataTags: preferred(InstanceMetadataTags, onOrOff, 'instanceMetadataTags'),
    }),
    ...(HttpTokensEnforced !== undefined && {
      httpTokensEnforced: preferred(HttpTokensEnforced, onOrOff, 'httpTokensEnforced'),
    }),
    ...(hopLimit !== undefined && { httpPutResponseHopLimit: hopLimit === NO_HOP_LIMIT ? undefined : hopLimit }),
  });
  return { Return: true };
});

const preferred = <const Word extends string>(text: string, words: readonly Word[], parameter: string) =>
  text === NO_PREFERENCE ? undefined : choice(text, words, parameter);

export const instanceMetadataOptionActions = [
  ModifyInstanceMetadataOptions,
  GetInstanceMetadataDefaults,
  ModifyInstanceMetadataDefaults,
] as const;
