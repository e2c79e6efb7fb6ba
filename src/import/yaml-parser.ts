/** YAML with the tags of CloudFormation. Loaded only for files that are YAML. */
import { type CollectionTag, parseDocument, type ScalarTag, YAMLMap } from 'yaml';

/** A text that is no YAML; the message says what is wrong and where, without a full stop. */
export class YamlError extends Error {
  override readonly name = 'YamlError';
}

/** The functions that have a short form. `Ref` and `Condition` have no `Fn::` before their name. */
const SHORT_FORMS = [
  'And',
  'Base64',
  'Cidr',
  'Condition',
  'Equals',
  'FindInMap',
  'GetAtt',
  'GetAZs',
  'If',
  'ImportValue',
  'Join',
  'Length',
  'Not',
  'Or',
  'Ref',
  'Select',
  'Split',
  'Sub',
  'ToJsonString',
  'Transform',
];

const longForm = (name: string): string => (name === 'Ref' || name === 'Condition' ? name : `Fn::${name}`);

/** A short form may stand before a text, a list or an object. */
const TAGS = SHORT_FORMS.flatMap((name): (ScalarTag | CollectionTag)[] => {
  const inside = (value: unknown): YAMLMap => {
    const map = new YAMLMap();
    map.set(longForm(name), value);
    return map;
  };
  return [
    { tag: `!${name}`, resolve: inside },
    { tag: `!${name}`, collection: 'seq', resolve: inside },
    { tag: `!${name}`, collection: 'map', resolve: inside },
  ];
});

/** @throws YamlError */
export function toJson(text: string): string {
  const document = parseDocument(text, { merge: true, customTags: TAGS, logLevel: 'error' });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem?.code === 'MULTIPLE_DOCS') throw new YamlError('it holds several documents, so write each into a file');
  if (problem) throw notYaml(problem);
  try {
    return JSON.stringify(document.toJS()) ?? 'null';
  } catch (error) {
    // Aliases that multiply into more than they look, or that contain themselves.
    if (error instanceof ReferenceError || error instanceof TypeError) throw notYaml(error);
    throw error;
  }
}

const notYaml = ({ message }: Error): YamlError =>
  new YamlError(`it is not YAML: ${(message.split('\n')[0] ?? '').replace(/[.:]$/, '')}`);
