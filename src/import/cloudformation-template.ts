/**
 * A CloudFormation template as JSON: its resources, and what its intrinsic functions come to with its parameters.
 *
 * A value is worked out when somebody asks for it, so what cannot be known (an import from another stack, a parameter
 * without a default) is missing only where it matters.
 * (AWS CloudFormation User Guide, "Template anatomy" and "Intrinsic function reference".)
 */
import { findRegion } from '../model/regions.ts';
import type { Scope } from '../model/scope.ts';
import { callFunction, type Evaluate, isFunctionName, Unresolved } from './cloudformation-functions.ts';
import type { GivenParameters } from './cloudformation-parameters.ts';
import type { LeftOut } from './description.ts';
import { isRecord } from './json-shape.ts';

type Json = Readonly<Record<string, unknown>>;

/** A resource of a template; one whose condition does not hold is none. */
export interface TemplateResource {
  readonly logicalId: string;
  readonly type: string;
  /** Not yet worked out. */
  readonly properties: Json;
}

/** What a resource is known by outside of itself: what `Ref` and `Fn::GetAtt` give. @throws Unresolved */
export interface ResourceValues {
  reference(resource: TemplateResource): unknown;
  attribute(resource: TemplateResource, name: string): unknown;
}

/** More inside of each other is a circle, or nothing that somebody wrote. */
const MAX_DEPTH = 100;
/** Fifty times what the largest template needs: values that refer to each other may multiply. */
const MAX_STEPS = 5_000_000;

/** A template. */
export class CloudFormationTemplate {
  readonly resources: readonly TemplateResource[];
  /** What the template says without a resource, and what its conditions leave away. */
  readonly ignored: LeftOut[] = [];
  readonly leftOut: LeftOut[] = [];
  readonly #document: Json;
  readonly #scope: Scope;
  readonly #stackName: string;
  readonly #parameters: GivenParameters;
  #byId: ReadonlyMap<string, TemplateResource> = new Map();
  readonly #conditions = new Map<string, boolean>();
  #values: ResourceValues | undefined;
  #depth = 0;
  #steps = 0;

  private constructor(document: Json, scope: Scope, stackName: string, parameters: GivenParameters) {
    this.#parameters = parameters;
    parameters.declare(Object.keys(recordOf(document.Parameters)));
    this.#document = document;
    this.#scope = scope;
    this.#stackName = stackName;
    this.resources = Object.entries(recordOf(document.Resources)).flatMap(([id, one]) => this.#resource(id, one));
    this.#byId = new Map(this.resources.map((one) => [one.logicalId, one]));
  }

  /** Reads a document; undefined for what is no template. `stackName` is what AWS::StackName comes to. */
  static read(
    document: unknown,
    scope: Scope,
    stackName: string,
    parameters: GivenParameters,
  ): CloudFormationTemplate | undefined {
    if (!isRecord(document) || !isRecord(document.Resources)) return undefined;
    const all = Object.values(document.Resources);
    const isTemplate = document.AWSTemplateFormatVersion !== undefined || all.some(isResource);
    return isTemplate ? new CloudFormationTemplate(document, scope, stackName, parameters) : undefined;
  }

  /** To be called before a value is asked for. */
  useValues(values: ResourceValues): void {
    this.#values = values;
  }

  /** What a property comes to; undefined where it is not there. @throws Unresolved */
  property({ properties }: TemplateResource, name: string): unknown {
    return this.#evaluate(properties[name]);
  }

  #resource(logicalId: string, one: unknown): readonly TemplateResource[] {
    if (!isRecord(one) || typeof one.Type !== 'string') {
      this.leftOut.push({ what: logicalId, why: 'it is no resource with a Type, and macros are not expanded here' });
      return [];
    }
    try {
      if (typeof one.Condition === 'string' && !this.#condition(one.Condition)) {
        this.ignored.push({ what: logicalId, why: `its condition ${one.Condition} does not hold` });
        return [];
      }
    } catch (error) {
      if (!(error instanceof Unresolved)) throw error;
      this.leftOut.push({ what: logicalId, why: error.message });
      return [];
    }
    const properties = recordOf(one.Properties);
    if (properties['Fn::Transform'] !== undefined)
      this.leftOut.push({
        what: logicalId,
        why: 'macros are not expanded here, so some of its properties are missing',
      });
    return [{ logicalId, type: one.Type, properties }];
  }

