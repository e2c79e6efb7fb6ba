/** What a test run has to say: a line for each file as it ends, every failure whole at the end, every skipped test named. */
import { inspect } from 'node:util';
import { PROJECT } from './project.mjs';
import { sourceOfPlace, withSourcePlaces } from './source-places.mjs';

/**
 * Gathers the events of Node's test runner. What ran in one process is reported by the runner as a test whose name is a
 * path; where that is a group of test files, each of them is a suite that has its name (test-groups.mjs).
 */
export class TestReport {
  skipped = [];
  #tests = 0;
  #innermost = [];
  #failedProcesses = [];
  #output = new Map();
  #running = new Map();
  #sourcesOf;

  /** @param sourcesOf the test files that ran in the process of a path; all are paths inside the project */
  constructor(sourcesOf) {
    this.#sourcesOf = (path) => sourcesOf(relativePath(path));
  }

  /** What failed: a process by itself where nothing in it did, as when a hook of a whole file throws. */
  get failures() {
    const isExplained = ({ sources }) => this.#innermost.some(({ file }) => sources.includes(file));
    return [...this.#innermost, ...this.#failedProcesses.filter((failed) => !isExplained(failed))];
  }

  /** Takes one event. @returns the lines to print now. */
  take({ type, data }) {
    if (type === 'test:stdout' || type === 'test:stderr') this.#keepOutput(data);
    if (type === 'test:dequeue') this.#runningIn(data.file).add(data.name);
    if (type !== 'test:complete') return [];
    this.#runningIn(data.file).delete(data.name);
    return data.name === data.file ? this.#processEnded(data) : this.#completed(data);
  }

  /** The names of the tests and suites of a process that have begun and not ended. */
  #runningIn(path) {
    if (!this.#running.has(path)) this.#running.set(path, new Set());
    return this.#running.get(path);
  }

  #keepOutput({ file, message }) {
    this.#output.set(file, (this.#output.get(file) ?? '') + message);
  }

  #processEnded({ file: path, details: { error, duration_ms: durationMs } }) {
    const sources = this.#sourcesOf(path);
    const running = [...this.#runningIn(path)];
    if (error) this.#failedProcesses.push({ file: sources.join(', '), name: path, error, sources, running });
    return sources.length === 1 ? [fileLine(sources[0], error, durationMs)] : [];
  }

  #completed(data) {
    const { error, type, duration_ms: durationMs } = data.details;
    const file = this.#fileOf(data);
    // A test fails with its subtests, a suite with its tests: only the innermost failure says anything.
    if (error && error.failureType !== 'subtestsFailed') this.#innermost.push({ file, name: data.name, error });
    if (type === 'suite' && data.name === file) return [fileLine(file, error, durationMs)];
    this.#count(file, data);
    return [];
  }

  /** The test file of a test, or of a suite that has its name: that in which it stands, where several ran in one process. */
  #fileOf({ name, file, line, column }) {
    const sources = this.#sourcesOf(file);
    if (sources.length === 1) return sources[0];
    return sources.includes(name) ? name : (sourceOfPlace(file, line, column)?.source ?? sources.join(', '));
  }

  #count(file, data) {
    // A suite that skips says nothing of the tests in it.
    if (data.skip || data.todo) this.skipped.push({ file, name: data.name, why: data.skip || data.todo });
    if (data.details.type !== 'suite') this.#tests += 1;
  }

  /** The end of the run: failures, skipped tests, one line of sums. */
  summary(seconds) {
    return [
      ...this.failures.flatMap((failure) => this.#failureLines(failure)),
      ...this.skipped.map(({ file, name, why }) => `skipped: ${file}: ${name}${why === true ? '' : ` (${why})`}`),
      `${this.#tests} tests, ${this.failures.length} failed, ${this.skipped.length} skipped, ${seconds.toFixed(0)} s`,
    ];
  }

  /** What a process printed is printed where no more is known than that it, or the suite of a whole file, has failed. */
  #failureLines({ file, name, error, sources, running = [] }) {
    const isWhole = sources !== undefined || name === file;
    const cause = error.cause instanceof Error ? (error.cause.stack ?? error.cause.message) : inspect(error.cause);
    const isIts = (path) => this.#sourcesOf(path).some((source) => (sources ?? [file]).includes(source));
    const output = isWhole ? [...this.#output].filter(([path]) => isIts(path)).map(([, text]) => text) : [];
    const unfinished = running.length > 0 ? [`It had not finished: ${running.join(' > ')}`] : [];
    return ['', `✖ ${file}${isWhole ? '' : `: ${name}`}`, ...[cause, ...unfinished, ...output].map(withSourcePlaces)];
  }
}

/** Without the number of its tests: those of a file that did not begin first are reported after its end. */
const fileLine = (file, error, durationMs) => `${error ? 'FAILED' : 'ok    '} ${file} (${Math.round(durationMs)} ms)`;

const relativePath = (path) => (path.startsWith(PROJECT) ? path.slice(PROJECT.length) : path);
