/** The user's own shell, or program, as `localvpc shell` starts it: with a prompt that says where it is, without proxies. */

/** What is to be started. */
export interface OutsideShell {
  readonly program: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  /** What to say before a shell begins, for shells whose prompt cannot be set from outside; none before a program. */
  readonly greeting: string | undefined;
}

/** bash evaluates this before its first prompt, when its own files have set theirs. */
const bashPrompt = (mark: string): string => `PS1="${mark}$PS1"; unset PROMPT_COMMAND`;

/**
 * @param words the program, perhaps behind the `--` that commander leaves there; none for the user's shell.
 * @param place where the shell stands; undefined for the outside world.
 */
export function outsideShell(
  words: readonly string[],
  environment: NodeJS.ProcessEnv,
  place: string | undefined,
): OutsideShell {
  const program = words[0] === '--' ? words.slice(1) : words;
  const inside = withoutProxies(environment);
  if (program.length > 0) return { program, environment: inside, greeting: undefined };
  // What bash would evaluate in a name is left out of the prompt.
  const mark = place === undefined ? '(localvpc) ' : `(localvpc ${place.replace(/[^\w.-]/g, '')}) `;
  return {
    program: [environment.SHELL || '/bin/sh'],
    environment: { ...inside, PS1: `${mark}\\$ `, PROMPT_COMMAND: bashPrompt(mark) },
    greeting: greeting(place),
  };
}

const greeting = (place: string | undefined): string =>
  place === undefined
    ? 'Public addresses of localvpc are reached from here, and nothing else. "exit" leaves.'
    : `What ${place} reaches is reached from here, private addresses too, and nothing else. "exit" leaves.`;

/** A proxy is not reached from there; programs that are told of one would ask nobody else. */
const withoutProxies = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !/_proxy$/i.test(name)));
