/** Bundles the programs into dist/, so that each starts by reading one or two files. `npm run build` builds always. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ensureDependencies } from './dependencies.mjs';
import { changedAtMs, filesBelow, inProject, main, PROJECT, say } from './project.mjs';

const STAMP = inProject('dist/.built');

/**
 * The SDK's schemas without its clients: the controller needs the descriptions alone, and the whole package takes
 * 0.2 to 0.5 s to load.
 */
export const EC2_SCHEMAS = inProject('node_modules/@aws-sdk/client-ec2/dist-es/schemas/schemas_0.js');

/** Native code: it stays in node_modules, where its own package finds it. */
const EXTERNAL = ['koffi', 'libsql'];

const shared = {
  absWorkingDir: PROJECT,
  outdir: 'dist',
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  external: EXTERNAL,
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'none',
  // The controller's modules are read and compiled at each start: a third less to read.
  minifyWhitespace: true,
  logLevel: 'warning',
  // Packages written as CommonJS ask for Node's modules by `require`, which an ES module has not.
  banner: {
    js: "import { createRequire as localvpcRequire } from 'node:module'; const require = localvpcRequire(import.meta.url);",
  },
};

/** Programs for the terminal. What they load lazily becomes files of their own beside them. */
const terminal = {
  ...shared,
  splitting: true,
  chunkNames: '[name]-[hash]',
  entryPoints: entries({ cli: 'src/cli/main.ts' }),
};

/** The controller, in parts: the first one starts the machine room, which comes up while the others are loaded. */
const controller = {
  ...shared,
  alias: { '@aws-sdk/client-ec2': EC2_SCHEMAS },
  splitting: true,
  chunkNames: '[name]-[hash]',
  entryPoints: entries({ controller: 'src/controller/entry.ts' }),
};

/** Programs that run for long. Each is one file: a worker or a process of its own loads nothing else. */
const servers = {
  ...shared,
  alias: { '@aws-sdk/client-ec2': EC2_SCHEMAS },
  entryPoints: entries({
    room: 'src/room/main.ts',
    'fabric-worker': 'src/room/fabric-worker.ts',
    'journal-worker': 'src/controller/journal-worker.ts',
    socks: 'src/cli/socks-program.ts',
  }),
};

/** For programs of others, who bring the SDK along: packages stay where they are, and some are loaded late. */
const library = {
  ...shared,
  packages: 'external',
  splitting: true,
  chunkNames: '[name]-[hash]',
  entryPoints: entries({ testing: 'src/library/main.ts' }),
};

/** The entries that exist. */
function entries(sources) {
  return Object.fromEntries(Object.entries(sources).filter(([, source]) => existsSync(inProject(source))));
}

/** Builds everything into an emptied dist/. */
export async function buildAll() {
  const startedAtMs = Date.now();
  // Only now: on a fresh clone it has just been installed.
  const { build } = await import('esbuild');
  rmSync(inProject('dist'), { recursive: true, force: true });
  mkdirSync(inProject('dist'), { recursive: true });
  await Promise.all([terminal, controller, servers, library].filter(hasEntries).map((options) => build(options)));
  for (const name of readdirSync(inProject('dist')))
    if (name.endsWith('.js')) keepOneBytePerCharacter(inProject('dist', name));
  writeFileSync(STAMP, '');
  say(`Built dist/ in ${Date.now() - startedAtMs} ms.`);
}

/**
 * Takes what is not ASCII out of a bundle's comments, the one place where esbuild leaves it (besides regular
 * expressions): a single such character makes V8 keep two bytes for every character of the file, 2.6 MB more for the
 * controller's.
 */
function keepOneBytePerCharacter(path) {
  const text = readFileSync(path, 'utf8');
  const ascii = text.replace(COMMENT_LINE, (line) => line.replace(NOT_ASCII, '.'));
  if (ascii !== text) writeFileSync(path, ascii);
}

const COMMENT_LINE = /^[ \t]*(?:\/\/|\/\*|\*).*$/gm;
const NOT_ASCII = /[^\t -~]/g;

const hasEntries = (options) => Object.keys(options.entryPoints).length > 0;

/** Builds where a source, the lock file or this script is newer than the last build. */
export async function buildWhenStale() {
  const isSource = (path) => path.endsWith('.ts') && !path.endsWith('.test.ts');
  const inputs = [...filesBelow('src', isSource), 'package.json', 'package-lock.json', 'scripts/build.mjs'];
  const newestMs = Math.max(...inputs.map((path) => changedAtMs(inProject(path))));
  if (changedAtMs(STAMP) < newestMs) await buildAll();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  main(async () => {
    await ensureDependencies();
    await buildAll();
  });
}
