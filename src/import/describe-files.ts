/**
 * Files with the JSON that `aws ec2 describe-…` prints, as people keep them: one for each call, with or without folders
 * for accounts and Regions.
 *
 * What a file holds is told by its members (`Vpcs`, `Subnets`), not by its name. Whose it is and where is told by its
 * path where that has an account id or a Region, else by what it describes.
 */
import type * as sdk from '@aws-sdk/client-ec2';
import { operationShape, type StructureShape } from '../ec2/schema.ts';
import { allRegions, findRegion } from '../model/regions.ts';
import { type Scope, scopeKey } from '../model/scope.ts';
import {
  DESCRIBED_KINDS,
  type DescribedKind,
  type DescribedParts,
  type DescribedResources,
  type DescribedScope,
  type Description,
  isDescribedKind,
  type LeftOut,
  noResources,
} from './description.ts';
import { isRecord, type JsonFile, readStructure } from './json-shape.ts';
import { NO_NETWORK } from './no-network.ts';

/** A file with its path below the folder that was named. */
export interface DescribeFile {
  readonly path: string;
  readonly text: string;
}

/** Answers that hold nothing which decides over packets here: named and passed by. */
const WITHOUT_EFFECT = new Set([
  'AvailabilityZones',
  'Images',
  'InstanceTypes',
  'KeyPairs',
  'LaunchTemplates',
  'PlacementGroups',
  'Regions',
  'Snapshots',
  'Tags',
  'Volumes',
  'FlowLogs',
  'InstanceStatuses',
  'ReservedInstances',
  'SpotInstanceRequests',
]);

/** Members that accompany others. */
const BESIDE = new Set([
  'VpcId',
  'ServiceNames',
  'ResponseMetadata',
  'NextToken',
  'nextToken',
  'AdditionalRoutesAvailable',
]);

/** Reads files; `otherwise` is for what tells neither an account nor a Region. */
export function readDescribeFiles(files: readonly JsonFile[], otherwise: Scope): Description {
  const reader = new DescribeReader(otherwise);
  for (const file of files) reader.take(file);
  return reader.description();
}

/** A resource that was read, with what its file's path says of its place. */
interface Found {
  readonly kind: DescribedKind;
  readonly resource: Readonly<Record<string, unknown>>;
  readonly place: Partial<Scope>;
}

class DescribeReader {
  readonly #otherwise: Scope;
  readonly #found: Found[] = [];
  readonly #entries = new Map<string, readonly sdk.PrefixListEntry[]>();
  readonly #transitRoutes = new Map<string, readonly sdk.TransitGatewayRoute[]>();
  readonly #propagations = new Map<string, readonly string[]>();
  readonly #permissions = new Map<string, sdk.AllowedPrincipal[]>();
  readonly #attributes = new Map<string, Record<string, boolean>>();
  readonly #leftOut: LeftOut[] = [];
  readonly #ignored: LeftOut[] = [];

  constructor(otherwise: Scope) {
    this.#otherwise = otherwise;
  }

  take({ path, document }: JsonFile): void {
    if (!isRecord(document) || !isAnswer(document)) {
      this.#leftOut.push({ what: path, why: NO_NETWORK });
      return;
    }
    if ((document.NextToken ?? document.nextToken) || document.AdditionalRoutesAvailable === true)
      this.#leftOut.push({ what: path, why: 'the answer goes on: describe all pages' });
    for (const [name, value] of Object.entries(document)) this.#member(path, name, value, document);
  }

