/** Where instance types are offered: every type in every Region and zone (on AWS it is not so). */
import { instanceTypeNames } from '../../model/instance-type-table.ts';
import type { Row } from '../../model/kind.ts';
import { zonesOf } from '../../model/regions.ts';
import type { Transaction } from '../../model/transaction.ts';
import { action } from '../action.ts';
import { choice } from '../choice.ts';
import { compileFilters, type FilterTable } from '../filter.ts';
import { paginate } from '../paginate.ts';

interface Offering extends Row {
  readonly type: string;
  readonly location: string;
}

const filters: FilterTable<Offering> = {
  'instance-type': (row) => row.type,
  location: (row) => row.location,
};

const LOCATION_TYPES = ['region', 'availability-zone', 'availability-zone-id', 'outpost'] as const;

/** DescribeInstanceTypeOfferings. There are no Outposts, so nothing is offered on any. */
export const DescribeInstanceTypeOfferings = action('DescribeInstanceTypeOfferings', (request, tx) => {
  const locationType = choice(request.LocationType, LOCATION_TYPES, 'locationType') ?? 'region';
  const holds = compileFilters(request.Filters, filters);
  const { rows, nextToken } = paginate<Offering>(
    {
      operation: 'DescribeInstanceTypeOfferings',
      rows: offerings(locationsOf(tx, locationType)),
      matches: (row) => holds(row, tx),
      keyOf: ({ id }) => id,
      question: [locationType, request.Filters],
    },
    request,
  );
  const shown = rows.map(({ type, location }) => ({
    InstanceType: type,
    LocationType: locationType,
    Location: location,
  }));
  return { InstanceTypeOfferings: shown, NextToken: nextToken };
});

function locationsOf(tx: Transaction, locationType: (typeof LOCATION_TYPES)[number]): readonly string[] {
  switch (locationType) {
    case 'region':
      return [tx.region];
    case 'availability-zone':
      return zonesOf(tx.region).map(({ name }) => name);
    case 'availability-zone-id':
      return zonesOf(tx.region).map(({ id }) => id);
    case 'outpost':
      return [];
  }
}

function* offerings(locations: readonly string[]): Generator<Offering> {
  for (const type of instanceTypeNames()) {
    for (const location of locations) yield { id: `${type} ${location}`, type, location };
  }
}

export const instanceTypeOfferingActions = [DescribeInstanceTypeOfferings] as const;
