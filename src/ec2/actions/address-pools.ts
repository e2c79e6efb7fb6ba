/** Pools of addresses that customers bring (BYOIP), which localvpc does not serve: there are none. */
import { Fault } from '../../model/fault.ts';
import { action } from '../action.ts';
import { compileFilters } from '../filter.ts';
import { pageSize } from '../paginate.ts';

/** DescribePublicIpv4Pools. Amazon's own pool is not listed, as at AWS. */
export const DescribePublicIpv4Pools = action('DescribePublicIpv4Pools', (request) => {
  const [id] = request.PoolIds ?? [];
  if (id !== undefined) throw new Fault('InvalidPublicIpv4PoolID.NotFound', { id });
  compileFilters(request.Filters, {});
  pageSize('DescribePublicIpv4Pools', request.MaxResults);
  return { PublicIpv4Pools: [] };
});

/** DescribeIpv6Pools. */
export const DescribeIpv6Pools = action('DescribeIpv6Pools', (request) => {
  const [id] = request.PoolIds ?? [];
  if (id !== undefined) throw new Fault('InvalidIpv6Pool.NotFound', `The IPv6 pool ID '${id}' does not exist`);
  compileFilters(request.Filters, {});
  pageSize('DescribeIpv6Pools', request.MaxResults);
  return { Ipv6Pools: [] };
});

export const addressPoolActions = [DescribePublicIpv4Pools, DescribeIpv6Pools] as const;
