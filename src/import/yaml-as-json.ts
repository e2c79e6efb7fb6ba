/**
 * YAML files as the JSON that they stand for, so that every form of a network is read from JSON alone.
 *
 * CloudFormation's short forms become its long ones: `!GetAtt Vpc.CidrBlock` is `{"Fn::GetAtt": "Vpc.CidrBlock"}`.
 */
import type { DescribeFile } from './describe-files.ts';
import type { LeftOut } from './description.ts';
import { parseJson } from './json-shape.ts';

/** Files in JSON, and those that could not be made so. */
export interface JsonFiles {
  readonly files: readonly DescribeFile[];
  readonly leftOut: readonly LeftOut[];
}

/** CloudFormation takes templates of 1 MB; the rest is for descriptions that somebody printed with `--output yaml`. */
const MAX_CHARACTERS = 8 * 1024 * 1024;

/** Turns what is YAML into JSON and leaves everything else as it is. The parser is loaded only where there is some. */
export async function yamlAsJson(files: readonly DescribeFile[]): Promise<JsonFiles> {
  const isYaml = ({ path, text }: DescribeFile) => /\.(?:ya?ml|template)$/.test(path) && parseJson(text) === undefined;
  if (!files.some(isYaml)) return { files, leftOut: [] };
  const { toJson, YamlError } = await import('./yaml-parser.ts');
  const leftOut: LeftOut[] = [];
  const asJson = (file: DescribeFile): readonly DescribeFile[] => {
    if (!isYaml(file)) return [file];
    try {
      if (file.text.length > MAX_CHARACTERS) throw new YamlError('it is larger than any template');
      return [{ path: file.path, text: toJson(file.text) }];
    } catch (error) {
      if (!(error instanceof YamlError)) throw error;
      leftOut.push({ what: file.path, why: error.message });
      return [];
    }
  };
  return { files: files.flatMap(asJson), leftOut };
}
