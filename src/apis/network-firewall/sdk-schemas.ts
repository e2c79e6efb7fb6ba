/** The static schemas of the official SDK by name; programs that are built have them as text (see `ec2/sdk-schemas.ts`). */
import * as sdk from '@aws-sdk/client-network-firewall';

const exported: Readonly<Record<string, unknown>> = sdk;

/** The schema that the SDK exports under a name; undefined where it exports none. */
export const exportedSchema = (name: string): unknown => (Object.hasOwn(exported, name) ? exported[name] : undefined);

/** The names of all schemas. Walks all exports: not for the path of a request. */
export const exportedSchemaNames = (): readonly string[] => Object.keys(exported).filter((name) => name.endsWith('$'));
