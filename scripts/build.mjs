/** Bundles the programs into dist/, so that each starts by reading one or two files. `npm run build` builds always. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ensureDependencies } from './dependencies.mjs';
import { printedSchemas } from './ec2-schemas.mjs';
import { buildFlowSwitch } from './flow-switch.mjs';
import { changedAtMs, filesBelow, inProject, main, PROJECT, Stop, say } from './project.mjs';

const STAMP = inProject('dist/.built');

const EC2_CLIENT = '@aws-sdk/client-ec2';

/** A program is a function of CommonJS's variables, as `runProgram` calls it. */
const PROGRAM_BEGINS = '(function(exports,require,module,__filename){"use strict";';

/** Native code: it stays in node_modules, where its own package finds it. */
const EXTERNAL = ['koffi', 'libsql'];

const shared = {
  absWorkingDir: PROJECT,
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  target: 'node20',
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'none',
  // Programs are read at each start: a third less to read.
  minifyWhitespace: true,
  logLevel: 'warning',
};

/**
 * The programs, each in one file that a start compiles once and for all (`src/host/compiled-program.ts`). Its name has
 * a hash of its content: what was compiled of another content is not to be found.
 */
const programs = {
  ...shared,
  format: 'cjs',
  external: EXTERNAL,
  entryNames: 'programs/[name]-[hash]',
  metafile: true,
  banner: { js: `${PROGRAM_BEGINS}const localvpcUrl=require('node:url').pathToFileURL(__filename).href;` },
  footer: { js: '})' },
  // Nothing to load is an ES module, and `require` is there already.
  supported: { 'dynamic-import': false },
  // Beside a program stand the others, not its text.
  define: { 'import.meta.url': 'localvpcUrl' },
};

/** Commands that are programs of their own, for they are to be quick: to load the others would be half of what they do. */
const QUICK = ['env', 'status', 'trace'];

/** What the terminal runs. */
const terminal = {
  ...programs,
  plugins: [clientElsewhere(), programsOfOthersLater()],
  entryPoints: entries({ cli: 'src/cli/main.ts' }),
};

const quick = {
  ...terminal,
  // As short as it can be: 1 ms less than with its names.
  minify: true,
  entryPoints: Object.fromEntries(QUICK.map((name) => [`cli-${name}`, `src/cli/quick-${name}.ts`])),
  // They do not ask for their place; to be ready to say it takes 1 ms.
  banner: { js: PROGRAM_BEGINS },
  define: {},
};

/**
 * The SDK's client, for the few commands that call EC2: two thirds of what every command would have to read. It has
 * commands to send and no second client with a method for each, which is made anew at every start. (Alternating on one
 * machine: loading takes 0.16 s of processor time instead of 0.22.)
 */
const client = {
  ...programs,
  plugins: [withoutMethods()],
  entryPoints: { 'ec2-client': `${EC2_CLIENT}/dist-es/index.js` },
};

/** What runs for long: it has no more of the SDK than its schemas. */
const servers = {
  ...programs,
  plugins: [printedSchemas],
  entryPoints: entries({
    controller: 'src/controller/entry.ts',
    room: 'src/room/main.ts',
    'fabric-worker': 'src/room/fabric-worker.ts',
    'journal-worker': 'src/controller/journal-worker.ts',
    socks: 'src/cli/socks-program.ts',
  }),
};

/** What runs a program: a module, or the beginning of a file that is started. */
const runner = {
  ...shared,
  format: 'iife',
  globalName: 'runner',
  footer: { js: 'module.exports=runner;' },
  entryPoints: { 'compiled-program': 'src/host/compiled-program.ts' },
};

/** For programs of others, who bring the SDK along: packages stay where they are, and some are loaded late. */
const library = {
  ...shared,
  format: 'esm',
  packages: 'external',
  splitting: true,
  chunkNames: '[name]-[hash]',
  outExtension: { '.js': '.mjs' },
  entryPoints: entries({ testing: 'src/library/main.ts' }),
};

/** Leads to the program that has the SDK's client. */
function clientElsewhere() {
  return {
    name: 'client elsewhere',
    setup(build) {
      build.onResolve({ filter: /^@aws-sdk\/client-ec2$/ }, () => ({ path: './ec2-client.js', external: true }));
    },
  };
}

