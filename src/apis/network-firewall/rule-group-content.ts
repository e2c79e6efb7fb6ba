/** The rules of a group, from the API's form and back. */
import type * as sdk from '@aws-sdk/client-network-firewall';
import type { Decoded } from '../../ec2/operation.ts';
import { refused } from '../../model/network-firewall/refusal.ts';
import type { RuleGroupContent } from '../../model/network-firewall/rule-groups.ts';
import type {
  FirewallRuleGroup,
  PortsSetting,
  RulesSource,
  RuleVariables,
  StatefulRuleSetting,
  StatelessRuleSetting,
} from '../../model/resources/network-firewall.ts';
import { customActionsOf, describeCustomActions, optionalWord, unlessEmpty, word } from './words.ts';

interface Asked {
  readonly RuleGroup?: Decoded<sdk.RuleGroup> | undefined;
  readonly Rules?: string | undefined;
}

const NO_VARIABLES: RuleVariables = { ipSets: {}, portSets: {} };

/** What a request says of a group's rules. @throws Fault InvalidRequestException where it says it twice or not at all */
export function contentOf({ RuleGroup: group, Rules: text }: Asked): RuleGroupContent {
  if ((group === undefined) === (text === undefined))
    throw refused('the request must contain either RuleGroup or Rules');
  if (!group)
    return { rules: { kind: 'rules-string', text: text ?? '' }, variables: NO_VARIABLES, ruleOrder: undefined };
  if (Object.keys(group.ReferenceSets?.IPSetReferences ?? {}).length > 0) {
    throw refused(
      'localvpc does not decide about IP set references: name the blocks in an IP set of the rule variables',
    );
  }
  return {
    rules: sourceOf(group.RulesSource),
    variables: variablesOf(group.RuleVariables),
    ruleOrder: optionalWord(
      group.StatefulRuleOptions?.RuleOrder,
      ['DEFAULT_ACTION_ORDER', 'STRICT_ORDER'],
      'RuleOrder',
    ),
  };
}

function sourceOf(source: Decoded<sdk.RulesSource>): RulesSource {
  const { RulesString, RulesSourceList, StatefulRules, StatelessRulesAndCustomActions } = source;
  if (RulesSourceList) {
    throw refused(
      'localvpc does not decide about domain lists, which need the content of packets: it takes StatefulRules, a RulesString or stateless rules',
    );
  }
  if ([RulesString, StatefulRules, StatelessRulesAndCustomActions].filter((one) => one !== undefined).length !== 1) {
    throw refused('RulesSource must contain one of RulesString, StatefulRules and StatelessRulesAndCustomActions');
  }
  if (RulesString !== undefined) return { kind: 'rules-string', text: RulesString };
  if (StatefulRules) return { kind: 'stateful-rules', rules: StatefulRules.map(statefulRuleOf) };
  const { StatelessRules = [], CustomActions } = StatelessRulesAndCustomActions ?? {};
  return {
    kind: 'stateless',
    rules: StatelessRules.map(statelessRuleOf),
    customActions: customActionsOf(CustomActions),
  };
}

const ACTIONS = ['PASS', 'DROP', 'ALERT', 'REJECT'] as const;
const DIRECTIONS = ['FORWARD', 'ANY'] as const;

function statefulRuleOf({ Action, Header, RuleOptions }: Decoded<sdk.StatefulRule>): StatefulRuleSetting {
  return {
    action: word(Action, ACTIONS, 'Action'),
    protocol: Header.Protocol,
    source: Header.Source,
    sourcePort: Header.SourcePort,
    direction: word(Header.Direction, DIRECTIONS, 'Direction'),
    destination: Header.Destination,
    destinationPort: Header.DestinationPort,
    options: RuleOptions.map(({ Keyword, Settings = [] }) => ({ keyword: Keyword, settings: Settings })),
  };
}

type PortRanges = readonly Decoded<sdk.PortRange>[] | undefined;

const portsOf = (ranges: PortRanges = []): readonly PortsSetting[] =>
  ranges.map(({ FromPort, ToPort }) => ({ fromPort: FromPort, toPort: ToPort }));

