/** Tags as every Describe call shows them. */
import type * as sdk from '@aws-sdk/client-ec2';
import type { Tags } from '../model/kind.ts';

/** Tags of a row in the API's form, in the order in which they were given. */
export const describeTags = (tags: Tags): sdk.Tag[] =>
  Object.entries(tags).map(([key, value]) => ({ Key: key, Value: value }));
