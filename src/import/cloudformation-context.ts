/** What all that reads CloudFormation's resources shares: properties by their types, ids, and the lists that they are read into. */
import type * as sdk from '@aws-sdk/client-ec2';
import type { Scope } from '../model/scope.ts';
import { Unresolved } from './cloudformation-functions.ts';
import { type CloudFormationTemplate, isTrue, type TemplateResource } from './cloudformation-template.ts';
import { CodeContext } from './code-context.ts';
import type { noResources } from './description.ts';
import { isRecord } from './json-shape.ts';
import { standIn } from './stand-ins.ts';

/** The prefix of the ids of each type of resource that others refer to, without "AWS::EC2::". */
const ID_PREFIXES: Readonly<Record<string, string>> = {
  CustomerGateway: 'cgw',
  DHCPOptions: 'dopt',
  EIP: 'eipalloc',
  EgressOnlyInternetGateway: 'eigw',
  Instance: 'i',
  InternetGateway: 'igw',
  NatGateway: 'nat',
  NetworkAcl: 'acl',
  NetworkInterface: 'eni',
  PrefixList: 'pl',
  RouteTable: 'rtb',
  SecurityGroup: 'sg',
  Subnet: 'subnet',
  TransitGateway: 'tgw',
  TransitGatewayAttachment: 'tgw-attach',
  TransitGatewayRouteTable: 'tgw-rtb',
  TransitGatewayVpcAttachment: 'tgw-attach',
  VPC: 'vpc',
  VPCEndpoint: 'vpce',
  VPCEndpointService: 'vpce-svc',
  VPCPeeringConnection: 'pcx',
  VPNConnection: 'vpn',
  VPNGateway: 'vgw',
};

/** One reading of one template. */
export class CloudFormationContext extends CodeContext {
  readonly template: CloudFormationTemplate;
  /** Logical ids of what is of another service and was read with others. */
  readonly readBeside = new Set<string>();

  constructor(template: CloudFormationTemplate, scope: Scope, into: ReturnType<typeof noResources>) {
    super(scope, into);
    this.template = template;
  }

  /** Reads every resource of one of these types; one with a value that cannot be known is left out with the reason. */
  each(types: readonly string[], read: (one: CloudFormationResource) => void): void {
    for (const one of this.all(types))
      try {
        read(one);
      } catch (error) {
        if (!(error instanceof Unresolved)) throw error;
        this.leaveOut(one, error.message);
      }
  }

  /** Resources of these types, which are named without "AWS::EC2::"; those of other services by their whole names. */
  all(types: readonly string[]): readonly CloudFormationResource[] {
    return this.template.resources
      .filter(({ type }) => types.some((name) => type === (name.includes('::') ? name : `AWS::EC2::${name}`)))
      .map((one) => new CloudFormationResource(this.template, one));
  }

  leaveOut({ logicalId }: { readonly logicalId: string }, why: string): void {
    this.leftOut.push({ what: logicalId, why });
  }
}

/** The id that stands for a resource's own. The same logical id has the same one in every reading. */
export function idOfResource({ logicalId, type }: TemplateResource): string {
  const prefix = ID_PREFIXES[type.replace('AWS::EC2::', '')];
  if (prefix === undefined) throw new Unresolved(`what ${logicalId} is called is known only when it has been created`);
  return standIn(prefix, logicalId);
}

/** A resource whose properties are worked out as they are asked for. Everything throws Unresolved. */
export class CloudFormationResource {
  readonly logicalId: string;
  readonly resource: TemplateResource;
  readonly #template: CloudFormationTemplate;

  constructor(template: CloudFormationTemplate, resource: TemplateResource) {
    this.logicalId = resource.logicalId;
    this.resource = resource;
    this.#template = template;
  }

  get id(): string {
    return idOfResource(this.resource);
  }

  property(name: string): unknown {
    return this.#template.property(this.resource, name);
  }

  text(name: string): string | undefined {
    return textOf(this.property(name), name);
  }

  number(name: string): number | undefined {
    return numberOf(this.property(name), name);
  }

  flag(name: string): boolean {
    return isTrue(this.property(name));
  }

  texts(name: string): readonly string[] {
    return textsOf(this.property(name), name);
  }

  /** The objects of a list. */
  records(name: string): readonly Values[] {
    return recordsOf(this.property(name), name);
  }

  tags(): sdk.Tag[] {
    return this.records('Tags').map(({ Key, Value }) => ({ Key: String(Key ?? ''), Value: String(Value ?? '') }));
  }

  /** An id for a part of it that has no logical id. */
  part(prefix: string, name: string): string {
    return standIn(prefix, `${this.logicalId} ${name}`);
  }
}

/** An object of a template with its functions worked out. */
export type Values = Readonly<Record<string, unknown>>;

/** @throws Unresolved for what is no text */
export function textOf(value: unknown, name: string): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new Unresolved(`${name} should be a text`);
}

/** @throws Unresolved for what is no number */
export function numberOf(value: unknown, name: string): number | undefined {
  const text = textOf(value, name);
  if (text === undefined) return undefined;
  if (!/^-?\d+$/.test(text)) throw new Unresolved(`${name} should be a number`);
  return Number(text);
}

/** @throws Unresolved for what is no list of texts */
export function textsOf(value: unknown, name: string): readonly string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new Unresolved(`${name} should be a list`);
  return value.flatMap((one) => textOf(one, name) ?? []);
}

/** @throws Unresolved for what is no list of objects */
export function recordsOf(value: unknown, name: string): readonly Values[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || !value.every(isRecord)) throw new Unresolved(`${name} should be a list of objects`);
  return value;
}
