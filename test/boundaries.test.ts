/**
 * The project's rules as a test: which folder may import which, and what no file may contain. Each rule says why it
 * is there; a violation is listed with its file.
 */
import { deepEqual } from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const PROJECT = fileURLToPath(new URL('..', import.meta.url));

/** What a folder of src/ may import, besides itself. */
interface Boundary {
  readonly why: string;
  readonly folders: readonly string[];
  /** Packages, by name; those of `node:` by `nodeModules`. */
  readonly packages?: readonly string[];
  /** `all`, or the few that are named. */
  readonly nodeModules?: 'all' | readonly string[];
}

const EVERYTHING_BUT_COMPOSITION = [
  'net',
  'wire',
  'tables',
  'pipeline',
  'fabric',
  'model',
  'store',
  'ec2',
  'apis',
  'compile',
  'insights',
  'reach',
  'costs',
  'flow-logs',
  'import',
  'guest',
  'services',
] as const;

const BOUNDARIES: Readonly<Record<string, Boundary>> = {
  net: { why: 'values without bytes or I/O, on which everything else stands', folders: [] },
  wire: { why: 'headers as bytes; knows no resource', folders: ['net'] },
  tables: { why: 'the contract where the two planes meet: plain data', folders: ['net'] },
  pipeline: { why: 'decides what becomes of a packet, from tables alone', folders: ['net', 'wire', 'tables'] },
  fabric: { why: 'moves frames through the pipeline', folders: ['net', 'wire', 'tables', 'pipeline'] },
  model: { why: 'what EC2 knows; nothing of the wire, the disk or packets', folders: ['net'] },
  store: { why: 'keeps the model on disk', folders: ['net', 'model'], packages: ['libsql'] },
  ec2: {
    why: 'how EC2 is asked; reads the SDK for its schemas and types',
    folders: ['net', 'model'],
    packages: ['@aws-sdk/client-ec2'],
  },
  apis: {
    why: 'how the services beside EC2 are asked; by the codec and the schema reader of EC2',
    folders: ['net', 'model', 'ec2'],
    packages: [
      '@aws-sdk/client-elastic-load-balancing',
      '@aws-sdk/client-elastic-load-balancing-v2',
      '@aws-sdk/client-network-firewall',
    ],
  },
  import: {
    why: 'networks that others describe, taken over into the model; described as EC2 describes them',
    folders: ['net', 'model', 'ec2'],
    packages: ['@aws-sdk/client-ec2', 'yaml'],
  },
  compile: {
    why: 'the model as forwarding tables, and as what the services are told of it, in pure functions',
    folders: ['net', 'model', 'tables', 'services'],
  },
  reach: {
    why: 'who reaches whom, for all packets at once: the pipeline’s own ways and rules, asked about sets',
    folders: ['net', 'wire', 'tables', 'pipeline'],
  },
  costs: {
    why: 'what AWS would charge for the model as it was, from hour to hour: a meter, prices as data, pure functions; bytes come as in the contract',
    folders: ['net', 'model', 'tables'],
  },
  insights: {
    why: 'questions about packets answered by the pipeline itself, on the tables in force or as they would be; what is asked of all pairs, by reach’s sets',
    folders: ['net', 'model', 'tables', 'compile', 'pipeline', 'reach'],
  },
  'flow-logs': {
    why: 'what flow logs write down and where, in pure functions of flows, the model and the time',
    folders: ['net', 'model', 'tables'],
  },
  guest: {
    why: 'drivers; frames are the only plug, orders come as in the contract',
    folders: ['net', 'wire', 'tables'],
  },
  services: {
    why: 'metadata and DNS answer questions of guests from views of the model that compile makes',
    folders: ['net', 'wire', 'tables'],
    packages: ['dns-packet'],
  },
  host: {
    why: 'asks the operating system; plays the roles that other folders declare as interfaces',
    folders: ['net', 'wire', 'tables', 'model', 'fabric', 'store', 'guest', 'services'],
    packages: ['koffi', 'libsql'],
    nodeModules: 'all',
  },
  cli: {
    why: 'a client of a running localvpc: by HTTP and the SDK, and into guests as the host knows how',
    folders: ['reach', 'net', 'tables', 'host', 'import'],
    packages: ['@aws-sdk/client-ec2', 'commander'],
    nodeModules: 'all',
  },
  testing: {
    why: 'builders and checkers for tests, in process',
    folders: EVERYTHING_BUT_COMPOSITION,
    packages: ['@aws-sdk/client-ec2', 'fast-check'],
    nodeModules: ['node:assert', 'node:assert/strict', 'node:test'],
  },
  room: {
    why: 'composition of the machine room, a program of its own',
    folders: [...EVERYTHING_BUT_COMPOSITION, 'host'],
    packages: ['koffi', 'pino'],
    nodeModules: 'all',
  },
  console: {
    why: 'pages for a browser, from plain data; asks nobody',
    folders: ['tables'],
    packages: ['hono'],
  },
  controller: {
    why: 'composition of the controller; only the library, which composes it otherwise, imports it',
    folders: [...EVERYTHING_BUT_COMPOSITION, 'host', 'room', 'cli', 'console'],
    packages: ['@hono/node-server', '@smithy/core', 'hono', 'pino', 'prom-client'],
    nodeModules: 'all',
  },
  library: {
    why: 'localvpc in the process of a test suite, without HTTP',
    folders: [...EVERYTHING_BUT_COMPOSITION, 'host', 'controller'],
    packages: ['@aws-sdk/client-ec2', '@aws-sdk/client-elastic-load-balancing-v2', 'pino'],
  },
};

