/** The lines for a shell that point AWS tools, and localvpc's own commands, at a running localvpc. */
import { DEFAULT_ENDPOINT } from './endpoint.ts';

/** Who calls, and where. */
export interface Caller {
  /** An access key; one of twelve digits is the account itself. */
  readonly accessKey: string;
  readonly region: string;
}

/** Real keys are replaced, so that none is sent by mistake; the secret is not looked at unless some are configured. */
export const DEFAULT_CALLER: Caller = { accessKey: 'test', region: 'us-east-1' };

/** `export` lines of a POSIX shell. AWS_DEFAULT_REGION is for boto3 and the AWS CLI, AWS_REGION for the other SDKs. */
export function exportsFor(endpoint: string, caller: Caller = DEFAULT_CALLER): readonly string[] {
  const region = quote(caller.region);
  const lines = [
    `export AWS_ENDPOINT_URL=${quote(endpoint)}`,
    `export AWS_ACCESS_KEY_ID=${quote(caller.accessKey)} AWS_SECRET_ACCESS_KEY=test AWS_REGION=${region} AWS_DEFAULT_REGION=${region}`,
  ];
  return endpoint === DEFAULT_ENDPOINT ? lines : [...lines, `export LOCALVPC_ENDPOINT=${quote(endpoint)}`];
}

/** Text as one word of a POSIX shell. */
const quote = (text: string): string => (/^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);
