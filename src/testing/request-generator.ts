/**
 * Requests of any operation, made by its schema and by chance: what a careless client may send. Ids, addresses and names are
 * mostly those that the account's own answers had, so that many requests get past the first refusal.
 */
import * as sdk from '@aws-sdk/client-ec2';
import type { DecodedStructure, DecodedValue } from '../ec2/decode.ts';
import { type Member, operationShape, type Shape, type StructureShape } from '../ec2/schema.ts';
import type { RandomSource } from '../model/transaction.ts';

/** The SDK's enumerations by their names: which member is of which one, its schemas do not say. */
const ENUMERATIONS: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries<unknown>({ ...sdk }).flatMap(([name, one]) =>
    isEnumeration(one) ? [[name, Object.values(one)]] : [],
  ),
);
const WORDS: readonly string[] = [...ENUMERATIONS.values()].flat();

/** Words that a member of this name may want: those of enumerations that are called like it, else all. */
function wordsFor(member: string): readonly string[] {
  const alike = [...ENUMERATIONS].filter(([name]) => name.includes(member)).flatMap(([, words]) => words);
  return alike.length > 0 ? alike : WORDS;
}

function isEnumeration(one: unknown): one is Readonly<Record<string, string>> {
  if (typeof one !== 'object' || one === null || Array.isArray(one)) return false;
  const values = Object.values(one);
  return values.length > 0 && values.every((value) => typeof value === 'string');
}

const ODD_TEXTS = ['', ' ', '0', '-1', '*', 'a'.repeat(300), 'ünïcode ☃', '<&>\'"', '../..', 'null', '$Latest', 'self'];
const CIDRS = [
  ...[
    '10.0.0.0/16',
    '10.0.9.0/24',
    '10.0.0.0/28',
    '0.0.0.0/0',
    '10.0.1.1/24',
    '100.64.0.0/16',
    '10.0.0.0/33',
    '300.1.1.1/8',
  ],
  ...['::/0', '2001:db8::/32', 'fd00::/8', '3fff:0:0:100::/56', '10.0.2.16/28', '192.168.0.0/16'],
];
const ADDRESSES = [
  '10.0.1.20',
  '10.0.1.0',
  '198.18.0.1',
  '169.254.169.254',
  '10.0.300.1',
  '::1',
  '2001:db8::5',
  '255.255.255.255',
];
const NUMBERS = [-1, 0, 1, 2, 3, 5, 10, 22, 60, 100, 600, 1000, 65_535, 65_536, 2 ** 31, Number.MAX_SAFE_INTEGER];
const ID = /^[a-z][a-z-]*-[0-9a-f]{17}$/;

/** Makes requests, and learns from answers what there is to ask for. */
export class RequestGenerator {
  readonly #random: RandomSource;
  /** Ids by their prefix. */
  readonly #ids = new Map<string, string[]>();
  readonly #served = new Map<string, DecodedStructure[]>();
  readonly #words = new Map<string, readonly string[]>();
  /** Other texts of answers, by the member in which they stood. */
  readonly #texts = new Map<string, string[]>();

  constructor(random: RandomSource) {
    this.#random = random;
  }

  /** Remembers the texts of an answer. */
  learn(answer: unknown, member = ''): void {
    if (typeof answer === 'string') this.#remember(member, answer);
    else if (Array.isArray(answer)) for (const item of answer) this.learn(item, member);
    else if (typeof answer === 'object' && answer !== null && !(answer instanceof Date))
      for (const [name, value] of Object.entries(answer)) this.learn(value, name);
  }

