/**
 * Places in compiled test files, told as places in their sources.
 *
 * `node --enable-source-maps` would read the maps of all that is loaded: 0.1 s of processor time in each of the test
 * processes. Here they are read once something has failed.
 */
import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { PROJECT } from './project.mjs';

const PLACE = /(?:file:\/\/)?(\/[^\n:()]+\.js):(\d+):(\d+)/g;

const maps = new Map();

/** A text, such as a stack, with each place in a compiled file that has a map beside it replaced by that in the source. */
export const withSourcePlaces = (text) =>
  text.replaceAll(PLACE, (place, path, line, column) => {
    const found = sourceOfPlace(path, Number(line), Number(column));
    return found ? `${found.source}:${found.line}:${found.column}` : place;
  });

/**
 * The source of a place in a compiled file, lines and columns from 1.
 * @returns a path inside the project, line and column; undefined where the file has no map
 */
export function sourceOfPlace(path, line, column) {
  const found = mapOf(path)?.findEntry(line - 1, column - 1);
  if (found?.originalSource === undefined) return undefined;
  const source = relative(PROJECT, join(dirname(path), found.originalSource));
  return { source, line: found.originalLine + 1, column: found.originalColumn + 1 };
}

function mapOf(path) {
  if (!maps.has(path)) maps.set(path, readMap(`${path}.map`));
  return maps.get(path);
}

function readMap(path) {
  try {
    return new SourceMap(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}
