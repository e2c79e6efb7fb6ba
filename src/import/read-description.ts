/** Reads files in whatever form a network is described in; the form of each is told by what it holds. */
import type { Scope } from '../model/scope.ts';
import { readCloudFormation } from './cloudformation.ts';
import { GivenParameters } from './cloudformation-parameters.ts';
import { type DescribeFile, readDescribeFiles } from './describe-files.ts';
import type { Description } from './description.ts';
import { type JsonFile, parseJson } from './json-shape.ts';
import { readTerraform } from './terraform.ts';

/** What one form makes of the files that it knows; undefined for files of another form. */
type ReadForm = (file: JsonFile, otherwise: Scope, parameters: GivenParameters) => Description | undefined;

/** Forms that are one file each, asked in this order. */
const FORMS: readonly ReadForm[] = [readTerraform, readCloudFormation];

/**
 * Reads files.
 * @param otherwise for what tells neither an account nor a Region
 * @param values of parameters of CloudFormation templates, by their names; for the others their defaults count
 */
export function readDescription(
  files: readonly DescribeFile[],
  otherwise: Scope,
  values: Readonly<Record<string, string>> = {},
): Description {
  const parameters = new GivenParameters(values);
  const others: JsonFile[] = [];
  const read: Description[] = [];
  for (const { path, text } of files) {
    const file: JsonFile = { path, document: parseJson(text) };
    const description = FORMS.map((form) => form(file, otherwise, parameters)).find((one) => one !== undefined);
    if (description) read.push(description);
    else others.push(file);
  }
  const all = others.length > 0 ? [...read, readDescribeFiles(others, otherwise)] : read;
  return {
    scopes: all.flatMap(({ scopes }) => scopes),
    leftOut: [...all.flatMap(({ leftOut }) => leftOut), ...parameters.leftOut],
    ignored: all.flatMap(({ ignored }) => ignored),
  };
}
