/**
 * Runs a bundled program with what V8 compiled of it the last time: `dist/NAME.js` is two lines that come here.
 *
 * Compiling was half of what the controller did until it answered (190 of 400 ms; 60 with this). What was compiled lies
 * beside the program, as Python keeps it in `__pycache__`; a folder that cannot be written to costs a slower start.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { Script } from 'node:vm';

/** Until then a program has run what it runs at every start, and it is not yet in anybody's way. */
const KEPT_AFTER_MS = 1000;

/** The status of a command that did all it has to do and answers no: `trace` of a packet that is lost, `reach diff`. */
const ANSWERED_NO = 2;

/** What a program is handed: that of a CommonJS module, as if it stood in the file that came here. */
export interface ProgramModule {
  readonly exports: unknown;
  readonly require: NodeJS.Require;
  readonly module: { exports: unknown };
  readonly filename: string;
}

const WORD = /^[a-z-]{1,20}$/;

type Body = (exports: unknown, require: NodeJS.Require, module: { exports: unknown }, filename: string) => void;

/**
 * Runs a program.
 * @param path of its text, a function of CommonJS's variables; its name tells its content, since V8 compares only lengths
 * @param purpose a word; a program that runs different parts of itself keeps what was compiled for each purpose
 */
export function runProgram(
  path: string,
  { exports, require, module, filename }: ProgramModule,
  purpose?: string,
): void {
  const kept = `${path}.${WORD.exec(purpose ?? '')?.[0] ?? ''}${compilerNumber()}`;
  const cachedData = contentOf(kept);
  const script = new Script(readFileSync(path, 'latin1'), { filename: path, cachedData });
  const body: Body = script.runInThisContext();
  body(exports, require, module, filename);
  if (cachedData === undefined || script.cachedDataRejected) keepLater(script, kept);
}

/**
 * Changes with the version of Node.js and with V8's flags: what one compiled, V8 refuses to others, and they keep their
 * own. V8 itself has such a number, but `node:v8` loads streams (4 ms of the 60 that a command may take).
 */
function compilerNumber(): number {
  const { version, arch, execArgv, env } = process;
  let number = 0;
  for (const character of [version, arch, ...execArgv, env.NODE_OPTIONS].join(' '))
    number = (Math.imul(number, 31) + character.charCodeAt(0)) >>> 0;
  return number;
}

/** At the program's end where that comes first, so that commands too find it compiled the next time. */
function keepLater(script: Script, path: string): void {
  const keep = (status: number): void => {
    clearTimeout(timer);
    process.off('exit', keep);
    // A program that failed has run little of itself, and its purpose may be a misspelt word.
    if (status === 0 || status === ANSWERED_NO) replaceFile(path, script.createCachedData());
  };
  const timer = setTimeout(keep, KEPT_AFTER_MS, 0).unref();
  process.on('exit', keep);
}

function contentOf(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    // Not kept yet, or not for us: then it is compiled.
    return undefined;
  }
}

/** Whoever reads it meanwhile finds the old or the new one. */
function replaceFile(path: string, content: Buffer): void {
  const fresh = `${path}.${process.pid}`;
  try {
    writeFileSync(fresh, content);
    renameSync(fresh, path);
  } catch {
    // An installation that belongs to somebody else, or a full disk: the next start compiles again.
    rmSync(fresh, { force: true });
  }
}
