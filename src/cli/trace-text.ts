/** A trace as text: one line for each stage, with the rule that decided and the packet wherever it changed. */
import type { TraceChange, TraceResult, TraceStep } from '../tables/data-plane.ts';
import { changeText, isFatal, verdictText } from '../tables/trace-words.ts';
import type { TraceAnswer, TraceEnd } from './contract.ts';
import { type Colours, WIDTH, wrap } from './style.ts';

/** Columns of the mark and the stage's name. */
const MARK_COLUMNS = 2;
const STAGE_COLUMNS = 22;
const COMMAND_INDENT = 2;
const REST_COLUMNS = WIDTH - MARK_COLUMNS - STAGE_COLUMNS;

/** There, and back where the packet arrived and something answers it. */
export function traceLines(answer: TraceAnswer, colours: Colours): readonly string[] {
  const { forward, reply, change, from, to } = answer;
  return [
    ...wrap(`From ${endText(from)} to ${endText(to)}`, WIDTH),
    '',
    ...wayLines('There', forward, colours),
    ...(reply === undefined ? [] : ['', ...wayLines('Back', reply, colours)]),
    ...(change === undefined ? [] : ['', ...changeLines(change, colours)]),
  ];
}

function endText(end: TraceEnd): string {
  const names = [end.instanceId, end.interfaceId, end.gatewayId, end.address].filter((name) => name !== undefined);
  const [first = 'internet', ...others] = names;
  return others.length === 0 ? first : `${first} (${others.join(', ')})`;
}

/** Commands are broken where a shell takes them as one. */
function changeLines(change: TraceChange, colours: Colours): readonly string[] {
  const { calls } = change;
  const lines = wrap(changeText(change), WIDTH);
  return [
    ...(calls.length > 0 ? lines.map(colours.bold) : lines),
    ...calls.flatMap(({ command }) => commandLines(command)),
  ];
}

function commandLines(command: string): readonly string[] {
  const lines = wrap(command, WIDTH - COMMAND_INDENT - 4);
  return lines.map((line, index) => {
    const indent = ' '.repeat(index === 0 ? COMMAND_INDENT : COMMAND_INDENT + 2);
    return `${indent}${line}${index === lines.length - 1 ? '' : ' \\'}`;
  });
}

function wayLines(title: string, result: TraceResult, colours: Colours): readonly string[] {
  const first = result.path[0]?.packet;
  return [
    `${colours.bold(title)}${first === undefined ? '' : `  ${first}`}`,
    ...result.path.flatMap((step, index) => stepLines(step, result.path[index - 1], isFatal(result, index), colours)),
    ...verdictLines(result, colours),
  ];
}

function stepLines(
  step: TraceStep,
  before: TraceStep | undefined,
  fatal: boolean,
  colours: Colours,
): readonly string[] {
  const told = step.component ? wrap(`${step.component.id} ${step.component.detail}`, REST_COLUMNS) : [];
  const changed = before !== undefined && step.packet !== before.packet ? wrap(`now ${step.packet}`, REST_COLUMNS) : [];
  const [first = '', ...more] = [...told, ...changed];
  const stage = step.stage.padEnd(STAGE_COLUMNS);
  const head = `${fatal ? colours.bad('✗') : colours.good('✓')} ${fatal ? colours.bad(stage) : stage}${first}`;
  return [head.trimEnd(), ...more.map((line) => `${' '.repeat(MARK_COLUMNS + STAGE_COLUMNS)}${line}`)];
}

function verdictLines(result: TraceResult, colours: Colours): readonly string[] {
  const paint = result.verdict === 'dropped' ? colours.bad : colours.good;
  return wrap(verdictText(result), WIDTH).map(paint);
}
