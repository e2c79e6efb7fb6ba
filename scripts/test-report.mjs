/** What a test run has to say: a line for each file as it ends, every failure whole at the end, every skipped test named. */
import { inspect } from 'node:util';
import { PROJECT } from './project.mjs';
import { withSourcePlaces } from './source-places.mjs';

/** Gathers the events of Node's test runner. A file is reported by the runner as a test whose name is its path. */
export class TestReport {
  skipped = [];
  #tests = 0;
  #innermost = [];
  #failedFiles = [];
  #output = new Map();
  #sourceOf;

  /** @param sourceOf the source of a file that ran, both as paths inside the project */
  constructor(sourceOf) {
    this.#sourceOf = (path) => sourceOf(relativePath(path));
  }

  /** What failed: a file by itself where nothing in it did, as when a hook of the whole file throws. */
  get failures() {
    const isExplained = ({ file }) => this.#innermost.some((failure) => failure.file === file);
    return [...this.#innermost, ...this.#failedFiles.filter((failed) => !isExplained(failed))];
  }

  /** Takes one event. @returns the lines to print now. */
  take({ type, data }) {
    if (type === 'test:stdout' || type === 'test:stderr') this.#keepOutput(data);
    return type === 'test:complete' ? this.#completed(data) : [];
  }

  #keepOutput({ file, message }) {
    this.#output.set(file, (this.#output.get(file) ?? '') + message);
  }

  #completed(data) {
    const error = data.details.error;
    const file = this.#sourceOf(data.file ?? data.name);
    // A test fails with its subtests, a file with its tests: only the innermost failure says anything.
    const failure = { file, name: data.name, error };
    if (error && error.failureType !== 'subtestsFailed') this.#innermost.push(failure);
    if (data.name === data.file) {
      if (error) this.#failedFiles.push(failure);
      return [this.#fileLine(file, error, data.details.duration_ms)];
    }
    this.#count(file, data);
    return [];
  }

  #count(file, data) {
    // A suite that skips says nothing of the tests in it.
    if (data.skip || data.todo) this.skipped.push({ file, name: data.name, why: data.skip || data.todo });
    if (data.details.type !== 'suite') this.#tests += 1;
  }

  /** Without the number of its tests: those of a file that did not begin first are reported after its end. */
  #fileLine(file, error, durationMs) {
    return `${error ? 'FAILED' : 'ok    '} ${file} (${Math.round(durationMs)} ms)`;
  }

  /** The end of the run: failures, skipped tests, one line of sums. */
  summary(seconds) {
    return [
      ...this.failures.flatMap((failure) => this.#failureLines(failure)),
      ...this.skipped.map(({ file, name, why }) => `skipped: ${file}: ${name}${why === true ? '' : ` (${why})`}`),
      `${this.#tests} tests, ${this.failures.length} failed, ${this.skipped.length} skipped, ${seconds.toFixed(0)} s`,
    ];
  }

  #failureLines({ file, name, error }) {
    const isFile = this.#sourceOf(name) === file;
    const cause = error.cause instanceof Error ? (error.cause.stack ?? error.cause.message) : inspect(error.cause);
    const output = isFile
      ? [...this.#output].filter(([path]) => this.#sourceOf(path) === file).map(([, text]) => text)
      : [];
    return ['', `✖ ${file}${isFile ? '' : `: ${name}`}`, ...[cause, ...output].map(withSourcePlaces)];
  }
}

const relativePath = (path) => (path.startsWith(PROJECT) ? path.slice(PROJECT.length) : path);
