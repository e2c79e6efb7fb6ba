/**
 * Compiles test files before they run, with what they import, into dist-test/.
 *
 * A test file that was compiled as it ran spent 1.2 s of processor time before its first test; compiled together, all of
 * them take 1.5 s and each 0.3 s, which those of a group share.
 */
import { readFileSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { printedSchemas } from './ec2-schemas.mjs';
import { filesBelow, inProject, PROJECT } from './project.mjs';
import { asSuite } from './test-groups.mjs';

const FOLDER = 'dist-test';
/** Programs that tests start are compiled with them: reading them as TypeScript takes a second at each start. */
const STARTED = /\.child\.ts$|^src\/host\/test-room\/|^examples\//;
const started = ['src', 'examples'].flatMap((folder) =>
  filesBelow(folder, (path) => path.endsWith('.ts') && STARTED.test(path)),
);

/**
 * Compiles test files.
 * @param groups lists of paths inside the project (test-groups.mjs)
 * @returns the paths of what is to be run, one for each group
 */
export async function compileTests(groups) {
  const { build } = await import('esbuild');
  const suites = new Set(groups.filter((files) => files.length > 1).flat());
  const nameOf = (files, index) => (files.length === 1 ? files[0].replace(/\.ts$/, '') : `group-${index}`);
  const entries = groups.map((files, index) => ({
    in: files.length === 1 ? files[0] : `group:${files.join()}`,
    out: nameOf(files, index),
  }));
  rmSync(inProject(FOLDER), { recursive: true, force: true });
  await build({
    absWorkingDir: PROJECT,
    entryPoints: [...entries, ...started.map((path) => ({ in: path, out: path.replace(/\.ts$/, '') }))],
    outdir: FOLDER,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    sourcemap: 'linked',
    sourcesContent: false,
    logLevel: 'warning',
    plugins: [printedSchemas, builtClient, groupFiles, sources(suites)],
  });
  return groups.map((files, index) => inProject(FOLDER, `${nameOf(files, index)}.js`));
}

/** Where a source is once it is compiled. */
const compiled = (path) => inProject(FOLDER, path.replace(/\.ts$/, '.js'));

/**
 * The SDK's client is the built one, whose compiled code is kept from start to start: loading it takes 0.2 s of processor
 * time instead of 0.8, in each of some seventy processes.
 */
const builtClient = {
  name: 'built client',
  setup(build) {
    build.onResolve({ filter: /^@aws-sdk\/client-ec2$/ }, () => ({ path: 'ec2-client', namespace: 'built' }));
    build.onLoad({ filter: /.*/, namespace: 'built' }, () => ({
      contents: `module.exports = process.getBuiltinModule('node:module').createRequire(${JSON.stringify(inProject('dist/'))})('./ec2-client.js');`,
      loader: 'js',
    }));
  },
};

/** A group imports its files. */
const groupFiles = {
  name: 'group files',
  setup(build) {
    build.onResolve({ filter: /^group:/ }, ({ path }) => ({ path: path.slice('group:'.length), namespace: 'group' }));
    build.onLoad({ filter: /.*/, namespace: 'group' }, ({ path }) => ({
      contents: path
        .split(',')
        .map((file) => `import ${JSON.stringify(`./${file}`)};`)
        .join('\n'),
      resolveDir: PROJECT,
    }));
  },
};

/**
 * Test files of a group are suites. A module that looks for something beside itself finds it where its source is, and a
 * program where it is compiled.
 */
const sources = (suites) => ({
  name: 'sources',
  setup(build) {
    build.onLoad({ filter: /\.(ts|mjs)$/ }, ({ path }) => {
      if (path.includes('/node_modules/')) return undefined;
      const inside = relative(PROJECT, path);
      const source = suites.has(inside) ? asSuite(inside) : readFileSync(path, 'utf8');
      const withPrograms = source.replaceAll(/new URL\('(\.[^']+\.ts)', import\.meta\.url\)/g, (place, name) => {
        const program = relative(PROJECT, join(dirname(path), name));
        return started.includes(program) ? `new URL(${JSON.stringify(pathToFileURL(compiled(program)).href)})` : place;
      });
      return {
        contents: withPrograms.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)),
        loader: path.endsWith('.ts') ? 'ts' : 'js',
      };
    });
  },
});
