/** EC2's wildcards: `*` for any characters, `?` for one, a backslash before either (or itself) for the character. */

/** Answers whether a text matches. Case counts. */
export type Pattern = (text: string) => boolean;

const ANY_ONE = 0;
const ANY_MANY = 1;
type Token = string | typeof ANY_ONE | typeof ANY_MANY;

/**
 * Compiles a pattern. A match takes at most (length of text) x (length of pattern) steps, whatever the pattern: there is
 * no backtracking beyond the last `*`.
 *
 * `?` matches exactly one character. One page of AWS says zero or one, another shows exactly one: unconfirmed.
 */
export function compilePattern(source: string): Pattern {
  const tokens = tokenize(source);
  if (tokens.every((token) => typeof token === 'string')) {
    const literal = tokens.join('');
    return (text) => text === literal;
  }
  return (text) => matches(tokens, [...text]);
}

function tokenize(source: string): readonly Token[] {
  const tokens: Token[] = [];
  const characters = [...source];
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i] ?? '';
    const next = characters[i + 1];
    if (character === '\\' && (next === '*' || next === '?' || next === '\\')) {
      tokens.push(next);
      i++;
    } else if (character === '*') {
      if (tokens.at(-1) !== ANY_MANY) tokens.push(ANY_MANY);
    } else {
      tokens.push(character === '?' ? ANY_ONE : character);
    }
  }
  return tokens;
}

/** Goes through text and pattern together; on a mismatch the last `*` takes one character more. */
function matches(tokens: readonly Token[], text: readonly string[]): boolean {
  let at = 0;
  let star = -1;
  let resumeAt = 0;
  let i = 0;
  while (i < text.length) {
    const token = tokens[at];
    if (token === ANY_MANY) {
      star = at++;
      resumeAt = i;
    } else if (token === ANY_ONE || (token !== undefined && token === text[i])) {
      at++;
      i++;
    } else if (star >= 0) {
      at = star + 1;
      i = ++resumeAt;
    } else {
      return false;
    }
  }
  while (tokens[at] === ANY_MANY) at++;
  return at === tokens.length;
}