/** What any test may import besides: the runner, builders, generators, and what a process test needs. */
const FOR_TESTS = { folders: ['testing', 'net', 'model', 'tables', 'wire'], packages: ['fast-check'] };

test('a folder of src/ imports only what its line in the table allows', () => {
  const violations = sources('src').flatMap((path) =>
    importsOf(read(path))
      .map((specifier) => ({ specifier, problem: whyForbidden(path, specifier) }))
      .filter(({ problem }) => problem !== undefined)
      .map(({ specifier, problem }) => `${path}: ${specifier} (${problem})`),
  );
  deepEqual(violations, []);
});

test('every folder of src/ has a line in the table', () => {
  const folders = readdirSync(join(PROJECT, 'src'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
  deepEqual(
    folders.filter((folder) => BOUNDARIES[folder] === undefined),
    [],
  );
});

test('the scanner sees imports of every form and none in comments', () => {
  const source = [
    "import { a } from './a.ts';",
    "import type { B } from '../net/b.ts';",
    'import {',
    '  c,',
    "} from 'node:fs';",
    "export * from './d.ts';",
    "import './e.ts';",
    "const f = await import('./f.ts');",
    " * import { g } from './g.ts';",
    "// import './h.ts';",
  ].join('\n');
  deepEqual(importsOf(source), ['./a.ts', '../net/b.ts', 'node:fs', './d.ts', './e.ts', './f.ts']);
});

test('the table forbids what it is there to forbid', () => {
  const forbidden = [
    ['src/model/vpc.ts', 'node:fs'],
    ['src/model/vpc.ts', '../ec2/action.ts'],
    ['src/pipeline/stage.ts', '../model/world.ts'],
    ['src/host/clock.ts', '../controller/main.ts'],
    ['src/cli/main.ts', '../controller/main.ts'],
    ['src/net/cidr.ts', 'hono'],
  ] as const;
  const passed = forbidden.filter(([path, specifier]) => whyForbidden(path, specifier) === undefined);
  deepEqual(passed, []);
});

/** Why a file may not import this, or undefined where it may. */
function whyForbidden(path: string, specifier: string): string | undefined {
  const own = path.split('/')[1] ?? '';
  const boundary = BOUNDARIES[own];
  if (boundary === undefined) return 'the folder is not in the table';
  const isTest = /\.(test|child)\.ts$/.test(path) || path.includes('/test-room/');
  if (specifier.startsWith('.')) return forbiddenFolder(path, specifier, own, boundary, isTest);
  if (specifier.startsWith('node:')) {
    return isTest || allowsNode(boundary, specifier) ? undefined : `${own} does not ask the host`;
  }
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  const packages = [...(boundary.packages ?? []), ...(isTest ? FOR_TESTS.packages : [])];
  return packages.includes(name) ? undefined : `${own} does not use this package: ${boundary.why}`;
}

function forbiddenFolder(path: string, specifier: string, own: string, boundary: Boundary, isTest: boolean) {
  const target = posix.join(posix.dirname(path), specifier);
  if (target === 'package.json') return undefined;
  const folder = target.startsWith('src/') ? (target.split('/')[1] ?? '') : target;
  const allowed = [own, ...boundary.folders, ...(isTest ? FOR_TESTS.folders : [])];
  return allowed.includes(folder) ? undefined : `${own} may not import ${folder}: ${boundary.why}`;
}

const allowsNode = ({ nodeModules }: Boundary, specifier: string): boolean =>
  nodeModules === 'all' || (nodeModules?.includes(specifier) ?? false);

/** Module names of static imports, re-exports and literal dynamic imports; comments begin their lines otherwise. */
function importsOf(source: string): readonly string[] {
  const patterns = [
    /^(?:import|export)\b[^;'"]*?\bfrom\s*['"]([^'"]+)['"]/gm,
    /^import\s*['"]([^'"]+)['"]/gm,
    /^(?!\s*(?:\*|\/\/)).*?\bimport\(\s*['"]([^'"]+)['"]/gm,
  ];
  return patterns
    .flatMap((pattern) => [...source.matchAll(pattern)].map((match) => match[1] ?? ''))
    .filter((name) => !name.includes('${'));
}

interface Ban {
  readonly pattern: RegExp;
  readonly instead: string;
  /** Whether tests are free of it. */
  readonly mayTests?: boolean;
}

/** What no source may contain: the pattern, and what to write instead. Parts are joined so that this file has none. */
const BANNED_IN_SOURCES: readonly Ban[] = [
  { pattern: /@ts-(?:ignore|nocheck)/, instead: 'a type that is true' },
  // In a test it proves that something does not compile.
  { pattern: /@ts-expect-error/, instead: 'a type that is true', mayTests: true },
  { pattern: new RegExp(['biome', 'ignore'].join('-')), instead: 'code that the linter accepts' },
  { pattern: /(?::|\bas|<)\s*any\b(?!\s+\w)/, instead: 'unknown, and a parser' },
  { pattern: /^export default\b/m, instead: 'a named export' },
  { pattern: /\b(?:test|it|describe|suite)\.(?:skip|only|todo)\b/, instead: 'a test that runs' },
  { pattern: /\bskip: ?true\b/, instead: 'a test that runs' },
];

test('no source contains what the project does without', () => {
  const violations = sources('src', 'test', 'bench', 'scripts', 'examples').flatMap((path) => {
    const code = withoutComments(read(path));
    return BANNED_IN_SOURCES.filter((ban) => isBroken(ban, path, code)).map(
      ({ pattern, instead }) => `${path}: ${pattern.source}; instead: ${instead}`,
    );
  });
  deepEqual(violations, []);
});

const isBroken = ({ pattern, mayTests = false }: Ban, path: string, code: string): boolean =>
  path !== 'test/boundaries.test.ts' && !(mayTests && path.endsWith('.test.ts')) && pattern.test(code);

/** Whole-line comments are prose; the directives among them are what is looked for. */
const withoutComments = (source: string): string =>
  source.replaceAll(/^\s*(?:\*|\/\*\*|\/\/)(?!.*(?:@ts-|biome)).*$/gm, '');

const LONGEST_FILE_LINES = 400;

test('no source is longer than a subject needs', () => {
  const long = sources('src', 'test', 'bench', 'scripts', 'examples')
    .map((path) => ({ path, lines: read(path).split('\n').length - 1 }))
    .filter(({ lines }) => lines > LONGEST_FILE_LINES)
    .map(({ path, lines }) => `${path}: ${lines} lines`);
  deepEqual(long, []);
});

test('a file begins with what it is for', () => {
  const silent = sources('src', 'scripts').filter(
    (path) => !path.endsWith('.test.ts') && !/^(?:#!.*\n)?\/\*\*? ?/.test(read(path)),
  );
  deepEqual(silent, []);
});

/** What no file at all may name: places that exist on one machine or in one company only. */
const BANNED_EVERYWHERE: readonly { readonly pattern: RegExp; readonly what: string }[] = [
  { pattern: /(?:^|[\s'"`(=:])\/(?:work|home\/\w+|Users\/\w+|workspace)\//m, what: 'a path of one machine' },
  {
    pattern: /https?:\/\/(?!registry\.npmjs\.org)[^\s"'/]*(?:registry|artifactory|nexus|verdaccio|mirror)[^\s"'/]*/i,
    what: 'a package registry',
  },
];

test('no file names a machine that others do not have', () => {
  const violations = filesBelow('').flatMap((path) => {
    const content = read(path);
    return BANNED_EVERYWHERE.filter(({ pattern }) => path !== 'test/boundaries.test.ts' && pattern.test(content)).map(
      ({ pattern, what }) => `${path}: ${what}: ${pattern.exec(content)?.[0].trim()}`,
    );
  });
  deepEqual(violations, []);
});

const NOT_OURS = new Set(['node_modules', 'dist', 'dist-test', '.git', '.localvpc']);
const BINARY = /\.(?:gz|png|jpg|ico|woff2?|o|pcapng)$/;

/** Text files below a folder of the project, as paths inside it. */
function filesBelow(folder: string): readonly string[] {
  if (!existsSync(join(PROJECT, folder))) return [];
  return readdirSync(join(PROJECT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(folder, entry.name);
    // In a work tree of git's, `.git` is a file.
    if (NOT_OURS.has(entry.name)) return [];
    if (entry.isDirectory()) return filesBelow(path);
    return entry.isFile() && !BINARY.test(entry.name) ? [path] : [];
  });
}

const sources = (...folders: readonly string[]): readonly string[] =>
  folders.flatMap(filesBelow).filter((path) => /\.(?:ts|mjs)$/.test(path));

const read = (path: string): string => readFileSync(join(PROJECT, path), 'utf8');
