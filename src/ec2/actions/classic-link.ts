/**
 * ClassicLink, which AWS retired in 2022: what is left are reads that say so of every VPC. Older infrastructure clients
 * make them when they read a VPC. That AWS still answers with every VPC, and not with an empty set, is unconfirmed.
 */
import { Vpc } from '../../model/resources/vpc.ts';
import { action } from '../action.ts';
import { describe, select } from '../describe.ts';
import { describeTags } from '../tag-set.ts';

/** DescribeVpcClassicLink. */
export const DescribeVpcClassicLink = action('DescribeVpcClassicLink', (request, tx) => {
  const filters = { 'is-classic-link-enabled': () => false };
  const { rows } = select('DescribeVpcClassicLink', { kind: Vpc, ids: 'VpcIds', filters }, request, tx);
  return { Vpcs: rows.map(({ id, tags }) => ({ VpcId: id, ClassicLinkEnabled: false, Tags: describeTags(tags) })) };
});

/** DescribeVpcClassicLinkDnsSupport. */
export const DescribeVpcClassicLinkDnsSupport = describe('DescribeVpcClassicLinkDnsSupport', 'Vpcs', {
  kind: Vpc,
  ids: 'VpcIds',
  filters: {},
  render: ({ id }) => ({ VpcId: id, ClassicLinkDnsSupported: false }),
});

export const classicLinkActions = [DescribeVpcClassicLink, DescribeVpcClassicLinkDnsSupport] as const;
