/**
 * The JSON that Terraform prints of a plan or a state, as a list of resources whose references can be followed.
 *
 * A plan does not know the ids of what it will create. What refers to such a resource has no value there; the expression
 * that it was written as names the resource, in the plan's `configuration`. So a reference is its value where there is
 * one, and otherwise the id that stands for the resource's address here.
 * (Terraform's documentation, "JSON Output Format", format_version 1.x; state files, version 4.)
 */
import { isRecord } from './json-shape.ts';

type Json = Readonly<Record<string, unknown>>;

/** A managed resource. */
export interface TerraformResource {
  /** "module.network.aws_subnet.private[0]". */
  readonly address: string;
  /** "module.network", or the empty text for the root module. */
  readonly module: string;
  readonly type: string;
  readonly name: string;
  /** Key of its `count` or `for_each`. */
  readonly index: string | number | undefined;
  readonly values: Json;
}

/** A document, as far as it is understood. */
export class TerraformDocument {
  readonly resources: readonly TerraformResource[];
  readonly #byAddress: ReadonlyMap<string, readonly TerraformResource[]>;
  readonly #configuration: Json;

  private constructor(resources: readonly TerraformResource[], configuration: Json) {
    this.resources = resources;
    this.#configuration = configuration;
    const byAddress = new Map<string, TerraformResource[]>();
    for (const one of resources) {
      const key = blockAddress(one);
      byAddress.set(key, [...(byAddress.get(key) ?? []), one]);
    }
    this.#byAddress = byAddress;
  }

  /** Reads `terraform show -json` of a plan or a state, or a state file; undefined for anything else. */
  static read(document: unknown): TerraformDocument | undefined {
    if (!isRecord(document)) return undefined;
    const values = document.planned_values ?? document.values;
    if (typeof document.format_version === 'string' && isRecord(values)) {
      const root = recordOf(recordOf(document.configuration).root_module);
      return new TerraformDocument(moduleResources(recordOf(values.root_module), ''), root);
    }
    if (document.version === 4 && typeof document.terraform_version === 'string' && Array.isArray(document.resources))
      return new TerraformDocument(document.resources.flatMap(stateResources), {});
    return undefined;
  }

  /** The resources that an attribute refers to, where its value is not known yet. */
  references(from: TerraformResource, attribute: string): readonly TerraformResource[] {
    return this.referencesOf(from, this.#expressions(from)[attribute]);
  }

  /** The blocks that an attribute was written as, each with its expressions. */
  blocks(from: TerraformResource, attribute: string): readonly Json[] {
    const written = this.#expressions(from)[attribute];
    return Array.isArray(written) ? written.filter(isRecord) : [];
  }

  /** The resources that an expression of a resource refers to. */
  referencesOf(from: TerraformResource, expression: unknown): readonly TerraformResource[] {
    const found = new Set(referenceTexts(expression).flatMap((text) => this.#follow(from.module, text, from.index)));
    return [...found];
  }

  #expressions({ module, type, name }: TerraformResource): Json {
    const resources = this.#moduleConfiguration(module).resources;
    if (!Array.isArray(resources)) return {};
    const written = resources.find((one) => isRecord(one) && one.type === type && one.name === name);
    return recordOf(recordOf(written).expressions);
  }

  #moduleConfiguration(module: string): Json {
    return callNames(module).reduce<Json>(
      (around, name) => recordOf(recordOf(recordOf(around.module_calls)[name]).module),
      this.#configuration,
    );
  }

  /** What a reference as text means inside a module: a resource, a variable of the module, or an output of another. */
  #follow(module: string, text: string, index: TerraformResource['index']): readonly TerraformResource[] {
    const [head = '', second = '', third = ''] = text.split('.');
    if (head === 'var') return this.#variable(module, second);
    if (head === 'module') return this.#output(module, second, third);
    return this.#resourceAt(module, text, index);
  }

