/** DHCP option sets. */
import type * as sdk from '@aws-sdk/client-ec2';
import { associateDhcpOptions, createDhcpOptions, deleteDhcpOptions } from '../../model/dhcp-option-sets.ts';
import { DhcpOptions } from '../../model/resources/dhcp-options.ts';
import { tagsOf } from '../../model/tags.ts';
import type { Transaction } from '../../model/transaction.ts';
import { action } from '../action.ts';
import { describe } from '../describe.ts';
import { describeTags } from '../tag-set.ts';

/** CreateDhcpOptions. */
export const CreateDhcpOptions = action('CreateDhcpOptions', (request, tx) => {
  const tags = tagsOf(request.TagSpecifications, 'dhcp-options');
  return { DhcpOptions: describeDhcpOptions(createDhcpOptions(tx, request.DhcpConfigurations, tags), tx) };
});

/** DeleteDhcpOptions. */
export const DeleteDhcpOptions = action('DeleteDhcpOptions', (request, tx) => {
  deleteDhcpOptions(tx, tx.get(DhcpOptions, request.DhcpOptionsId));
});

/** AssociateDhcpOptions; guests learn of it when they renew their lease. */
export const AssociateDhcpOptions = action('AssociateDhcpOptions', (request, tx) => {
  associateDhcpOptions(tx, request.DhcpOptionsId, request.VpcId);
});

/** A set as the API shows it. */
export const describeDhcpOptions = (row: DhcpOptions, tx: Transaction): sdk.DhcpOptions => ({
  DhcpOptionsId: row.id,
  OwnerId: tx.account,
  DhcpConfigurations: row.configurations.map(({ key, values }) => ({
    Key: key,
    Values: values.map((value) => ({ Value: value })),
  })),
  Tags: describeTags(row.tags),
});

/** DescribeDhcpOptions. */
export const DescribeDhcpOptions = describe('DescribeDhcpOptions', 'DhcpOptions', {
  kind: DhcpOptions,
  ids: 'DhcpOptionsIds',
  filters: {
    'dhcp-options-id': (row) => row.id,
    key: (row) => row.configurations.map((option) => option.key),
    value: (row) => row.configurations.flatMap((option) => option.values),
    'owner-id': (_row, tx) => tx.account,
  },
  render: describeDhcpOptions,
});

/** What this file serves. */
export const dhcpOptionsActions = [CreateDhcpOptions, DeleteDhcpOptions, AssociateDhcpOptions, DescribeDhcpOptions];
