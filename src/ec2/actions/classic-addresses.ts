/**
 * What is left of addresses in EC2-Classic, retired in 2022: every address is one for VPCs and none can be moved. What AWS
 * answers to the two moves since then is unconfirmed.
 */
import { Fault } from '../../model/fault.ts';
import { ElasticIp } from '../../model/resources/elastic-ip.ts';
import type { Transaction } from '../../model/transaction.ts';
import { action } from '../action.ts';
import { compileFilters } from '../filter.ts';
import { pageSize } from '../paginate.ts';

/** MoveAddressToVpc: it is there already. */
export const MoveAddressToVpc = action('MoveAddressToVpc', (request, tx) => ({
  AllocationId: addressOf(tx, request.PublicIp).id,
  Status: 'InVpc',
}));

/** RestoreAddressToClassic. */
export const RestoreAddressToClassic = action('RestoreAddressToClassic', (request, tx) => {
  addressOf(tx, request.PublicIp);
  throw new Fault('UnsupportedOperation', 'EC2-Classic has been retired.');
});

function addressOf(tx: Transaction, publicIp: string): ElasticIp {
  const [elasticIp] = tx.by(ElasticIp, 'publicIp', publicIp);
  if (!elasticIp) throw new Fault('InvalidAddress.NotFound', { id: publicIp });
  return elasticIp;
}

/** DescribeMovingAddresses: none moves. */
export const DescribeMovingAddresses = action('DescribeMovingAddresses', (request) => {
  compileFilters(request.Filters, { 'moving-status': () => undefined });
  pageSize('DescribeMovingAddresses', request.MaxResults);
  return { MovingAddressStatuses: [] };
});

export const classicAddressActions = [MoveAddressToVpc, RestoreAddressToClassic, DescribeMovingAddresses] as const;