  #condition(name: string): boolean {
    const known = this.#conditions.get(name);
    if (known !== undefined) return known;
    const written = recordOf(this.#document.Conditions)[name];
    if (written === undefined) throw new Unresolved(`there is no condition ${name}`);
    const holds = isTrue(this.#evaluate(written));
    this.#conditions.set(name, holds);
    return holds;
  }

  readonly #evaluate: Evaluate = (value) => {
    if (this.#depth >= MAX_DEPTH) throw new Unresolved('it refers to itself');
    if (this.#steps >= MAX_STEPS) throw new Unresolved('its values multiply into more than can be worked out');
    this.#depth += 1;
    this.#steps += 1;
    try {
      return this.#evaluated(value);
    } finally {
      this.#depth -= 1;
    }
  };

  #evaluated(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(this.#evaluate).filter((one) => one !== undefined);
    if (!isRecord(value)) return value;
    const [[name, argument] = ['', undefined], ...others] = Object.entries(value);
    if (others.length === 0 && isFunctionName(name)) return this.#call(name, argument);
    const entries = Object.entries(value).map(([key, one]) => [key, this.#evaluate(one)] as const);
    return Object.fromEntries(entries.filter(([, one]) => one !== undefined));
  }

  #call(name: string, argument: unknown): unknown {
    return callFunction(name, argument, {
      evaluate: this.#evaluate,
      reference: (id) => this.#reference(id),
      attribute: (id, attribute) => this.#attribute(id, attribute),
      condition: (id) => this.#condition(id),
      mapping: (id) => recordOf(this.#document.Mappings)[id],
      zones: (region) => this.#zones(region === '' ? this.#scope.region : region),
    });
  }

  #reference(id: string): unknown {
    if (id.startsWith('AWS::')) return this.#pseudoParameter(id);
    if (Object.hasOwn(recordOf(this.#document.Parameters), id)) return this.#parameter(id);
    const resource = this.#byId.get(id);
    if (!resource) throw new Unresolved(`${id} is not there, or was left out`);
    return this.#values?.reference(resource);
  }

  #attribute(id: string, attribute: string): unknown {
    const resource = this.#byId.get(id);
    if (!resource) throw new Unresolved(`${id} is not there, or was left out`);
    return this.#values?.attribute(resource, attribute);
  }

  /** The value that was given, else its default. A zone without one is the Region's first, as a person would choose one. */
  #parameter(id: string): unknown {
    const declaration = recordOf(recordOf(this.#document.Parameters)[id]);
    const { Type: type = 'String', Default: otherwise } = declaration;
    const given = this.#parameters.valueOf(id, declaration) ?? otherwise;
    const isList = /^(?:CommaDelimitedList|(?:AWS::SSM::Parameter::Value<)?List<)/.test(String(type));
    if (given !== undefined) return isList ? listOf(given) : given;
    const zones = this.#zones(this.#scope.region);
    if (type === 'AWS::EC2::AvailabilityZone::Name') return zones[0];
    if (type === 'List<AWS::EC2::AvailabilityZone::Name>') return zones;
    throw new Unresolved(`the parameter ${id} has no default, and no value was given`);
  }

  #zones(region: string): readonly string[] {
    const zones = findRegion(region)?.zones;
    if (!zones) throw new Unresolved(`there is no Region ${region}`);
    return zones.map(({ name }) => name);
  }

  #pseudoParameter(name: string): unknown {
    const { account, region } = this.#scope;
    const partition = region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
    switch (name) {
      case 'AWS::AccountId':
        return account;
      case 'AWS::Region':
        return region;
      case 'AWS::Partition':
        return partition;
      case 'AWS::URLSuffix':
        return partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com';
      case 'AWS::StackName':
        return this.#stackName;
      case 'AWS::StackId':
        return `arn:${partition}:cloudformation:${region}:${account}:stack/${this.#stackName}/00000000-0000-0000-0000-000000000000`;
      case 'AWS::NotificationARNs':
        return [];
      case 'AWS::NoValue':
        return undefined;
      default:
        throw new Unresolved(`there is no pseudo parameter ${name}`);
    }
  }
}

const isResource = (one: unknown): boolean =>
  isRecord(one) && typeof one.Type === 'string' && /^(?:AWS|Custom|Alexa)::/.test(one.Type);

const recordOf = (value: unknown): Json => (isRecord(value) ? value : {});

const listOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value)
    ? value
    : String(value)
        .split(',')
        .map((one) => one.trim());

/** CloudFormation takes texts for what is true or false as well. */
export const isTrue = (value: unknown): boolean => value === true || String(value).toLowerCase() === 'true';
