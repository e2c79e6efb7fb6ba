/** Traffic mirror filters and their rules: create, change, delete, describe. */
import type * as sdk from '@aws-sdk/client-ec2';
import { Fault } from '../../model/fault.ts';
import { TrafficMirrorFilter, TrafficMirrorFilterRule } from '../../model/resources/traffic-mirror.ts';
import { tagsOf } from '../../model/tags.ts';
import { changeRule, createFilter, createRule, deleteFilter, rulesOf } from '../../model/traffic-mirroring.ts';
import type { Transaction } from '../../model/transaction.ts';
import { type Cidr, formatCidr, parseCidr } from '../../net/cidr.ts';
import type { PortRange } from '../../net/port-range.ts';
import { action } from '../action.ts';
import { choice } from '../choice.ts';
import { describe } from '../describe.ts';
import { describeTags } from '../tag-set.ts';

/** CreateTrafficMirrorFilter: without rules it mirrors nothing. */
export const CreateTrafficMirrorFilter = action('CreateTrafficMirrorFilter', (request, tx) => {
  const filter = createFilter(tx, {
    networkServices: [],
    description: request.Description,
    tags: tagsOf(request.TagSpecifications, 'traffic-mirror-filter'),
  });
  return { TrafficMirrorFilter: describeFilter(filter, tx), ClientToken: request.ClientToken };
});

/** DeleteTrafficMirrorFilter. */
export const DeleteTrafficMirrorFilter = action('DeleteTrafficMirrorFilter', (request, tx) => {
  const filter = tx.get(TrafficMirrorFilter, request.TrafficMirrorFilterId);
  deleteFilter(tx, filter);
  return { TrafficMirrorFilterId: filter.id };
});

/** ModifyTrafficMirrorFilterNetworkServices: whether questions to the Amazon DNS and its answers are mirrored. */
export const ModifyTrafficMirrorFilterNetworkServices = action(
  'ModifyTrafficMirrorFilterNetworkServices',
  (request, tx) => {
    const filter = tx.get(TrafficMirrorFilter, request.TrafficMirrorFilterId);
    const known = (services: readonly string[] | undefined): readonly 'amazon-dns'[] =>
      (services ?? []).flatMap((service) => choice(service, ['amazon-dns'], 'networkServices') ?? []);
    const removed = known(request.RemoveNetworkServices);
    const services = new Set([...filter.networkServices, ...known(request.AddNetworkServices)]);
    const networkServices = [...services].filter((service) => !removed.includes(service));
    return { TrafficMirrorFilter: describeFilter(tx.update(TrafficMirrorFilter, filter.id, { networkServices }), tx) };
  },
);

/** CreateTrafficMirrorFilterRule. */
export const CreateTrafficMirrorFilterRule = action('CreateTrafficMirrorFilterRule', (request, tx) => {
  const rule = createRule(tx, {
    filterId: tx.get(TrafficMirrorFilter, request.TrafficMirrorFilterId).id,
    direction: needed(choice(request.TrafficDirection, ['ingress', 'egress'], 'trafficDirection'), 'TrafficDirection'),
    number: needed(request.RuleNumber, 'RuleNumber'),
    action: needed(choice(request.RuleAction, ['accept', 'reject'], 'ruleAction'), 'RuleAction'),
    protocol: request.Protocol,
    source: block(request.SourceCidrBlock, 'sourceCidrBlock'),
    destination: block(request.DestinationCidrBlock, 'destinationCidrBlock'),
    sourcePorts: ports(request.SourcePortRange, 'sourcePortRange'),
    destinationPorts: ports(request.DestinationPortRange, 'destinationPortRange'),
    description: request.Description,
    tags: tagsOf(request.TagSpecifications, 'traffic-mirror-filter-rule'),
  });
  return { TrafficMirrorFilterRule: describeRule(rule), ClientToken: request.ClientToken };
});

const REMOVABLE = ['destination-port-range', 'source-port-range', 'protocol', 'description'] as const;

/** ModifyTrafficMirrorFilterRule: what is not named stays. */
export const ModifyTrafficMirrorFilterRule = action('ModifyTrafficMirrorFilterRule', (request, tx) => {
  const rule = tx.get(TrafficMirrorFilterRule, request.TrafficMirrorFilterRuleId);
  const removed = (request.RemoveFields ?? []).map((field) => choice(field, REMOVABLE, 'removeFields'));
  const change: Partial<TrafficMirrorFilterRule> = {
    direction: choice(request.TrafficDirection, ['ingress', 'egress'], 'trafficDirection') ?? rule.direction,
    action: choice(request.RuleAction, ['accept', 'reject'], 'ruleAction') ?? rule.action,
    number: request.RuleNumber ?? rule.number,
    source: request.SourceCidrBlock ? block(request.SourceCidrBlock, 'sourceCidrBlock') : rule.source,
    destination: request.DestinationCidrBlock
      ? block(request.DestinationCidrBlock, 'destinationCidrBlock')
      : rule.destination,
    protocol: removed.includes('protocol') ? undefined : (request.Protocol ?? rule.protocol),
    sourcePorts: removed.includes('source-port-range')
      ? undefined
      : (ports(request.SourcePortRange, 'sourcePortRange') ?? rule.sourcePorts),
    destinationPorts: removed.includes('destination-port-range')
      ? undefined
      : (ports(request.DestinationPortRange, 'destinationPortRange') ?? rule.destinationPorts),
    description: removed.includes('description') ? undefined : (request.Description ?? rule.description),
  };
  return { TrafficMirrorFilterRule: describeRule(changeRule(tx, rule, change)) };
});