/**
 * Has commander load `node:child_process`, and with it sockets (5 ms), when it starts a program for a subcommand: none
 * of ours is a program.
 */
function programsOfOthersLater() {
  return {
    name: 'programs of others later',
    setup(build) {
      build.onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
        importer.includes('/commander/') ? { path: 'later', namespace: 'later' } : undefined,
      );
      build.onLoad({ filter: /^/, namespace: 'later' }, () => ({
        contents: "exports.spawn = (...call) => require('node:child_process').spawn(...call);",
      }));
    },
  };
}

/** Leaves out what stands on the client with a method for each operation. */
function withoutMethods() {
  return {
    name: 'without methods',
    setup(build) {
      build.onLoad({ filter: /[\\/]client-ec2[\\/]dist-es[\\/](EC2|pagination[\\/]index)\.js$/ }, () => ({
        contents: 'export {};',
      }));
    },
  };
}

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
  const bundles = [terminal, quick, client, servers, runner, library].filter(hasEntries);
  const [built] = await Promise.all([Promise.all(bundles.map((options) => build(options))), buildFlowSwitch()]);
  writeStarts(built.flatMap(({ metafile }) => Object.keys(metafile?.outputs ?? {})));
  // The programs are CommonJS; types are of the library, which is not.
  writeFileSync(inProject('dist/package.json'), '{"type":"commonjs"}\n');
  for (const path of filesBelow('dist', (name) => name.endsWith('js'))) keepOneBytePerCharacter(path);
  writeFileSync(STAMP, '');
  say(`Built dist/ in ${Date.now() - startedAtMs} ms.`);
}

/** Writes the files that are started, of the outputs that are programs: each runs one. */
function writeStarts(outputs) {
  const named = outputs.map((path) => /^dist\/(programs\/([a-z0-9-]+)-[0-9A-Z]+\.js)$/.exec(path)).filter(Boolean);
  const files = Object.fromEntries(named.map(([, file, name]) => [name, JSON.stringify(`/${file}`)]));
  for (const [name, file] of Object.entries(files)) {
    if (name === 'cli') writeTerminalStart(files);
    else if (!name.startsWith('cli-'))
      writeFileSync(
        inProject('dist', `${name}.js`),
        `const runner = require('./compiled-program.js');\n${callOf(file)}`,
      );
  }
}

/**
 * A command runs other parts of its program than the next one, or is a program of its own. The runner stands in the
 * same file: one more to look for and to load would take 1 ms of a command's 60.
 */
function writeTerminalStart(files) {
  const choice = QUICK.map((name) => `command === '${name}' ? ${files[`cli-${name}`]} : `).join('');
  const start = `#!/usr/bin/env node
${readFileSync(inProject('dist/compiled-program.js'), 'utf8').replace(SOURCE_MAP, '')}
const command = process.argv[2];
${callOf(`(${choice}${files.cli})`, ', command')}`;
  writeFileSync(inProject('dist/cli.js'), start, { mode: 0o755 });
}

const callOf = (file, purpose = '') =>
  `runner.runProgram(__dirname + ${file}, { exports, require, module, filename: __filename }${purpose});\n`;

const SOURCE_MAP = /^\/\/# sourceMappingURL=.*\n/m;

/**
 * Takes what is not ASCII out of a bundle's comments, the one place where esbuild leaves it (besides regular
 * expressions): a single such character makes V8 keep two bytes for every character of the file, 2.6 MB more for the
 * controller's.
 */
function keepOneBytePerCharacter(path) {
  const text = readFileSync(inProject(path), 'utf8');
  const ascii = text.replace(COMMENT_LINE, (line) => line.replace(NOT_ASCII, '.'));
  if (ascii !== text) writeFileSync(inProject(path), ascii);
  if (path.includes('/programs/') && ascii.search(NOT_ASCII) >= 0)
    throw new Stop(`${path} has a character that is not ASCII.`);
}

const COMMENT_LINE = /^[ \t]*(?:\/\/|\/\*|\*).*$/gm;
const NOT_ASCII = /[\u0080-\uffff]/g;

const hasEntries = (options) => Object.keys(options.entryPoints).length > 0;

/** Builds where a source, the lock file or this script is newer than the last build. */
export async function buildWhenStale() {
  const isSource = (path) => path.endsWith('.c') || (path.endsWith('.ts') && !path.endsWith('.test.ts'));
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
