/** Attributes of an account in a Region. */
import { Fault } from '../../model/fault.ts';
import { quota } from '../../model/quotas.ts';
import { Vpc } from '../../model/resources/vpc.ts';
import type { Transaction } from '../../model/transaction.ts';
import { action } from '../action.ts';

/** Attributes in the order of AWS's example. `max-instances` is a figure of old that no launch is held to. */
const ATTRIBUTES: Readonly<Record<string, (tx: Transaction) => readonly string[]>> = {
  'vpc-max-security-groups-per-interface': (tx) => [String(quota(tx, 'securityGroupsPerInterface'))],
  'max-instances': () => ['20'],
  'supported-platforms': () => ['VPC'],
  'default-vpc': (tx) => [tx.by(Vpc, 'isDefault', 'true')[0]?.id ?? 'none'],
  'max-elastic-ips': (tx) => [String(quota(tx, 'elasticIpsPerRegion'))],
  'vpc-max-elastic-ips': (tx) => [String(quota(tx, 'elasticIpsPerRegion'))],
};

/** DescribeAccountAttributes. */
export const DescribeAccountAttributes = action('DescribeAccountAttributes', (request, tx) => {
  const names = request.AttributeNames ?? Object.keys(ATTRIBUTES);
  return { AccountAttributes: names.map((name) => describeAttribute(name, tx)) };
});

function describeAttribute(name: string, tx: Transaction) {
  const read = Object.hasOwn(ATTRIBUTES, name) ? ATTRIBUTES[name] : undefined;
  // The sentence is unconfirmed.
  if (!read) throw new Fault('InvalidParameterValue', { value: name, parameter: 'attributeName', reason: '' });
  return { AttributeName: name, AttributeValues: read(tx).map((value) => ({ AttributeValue: value })) };
}

/** What this file serves. */
export const accountAttributeActions = [DescribeAccountAttributes];
