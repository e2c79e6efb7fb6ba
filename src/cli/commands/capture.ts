/** `localvpc capture`: the frames of one interface as pcapng, while they pass. */
import { createWriteStream } from 'node:fs';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Command } from 'commander';
import type { Context } from '../context.ts';
import { CommandFailure, errorCodeOf, messageOf } from '../failure.ts';
import type { HttpAnswer } from '../http-request.ts';
import { interfaceId } from '../instance-name.ts';

const HELP = `
INTERFACE is a network interface id, or an instance (id or Name tag) that has
only one. Frames are seen as the instance sends and receives them, with private
addresses. Ctrl-C ends the capture.

A frame of the instance's own that was dropped has the reason as a comment,
which Wireshark shows with it (filter: frame.comment). With --before-rules also
those frames are there that came for the instance and were stopped by its
network ACL, its groups or its source/destination check, each with its reason.

Examples:
  $ localvpc capture eni-0123456789abcdef0 --output web.pcapng
  $ localvpc capture web | wireshark -k -i -
  $ localvpc capture web | tcpdump -n -r -
  $ localvpc capture web --before-rules | wireshark -k -i - -Y frame.comment
`;

export const captureCommand = (context: () => Context): Command =>
  new Command('capture')
    .description('record the frames of an interface as pcapng')
    .argument('<interface>', 'network interface id, or an instance with one interface')
    .option('--before-rules', 'also frames that came for it and were not let in')
    .option('--output <file>', 'write to a file instead of standard output')
    .addHelpText('after', HELP)
    .action(async (name: string, options: Options) => await capture(name, options, context()));

interface Options {
  readonly output?: string;
  readonly beforeRules?: boolean;
}

async function capture(
  name: string,
  { output, beforeRules = false }: Options,
  { endpoint, find }: Context,
): Promise<void> {
  if (output === undefined && process.stdout.isTTY) {
    throw new CommandFailure(
      'A capture is not for reading as it stands.',
      'Name a file with --output FILE, or type: localvpc capture … | tcpdump -n -r -',
    );
  }
  const id = await interfaceId(name, find);
  const ending = new AbortController();
  const end = (): void => ending.abort();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, end);
  const response = await endpoint.request(`capture?interface=${encodeURIComponent(id)}&before-rules=${beforeRules}`, {
    signal: ending.signal,
  });
  await copy(response, output === undefined ? process.stdout : createWriteStream(output), ending.signal);
}

/** Copies until the source ends, the reader goes away or the user has enough; then what came is written to the end. */
async function copy(response: HttpAnswer, sink: Writable, signal: AbortSignal): Promise<void> {
  try {
    await pipeline(untilAborted(response.body, signal), sink, { end: sink !== process.stdout });
  } catch (error) {
    if (errorCodeOf(error) === 'EPIPE') return;
    throw new CommandFailure(`The capture broke off: ${messageOf(error)}`);
  }
}

async function* untilAborted(body: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
