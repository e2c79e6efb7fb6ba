/** What every command is handed: the running localvpc, where to print, and how instances are found. */
import { Endpoint, endpointOf } from './endpoint.ts';
import type { FindInstances } from './instance-name.ts';
import { outputIsTerminal, writeOut } from './standard-output.ts';
import { type Colours, coloursFor } from './style.ts';

/** A command's world. Tests hand in their own. */
export interface Context {
  readonly endpoint: Endpoint;
  readonly environment: NodeJS.ProcessEnv;
  readonly colours: Colours;
  readonly find: FindInstances;
  /** Prints a line on standard output. */
  print(line: string): void;
  /** Sets the status with which the program ends. */
  endWith(status: number): void;
}

/** The context of the program that runs: its environment, its terminal. */
export function processContext(): Context {
  const endpoint = new Endpoint(endpointOf(process.env));
  return {
    endpoint,
    environment: process.env,
    colours: coloursFor({ isTTY: outputIsTerminal() }, process.env),
    async find(nameOrId) {
      const { ec2Client, findInstances } = await import('./ec2.ts');
      return await findInstances(ec2Client(endpoint.url, process.env), nameOrId);
    },
    print: (line) => writeOut(`${line}\n`),
    endWith: (status) => {
      process.exitCode = status;
    },
  };
}
