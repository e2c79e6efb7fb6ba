/**
 * The Security Token Service, as far as tools ask it before anything else: who am I? (AWS Query protocol, 2011-06-15.)
 */
import { Fault } from '../model/fault.ts';
import { regionNamed } from '../model/regions.ts';
import type { Scope } from '../model/scope.ts';
import type { Service } from './service.ts';
import { escapeXml } from './xml.ts';

const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/';

/**
 * The document that answers an action of STS. The caller is the root user of his account.
 * @throws Fault InvalidAction for all but GetCallerIdentity
 */
function answerSts(action: string, { account, region }: Scope, requestId: string): string {
  if (action !== 'GetCallerIdentity') {
    const sentence = `localvpc serves one action of STS, GetCallerIdentity, and not ${action.slice(0, 100)}.`;
    throw new Fault('InvalidAction', sentence);
  }
  const arn = `arn:${regionNamed(region).partition.name}:iam::${account}:root`;
  const result = `<Arn>${arn}</Arn><UserId>${account}</UserId><Account>${account}</Account>`;
  const metadata = `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`;
  return `<GetCallerIdentityResponse xmlns="${NAMESPACE}"><GetCallerIdentityResult>${result}</GetCallerIdentityResult>${metadata}</GetCallerIdentityResponse>`;
}

/** The document of a fault, in STS's form. */
function encodeStsFault(fault: Fault, requestId: string): string {
  const type = fault.status < 500 ? 'Sender' : 'Receiver';
  const error = `<Type>${type}</Type><Code>${fault.code}</Code><Message>${escapeXml(fault.message)}</Message>`;
  return `<ErrorResponse xmlns="${NAMESPACE}"><Error>${error}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`;
}

/** STS, as the endpoint asks it. */
export const stsService: Service = {
  signingName: 'sts',
  protocol: { kind: 'query', version: '2011-06-15' },
  contentType: 'text/xml',
  answer: ({ action, scope, requestId }) => answerSts(action, scope, requestId),
  encodeFault: encodeStsFault,
};