  #resourceAt(module: string, text: string, index: TerraformResource['index']): readonly TerraformResource[] {
    const [, type = '', name = '', key] = /^([a-z][a-z0-9_]*)\.([\w-]+)(?:\[("?[^\]]*?"?)\])?/.exec(text) ?? [];
    const all = this.#byAddress.get(`${prefix(module)}${type}.${name}`) ?? [];
    if (all.length < 2 && key === undefined) return all;
    const wanted = key === undefined ? index : key.startsWith('"') ? key.slice(1, -1) : Number(key);
    const same = all.filter((one) => one.index === wanted);
    return same.length > 0 ? same : all;
  }

  #variable(module: string, name: string): readonly TerraformResource[] {
    const calls = callNames(module);
    const call = calls.at(-1);
    if (call === undefined) return [];
    const parent = module.slice(0, Math.max(0, module.lastIndexOf('.module.')));
    const written = recordOf(recordOf(this.#moduleConfiguration(parent).module_calls)[call]);
    const expression = recordOf(written.expressions)[name];
    return referenceTexts(expression).flatMap((text) => this.#follow(parent, text, undefined));
  }

  #output(module: string, call: string, output: string): readonly TerraformResource[] {
    const name = call.replace(/\[.*$/, '');
    const inside = `${prefix(module)}module.${call}`;
    const written = recordOf(recordOf(this.#moduleConfiguration(module).module_calls)[name]);
    const outputs = recordOf(recordOf(written.module).outputs);
    const expression = recordOf(outputs[output.replace(/\[.*$/, '')]).expression;
    return referenceTexts(expression).flatMap((text) => this.#follow(inside, text, undefined));
  }
}

const prefix = (module: string): string => (module === '' ? '' : `${module}.`);

/** Names of the calls that lead to a module: "module.a[0].module.b" is a, b. */
const callNames = (module: string): readonly string[] =>
  [...module.matchAll(/module\.([\w-]+)/g)].map(([, name = '']) => name);

/** The address of a resource block: without the key of its instance. */
const blockAddress = ({ module, type, name }: TerraformResource): string => `${prefix(module)}${type}.${name}`;

const recordOf = (value: unknown): Json => (isRecord(value) ? value : {});

/**
 * The references of an expression, the most specific ones alone: Terraform lists "aws_vpc.main.id" and "aws_vpc.main".
 * Nested blocks are asked for by themselves.
 */
function referenceTexts(expression: unknown): readonly string[] {
  if (Array.isArray(expression)) return expression.flatMap(referenceTexts);
  if (!isRecord(expression) || !Array.isArray(expression.references)) return [];
  const all = expression.references.filter((one) => typeof one === 'string');
  return all.filter((one) => !all.some((other) => other !== one && other.startsWith(`${one}.`)));
}

function moduleResources(module: Json, address: string): readonly TerraformResource[] {
  const own = Array.isArray(module.resources) ? module.resources.flatMap((one) => shownResource(one, address)) : [];
  const children = Array.isArray(module.child_modules) ? module.child_modules.filter(isRecord) : [];
  return [...own, ...children.flatMap((child) => moduleResources(child, String(child.address ?? '')))];
}

function shownResource(one: unknown, module: string): readonly TerraformResource[] {
  if (!isRecord(one) || one.mode !== 'managed') return [];
  const { address, type, name, index, values } = one;
  if (typeof address !== 'string' || typeof type !== 'string' || typeof name !== 'string') return [];
  return [{ address, module, type, name, index: indexOf(index), values: recordOf(values) }];
}

const indexOf = (index: unknown): TerraformResource['index'] =>
  typeof index === 'string' || typeof index === 'number' ? index : undefined;

function stateResources(one: unknown): readonly TerraformResource[] {
  if (!isRecord(one) || one.mode !== 'managed' || !Array.isArray(one.instances)) return [];
  const { type, name } = one;
  if (typeof type !== 'string' || typeof name !== 'string') return [];
  const module = typeof one.module === 'string' ? one.module : '';
  return one.instances.filter(isRecord).map((instance) => {
    const index = indexOf(instance.index_key);
    const key = index === undefined ? '' : `[${typeof index === 'string' ? `"${index}"` : index}]`;
    const address = `${prefix(module)}${type}.${name}${key}`;
    return { address, module, type, name, index, values: recordOf(instance.attributes) };
  });
}
