/** Sets of traffic as ranges that people and programs read: "tcp 22, 80-443; udp 53; icmp echo request". */
import { ICMP, protocolName, TCP, UDP } from '../net/protocol.ts';
import { ICMP_ECHO_REQUEST, ICMPV6_ECHO_REQUEST } from '../wire/icmp.ts';
import type { TrafficSpace } from './analysis.ts';
import type { Range, TrafficCell } from './traffic-cells.ts';
import type { SetId } from './traffic-sets.ts';

/** Part of a set, all ends included. */
export type TrafficRange =
  /** Everything. */
  | { readonly protocol: 'all' }
  | { readonly protocol: 'tcp' | 'udp'; readonly fromPort: number; readonly toPort: number }
  | {
      readonly protocol: 'icmp' | 'icmpv6';
      readonly fromType: number;
      readonly toType: number;
      readonly fromCode: number;
      readonly toCode: number;
    }
  /** Another protocol by its number, or all others that no rule names. */
  | { readonly protocol: 'number'; readonly number: number }
  | { readonly protocol: 'others' };

const MAX_PORT = 65535;
const MAX_OCTET = 255;

/** The ranges of a set, in the order of protocols and ports. */
export function rangesOf({ cells, sets }: TrafficSpace, set: SetId): readonly TrafficRange[] {
  if (set === sets.all) return [{ protocol: 'all' }];
  const ranges: TrafficRange[] = [];
  for (const [index, cell] of cells.cells.entries()) {
    if (!sets.has(set, index)) continue;
    const range = rangeOf(cell);
    const last = ranges.at(-1);
    const joined = last && together(last, range);
    if (joined) ranges[ranges.length - 1] = joined;
    else ranges.push(range);
  }
  return ranges;
}

function rangeOf(cell: TrafficCell): TrafficRange {
  switch (cell.kind) {
    case 'ports':
      return { protocol: cell.protocol === TCP ? 'tcp' : 'udp', fromPort: cell.ports.from, toPort: cell.ports.to };
    case 'icmp': {
      const { types, codes } = cell;
      const protocol = cell.protocol === ICMP ? 'icmp' : 'icmpv6';
      return { protocol, fromType: types.from, toType: types.to, fromCode: codes.from, toCode: codes.to };
    }
    case 'protocol':
      return { protocol: 'number', number: cell.protocol };
    case 'others':
      return { protocol: 'others' };
  }
}

/** Two ranges as one, where the second follows the first. */
function together(one: TrafficRange, other: TrafficRange): TrafficRange | undefined {
  if ('fromPort' in one && 'fromPort' in other)
    return one.protocol === other.protocol && one.toPort + 1 === other.fromPort
      ? { ...one, toPort: other.toPort }
      : undefined;
  if (!('fromType' in one && 'fromType' in other)) return undefined;
  if (one.fromType === other.fromType && one.toType === other.toType && one.toCode + 1 === other.fromCode)
    return { ...one, toCode: other.toCode };
  const areWhole = one.fromCode === 0 && one.toCode === MAX_OCTET && other.fromCode === 0 && other.toCode === MAX_OCTET;
  return areWhole && one.toType + 1 === other.fromType ? { ...one, toType: other.toType } : undefined;
}

/** "tcp 22, 80-443; icmp"; "all traffic"; "nothing". */
export function rangesText(ranges: readonly TrafficRange[]): string {
  const byProtocol = new Map<string, string[]>();
  for (const range of ranges) {
    const [protocol, text] = partsOf(range);
    byProtocol.set(protocol, [...(byProtocol.get(protocol) ?? []), ...(text === '' ? [] : [text])]);
  }
  const texts = [...byProtocol].map(([protocol, parts]) => [protocol, parts.join(', ')].filter(Boolean).join(' '));
  return texts.length === 0 ? 'nothing' : texts.join('; ');
}

function partsOf(range: TrafficRange): readonly [string, string] {
  switch (range.protocol) {
    case 'all':
      return ['all traffic', ''];
    case 'others':
      return ['other protocols', ''];
    case 'number':
      return ['protocol', protocolName(range.number)];
    case 'tcp':
    case 'udp':
      return [range.protocol, spanText({ from: range.fromPort, to: range.toPort }, MAX_PORT)];
    default:
      return [range.protocol, icmpText(range)];
  }
}

const spanText = ({ from, to }: Range, last: number): string => {
  if (from === 0 && to === last) return 'all ports';
  return from === to ? String(from) : `${from}-${to}`;
};

function icmpText(range: Extract<TrafficRange, { readonly fromType: number }>): string {
  const { protocol, fromType, toType, fromCode, toCode } = range;
  if (fromType === 0 && toType === MAX_OCTET) return '';
  const echo = protocol === 'icmp' ? ICMP_ECHO_REQUEST : ICMPV6_ECHO_REQUEST;
  const types = fromType === toType ? `type ${fromType}` : `types ${fromType}-${toType}`;
  const type = fromType === echo && toType === echo ? 'echo request' : types;
  return fromCode === 0 && toCode === MAX_OCTET
    ? type
    : `${type} code ${spanText({ from: fromCode, to: toCode }, MAX_OCTET)}`;
}

/** The set of what is asked about: TCP or UDP with one of these ports, ICMP; everything where nothing is named. */
export function askedSet(
  { cells, sets }: TrafficSpace,
  asked: { readonly tcp?: readonly number[]; readonly udp?: readonly number[]; readonly icmp?: boolean },
): SetId {
  if (!asked.tcp && !asked.udp && !asked.icmp) return sets.all;
  return sets.where((index) => {
    const cell = cells.cells[index];
    if (cell?.kind === 'icmp') return asked.icmp ?? false;
    if (cell?.kind !== 'ports') return false;
    const ports = cell.protocol === UDP ? asked.udp : asked.tcp;
    return ports?.some((port) => port >= cell.ports.from && port <= cell.ports.to) ?? false;
  });
}
