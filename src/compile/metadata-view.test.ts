import { deepEqual } from 'node:assert/strict';
import test from 'node:test';
import { NetworkInterface } from '../model/resources/network-interface.ts';
import { type Lab, lab } from '../testing/instance-parts.ts';
import { metadataView } from './metadata-view.ts';

/** What the lab's only instance is told of itself. */
const viewOf = ({ account }: Lab) =>
  account.transact((tx) => {
    const [one] = tx.list(NetworkInterface);
    return one && metadataView(tx, one.id);
  });

test('the metadata service obeys changed options at once', () => {
  const net = lab();
  const InstanceId = net.instance();
  net.account.call('ModifyInstanceMetadataOptions', {
    InstanceId,
    HttpPutResponseHopLimit: 5,
    HttpEndpoint: 'disabled',
    InstanceMetadataTags: 'enabled',
  });
  const options = viewOf(net)?.options;
  deepEqual(
    [options?.httpEndpoint, options?.httpPutResponseHopLimit, options?.instanceMetadataTags],
    ['disabled', 5, 'enabled'],
  );
});

test('an instance is told its placement group and partition', () => {
  const net = lab();
  net.account.call('CreatePlacementGroup', { GroupName: 'parts', Strategy: 'partition', PartitionCount: 3 });
  net.instance({ Placement: { GroupName: 'parts', PartitionNumber: 3 } });
  const view = viewOf(net);
  deepEqual([view?.placementGroupName, view?.partitionNumber], ['parts', 3]);
});
