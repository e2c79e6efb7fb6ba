/** Tags as Elastic Load Balancing shows them, in both its versions. */
import type { Tags } from '../../model/kind.ts';

export const describeTags = (tags: Tags) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
