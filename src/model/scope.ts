/** Where rows live: every account has its own resources in every Region. */

/** An account in a Region. */
export interface Scope {
  /** Twelve digits. */
  readonly account: string;
  /** Region name, "us-east-1". */
  readonly region: string;
}

/** Rows that no account owns, such as the pool of public addresses, which are unique in the whole world. */
export const WORLD: Scope = { account: '*', region: '*' };

/** Text of a scope, as a key. */
export const scopeKey = (scope: Scope): string => `${scope.account}/${scope.region}`;

/** The scope of a key made by `scopeKey`. @throws Error for another text. */
export function parseScopeKey(key: string): Scope {
  const [account, region, ...rest] = key.split('/');
  if (!account || !region || rest.length > 0) throw new Error(`not a scope: ${key}`);
  return { account, region };
}
