/** Policies of VPC endpoints: written down, and asked by nobody here. */
import { Fault } from './fault.ts';

/** What AWS gives an endpoint for which none is asked. */
export const FULL_ACCESS = JSON.stringify({
  Version: '2008-10-17',
  Statement: [{ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }],
});

/** The policy that was asked for. @throws Fault InvalidPolicyDocument */
export function checkedPolicy(text: string | undefined): string {
  if (text === undefined) return FULL_ACCESS;
  try {
    const policy: unknown = JSON.parse(text);
    if (typeof policy === 'object' && policy !== null) return text;
  } catch {
    // Said below.
  }
  throw new Fault('InvalidPolicyDocument', 'The specified policy document is not a valid JSON policy document.');
}
