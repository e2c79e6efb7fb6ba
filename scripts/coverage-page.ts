/** docs/coverage.md: every operation of EC2 that is served, how far, and how many are not. */
import { otherServices } from '../src/apis/all.ts';
import { coverage, type OperationCoverage } from '../src/ec2/coverage.ts';

/** The page, in Markdown. */
export function coveragePage(): string {
  const operations = coverage();
  const works = operations.filter(({ state }) => state === 'works');
  const recorded = operations.filter(({ state }) => state === 'record only');
  const rest = operations.length - works.length - recorded.length;
  return [
    '# Coverage',
    '',
    'Printed from the actions themselves by `npm run docs`. `localvpc coverage` says the same of the localvpc that runs.',
    '',
    `## Works: ${works.length}`,
    '',
    'What AWS does, with packets that obey it.',
    '',
    ...works.map(({ name }) => `- ${name}`),
    '',
    `## Record only: ${recorded.length}`,
    '',
    'Recorded and described truly; packets do not notice it yet.',
    '',
    '| operation | what is missing |',
    '| --- | --- |',
    ...recorded.map(recordedLine),
    '',
    `## Not served: ${rest}`,
    '',
    `The other ${rest} operations of EC2 are answered with an error that says so.`,
    '',
    ...otherServices.flatMap(sectionOf),
  ].join('\n');
}

/** What is served of a service beside EC2. */
function sectionOf({ title, command, coverage }: (typeof otherServices)[number]): readonly string[] {
  const operations = coverage();
  const works = operations.filter(({ state }) => state === 'works');
  const recorded = operations.filter(({ state }) => state === 'record only');
  const heading = [`## ${title} (\`aws ${command}\`): ${works.length + recorded.length} of ${operations.length}`, ''];
  if (works.length + recorded.length === 0) return [...heading, 'Nothing yet.', ''];
  const lines = [...heading, ...works.map(({ name }) => `- ${name}`), ''];
  if (recorded.length === 0) return lines;
  return [...lines, '| recorded only | what is missing |', '| --- | --- |', ...recorded.map(recordedLine), ''];
}

const recordedLine = ({ name, note = '' }: OperationCoverage): string => `| ${name} | ${note.replaceAll('|', '\\|')} |`;
