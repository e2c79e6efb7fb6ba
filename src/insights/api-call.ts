/** A call of EC2's API that would change something: how it is made in a transaction, and how a person types it. */
import type { Scope } from '../model/scope.ts';
import type { Transaction } from '../model/transaction.ts';

/** A value of a parameter; `$NAME` stands for what an earlier call gave back. */
export type ParameterValue = string | number | boolean | readonly ParameterValue[] | Parameters;

/** Parameters by the API's names. */
export interface Parameters {
  readonly [name: string]: ParameterValue;
}

/** One call. */
export interface ApiCall {
  /** The account and Region that it is made in. */
  readonly scope: Scope;
  readonly operation: string;
  readonly parameters: Parameters;
  /** What of its answer later calls need: "Vpc.VpcId" by the name that they use for it, without the dollar. */
  readonly saves?: { readonly name: string; readonly path: string };
}

/** Makes a call as EC2's API would. @throws Fault where EC2 refuses it */
export type CallOperation = (operation: string, parameters: Parameters, tx: Transaction) => unknown;

/**
 * Makes calls one after the other in a transaction; gives back what they saved, by name.
 * @throws Fault of the first that EC2 refuses
 */
export function makeCalls(
  calls: readonly ApiCall[],
  tx: Transaction,
  call: CallOperation,
): ReadonlyMap<string, string> {
  const saved = new Map<string, string>();
  for (const { scope, operation, parameters, saves } of calls) {
    const asked = withTexts(parameters, (text) => (text.startsWith('$') ? (saved.get(text.slice(1)) ?? text) : text));
    const answer = call(operation, asked, tx.in(scope));
    if (saves) saved.set(saves.name, textAt(answer, saves.path));
  }
  return saved;
}

/**
 * Calls as they are to be made after others: what those saved is called by its name, as its id would be another the
 * next time, and names that are taken get a number.
 */
export function continuing(
  before: readonly ApiCall[],
  further: readonly ApiCall[],
  saved: ReadonlyMap<string, string>,
): readonly ApiCall[] {
  const nameOf = new Map([...saved].map(([name, id]) => [id, `$${name}`]));
  const renamed = new Map<string, string>();
  for (const { saves } of further) {
    const taken = before.filter((call) => call.saves?.name.startsWith(saves?.name ?? '$')).length;
    if (saves && taken > 0) renamed.set(saves.name, `${saves.name}${taken + 1}`);
  }
  return further.map((call) => ({
    ...call,
    parameters: withTexts(call.parameters, (text) => {
      const other = text.startsWith('$') ? renamed.get(text.slice(1)) : undefined;
      return other === undefined ? (nameOf.get(text) ?? text) : `$${other}`;
    }),
    ...(call.saves && { saves: { ...call.saves, name: renamed.get(call.saves.name) ?? call.saves.name } }),
  }));
}

function withTexts(parameters: Parameters, change: (text: string) => string): Parameters {
  const value = (given: ParameterValue): ParameterValue => {
    if (typeof given === 'string') return change(given);
    if (typeof given !== 'object') return given;
    return isList(given) ? given.map(value) : withTexts(given, change);
  };
  return Object.fromEntries(Object.entries(parameters).map(([name, given]) => [name, value(given)]));
}

const isList = (value: readonly ParameterValue[] | Parameters): value is readonly ParameterValue[] =>
  Array.isArray(value);

function textAt(answer: unknown, path: string): string {
  const found = path
    .split('.')
    .reduce<unknown>((at, name) => (typeof at === 'object' && at !== null ? Reflect.get(at, name) : undefined), answer);
  if (typeof found !== 'string') throw new Error(`an answer has no ${path}`);
  return found;
}

/** The call as a person types it: `aws ec2 create-route --route-table-id rtb-… …`. `home`: the shell's own Region. */
export function awsCommand({ scope, operation, parameters, saves }: ApiCall, home: Scope): string {
  const options = Object.entries(parameters).flatMap(
    ([name, value]) => simpleRule(name, value) ?? optionText(operation, name, value),
  );
  const region = scope.region === home.region ? [] : [`--region ${scope.region}`];
  const command = ['aws ec2', kebab(operation), ...options, ...region];
  if (!saves) return command.join(' ');
  return `${saves.name}=$(${[...command, `--query ${saves.path}`, '--output text'].join(' ')})`;
}

/** One rule for one peer, as the AWS CLI's own short options say it; undefined where they cannot. */
function simpleRule(name: string, value: ParameterValue): readonly string[] | undefined {
  const permission = name === 'IpPermissions' && typeof value === 'object' && isList(value) ? value[0] : undefined;
  if (typeof permission !== 'object' || isList(permission)) return undefined;
  const { IpProtocol: protocol, FromPort: from, ToPort: to } = permission;
  const block = memberOf(permission.IpRanges, 'CidrIp');
  const group = memberOf(permission.UserIdGroupPairs, 'GroupId');
  const named = group === undefined ? undefined : `--source-group ${group}`;
  const peer = block === undefined ? named : `--cidr ${block}`;
  if ((protocol !== 'tcp' && protocol !== 'udp') || from !== to || peer === undefined) return undefined;
  return [`--protocol ${protocol}`, `--port ${from}`, peer];
}

function memberOf(list: ParameterValue | undefined, name: string): ParameterValue | undefined {
  const only = typeof list === 'object' && isList(list) && list.length === 1 ? list[0] : undefined;
  return typeof only === 'object' && !isList(only) ? only[name] : undefined;
}

/** Members whose value the AWS CLI takes as a flag of its own. */
function optionText(operation: string, name: string, value: ParameterValue): string {
  const option = kebab(name);
  if (name === 'Egress' && typeof value === 'boolean') return value ? '--egress' : '--ingress';
  if (typeof value === 'boolean') return value ? `--${option}` : `--no-${option}`;
  if (operation === 'ModifyNetworkInterfaceAttribute' && name === 'SourceDestCheck') {
    const wanted = typeof value === 'object' && !isList(value) ? value.Value : value;
    return wanted === true ? `--${option}` : `--no-${option}`;
  }
  const text = shorthand(value, true);
  const quoted = text.startsWith('$') ? `"${text}"` : /[[\]{}*?<>|;& ]/.test(text) ? `'${text}'` : text;
  return `--${option} ${quoted}`;
}

/** The AWS CLI's shorthand syntax: `A=1,B=[{C=2}]`. */
function shorthand(value: ParameterValue, isOutermost: boolean): string {
  if (typeof value !== 'object') return String(value);
  if (isList(value)) {
    const items = value.map((item) => shorthand(item, isOutermost));
    return isOutermost ? items.join(' ') : `[${items.join(',')}]`;
  }
  const fields = Object.entries(value).map(([name, field]) => `${name}=${shorthand(field, false)}`);
  return isOutermost ? fields.join(',') : `{${fields.join(',')}}`;
}

/** "CreateNetworkAclEntry" → "create-network-acl-entry", "VpcId" → "vpc-id". */
const kebab = (name: string): string => name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, '-').toLowerCase();
