/** Files that describe a network, as they lie on this machine's disk. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { CommandFailure } from './failure.ts';

/** More than any account's network; what is larger is something else. */
const MAX_BYTES = 512 * 1024 * 1024;

/** A file with its path below the folder that was named. */
export interface DescribedFile {
  readonly path: string;
  readonly text: string;
}

/** The files of a folder that may describe something, or one file. @throws CommandFailure where there is none */
export function readDescribedFiles(path: string): readonly DescribedFile[] {
  const root = resolve(path);
  const stats = statSync(root, { throwIfNoEntry: false });
  if (!stats) throw new CommandFailure(`There is no ${root}.`);
  const paths = stats.isDirectory() ? filesBelow(root) : [root];
  if (paths.length === 0) throw new CommandFailure(`${root} has no .json file in it.`);
  const bytes = paths.reduce((sum, one) => sum + statSync(one).size, 0);
  if (bytes > MAX_BYTES)
    throw new CommandFailure(`The files have ${Math.round(bytes / 2 ** 20)} MiB: that is no description of a network.`);
  return paths.map((one) => ({ path: relative(root, one) || basename(one), text: readFileSync(one, 'utf8') }));
}

const filesBelow = (root: string): readonly string[] =>
  readdirSync(root, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.(?:json|ya?ml|template)$/.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
