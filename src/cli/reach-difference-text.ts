/** What a change opens and closes, as sentences: "opens tcp 22 from the internet to 12 interfaces". */
import type { ChangeEnd, ReachChange, ReachDifference } from '../reach/difference.ts';
import { rangesText } from '../reach/traffic-text.ts';
import { type Colours, WIDTH, wrap } from './style.ts';

const MOST_NAMES = 8;

/** A sentence for each change, with the names of both ends below it. */
export function differenceLines({ changes }: ReachDifference, colours: Colours): readonly string[] {
  if (changes.length === 0) return ['The change opens nothing and closes nothing.'];
  return changes.flatMap((change) => [
    ...wrap(sentence(change), WIDTH).map(change.change === 'opened' ? colours.bad : colours.good),
    ...namesLines('from', change.from),
    ...namesLines('to', change.to),
  ]);
}

function sentence({ change, traffic, answered, from, to, ipVersion }: ReachChange): string {
  const verb = change === 'opened' ? '+ opens' : '- closes';
  const oneWay = answered ? '' : ' (one way: answers do not come back)';
  return `${verb} ${rangesText(traffic)} from ${countText(from)} to ${countText(to)}${ipVersion === 6 ? ' over IPv6' : ''}${oneWay}`;
}

function countText(ends: readonly ChangeEnd[]): string {
  const interfaces = ends.reduce((sum, end) => sum + (end.kind === 'interface' ? end.interfaceIds.length : 0), 0);
  const outside = ends.flatMap(({ kind }) => (kind === 'interface' ? [] : [`the ${kind}`]));
  const inside = interfaces === 1 ? '1 interface' : `${interfaces} interfaces`;
  return [...outside, ...(interfaces > 0 || outside.length === 0 ? [inside] : [])].join(' and ');
}

function namesLines(word: string, ends: readonly ChangeEnd[]): readonly string[] {
  const names = ends.map((end) => (end.kind === 'interface' ? end.name : end.addresses));
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : '';
  return wrap(`${word} ${names.slice(0, MOST_NAMES).join(', ')}${more}`, WIDTH - 6).map((line) => `      ${line}`);
}
