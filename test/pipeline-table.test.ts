/** docs/pipeline.md is what the pipeline prints of itself, and every reason it declares is produced by some scenario. */
import { deepEqual, equal } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { allDrops, describePipeline } from '../src/pipeline/describe.ts';
import { reasonsSeen } from '../src/testing/network.ts';
import '../src/pipeline/security-groups.test.ts';
import '../src/pipeline/edges.test.ts';
import '../src/pipeline/answers.test.ts';
import '../src/pipeline/ipv6.test.ts';
import '../src/pipeline/ipv6-answers.test.ts';
import '../src/pipeline/edge-routes.test.ts';
import '../src/pipeline/nat-gateway.test.ts';
import '../src/pipeline/nat-gateway-flows.test.ts';
import '../src/pipeline/regional-nat-gateway.test.ts';
import '../src/pipeline/peering.test.ts';
import '../src/pipeline/transit-gateway.test.ts';
import '../src/pipeline/gateway-endpoint.test.ts';
import '../src/pipeline/block-public-access.test.ts';
import '../src/pipeline/nat64.test.ts';
import '../src/pipeline/interface-endpoint.test.ts';
import '../src/pipeline/load-balancer.test.ts';
import '../src/pipeline/classic-load-balancer.test.ts';
import '../src/pipeline/passthrough.test.ts';
import '../src/pipeline/vpn.test.ts';
import '../src/pipeline/gateway-arrival.test.ts';
import '../src/pipeline/inspection.test.ts';
import '../src/pipeline/firewall-network.test.ts';
import '../src/pipeline/gateway-load-balancer.test.ts';

test('the documentation of the pipeline is the pipeline', () => {
  const document = readFileSync(new URL('../docs/pipeline.md', import.meta.url), 'utf8');
  equal(document, describePipeline(), 'write docs/pipeline.md anew: npm run docs');
});

test('every reason has a name of its own', () => {
  const ids = allDrops().map(({ id }) => id);
  equal(new Set(ids).size, ids.length);
});

after(() => {
  const unseen = allDrops()
    .map(({ id }) => id)
    .filter((id) => !reasonsSeen.has(id));
  deepEqual(unseen, [], 'these reasons are declared, and no scenario produces them');
});
