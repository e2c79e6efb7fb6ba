/**
 * `npm start`: prepares a fresh clone, brings localvpc up, runs the tour, and stays until Ctrl-C.
 *
 *   npm start                          tour included, state in memory only
 *   npm start -- --no-tour             without the tour
 *   npm start -- --port 4600 …         every option of `localvpc up`
 */
import { spawn } from 'node:child_process';
import { prepare } from './prepare.mjs';
import { inProject, main, PROJECT, run, Stop, say } from './project.mjs';
import { within } from './within.mjs';

const READY_WITHIN_MS = 30_000;

main(async () => {
  const given = process.argv.slice(2);
  const options = given.filter((option) => option !== '--no-tour');
  await prepare();
  const server = bringUp(options);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => server.end(signal));
  const endpoint = await server.ready;
  if (endpoint !== undefined && !given.includes('--no-tour')) await tour(server, endpoint);
  return await server.ended;
});

/** State is kept only where a folder for it was named: the tour starts from an empty account each time. */
function bringUp(options) {
  const keepsState = options.some((option) => option === '--ephemeral' || option.startsWith('--data'));
  // The fourth descriptor carries one line, the endpoint, once calls are answered.
  const args = [inProject('dist/cli.js'), 'up', '--ready-fd=3', ...(keepsState ? [] : ['--ephemeral']), ...options];
  const child = spawn(process.execPath, args, {
    cwd: PROJECT,
    stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
  });
  const ended = new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (status) => resolve(status ?? 1));
  });
  return { ended, ready: readyLine(child, ended), end: (signal) => child.kill(signal) };
}

/** The endpoint that localvpc answers at, or undefined when it ended instead. */
function readyLine(child, ended) {
  const line = new Promise((resolve) => {
    child.stdio[3].setEncoding('utf8').once('data', (text) => resolve(text.trim()));
  });
  return within(READY_WITHIN_MS, Promise.race([line, ended.then(() => undefined)]), () => {
    child.kill('SIGTERM');
    throw new Stop(`localvpc did not come up within ${READY_WITHIN_MS / 1000} s.`);
  });
}

async function tour(server, endpoint) {
  const status = await run(process.execPath, [inProject('dist/cli.js'), 'tour'], {
    env: { ...process.env, LOCALVPC_ENDPOINT: endpoint },
  });
  if (status === 0) return;
  server.end('SIGTERM');
  await server.ended;
  say('localvpc was stopped because its tour failed. To look around without it: npm start -- --no-tour');
  process.exit(1);
}
