/** Values that somebody gives for the parameters of templates, as on creating a stack. */
import { Unresolved } from './cloudformation-functions.ts';
import type { LeftOut } from './description.ts';
import { isRecord } from './json-shape.ts';

/** The values of one import, which may be of several templates. */
export class GivenParameters {
  readonly #values: ReadonlyMap<string, string>;
  readonly #declared = new Set<string>();

  constructor(values: Readonly<Record<string, string>>) {
    this.#values = new Map(Object.entries(values));
  }

  /** To be told of what a template declares. */
  declare(names: readonly string[]): void {
    for (const name of names) this.#declared.add(name);
  }

  /** The value of a parameter, which its declaration must allow; undefined where none was given. @throws Unresolved */
  valueOf(name: string, declaration: Readonly<Record<string, unknown>>): string | undefined {
    const value = this.#values.get(name);
    if (value === undefined) return undefined;
    const { AllowedValues: allowed, AllowedPattern: pattern } = declaration;
    if (Array.isArray(allowed) && !allowed.map(String).includes(value))
      throw new Unresolved(`the parameter ${name} may be ${allowed.join(', ')}, and not ${value}`);
    if (typeof pattern === 'string' && !matches(pattern, value))
      throw new Unresolved(`the parameter ${name} must match ${pattern}, and ${value} does not`);
    return value;
  }

  /** What was given for no template: a misspelt name would otherwise go unnoticed. */
  get leftOut(): readonly LeftOut[] {
    const unknown = [...this.#values.keys()].filter((name) => !this.#declared.has(name));
    return unknown.map((name) => ({ what: `parameter ${name}`, why: 'no template that was read declares it' }));
  }
}

/** CloudFormation asks for the whole value; a pattern of another dialect decides nothing here. */
function matches(pattern: string, value: string): boolean {
  try {
    return new RegExp(`^(?:${pattern})$`).test(value);
  } catch {
    return true;
  }
}

/**
 * The parameters of a file: AWS's list of `ParameterKey` and `ParameterValue`, an object with `Parameters`, or the values
 * by their names. Undefined for anything else.
 */
export function parametersIn(document: unknown): Readonly<Record<string, string>> | undefined {
  if (Array.isArray(document)) {
    const entries = document.map((one: unknown) =>
      isRecord(one) && typeof one.ParameterKey === 'string' && isScalar(one.ParameterValue)
        ? ([one.ParameterKey, String(one.ParameterValue)] as const)
        : undefined,
    );
    return entries.every((one) => one !== undefined) ? Object.fromEntries(entries) : undefined;
  }
  if (!isRecord(document)) return undefined;
  const values = isRecord(document.Parameters) ? document.Parameters : document;
  const entries = Object.entries(values);
  return entries.every(([, value]) => isScalar(value))
    ? Object.fromEntries(entries.map(([name, value]) => [name, String(value)]))
    : undefined;
}

const isScalar = (value: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof value);
