/**
 * Which test files run together in one process.
 *
 * Node.js has a process for each file; to start it and to compile what the file imports is two thirds of what most files
 * take. Those that neither start programs nor touch anything outside of their process are put together, each file in a
 * suite with its name. (Those of `src/ec2/actions` take 16 s of processor time instead of 37.)
 */
import { readFileSync } from 'node:fs';
import { inProject } from './project.mjs';

/** Folders of functions and of nothing else: the operating system is asked by others (docs/architecture.md). */
const PURE =
  /^src\/(?:apis|compile|console|costs|ec2|fabric|flow-logs|import|insights|model|net|pipeline|reach|services|sts|tables|wire)\//;

/** So many that each of the lanes in which tests run has several groups, the last of which end at about the same time. */
const FILES_OF_GROUP = 10;

/** Puts a function around everything behind the imports; a file that awaits or exports there keeps its own process. */
const IMPORT = /^import [^;]*;$/gm;
const NOT_IN_A_FUNCTION = /^(?:[^\s/*].*)?\bawait\b|^export\b/m;

/** @returns lists of files; a list of one file is that file in a process of its own */
export function grouped(files) {
  const together = files.filter((path) => PURE.test(path) && !NOT_IN_A_FUNCTION.test(textOf(path)));
  const alone = files.filter((path) => !together.includes(path));
  const groups = Array.from({ length: Math.ceil(together.length / FILES_OF_GROUP) }, (_, index) =>
    together.slice(index * FILES_OF_GROUP, (index + 1) * FILES_OF_GROUP),
  );
  return [...alone.map((path) => [path]), ...groups];
}

/** The text of a test file as a suite that has its name, line by line where it was. */
export function asSuite(path) {
  const text = textOf(path);
  const end = Math.max(0, ...[...text.matchAll(IMPORT)].map((found) => found.index + found[0].length));
  const imports = `import { describe as suiteOfFile } from 'node:test';${text.slice(0, end)}`;
  return `${imports}suiteOfFile(${JSON.stringify(path)}, () => {${text.slice(end)}\n});`;
}

const textOf = (path) => readFileSync(inProject(path), 'utf8');
