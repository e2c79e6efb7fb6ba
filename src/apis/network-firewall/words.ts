/** Words and settings that requests of Network Firewall have in common. */
import type * as sdk from '@aws-sdk/client-network-firewall';
import type { Decoded } from '../../ec2/operation.ts';
import { Fault } from '../../model/fault.ts';
import type { Tags } from '../../model/kind.ts';
import { refused } from '../../model/network-firewall/refusal.ts';
import type { CustomAction, EncryptionChoice } from '../../model/resources/network-firewall.ts';
import { type RequestedTag, withTags } from '../../model/tags.ts';

/** One of the words that a member may be. @throws Fault InvalidRequestException for another */
export function word<const Word extends string>(value: string, words: readonly Word[], member: string): Word {
  const known = words.find((candidate) => candidate === value);
  if (known === undefined) throw refused(`${member} is one of ${words.join(', ')}, not ${value.slice(0, 100)}`);
  return known;
}

/** The same, of a member that may be missing. */
export const optionalWord = <const Word extends string>(
  value: string | undefined,
  words: readonly Word[],
  member: string,
): Word | undefined => (value === undefined ? undefined : word(value, words, member));

/** What AWS encrypts with unless told otherwise. */
const AWS_OWNED: EncryptionChoice = { type: 'AWS_OWNED_KMS_KEY', keyId: undefined };

/** The encryption that is asked for; undefined where nothing is said. */
export function encryptionAsked(asked: Decoded<sdk.EncryptionConfiguration> | undefined): EncryptionChoice | undefined {
  if (!asked) return undefined;
  const type = word(asked.Type, ['CUSTOMER_KMS', 'AWS_OWNED_KMS_KEY'], 'Type of EncryptionConfiguration');
  return type === 'CUSTOMER_KMS' ? { type, keyId: asked.KeyId } : AWS_OWNED;
}

export const encryptionOf = (asked: Decoded<sdk.EncryptionConfiguration> | undefined): EncryptionChoice =>
  encryptionAsked(asked) ?? AWS_OWNED;

export const describeEncryption = ({ type, keyId }: EncryptionChoice): sdk.EncryptionConfiguration => ({
  Type: type,
  KeyId: keyId ?? 'AWS_OWNED_KMS_KEY',
});

/** Tags after these were given. @throws Fault InvalidRequestException for tags that AWS does not take */
export function tagged(before: Tags, requested: readonly RequestedTag[] = []): Tags {
  try {
    return withTags(before, requested);
  } catch (error) {
    // EC2 has codes for what is wrong with tags; this service has one for all.
    throw error instanceof Fault ? refused(error.message) : error;
  }
}

export const describeTags = (tags: Tags): sdk.Tag[] => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

type CustomActionsAsked = readonly Decoded<sdk.CustomAction>[] | undefined;

/** @throws Fault InvalidRequestException for an action that does nothing, or a name twice */
export function customActionsOf(asked: CustomActionsAsked = []): readonly CustomAction[] {
  const actions = asked.map(({ ActionName: name, ActionDefinition: { PublishMetricAction } }) => {
    const dimensions = PublishMetricAction?.Dimensions.map(({ Value }) => Value) ?? [];
    if (dimensions.length !== 1) throw refused(`the custom action ${name.slice(0, 100)} must publish one dimension`);
    return { name, dimensions };
  });
  if (new Set(actions.map(({ name }) => name)).size < actions.length) throw refused('a custom action is defined twice');
  return actions;
}

export const describeCustomActions = (actions: readonly CustomAction[]): sdk.CustomAction[] =>
  actions.map(({ name, dimensions }) => ({
    ActionName: name,
    ActionDefinition: { PublishMetricAction: { Dimensions: dimensions.map((Value) => ({ Value })) } },
  }));

/** A list, or nothing where it is empty: what was not asked for is not shown. */
export const unlessEmpty = <Item>(list: readonly Item[]): Item[] | undefined =>
  list.length === 0 ? undefined : [...list];
