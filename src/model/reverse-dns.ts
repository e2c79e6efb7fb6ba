/**
 * Reverse DNS names of Elastic IPs. AWS asks the DNS of the internet for a forward A record from the name to the address
 * before it takes the name; here there is no such DNS to ask, so that any well-formed name is taken.
 *
 * Source: user guide, Using_Elastic_Addressing_Reverse_DNS.
 */
import { Fault } from './fault.ts';
import { ElasticIp } from './resources/elastic-ip.ts';
import type { Transaction } from './transaction.ts';

const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i;
const MAX_CHARACTERS = 253;

/** Sets the name, kept with its final dot. @throws Fault InvalidParameterValue (the sentence is unconfirmed) */
export function setReverseName(tx: Transaction, elasticIp: ElasticIp, domainName: string): ElasticIp {
  const name = domainName.replace(/\.$/, '');
  const labels = name.split('.');
  if (name.length > MAX_CHARACTERS || labels.length < 2 || !labels.every((label) => LABEL.test(label))) {
    const reason = 'This is not a valid domain name.';
    throw new Fault('InvalidParameterValue', { value: domainName, parameter: 'domainName', reason });
  }
  return tx.update(ElasticIp, elasticIp.id, { ptrRecord: `${name}.` });
}

/** Takes the name away. */
export const resetReverseName = (tx: Transaction, { id }: ElasticIp): ElasticIp =>
  tx.update(ElasticIp, id, { ptrRecord: undefined });
