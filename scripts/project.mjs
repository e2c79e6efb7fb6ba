/** Where the project lies, what its sources are, and how its scripts run other programs. Plain Node.js, no dependencies. */
import { spawn } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's folder, absolute. */
export const PROJECT = fileURLToPath(new URL('..', import.meta.url));

/** A file or folder of the project by its path inside it. */
export const inProject = (...parts) => join(PROJECT, ...parts);

/** An error whose message is meant for the person at the keyboard: printed without a stack. */
export class Stop extends Error {}

/** One line of what a script does, on the error stream: the output belongs to the program that is run. */
export const say = (line) => process.stderr.write(`${line}\n`);

/** Files below a folder of the project, as paths inside it with forward slashes, sorted. A missing folder has none. */
export function filesBelow(folder, accepts) {
  let entries;
  try {
    entries = readdirSync(inProject(folder), { withFileTypes: true, recursive: true });
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(PROJECT, join(entry.parentPath ?? entry.path, entry.name)).replaceAll('\\', '/'))
    .filter(accepts)
    .sort();
}

/** When a file was last changed, in milliseconds since the epoch; 0 for a file that is not there. */
export const changedAtMs = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/**
 * Runs a program in the project's folder with the terminal passed through.
 * @returns its exit status; 128 + signal number where a signal ended it, as in a shell.
 */
export function run(program, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: PROJECT, stdio: 'inherit', ...options });
    child.once('error', (error) => reject(new Stop(`${program} could not be started: ${error.message}`)));
    child.once('close', (status, signal) => resolve(status ?? 128 + signalNumber(signal)));
  });
}

/** Runs a program and collects what it prints, the error stream included. */
export function collect(program, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: PROJECT, stdio: ['ignore', 'pipe', 'pipe'], ...options });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
    }
    child.once('error', reject);
    child.once('close', (status) => resolve({ status: status ?? 1, text }));
  });
}

const signalNumber = (signal) => ({ SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGKILL: 9, SIGTERM: 15 })[signal] ?? 0;

/** Runs a script's main function: a Stop ends it with one line, any other error with its stack. */
export function main(work) {
  work().then(
    (status) => {
      process.exitCode = status ?? 0;
    },
    (error) => {
      say(error instanceof Stop ? error.message : (error.stack ?? String(error)));
      process.exitCode = 1;
    },
  );
}
