/** Attributes of Elastic IPs, of which there is one: the reverse DNS name. */
import type * as sdk from '@aws-sdk/client-ec2';
import { Fault } from '../../model/fault.ts';
import { ElasticIp } from '../../model/resources/elastic-ip.ts';
import { resetReverseName, setReverseName } from '../../model/reverse-dns.ts';
import { formatIpv4 } from '../../net/address.ts';
import { action } from '../action.ts';
import { choice } from '../choice.ts';
import { describe } from '../describe.ts';

/** ModifyAddressAttribute. The answer shows the change under way; the next Describe shows it done. */
export const ModifyAddressAttribute = action('ModifyAddressAttribute', (request, tx) => {
  const { AllocationId, DomainName } = request;
  const elasticIp = tx.get(ElasticIp, AllocationId);
  // The sentence is unconfirmed.
  if (DomainName === undefined) throw new Fault('InvalidParameterCombination', 'No attributes specified.');
  return { Address: pendingAttribute(setReverseName(tx, elasticIp, DomainName)) };
});

/** ResetAddressAttribute. */
export const ResetAddressAttribute = action('ResetAddressAttribute', (request, tx) => {
  choice(request.Attribute, ['domain-name'], 'attribute');
  return { Address: pendingAttribute(resetReverseName(tx, tx.get(ElasticIp, request.AllocationId))) };
});

/** DescribeAddressesAttribute: only addresses with a name have an attribute (unconfirmed; clients wait for it to go). */
export const DescribeAddressesAttribute = describe('DescribeAddressesAttribute', 'Addresses', {
  kind: ElasticIp,
  ids: 'AllocationIds',
  where: (row, _, request) => {
    choice(request.Attribute, ['domain-name'], 'attribute');
    return row.ptrRecord !== undefined;
  },
  filters: {},
  render: (row) => describeAttribute(row),
});

const describeAttribute = (row: ElasticIp): sdk.AddressAttribute => ({
  PublicIp: formatIpv4(row.publicIp),
  AllocationId: row.id,
  PtrRecord: row.ptrRecord,
});

const pendingAttribute = (row: ElasticIp): sdk.AddressAttribute => ({
  ...describeAttribute(row),
  PtrRecordUpdate: { Value: row.ptrRecord ?? '', Status: 'PENDING' },
});

export const addressAttributeActions = [
  ModifyAddressAttribute,
  ResetAddressAttribute,
  DescribeAddressesAttribute,
] as const;
