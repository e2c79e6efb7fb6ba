/**
 * Writes the type declarations of `localvpc/testing` into dist/types/: of its entry and of what that reaches, and no more.
 * Part of `npm pack`, and not of every build: the compiler needs longer than the bundler.
 */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureDependencies } from './dependencies.mjs';
import { collect, inProject, main, Stop, say } from './project.mjs';

const ENTRY = 'library/main.ts';

/** Declares everything that the entry imports, and keeps what its declaration names. */
export async function writeTypes() {
  const folder = mkdtempSync(join(tmpdir(), 'localvpc-types-'));
  try {
    await declare(folder);
    const reached = declarationsFrom(folder, declarationOf(ENTRY));
    rmSync(inProject('dist/types'), { recursive: true, force: true });
    for (const path of reached) keep(folder, path);
    say(`Declared localvpc/testing in ${reached.length} files.`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function declare(folder) {
  const { status, text } = await collect(inProject('node_modules/.bin/tsc'), [
    ...['--declaration', '--emitDeclarationOnly', '--noCheck', '--rootDir', 'src', '--outDir', folder],
    ...['--target', 'ES2023', '--lib', 'ES2023', '--module', 'NodeNext', '--types', 'node', '--skipLibCheck'],
    ...['--allowImportingTsExtensions', '--strict', '--exactOptionalPropertyTypes', '--ignoreConfig'],
    `src/${ENTRY}`,
  ]);
  if (status !== 0) throw new Stop(`The declarations of localvpc/testing could not be made:\n${text}`);
}

/** A declaration and all that it imports from this project, each once. */
function declarationsFrom(folder, entry) {
  const found = new Set([entry]);
  for (const path of found)
    for (const [, named] of readFileSync(join(folder, path), 'utf8').matchAll(
      /(?:from|import\()\s*['"](\.[^'"]+)['"]/g,
    ))
      found.add(declarationOf(join(dirname(path), named)));
  return [...found];
}

const declarationOf = (source) => source.replace(/\.ts$/, '.d.ts');

function keep(folder, path) {
  mkdirSync(dirname(inProject('dist/types', path)), { recursive: true });
  copyFileSync(join(folder, path), inProject('dist/types', path));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  main(async () => {
    await ensureDependencies();
    await writeTypes();
  });
}
