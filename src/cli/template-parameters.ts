/** Values for the parameters of CloudFormation templates, as the options `--parameter` and `--parameters` give them. */
import { readFileSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import { parametersIn } from '../import/cloudformation-parameters.ts';
import { CommandFailure, messageOf } from './failure.ts';

/** The options as commander gives them. */
export interface ParameterOptions {
  readonly parameter?: Readonly<Record<string, string>> | undefined;
  readonly parameters?: string | undefined;
}

/** Adds the options to a command. */
export const withParameters = (command: Command): Command =>
  command
    .option('--parameter <name=value>', 'a parameter of a template; may be repeated', parseParameter)
    .option('--parameters <file>', 'parameters of templates, in a file as AWS’s tools take it');

/** All values, those of the command line before those of the file. @throws CommandFailure for a file that has none */
export function givenParameters({ parameter, parameters: file }: ParameterOptions): Readonly<Record<string, string>> {
  return { ...(file === undefined ? {} : parametersOfFile(file)), ...parameter };
}

function parametersOfFile(file: string): Readonly<Record<string, string>> {
  const parameters = parametersIn(readJson(file));
  if (parameters) return parameters;
  throw new CommandFailure(
    `${file} holds no parameters.`,
    'It is [{"ParameterKey": "…", "ParameterValue": "…"}], {"Parameters": {"NAME": "…"}} or {"NAME": "…"}.',
  );
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new CommandFailure(`The parameters cannot be read from ${file}: ${messageOf(error)}`);
  }
}

function parseParameter(text: string, before: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('A parameter is NAME=VALUE.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}
