/**
 * The static schemas of the official SDK by the names under which it exports them. Only names that end in `$` are of
 * interest, so that a bundler may replace the package by its schema module alone.
 *
 * Programs that are built have `scripts/ec2-schemas.mjs` print these schemas into them in this module's place: running
 * the SDK's module takes 40 ms of each start, and its 3,400 exports 10 MB, of which a call needs a handful.
 */
import * as sdk from '@aws-sdk/client-ec2';

const exported: Readonly<Record<string, unknown>> = sdk;

/** The schema that the SDK exports under a name, such as `CreateSubnet$`; undefined where it exports none. */
export const exportedSchema = (name: string): unknown => (Object.hasOwn(exported, name) ? exported[name] : undefined);

/** The names of all schemas. Walks all exports: not for the path of a request. */
export const exportedSchemaNames = (): readonly string[] => Object.keys(exported).filter((name) => name.endsWith('$'));
