/** docs/cli.md: the help texts of all commands, one section each. */
import type { Command } from 'commander';
import { createProgram } from '../src/cli/program.ts';

/** The page, in Markdown. */
export function commandReference(): string {
  const program = createProgram(() => {
    throw new Error('help needs no running localvpc');
  });
  const intro = 'Printed from the commands themselves by `npm run docs`: what `localvpc help COMMAND` says.';
  const commands = program.commands.map((command) => section(`localvpc ${command.name()}`, command));
  return [`# The commands\n\n${intro}\n`, section('localvpc', program), ...commands].join('\n');
}

const section = (title: string, command: Command): string => `## ${title}\n\n\`\`\`text\n${helpOf(command)}\n\`\`\`\n`;

/** The help as it is printed, with the texts before and after it. */
function helpOf(command: Command): string {
  let help = '';
  command.configureOutput({
    writeOut: (text) => {
      help += text;
    },
    getOutHasColors: () => false,
  });
  command.outputHelp();
  return help.trimEnd();
}