  #wordsFor(member: string): readonly string[] {
    const words = this.#words.get(member) ?? wordsFor(member);
    this.#words.set(member, words);
    return words;
  }

  /** Remembers a request that was served: the next ones of its operation are mostly like it. */
  keep(operation: string, request: DecodedStructure): void {
    const list = this.#served.get(operation) ?? [];
    this.#served.set(operation, list);
    if (list.length < 20) list.push(request);
    else list[this.#random.integer(20)] = request;
  }

  /** A request of this operation, as the decoder would hand it over. */
  request(operation: string): DecodedStructure {
    const shape = operationShape(operation);
    if (!shape) throw new Error(`EC2 has no operation ${operation}`);
    const made = this.#structure(shape.input, 0);
    const served = this.#served.get(operation);
    if (!served || this.#chance(0.3)) return made;
    const like = { ...this.#pick(served) };
    for (const [name, value] of Object.entries(like)) if (this.#chance(0.5)) like[name] = this.#another(name, value);
    for (const { name, required } of shape.input.members) if (!required && this.#chance(0.1)) delete like[name];
    return this.#chance(0.3) ? { ...like, ...made } : like;
  }

  /** Another value of the same kind: another id, a neighbouring number. */
  #another(member: string, value: DecodedValue | undefined): DecodedValue | undefined {
    if (typeof value === 'string') {
      if (ID.test(value)) return this.#pick(this.#ids.get(value.slice(0, -18)) ?? [value]);
      return this.#known(member) ?? value;
    }
    if (typeof value === 'number') return this.#pick([value, value, value + 1, this.#pick(NUMBERS)]);
    if (typeof value === 'boolean') return this.#chance(0.5);
    if (Array.isArray(value)) return value.map((item) => this.#another(member, item) ?? item);
    return value;
  }

  #remember(member: string, text: string): void {
    const [known, key] = ID.test(text) ? [this.#ids, text.slice(0, -18)] : [this.#texts, member];
    const list = known.get(key) ?? [];
    known.set(key, list);
    if (list.length < 40 && !list.includes(text)) list.push(text);
  }

  #structure(shape: StructureShape, depth: number): DecodedStructure {
    const optional = shape.members.filter((member) => !member.required && member.name !== 'DryRun');
    // Few members at a time, whatever their number: what is said alone gets further.
    const wanted = depth > 4 ? 0 : Math.min(1, 1.5 / Math.max(optional.length, 1));
    const said: Record<string, DecodedValue> = {};
    for (const member of shape.members) {
      if (member.required || (member.name !== 'DryRun' && this.#chance(wanted)))
        said[member.name] = this.#value(member, member.shape(), depth + 1);
    }
    return said;
  }

  #value(member: Member, shape: Shape, depth: number): DecodedValue {
    switch (shape.kind) {
      case 'structure':
        return this.#structure(shape, depth);
      case 'list':
        return Array.from({ length: this.#random.integer(depth > 4 ? 1 : 3) }, () =>
          this.#value(member, shape.item(), depth),
        );
      case 'map':
        throw new Error('no request of EC2 has a map');
      case 'boolean':
        return this.#chance(0.5);
      case 'number':
        return this.#pick(NUMBERS);
      case 'timestamp':
        return new Date(this.#random.integer(2 ** 41));
      case 'blob':
        return new Uint8Array(this.#random.integer(20));
      case 'string':
        return this.#text(member.name);
    }
  }

  #text(name: string): string {
    if (this.#chance(0.04)) return this.#pick(ODD_TEXTS);
    if (/Ids?$|Arns?$|^Resources?$|^Source$|^Destination$/.test(name)) return this.#id(name);
    if (/Cidr/i.test(name)) return this.#known(name) ?? this.#pick(CIDRS);
    if (/Ip(v[46])?$|Address(es)?$|Ips$/i.test(name) && !name.startsWith('Mac'))
      return this.#known(name) ?? this.#pick(ADDRESSES);
    return this.#known(name) ?? this.#pick(this.#wordsFor(name));
  }

  #known(name: string): string | undefined {
    const known = this.#texts.get(name) ?? this.#texts.get(name.replace(/s$/, ''));
    return known && this.#chance(0.7) ? this.#pick(known) : undefined;
  }

  /** Nine in ten of the kind that the name is like, where there is one. */
  #id(name: string): string {
    const prefix = [...this.#ids.keys()].find((candidate) => likeness(name, candidate));
    const known = prefix !== undefined && this.#chance(0.9) ? this.#ids.get(prefix) : undefined;
    if (known) return this.#pick(known);
    if (this.#ids.size > 0 && this.#chance(0.8)) return this.#pick(this.#pick([...this.#ids.values()]));
    return this.#pick([
      'vpc-0123456789abcdef0',
      'i-zzz',
      'eni-',
      'arn:aws:ec2:us-east-1:123456789012:instance/i-0123456789abcdef0',
    ]);
  }

  #chance(probability: number): boolean {
    return this.#random.integer(1_000_000) < probability * 1_000_000;
  }

  #pick<T>(list: readonly T[]): T {
    const one = list[this.#random.integer(list.length)];
    if (one === undefined) throw new Error('nothing to pick from');
    return one;
  }
}

/** Prefixes of ids by what members that name them are called. */
const MEMBERS_OF_PREFIXES: readonly (readonly [pattern: RegExp, prefix: string])[] = [
  [/NetworkInterfacePermission/, 'eni-perm'],
  [/^(NetworkInterface|Eni)/, 'eni'],
  [/^Instance/, 'i'],
  [/^(Group|SecurityGroup)(Id|$)/, 'sg'],
  [/SecurityGroupRule/, 'sgr'],
  [/^(Peer|Requester)?Vpc(Id)/, 'vpc'],
  [/Subnet/, 'subnet'],
  [/TransitGatewayAttachment/, 'tgw-attach'],
  [/TransitGatewayRouteTable/, 'tgw-rtb'],
  [/TransitGateway/, 'tgw'],
  [/RouteTable/, 'rtb'],
  [/NetworkAclAssociation/, 'aclassoc'],
  [/^NetworkAcl/, 'acl'],
  [/Allocation/, 'eipalloc'],
  [/NatGateway/, 'nat'],
  [/InternetGateway/, 'igw'],
  [/VpnConnection/, 'vpn'],
  [/VpnGateway/, 'vgw'],
  [/^Gateway/, 'igw'],
  [/CustomerGateway/, 'cgw'],
  [/DhcpOptions/, 'dopt'],
  [/PrefixList/, 'pl'],
  [/VpcPeering/, 'pcx'],
  [/VpcEndpoint|^Endpoint/, 'vpce'],
  [/^Service/, 'vpce-svc'],
  [/FlowLog/, 'fl'],
  [/NetworkInsightsPath/, 'nip'],
  [/NetworkInsightsAnalysis/, 'nia'],
  [/NetworkInsightsAccessScopeAnalysis/, 'nisa'],
  [/NetworkInsightsAccessScope/, 'nis'],
  [/TrafficMirrorTarget/, 'tmt'],
  [/TrafficMirrorSession/, 'tms'],
  [/TrafficMirrorFilterRule/, 'tmfr'],
  [/TrafficMirrorFilter/, 'tmf'],
  [/LaunchTemplate/, 'lt'],
  [/Image/, 'ami'],
  [/^Volume/, 'vol'],
];

const likeness = (name: string, prefix: string): boolean =>
  MEMBERS_OF_PREFIXES.find(([pattern]) => pattern.test(name))?.[1] === prefix;
