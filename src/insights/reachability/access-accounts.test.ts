/** Access scopes are about one account and Region: what others have is on no way that is found. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { given } from '../../testing/instance-parts.ts';
import { questionOf, traceIn } from '../../testing/questions.ts';
import { accessFindings, overTransit } from '../../testing/reachability.ts';
import { type Tiers, tiers } from '../../testing/tiers.ts';

/** The last components of ways from one resource to another. */
const found = (net: Tiers, source: string, destination: string): readonly string[] =>
  accessFindings(net, {
    MatchPaths: [
      {
        Source: { ResourceStatement: { Resources: [source] } },
        Destination: { ResourceStatement: { Resources: [destination] } },
      },
    ],
  }).map(({ FindingComponents: all = [] }) => given(all.at(-1)?.Component?.Id));

test('a way over a transit gateway is found where the account has the gateway, and not where another shares it', () => {
  const options = { AutoAcceptSharedAttachments: 'enable' };
  const own = tiers();
  const near = overTransit(own, options);
  deepEqual(found(own, near.one.instance, near.two.instance), [near.two.instance]);
  const net = tiers();
  const { one, two } = overTransit(net, options, {}, net.account.in({ account: '345678901234' }));
  const { forward } = traceIn(net.account, questionOf(one.instance, two.instance, { tcp: 80 }));
  equal(forward.verdict, 'delivered');
  deepEqual(found(net, one.instance, two.instance), []);
});

test('a way between the account’s own attachment and instance is found, whoever has the gateway', () => {
  const net = tiers();
  const hub = net.account.in({ account: '345678901234' });
  const { one, two } = overTransit(net, { AutoAcceptSharedAttachments: 'enable' }, {}, hub);
  deepEqual(found(net, two.id, two.instance), [two.instance]);
  deepEqual(found(net, one.instance, one.id), [one.id, one.id]);
});
