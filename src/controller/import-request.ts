/** `POST import`: takes a described network over, in one transaction for all its accounts and Regions. */
import { DEFAULT_ACCOUNT, DEFAULT_REGION } from '../ec2/caller.ts';
import { parametersIn } from '../import/cloudformation-parameters.ts';
import type { DescribeFile } from '../import/describe-files.ts';
import { type Imported, ImportRefused, importNetwork } from '../import/import-network.ts';
import { isRecord } from '../import/json-shape.ts';
import { readDescription } from '../import/read-description.ts';
import { yamlAsJson } from '../import/yaml-as-json.ts';
import { findRegion } from '../model/regions.ts';
import type { Scope } from '../model/scope.ts';
import type { Engine } from './engine.ts';

/** The request cannot be understood; the message goes to who sent it. */
export class ImportQuestionError extends Error {}

interface Question {
  readonly files: readonly DescribeFile[];
  readonly otherwise: Scope;
  readonly partial: boolean;
  /** Values of templates' parameters. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** What became of it. Where nothing was taken, because something would have been left out, `scopes` is empty. */
export interface ImportAnswer extends Imported {
  readonly taken: boolean;
}

/** @throws ImportQuestionError */
export async function answerImport(engine: Engine, body: unknown): Promise<ImportAnswer> {
  const { files, otherwise, partial, parameters } = readQuestion(body);
  const json = await yamlAsJson(files);
  const read = readDescription(json.files, otherwise, parameters);
  const description = { ...read, leftOut: [...json.leftOut, ...read.leftOut] };
  try {
    return { taken: true, ...(await engine.execute(otherwise, (tx) => importNetwork(tx, description, partial))) };
  } catch (error) {
    if (!(error instanceof ImportRefused)) throw error;
    return { taken: false, scopes: [], leftOut: error.leftOut, ignored: error.ignored };
  }
}

function readQuestion(body: unknown): Question {
  if (!isRecord(body) || !Array.isArray(body.files) || !body.files.every(isFile))
    throw new ImportQuestionError(
      'An import is {"files": [{"path": "…", "text": "…"}], "account", "region", "partial", "parameters": {"NAME": "…"}}.',
    );
  const { account = DEFAULT_ACCOUNT, region = DEFAULT_REGION } = body;
  if (typeof account !== 'string' || !/^\d{12}$/.test(account))
    throw new ImportQuestionError(`An account is twelve digits, not ${String(account)}.`);
  if (typeof region !== 'string' || !findRegion(region))
    throw new ImportQuestionError(`There is no Region ${String(region)}.`);
  const parameters = body.parameters === undefined ? {} : parametersIn(body.parameters);
  if (!parameters) throw new ImportQuestionError('Parameters are texts by their names.');
  return { files: body.files, otherwise: { account, region }, partial: body.partial === true, parameters };
}

const isFile = (value: unknown): value is DescribeFile =>
  isRecord(value) && typeof value.path === 'string' && typeof value.text === 'string';
