/** Who calls, as far as the model cares: an account in a Region. */
import { Fault } from '../model/fault.ts';
import { findRegion } from '../model/regions.ts';
import type { Scope } from '../model/scope.ts';
import type { Claim } from './signature.ts';

/** The account of every access key that is not itself an account id. */
export const DEFAULT_ACCOUNT = '123456789012';
export const DEFAULT_REGION = 'us-east-1';

/** "ec2.eu-west-1.amazonaws.com", "ec2-fips.us-east-1.amazonaws.com", "ec2.eu-west-1.localhost:4566". */
const REGIONAL_HOST = /^(?:ec2|sts)(?:-fips)?\.([a-z0-9-]+)\./;

/** What some clients sign global services for; STS is one. */
const GLOBAL = 'aws-global';

/**
 * The scope of a call. The account is the access key id where that has the form of an account id; the Region is that of
 * the credential scope, else that of the host name, else us-east-1.
 * @throws Fault AuthFailure for a Region that AWS does not have (the sentence is unconfirmed)
 */
export function scopeOf(claim: Claim | undefined, host: string | undefined): Scope {
  const account = claim && /^\d{12}$/.test(claim.accessKeyId) ? claim.accessKeyId : DEFAULT_ACCOUNT;
  if (!claim) return { account, region: regionOfHost(host) };
  const region = claim.region === GLOBAL ? DEFAULT_REGION : claim.region;
  if (!findRegion(region))
    throw new Fault('AuthFailure', `Credential should be scoped to a valid region, not '${region}'.`);
  return { account, region };
}

function regionOfHost(host = ''): string {
  const [, region = ''] = REGIONAL_HOST.exec(host.toLowerCase()) ?? [];
  return findRegion(region) ? region : DEFAULT_REGION;
}
