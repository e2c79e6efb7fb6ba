/**
 * The parameters of a Query request: `application/x-www-form-urlencoded` text made into a tree by the dots of the names.
 * Whatever the client sends, the tree is never larger than the text: a number in a name is a key, not a length.
 */
import { Fault } from '../model/fault.ts';

/** A parameter, or a part of one. A node may have both a value and children until the decoder has seen the schema. */
export interface QueryNode {
  /** The name up to here, as the request wrote it: "Filter.1.Name". */
  readonly path: string;
  value: string | undefined;
  /** A Map, so that a name like `__proto__` is a key as any other. */
  readonly children: Map<string, QueryNode>;
}

/** No structure of EC2's model is deeper than this. */
const MAX_DEPTH = 24;
const MAX_NAME_CHARACTERS = 1024;
/** More than a thousand ids with a thousand of anything; keeps a hostile body from becoming a million nodes. */
const MAX_PARAMETERS = 50_000;

/**
 * Reads form-encoded text.
 * @throws Fault MalformedQueryString for bad percent encoding, bad UTF-8 or too many parameters (codes unconfirmed)
 */
export function parseQuery(text: string): readonly (readonly [name: string, value: string])[] {
  const pairs: (readonly [string, string])[] = [];
  for (const part of text.split('&', MAX_PARAMETERS + 1)) {
    if (part === '') continue;
    if (pairs.length === MAX_PARAMETERS) {
      throw new Fault('MalformedQueryString', `The request has more than ${MAX_PARAMETERS} parameters.`);
    }
    const equals = part.indexOf('=');
    pairs.push(
      equals < 0
        ? [unescapeForm(part), '']
        : [unescapeForm(part.slice(0, equals)), unescapeForm(part.slice(equals + 1))],
    );
  }
  return pairs;
}

/**
 * Makes a tree of parameters.
 * @throws Fault MalformedQueryString for a parameter that is given twice or an absurd name (codes unconfirmed)
 */
export function queryTree(pairs: Iterable<readonly [name: string, value: string]>): QueryNode {
  const root: QueryNode = { path: '', value: undefined, children: new Map() };
  for (const [name, value] of pairs) {
    const node = nodeAt(root, name);
    if (node.value !== undefined) {
      throw new Fault('MalformedQueryString', `The parameter ${name} is given more than once.`);
    }
    node.value = value;
  }
  return root;
}

function nodeAt(root: QueryNode, name: string): QueryNode {
  const steps = name.split('.', MAX_DEPTH + 1);
  if (name.length > MAX_NAME_CHARACTERS || steps.length > MAX_DEPTH) {
    throw new Fault('UnknownParameter', { parameter: `${name.slice(0, 100)}...` });
  }
  let node = root;
  for (const step of steps) {
    const known = node.children.get(step);
    const next = known ?? {
      path: node === root ? step : `${node.path}.${step}`,
      value: undefined,
      children: new Map(),
    };
    if (!known) node.children.set(step, next);
    node = next;
  }
  return node;
}

function unescapeForm(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    throw new Fault('MalformedQueryString', 'The query string has a malformed percent encoding.');
  }
}
