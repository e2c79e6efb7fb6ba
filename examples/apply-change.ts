/** Makes the change that a trace proposes, call by call, with the SDK. */
import * as sdk from '@aws-sdk/client-ec2';
import type { TraceCall } from '../src/tables/data-plane.ts';

/** Makes the calls in order; what one gives back is put in where a later one names it. */
export async function applyChange(ec2: sdk.EC2Client, calls: readonly TraceCall[]): Promise<void> {
  const saved = new Map<string, string>();
  for (const { operation, parameters, saves } of calls) {
    const text = JSON.stringify(parameters).replace(/"\$([A-Z0-9]+)"/g, (whole, name: string) =>
      saved.has(name) ? JSON.stringify(saved.get(name)) : whole,
    );
    const answer: unknown = await ec2.send(commandFor(operation, JSON.parse(text)));
    if (saves) saved.set(saves.name, textAt(answer, saves.path));
  }
}

/** The SDK names the command of an operation after it. */
function commandFor(operation: string, parameters: object): Parameters<sdk.EC2Client['send']>[0] {
  const command: unknown = Reflect.get(sdk, `${operation}Command`);
  if (typeof command !== 'function') throw new Error(`the SDK has no command for ${operation}`);
  return Reflect.construct(command, [parameters]);
}

function textAt(answer: unknown, path: string): string {
  const found = path
    .split('.')
    .reduce<unknown>((at, name) => (typeof at === 'object' && at !== null ? Reflect.get(at, name) : undefined), answer);
  if (typeof found !== 'string') throw new Error(`an answer has no ${path}`);
  return found;
}
