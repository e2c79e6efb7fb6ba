/**
 * Prints the SDKs' schemas into a bundle, in place of `src/ec2/sdk-schemas.ts` and its like: one text with a line of JSON
 * for each schema, which is parsed when a call needs it. (Alternating on one machine: EC2's load in 1 ms instead of 60.)
 */
import { inProject } from './project.mjs';

/** The modules that are replaced. What they import is only imported here when asked for: on a fresh clone it has just been installed. */
const REPLACED = new Map(
  Object.entries({
    'src/ec2/sdk-schemas.ts': () => import('@aws-sdk/client-ec2'),
    'src/apis/elastic-load-balancing/sdk-schemas.ts': () => import('@aws-sdk/client-elastic-load-balancing'),
    'src/apis/elastic-load-balancing-v2/sdk-schemas.ts': () => import('@aws-sdk/client-elastic-load-balancing-v2'),
    'src/apis/network-firewall/sdk-schemas.ts': () => import('@aws-sdk/client-network-firewall'),
  }).map(([path, sdk]) => [inProject(path), sdk]),
);

/** A plugin of esbuild. */
export const printedSchemas = {
  name: 'printed schemas',
  setup(build) {
    const texts = new Map();
    build.onLoad({ filter: /[\\/]sdk-schemas\.ts$/ }, async ({ path }) => {
      const sdk = REPLACED.get(path);
      if (!sdk) return undefined;
      if (!texts.has(path)) texts.set(path, moduleText(await sdk()));
      return { contents: texts.get(path), loader: 'js' };
    });
  },
};

/** The module in which the schemas stand as text. */
function moduleText(sdk) {
  const lines = printedLines(sdk);
  return `
const text = ${JSON.stringify(lines.join('\n'))};
let lines;
const known = new Map();
const linesByName = () => {
  if (lines) return lines;
  lines = new Map();
  for (const line of text.split('\\n')) {
    const end = line.indexOf(' ');
    lines.set(line.slice(0, end), line.slice(end + 1));
  }
  return lines;
};
/** Another schema is named by an object in its place. */
const linked = (value) => {
  if (Array.isArray(value)) return value.map(linked);
  if (typeof value !== 'object' || value === null) return value;
  return value.schema === undefined ? value.traits : () => exportedSchema(value.schema);
};
export const exportedSchema = (name) => {
  if (known.has(name)) return known.get(name);
  const line = linesByName().get(name);
  const schema = line === undefined ? undefined : linked(JSON.parse(line));
  known.set(name, schema);
  return schema;
};
export const exportedSchemaNames = () => [...linesByName().keys()].filter((name) => name.endsWith('$'));
`;
}

/** A line for each schema that the SDK exports, and for each that these refer to: its name and its JSON. */
function printedLines(sdk) {
  const names = new Map();
  const waiting = [];
  const named = (schema, name) => {
    if (!names.has(schema)) {
      names.set(schema, name);
      waiting.push(schema);
    }
    return names.get(schema);
  };
  for (const [name, schema] of Object.entries(sdk))
    if (name.endsWith('$') && Array.isArray(schema)) named(schema, name);
  const reference = (schema) => ({ schema: named(schema, `${String(schema[2])}#${names.size}`) });
  const printed = (value, depth) => {
    const schema = typeof value === 'function' ? value() : value;
    if (Array.isArray(schema)) {
      // Pairs of a schema and its traits, and lists of members, have no name: they stand where they are used.
      const isNamed = depth > 0 && typeof schema[2] === 'string' && typeof schema[0] === 'number' && schema.length > 3;
      return isNamed && typeof schema[1] === 'string'
        ? reference(schema)
        : schema.map((item) => printed(item, depth + 1));
    }
    return typeof schema === 'object' && schema !== null ? { traits: schema } : schema;
  };
  const lines = [];
  for (let schema = waiting.shift(); schema !== undefined; schema = waiting.shift()) {
    lines.push(`${names.get(schema)} ${JSON.stringify(printed(schema, 0))}`);
  }
  return lines;
}