  #member(path: string, name: string, value: unknown, document: Readonly<Record<string, unknown>>): void {
    if (BESIDE.has(name)) return;
    if (isDescribedKind(name)) this.#resources(path, name, value);
    else if (name === 'Entries') this.#listEntries(path, value);
    else if (name === 'Routes') this.#routesOfTable(path, value);
    else if (name === 'TransitGatewayRouteTablePropagations') this.#propagationsOfTable(path, value);
    else if (name === 'AllowedPrincipals') this.#principalsOfService(path, value);
    else if (name === 'EnableDnsSupport' || name === 'EnableDnsHostnames')
      this.#attribute(path, name, value, document.VpcId);
    else if (WITHOUT_EFFECT.has(name))
      this.#ignored.push({ what: `${path}: ${name}`, why: 'no packet notices it here' });
    else this.#leftOut.push({ what: `${path}: ${name}`, why: 'localvpc does not read this kind of resource' });
  }

  #resources(path: string, kind: DescribedKind, value: unknown): void {
    if (!Array.isArray(value)) {
      this.#leftOut.push({ what: `${path}: ${kind}`, why: 'it should be a list' });
      return;
    }
    const shape = itemShape(DESCRIBED_KINDS[kind].operation, kind);
    const place = placeOfPath(path);
    const complain = (what: string, why: string): void => void this.#leftOut.push({ what, why });
    value.forEach((one: unknown, index) => {
      const what = (): string => `${path}: ${kind}[${index}]${idText(one, DESCRIBED_KINDS[kind].id)}`;
      const resource = readStructure(shape, one, what, complain);
      if (!resource) return;
      if (isRecord(one) && kind === 'PrefixLists') this.#cidrsOf(one);
      this.#found.push({ kind, resource, place });
    });
  }

  /** DescribePrefixLists shows the blocks of a list with it. */
  #cidrsOf({ PrefixListId: id, Cidrs: cidrs }: Readonly<Record<string, unknown>>): void {
    if (typeof id !== 'string' || !Array.isArray(cidrs)) return;
    this.#entries.set(
      id,
      cidrs.filter((one) => typeof one === 'string').map((Cidr) => ({ Cidr })),
    );
  }

  /** GetManagedPrefixListEntries. */
  #listEntries(path: string, value: unknown): void {
    const id = this.#idOfPath(path, 'Entries', 'pl');
    if (id !== undefined) this.#entries.set(id, this.#items(path, 'GetManagedPrefixListEntries', 'Entries', value));
  }

  /** SearchTransitGatewayRoutes. */
  #routesOfTable(path: string, value: unknown): void {
    const id = this.#idOfPath(path, 'Routes', 'tgw-rtb');
    if (id !== undefined) this.#transitRoutes.set(id, this.#items(path, 'SearchTransitGatewayRoutes', 'Routes', value));
  }

  /** GetTransitGatewayRouteTablePropagations. */
  #propagationsOfTable(path: string, value: unknown): void {
    const member = 'TransitGatewayRouteTablePropagations';
    const id = this.#idOfPath(path, member, 'tgw-rtb');
    if (id === undefined) return;
    const all = this.#items(path, 'GetTransitGatewayRouteTablePropagations', member, value);
    const attachments = all.flatMap(({ TransitGatewayAttachmentId: one }) => (typeof one === 'string' ? [one] : []));
    this.#propagations.set(id, attachments);
  }

  /** Some answers do not say whose parts they hold: the file's name does. */
  #idOfPath(path: string, member: string, prefix: string): string | undefined {
    const id = new RegExp(`(?<![a-z])${prefix}-[0-9a-f]{8,17}`).exec(path)?.[0];
    const why = `it is read from a file whose name has the id ${prefix}-… that it belongs to`;
    if (id === undefined) this.#leftOut.push({ what: `${path}: ${member}`, why });
    return id;
  }

  /** The items of a list, as far as they are what the operation answers. */
  #items(path: string, operation: string, member: string, value: unknown): readonly Record<string, unknown>[] {
    if (!Array.isArray(value)) {
      this.#leftOut.push({ what: `${path}: ${member}`, why: 'it should be a list' });
      return [];
    }
    const shape = itemShape(operation, member);
    const complain = (what: string, why: string): void => void this.#leftOut.push({ what, why });
    return value.flatMap((one: unknown, index): Record<string, unknown>[] => {
      const read = readStructure(shape, one, () => `${path}: ${member}[${index}]`, complain);
      return read ? [read] : [];
    });
  }

  /** DescribeVpcEndpointServicePermissions; older answers do not name the service in each. */
  #principalsOfService(path: string, value: unknown): void {
    const operation = 'DescribeVpcEndpointServicePermissions';
    const all: readonly sdk.AllowedPrincipal[] = this.#items(path, operation, 'AllowedPrincipals', value);
    for (const one of all) {
      const id = one.ServiceId ?? this.#idOfPath(path, 'AllowedPrincipals', 'vpce-svc');
      if (id !== undefined) this.#permissions.set(id, [...(this.#permissions.get(id) ?? []), one]);
    }
  }

  #attribute(path: string, name: string, value: unknown, vpcId: unknown): void {
    if (typeof vpcId !== 'string' || !isRecord(value) || typeof value.Value !== 'boolean') {
      this.#leftOut.push({ what: `${path}: ${name}`, why: 'an attribute of a VPC has a VpcId and a Value' });
      return;
    }
    const known = this.#attributes.get(vpcId) ?? {};
    known[name] = value.Value;
    this.#attributes.set(vpcId, known);
  }

  description(): Description {
    const account = this.#commonAccount();
    const region = this.#commonRegion();
    const scopes = new Map<string, { readonly scope: Scope; readonly resources: ReturnType<typeof noResources> }>();
    for (const { kind, resource, place } of this.#found) {
      const scope = { account: place.account ?? ownerOf(resource) ?? account, region: place.region ?? region };
      const key = scopeKey(scope);
      const known = scopes.get(key) ?? { scope, resources: noResources() };
      if (known.scope === scope) scopes.set(key, known);
      add(known.resources, kind, resource);
    }
    const parts: DescribedParts = {
      prefixListEntries: this.#entries,
      vpcAttributes: this.#attributes,
      transitGatewayRoutes: this.#transitRoutes,
      transitGatewayPropagations: this.#propagations,
      servicePermissions: this.#permissions,
    };
    return {
      scopes: [...scopes.values()].map((one): DescribedScope => ({ ...one, ...parts })),
      leftOut: this.#leftOut,
      ignored: this.#ignored,
    };
  }

  /** Who owns what names no owner: who owns the VPCs. */
  #commonAccount(): string {
    const owners = this.#found.filter(({ kind }) => kind === 'Vpcs').map(({ resource }) => ownerOf(resource));
    return owners.find((owner) => owner !== undefined) ?? this.#otherwise.account;
  }

  /** Where what names no Region lies: where the zones of subnets and interfaces do. */
  #commonRegion(): string {
    for (const { resource } of this.#found) {
      const zone = resource.AvailabilityZone;
      const region = typeof zone === 'string' ? zone.replace(/[a-z]$/, '') : '';
      if (findRegion(region)) return region;
    }
    return this.#otherwise.region;
  }
}

