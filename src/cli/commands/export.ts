/** `localvpc export`: writes what runs here as `aws ec2 describe-…` would print it. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import type { Context } from '../context.ts';
import { type AccountSummary, status } from '../contract.ts';
import { CommandFailure, errorCodeOf } from '../failure.ts';

const HELP = `
Writes FOLDER/ACCOUNT/REGION/describe-vpcs.json and its kin: one file for each
call, with all pages, for every account and Region that has something. It is the
layout that "localvpc import" reads, and what people keep of their accounts.

Examples:
  $ localvpc export ./network
  $ localvpc import ./network                     in another localvpc
`;

export const exportCommand = (context: () => Context): Command =>
  new Command('export')
    .description('write the network that runs as describe-JSON')
    .argument('<folder>', 'a new or empty folder')
    .addHelpText('after', HELP)
    .action(async (folder: string) => await write(resolve(folder), context()));

async function write(folder: string, { endpoint, print }: Context): Promise<void> {
  const { accounts } = await endpoint.get('status', status);
  makeEmpty(folder);
  let files = 0;
  for (const account of accounts) files += await writeAccount(folder, account, endpoint.url);
  print(`${files} files, of ${accounts.length} accounts and Regions, in ${folder}`);
}

function makeEmpty(folder: string): void {
  mkdirSync(folder, { recursive: true });
  if (readdirSync(folder).length > 0)
    throw new CommandFailure(`${folder} is not empty.`, 'Name a new folder: what an export does not write would stay.');
}

async function writeAccount(folder: string, { account, region }: AccountSummary, endpoint: string): Promise<number> {
  const { describeEverything, describingClient } = await import('../describe-everything.ts');
  const credentials = { accessKeyId: account, secretAccessKey: 'test' };
  const client = describingClient({ endpoint, region, credentials });
  const directory = join(folder, account, region);
  mkdirSync(directory, { recursive: true });
  let files = 0;
  try {
    for await (const { name, document } of describeEverything(client)) {
      writeFileSync(join(directory, name), `${JSON.stringify(document, null, 2)}\n`);
      files += 1;
    }
  } catch (error) {
    if (errorCodeOf(error) !== 'AuthFailure') throw error;
    throw new CommandFailure('localvpc was started with --credentials, and an export is signed by nobody.');
  } finally {
    client.destroy();
  }
  return files;
}
