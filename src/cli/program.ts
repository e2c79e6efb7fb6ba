/** The commands of `localvpc`, as one program. */
import type { Command } from 'commander';
import { benchCommand } from './commands/bench.ts';
import { captureCommand } from './commands/capture.ts';
import { certificateCommand } from './commands/certificate.ts';
import { consoleCommand } from './commands/console.ts';
import { costsCommand } from './commands/costs.ts';
import { coverageCommand } from './commands/coverage.ts';
import { downCommand } from './commands/down.ts';
import { dropsCommand } from './commands/drops.ts';
import { enaCommand } from './commands/ena.ts';
import { envCommand } from './commands/env.ts';
import { execCommand } from './commands/exec.ts';
import { exportCommand } from './commands/export.ts';
import { flowLogsCommand } from './commands/flow-logs.ts';
import { hostsCommand } from './commands/hosts.ts';
import { importCommand } from './commands/import.ts';
import { internetCommand } from './commands/internet.ts';
import { nicsCommand } from './commands/nics.ts';
import { proxyCommand } from './commands/proxy.ts';
import { reachCommand } from './commands/reach.ts';
import { resetCommand } from './commands/reset.ts';
import { shellCommand } from './commands/shell.ts';
import { siteCommand } from './commands/site.ts';
import { sshCommand } from './commands/ssh.ts';
import { statusCommand } from './commands/status.ts';
import { tourCommand } from './commands/tour.ts';
import { traceCommand } from './commands/trace.ts';
import { upCommand } from './commands/up.ts';
import type { Context } from './context.ts';
import { rootCommand } from './root-command.ts';

/** What makes each command, in the order of the help text. */
const COMMANDS = {
  up: upCommand,
  down: downCommand,
  status: statusCommand,
  nics: nicsCommand,
  env: envCommand,
  exec: execCommand,
  ssh: sshCommand,
  internet: internetCommand,
  site: siteCommand,
  shell: shellCommand,
  proxy: proxyCommand,
  trace: traceCommand,
  reach: reachCommand,
  drops: dropsCommand,
  capture: captureCommand,
  'flow-logs': flowLogsCommand,
  console: consoleCommand,
  ena: enaCommand,
  certificate: certificateCommand,
  import: importCommand,
  export: exportCommand,
  costs: costsCommand,
  coverage: coverageCommand,
  hosts: hostsCommand,
  reset: resetCommand,
  tour: tourCommand,
  bench: benchCommand,
} as const;

const isCommand = (name: string | undefined): name is keyof typeof COMMANDS =>
  name !== undefined && Object.hasOwn(COMMANDS, name);

/**
 * @param context called when a command runs, not before: help needs no running localvpc
 * @param name the command that will be asked for, where that is known: the others are then not made, which takes longer
 *   (5 ms of 27) than what most commands do
 */
export function createProgram(context: () => Context, name?: string): Command {
  const commands = isCommand(name) ? [COMMANDS[name]] : Object.values(COMMANDS);
  return rootCommand(commands.map((command) => command(context)));
}