/** Answers have members that are known, or at least lists under a name as EC2 gives them. */
const isAnswer = (document: Readonly<Record<string, unknown>>): boolean =>
  Object.entries(document).some(([name, value]) => /^[A-Z]/.test(name) && typeof value === 'object');

/** The list of the kind takes what its own schema has read. */
const add = (resources: DescribedResources, kind: DescribedKind, resource: object): void =>
  void (resources[kind] as object[]).push(resource);

function itemShape(operation: string, list: string): StructureShape {
  const member = operationShape(operation)?.output?.members.find(({ name }) => name === list);
  const shape = member?.shape();
  const item = shape?.kind === 'list' ? shape.item() : undefined;
  if (item?.kind !== 'structure') throw new Error(`the SDK's schema has no list ${list} in ${operation}`);
  return item;
}

const idText = (value: unknown, member: string): string =>
  isRecord(value) && typeof value[member] === 'string' ? ` (${value[member]})` : '';

function ownerOf({ OwnerId: owner }: Readonly<Record<string, unknown>>): string | undefined {
  return typeof owner === 'string' && /^\d{12}$/.test(owner) ? owner : undefined;
}

/** Longest first: some names end with others. */
const REGION_NAMES = allRegions()
  .map(({ name }) => name)
  .sort((one, other) => other.length - one.length);

/** An account id or a Region in the names of folders and file. */
function placeOfPath(path: string): Partial<Scope> {
  const account = /(?<!\d)\d{12}(?!\d)/.exec(path)?.[0];
  const region = REGION_NAMES.find((name) => path.includes(name));
  return { ...(account && { account }), ...(region && { region }) };
}