function statelessRuleOf({ Priority, RuleDefinition }: Decoded<sdk.StatelessRule>): StatelessRuleSetting {
  const match = RuleDefinition.MatchAttributes;
  return {
    priority: Priority,
    actions: RuleDefinition.Actions,
    match: {
      sources: (match.Sources ?? []).map(({ AddressDefinition }) => AddressDefinition),
      destinations: (match.Destinations ?? []).map(({ AddressDefinition }) => AddressDefinition),
      sourcePorts: portsOf(match.SourcePorts),
      destinationPorts: portsOf(match.DestinationPorts),
      protocols: match.Protocols ?? [],
      tcpFlags: (match.TCPFlags ?? []).map(({ Flags, Masks = [] }) => ({ flags: Flags, masks: Masks })),
    },
  };
}

function variablesOf(asked: Decoded<sdk.RuleVariables> | undefined): RuleVariables {
  return {
    ipSets: definitionsOf(asked?.IPSets),
    portSets: definitionsOf(asked?.PortSets),
  };
}

/** Names with their definitions, as IP sets and port sets have them. */
export const definitionsOf = (
  sets: Readonly<Record<string, { readonly Definition?: readonly string[] | undefined } | undefined>> | undefined,
): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(Object.entries(sets ?? {}).map(([name, set]) => [name, set?.Definition ?? []]));

/** A group's rules in the API's form. */
export function describeContent({ rules, variables, ruleOrder }: FirewallRuleGroup): sdk.RuleGroup {
  const hasVariables = Object.keys({ ...variables.ipSets, ...variables.portSets }).length > 0;
  return {
    ...(hasVariables && {
      RuleVariables: { IPSets: describeSets(variables.ipSets), PortSets: describeSets(variables.portSets) },
    }),
    RulesSource: describeSource(rules),
    ...(ruleOrder && { StatefulRuleOptions: { RuleOrder: ruleOrder } }),
  };
}

export const describeSets = (
  sets: Readonly<Record<string, readonly string[]>>,
): Record<string, { Definition: string[] }> =>
  Object.fromEntries(Object.entries(sets).map(([name, texts]) => [name, { Definition: [...texts] }]));

function describeSource(rules: RulesSource): sdk.RulesSource {
  switch (rules.kind) {
    case 'rules-string':
      return { RulesString: rules.text };
    case 'stateful-rules':
      return { StatefulRules: rules.rules.map(describeStateful) };
    case 'stateless':
      return {
        StatelessRulesAndCustomActions: {
          StatelessRules: rules.rules.map(describeStateless),
          CustomActions: unlessEmpty(describeCustomActions(rules.customActions)),
        },
      };
  }
}

function describeStateful(rule: StatefulRuleSetting): sdk.StatefulRule {
  return {
    Action: word(rule.action, ACTIONS, 'Action'),
    Header: {
      Protocol: rule.protocol as sdk.StatefulRuleProtocol,
      Source: rule.source,
      SourcePort: rule.sourcePort,
      Direction: rule.direction,
      Destination: rule.destination,
      DestinationPort: rule.destinationPort,
    },
    RuleOptions: rule.options.map(({ keyword, settings }) => ({
      Keyword: keyword,
      ...(settings.length > 0 && { Settings: [...settings] }),
    })),
  };
}

const describePorts = (ports: readonly PortsSetting[]): sdk.PortRange[] | undefined =>
  unlessEmpty(ports.map(({ fromPort, toPort }) => ({ FromPort: fromPort, ToPort: toPort })));

const describeBlocks = (blocks: readonly string[]): sdk.Address[] | undefined =>
  unlessEmpty(blocks.map((AddressDefinition) => ({ AddressDefinition })));

const describeStateless = ({ priority, actions, match }: StatelessRuleSetting): sdk.StatelessRule => ({
  Priority: priority,
  RuleDefinition: {
    Actions: [...actions],
    MatchAttributes: {
      Sources: describeBlocks(match.sources),
      Destinations: describeBlocks(match.destinations),
      SourcePorts: describePorts(match.sourcePorts),
      DestinationPorts: describePorts(match.destinationPorts),
      Protocols: unlessEmpty(match.protocols),
      TCPFlags: unlessEmpty(
        match.tcpFlags.map(({ flags, masks }) => ({
          Flags: flags as sdk.TCPFlag[],
          Masks: unlessEmpty(masks as sdk.TCPFlag[]),
        })),
      ),
    },
  },
});
