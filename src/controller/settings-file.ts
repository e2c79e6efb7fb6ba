/** Files of settings that a person writes: JSON, or YAML, whose parser is loaded only where there is some. */
import { readFileSync } from 'node:fs';
import { parseJson } from '../import/json-shape.ts';

/** A file that cannot be read or says something wrong; the message names it. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/** What `parse` makes of a file. @throws SettingsError, whatever `parse` throws */
export async function readSettings<T>(path: string, parse: (document: unknown) => T): Promise<T> {
  try {
    return parse(await documentOf(readFileSync(path, 'utf8')));
  } catch (error) {
    throw new SettingsError(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function documentOf(text: string): Promise<unknown> {
  const json = parseJson(text);
  if (json !== undefined) return json;
  const { toJson } = await import('../import/yaml-parser.ts');
  return JSON.parse(toJson(text));
}
