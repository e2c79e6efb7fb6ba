/**
 * Suricata's rules, as far as localvpc decides about packets by them exactly: headers of IP, TCP, UDP and ICMP, and the
 * keyword `flow`. Everything else would need a packet's content, and is refused instead of being ignored.
 *
 * Sources: Suricata's guide (rule format, flow keywords); Network Firewall developer guide (suricata-limitations-caveats).
 */
import type { FlowCondition, StatefulAction, StatefulProtocol } from '../../net/firewall-rule.ts';
import { refused } from './refusal.ts';

/** A rule as it is written, its variables still by their names. */
export interface SuricataRule {
  readonly action: StatefulAction;
  readonly protocol: StatefulProtocol;
  readonly source: string;
  readonly sourcePort: string;
  readonly isBidirectional: boolean;
  readonly destination: string;
  readonly destinationPort: string;
  readonly signatureId: number;
  readonly message: string | undefined;
  readonly flow: FlowCondition;
  /** False where the keyword `priority` is used, which strict order does not know. */
  readonly isInItsPlace: boolean;
}

/** A keyword of a rule's options with what is set. */
export interface RuleOption {
  readonly keyword: string;
  readonly setting: string | undefined;
}

/** The parts of a rule before its options are looked at. */
export interface RuleHeader {
  readonly action: string;
  readonly protocol: string;
  readonly source: string;
  readonly sourcePort: string;
  readonly isBidirectional: boolean;
  readonly destination: string;
  readonly destinationPort: string;
}

/** Every rule of a text with one rule on each line. @throws Fault InvalidRequestException for the first that is not decided */
export function parseSuricataRules(text: string): readonly SuricataRule[] {
  const rules: SuricataRule[] = [];
  for (const line of text.split(/\r?\n/).map((one) => one.trim())) {
    if (line === '' || line.startsWith('#')) continue;
    rules.push(parseSuricataRule(line));
  }
  return rules;
}

/** A part of a header: a word, or a list in brackets that may have spaces in it. */
const PART = String.raw`(!?\[[^\s(),]*(?:\s*,\s*[^\s(),]*)*\]|[^\s\[\]()]+)`;
const LINE = new RegExp(String.raw`^(\w+)\s+([\w-]+)\s+${PART}\s+${PART}\s+(->|<>|<-)\s+${PART}\s+${PART}\s*\((.*)\)$`);

function parseSuricataRule(line: string): SuricataRule {
  const match = LINE.exec(line);
  if (!match)
    throw refused(
      `this is no rule of the form "action protocol source port -> destination port (options)": ${line.slice(0, 300)}`,
    );
  const [
    ,
    action = '',
    protocol = '',
    source = '',
    sourcePort = '',
    arrow,
    destination = '',
    destinationPort = '',
    options = '',
  ] = match;
  if (arrow === '<-') throw refused('the direction of a rule is -> or <>');
  const header = {
    action,
    protocol,
    source,
    sourcePort,
    isBidirectional: arrow === '<>',
    destination,
    destinationPort,
  };
  return ruleOf(header, parseOptions(options));
}

/** Options end with a semicolon, which a text holds behind a backslash. */
function parseOptions(text: string): readonly RuleOption[] {
  const options: RuleOption[] = [];
  for (const option of text.match(/(?:\\.|"(?:\\.|[^"\\])*"|[^;\\"])+/g) ?? []) {
    const [, keyword, setting] = /^\s*([\w.-]+)\s*(?::\s*(.*?))?\s*$/s.exec(option) ?? [];
    if (keyword) options.push({ keyword, setting });
    else if (option.trim() !== '') throw refused(`"${option.trim().slice(0, 200)}" is no rule option`);
  }
  return options;
}

const ACTIONS: readonly StatefulAction[] = ['pass', 'drop', 'reject', 'alert'];
const PROTOCOLS: readonly StatefulProtocol[] = ['ip', 'tcp', 'udp', 'icmp'];

/** A rule of these parts. @throws Fault InvalidRequestException for what is not decided */
export function ruleOf(header: RuleHeader, options: readonly RuleOption[]): SuricataRule {
  const action = ACTIONS.find((one) => one === header.action.toLowerCase());
  if (!action) throw refused(`the action of a stateful rule is pass, drop, reject or alert, not ${header.action}`);
  const protocol = PROTOCOLS.find((one) => one === header.protocol.toLowerCase());
  if (!protocol) {
    throw refused(
      `localvpc decides about the protocols ip, tcp, udp and icmp by their headers; ${header.protocol} would need the content of packets`,
    );
  }
  if (action === 'reject' && protocol !== 'tcp')
    throw refused('the action reject is available for the protocol tcp only');
  const hasPorts = [header.sourcePort, header.destinationPort].some((port) => port.toLowerCase() !== 'any');
  if (hasPorts && (protocol === 'ip' || protocol === 'icmp')) {
    throw refused(`localvpc does not decide about ports of the protocol ${protocol}: tcp and udp have some`);
  }
  const { source, sourcePort, isBidirectional, destination, destinationPort } = header;
  return {
    ...{ action, protocol, source, sourcePort, isBidirectional, destination, destinationPort },
    ...optionsOf(options),
  };
}

/** Keywords that say something about a rule and nothing about packets. */
const ABOUT_THE_RULE: ReadonlySet<string> = new Set([
  'rev',
  'classtype',
  'reference',
  'metadata',
  'priority',
  'gid',
  'noalert',
]);

function optionsOf(
  options: readonly RuleOption[],
): Pick<SuricataRule, 'signatureId' | 'message' | 'flow' | 'isInItsPlace'> {
  let signatureId: number | undefined;
  let message: string | undefined;
  let flow: FlowCondition = { side: undefined, isEstablished: undefined };
  for (const { keyword, setting } of options) {
    if (keyword === 'sid') signatureId = signatureIdOf(setting);
    else if (keyword === 'msg') message = setting?.replace(/^"|"$/g, '');
    else if (keyword === 'flow') flow = flowOf(setting ?? '');
    else if (!ABOUT_THE_RULE.has(keyword)) {
      throw refused(
        `localvpc does not decide about the keyword ${keyword.slice(0, 100)}: it takes msg, sid, rev, flow and what says nothing about packets`,
      );
    }
  }
  if (signatureId === undefined) throw refused('every stateful rule must have a sid');
  return { signatureId, message, flow, isInItsPlace: !options.some(({ keyword }) => keyword === 'priority') };
}

function signatureIdOf(setting: string | undefined): number {
  const id = /^\d{1,10}$/.test(setting ?? '') ? Number(setting) : 0;
  if (id < 1 || id > 0xffff_ffff) throw refused(`"${setting ?? ''}" is no sid`);
  return id;
}

const FLOW_WORDS: Readonly<Record<string, Partial<FlowCondition>>> = {
  to_server: { side: 'to-server' },
  from_client: { side: 'to-server' },
  to_client: { side: 'to-client' },
  from_server: { side: 'to-client' },
  established: { isEstablished: true },
  not_established: { isEstablished: false },
  // A match whether there is a flow or not.
  stateless: {},
};

function flowOf(setting: string): FlowCondition {
  let flow: FlowCondition = { side: undefined, isEstablished: undefined };
  for (const word of setting.split(',').map((one) => one.trim())) {
    const condition = FLOW_WORDS[word];
    if (!condition) throw refused(`localvpc does not decide about flow:${word.slice(0, 100)}`);
    flow = { ...flow, ...condition };
  }
  return flow;
}
