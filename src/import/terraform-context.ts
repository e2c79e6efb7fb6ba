/** What all that reads Terraform's resources shares: their ids, what they refer to, and the lists that they are read into. */
import type * as sdk from '@aws-sdk/client-ec2';
import type { Scope } from '../model/scope.ts';
import { CodeContext } from './code-context.ts';
import type { LeftOut, noResources } from './description.ts';
import { isRecord } from './json-shape.ts';
import { standIn } from './stand-ins.ts';
import type { TerraformDocument, TerraformResource } from './terraform-document.ts';

type Values = Readonly<Record<string, unknown>>;

/** The prefix of the ids of each type of resource that others refer to. */
const ID_PREFIXES: Readonly<Record<string, string>> = {
  aws_customer_gateway: 'cgw',
  aws_default_network_acl: 'acl',
  aws_default_route_table: 'rtb',
  aws_default_security_group: 'sg',
  aws_default_vpc: 'vpc',
  aws_default_subnet: 'subnet',
  aws_ec2_managed_prefix_list: 'pl',
  aws_ec2_transit_gateway: 'tgw',
  aws_ec2_transit_gateway_route_table: 'tgw-rtb',
  aws_ec2_transit_gateway_vpc_attachment: 'tgw-attach',
  aws_egress_only_internet_gateway: 'eigw',
  aws_eip: 'eipalloc',
  aws_instance: 'i',
  aws_internet_gateway: 'igw',
  aws_nat_gateway: 'nat',
  aws_network_acl: 'acl',
  aws_network_interface: 'eni',
  aws_route_table: 'rtb',
  aws_security_group: 'sg',
  aws_subnet: 'subnet',
  aws_vpc: 'vpc',
  aws_vpc_dhcp_options: 'dopt',
  aws_vpc_endpoint: 'vpce',
  aws_vpc_endpoint_service: 'vpce-svc',
  aws_vpc_peering_connection: 'pcx',
  aws_vpn_connection: 'vpn',
  aws_vpn_gateway: 'vgw',
};

/** One reading of one document. */
export class TerraformContext extends CodeContext {
  readonly document: TerraformDocument;
  readonly ignored: LeftOut[] = [];
  /** Resources of types that are not read as such, and were read with others. */
  readonly readBeside = new Set<TerraformResource>();

  constructor(document: TerraformDocument, scope: Scope, into: ReturnType<typeof noResources>) {
    super(scope, into);
    this.document = document;
  }

  /** Resources of one of these types. */
  all(...types: readonly string[]): readonly TerraformResource[] {
    return this.document.resources.filter(({ type }) => types.includes(type));
  }

  /** The id of a resource: its own, or the one that stands for its address. */
  id(resource: TerraformResource): string {
    const prefix = ID_PREFIXES[resource.type] ?? 'x';
    const known = text(resource.values.id);
    return known?.startsWith(`${prefix}-`) ? known : standIn(prefix, resource.address);
  }

  /** An id that an attribute holds or refers to. */
  reference(resource: TerraformResource, attribute: string): string | undefined {
    const known = text(resource.values[attribute]);
    if (known !== undefined) return known;
    const [target] = this.document.references(resource, attribute);
    return target && this.#idFor(target, attribute);
  }

  /** Ids that a list holds or refers to. */
  referencesOf(resource: TerraformResource, attribute: string): readonly string[] {
    const known = texts(resource.values[attribute]);
    if (known.length > 0) return known;
    return this.document.references(resource, attribute).map((target) => this.#idFor(target, attribute));
  }

  /** Inline blocks with what they refer to: each block's values, and a way to its references. */
  blocks(resource: TerraformResource, attribute: string): readonly TerraformBlock[] {
    const values = resource.values[attribute];
    const written = this.document.blocks(resource, attribute);
    const known = Array.isArray(values) ? values.filter(isRecord) : written.map(constants);
    return known.map((one, index) => {
      const expressions = written.find((block) => isOf(block, one)) ?? written[index] ?? {};
      return {
        values: one,
        references: (name) => {
          const own = Array.isArray(one[name]) ? texts(one[name]) : (text(one[name]) ?? '');
          if (own.length > 0) return typeof own === 'string' ? [own] : own;
          const targets = this.document.referencesOf(resource, expressions[name]);
          return targets.map((target) => this.#idFor(target, name));
        },
      };
    });
  }

  /** Main table, default ACL and default group have ids that are attributes of their VPC. */
  #idFor(target: TerraformResource, attribute: string): string {
    if (target.type !== 'aws_vpc' && target.type !== 'aws_default_vpc') return this.id(target);
    if (attribute.includes('route_table')) return this.partOfVpc(target, 'rtb', 'main_route_table_id');
    if (attribute.includes('network_acl')) return this.partOfVpc(target, 'acl', 'default_network_acl_id');
    if (attribute.includes('group')) return this.partOfVpc(target, 'sg', 'default_security_group_id');
    return this.id(target);
  }

  /** The id of what a VPC is born with. */
  partOfVpc(vpc: TerraformResource, prefix: string, attribute: string): string {
    return text(vpc.values[attribute]) ?? standIn(prefix, `${vpc.address} ${attribute}`);
  }

  leaveOut(resource: TerraformResource, why: string): void {
    this.leftOut.push({ what: resource.address, why });
  }

  /** The known address, or one that stands for it: public addresses are given when a resource is made. */
  publicAddress(resource: TerraformResource): string {
    return text(resource.values.public_ip) ?? this.addresses.publicAddress(resource.address);
  }
}

/** An inline block. */
export interface TerraformBlock {
  readonly values: Values;
  /** Ids that an attribute of the block holds or refers to. */
  references(attribute: string): readonly string[];
}

/** A text that is not empty: Terraform writes "" for what is not set. */
export const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/** The texts of a list. */
export const texts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'string' && one !== '') : [];

/** A number, also as text. */
export function number(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : undefined;
}

/** Tags, those of the provider's defaults included. */
export function tagsOf({ values }: TerraformResource): sdk.Tag[] {
  const tags = isRecord(values.tags_all) ? values.tags_all : isRecord(values.tags) ? values.tags : {};
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value: String(Value ?? '') }));
}

/** The values of a block that are written as constants. */
const constants = (block: Values): Values =>
  Object.fromEntries(
    Object.entries(block).flatMap(([name, expression]) =>
      isRecord(expression) && 'constant_value' in expression ? [[name, expression.constant_value]] : [],
    ),
  );

/** Whether a block may be the one that has these values: none of its constants differs. */
const isOf = (block: Values, values: Values): boolean =>
  Object.entries(constants(block)).every(
    ([name, value]) => values[name] === undefined || JSON.stringify(values[name]) === JSON.stringify(value),
  );
