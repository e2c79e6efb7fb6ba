/** An account's defaults for the metadata options of new instances, in one Region. */
import { kind, type Row } from '../kind.ts';
import type { MetadataOptions } from './instance.ts';

/** What an account prefers; undefined where it has no preference. */
export interface MetadataDefaults extends Row {
  readonly id: 'metadata-defaults';
  readonly httpTokens: MetadataOptions['httpTokens'] | undefined;
  readonly httpPutResponseHopLimit: number | undefined;
  readonly httpEndpoint: MetadataOptions['httpEndpoint'] | undefined;
  readonly instanceMetadataTags: MetadataOptions['instanceMetadataTags'] | undefined;
  /** Whether launches and changes that would allow requests without a token are refused. */
  readonly httpTokensEnforced: 'enabled' | 'disabled' | undefined;
}

export const MetadataDefaults = kind<MetadataDefaults>()({ name: 'metadata-defaults' });
