/** Makes node_modules what the lock file says, and does nothing when it is so already. */
import { existsSync, readFileSync } from 'node:fs';
import { inProject, run, Stop, say } from './project.mjs';

const OLDEST_NODE = [20, 19];

/** Installs the packages of the lock file where they are missing. No package's install script runs: none is needed. */
export async function ensureDependencies() {
  refuseOldNode();
  const missing = missingPackages();
  if (missing.length === 0) return;
  say(`Installing ${missing.length} package(s) from package-lock.json …`);
  const status = await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0)
    throw new Stop('npm ci failed (see above). Is the network there? Then type: npm ci --ignore-scripts');
}

function refuseOldNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return;
  throw new Stop(`localvpc needs Node.js ${OLDEST_NODE.join('.')} or newer; this is ${process.versions.node}.`);
}

/** Packages that the lock file wants and npm has not put there in that version. Optional ones are for other systems. */
function missingPackages() {
  const wanted = Object.entries(packagesOf('package-lock.json')).filter(([path, one]) => path !== '' && !one.optional);
  const present = existsSync(inProject('node_modules/.package-lock.json'))
    ? packagesOf('node_modules/.package-lock.json')
    : {};
  return wanted.filter(([path, one]) => present[path]?.version !== one.version).map(([path]) => path);
}

const packagesOf = (lockFile) => JSON.parse(readFileSync(inProject(lockFile), 'utf8')).packages ?? {};