/** DeleteTrafficMirrorFilterRule. */
export const DeleteTrafficMirrorFilterRule = action('DeleteTrafficMirrorFilterRule', (request, tx) => {
  const { id } = tx.get(TrafficMirrorFilterRule, request.TrafficMirrorFilterRuleId);
  tx.remove(TrafficMirrorFilterRule, id);
  return { TrafficMirrorFilterRuleId: id };
});

function needed<T>(value: T | undefined, parameter: string): T {
  if (value === undefined) throw new Fault('MissingParameter', { parameter });
  return value;
}

function block(text: string | undefined, parameter: string): Cidr {
  const cidr = parseCidr(text ?? '');
  if (cidr) return cidr;
  throw new Fault('InvalidParameterValue', { value: text ?? '', parameter, reason: 'This is not a valid CIDR block.' });
}

function ports(range: sdk.TrafficMirrorPortRangeRequest | undefined, parameter: string): PortRange | undefined {
  if (!range) return undefined;
  const { FromPort: from = 0, ToPort: to = 65_535 } = range;
  if (from >= 0 && from <= to && to <= 65_535) return { from, to };
  const reason = 'Expecting ports between 0 and 65535, the first not above the last.';
  throw new Fault('InvalidParameterValue', { value: `${from}-${to}`, parameter, reason });
}

const shownPorts = (range: PortRange | undefined): sdk.TrafficMirrorPortRange | undefined =>
  range && { FromPort: range.from, ToPort: range.to };

const describeRule = (row: TrafficMirrorFilterRule): sdk.TrafficMirrorFilterRule => ({
  TrafficMirrorFilterRuleId: row.id,
  TrafficMirrorFilterId: row.filterId,
  TrafficDirection: row.direction,
  RuleNumber: row.number,
  RuleAction: row.action,
  Protocol: row.protocol,
  SourceCidrBlock: formatCidr(row.source),
  DestinationCidrBlock: formatCidr(row.destination),
  SourcePortRange: shownPorts(row.sourcePorts),
  DestinationPortRange: shownPorts(row.destinationPorts),
  Description: row.description,
  Tags: describeTags(row.tags),
});

const describeFilter = (row: TrafficMirrorFilter, tx: Transaction): sdk.TrafficMirrorFilter => ({
  TrafficMirrorFilterId: row.id,
  IngressFilterRules: rulesOf(tx, row.id, 'ingress').map(describeRule),
  EgressFilterRules: rulesOf(tx, row.id, 'egress').map(describeRule),
  NetworkServices: [...row.networkServices],
  Description: row.description,
  Tags: describeTags(row.tags),
});

/** DescribeTrafficMirrorFilters. */
export const DescribeTrafficMirrorFilters = describe('DescribeTrafficMirrorFilters', 'TrafficMirrorFilters', {
  kind: TrafficMirrorFilter,
  ids: 'TrafficMirrorFilterIds',
  filters: { description: (row) => row.description, 'traffic-mirror-filter-id': (row) => row.id },
  render: describeFilter,
});

/** DescribeTrafficMirrorFilterRules. */
export const DescribeTrafficMirrorFilterRules = describe(
  'DescribeTrafficMirrorFilterRules',
  'TrafficMirrorFilterRules',
  {
    kind: TrafficMirrorFilterRule,
    ids: 'TrafficMirrorFilterRuleIds',
    where: (row, tx, request) =>
      request.TrafficMirrorFilterId === undefined ||
      row.filterId === tx.get(TrafficMirrorFilter, request.TrafficMirrorFilterId).id,
    filters: {
      'traffic-mirror-filter-rule-id': (row) => row.id,
      'traffic-mirror-filter-id': (row) => row.filterId,
      'rule-number': (row) => row.number,
      'rule-action': (row) => row.action,
      'traffic-direction': (row) => row.direction,
      protocol: (row) => row.protocol,
      'source-cidr-block': (row) => formatCidr(row.source),
      'destination-cidr-block': (row) => formatCidr(row.destination),
      description: (row) => row.description,
    },
    render: describeRule,
  },
);

export const trafficMirrorFilterActions = [
  CreateTrafficMirrorFilter,
  DeleteTrafficMirrorFilter,
  ModifyTrafficMirrorFilterNetworkServices,
  CreateTrafficMirrorFilterRule,
  ModifyTrafficMirrorFilterRule,
  DeleteTrafficMirrorFilterRule,
  DescribeTrafficMirrorFilters,
  DescribeTrafficMirrorFilterRules,
] as const;
