/**
 * Whatever a guest sends, it is heard only by those whom the rules let it reach, as who it is: two VPCs with the same
 * addresses, one of them another account's, and frames that are forged, wrapped, source-routed and damaged.
 *
 * LOCALVPC_PROPERTY_RUNS sets how many frames are tried, LOCALVPC_PROPERTY_SEED the seed.
 */
import { ok } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatAddress } from '../net/address.ts';
import { linkLocalOf } from '../net/ipv6-scope.ts';
import { ICMPV6 } from '../net/protocol.ts';
import { Packet } from '../pipeline/packet.ts';
import { hostileFrames } from '../testing/hostile-frames.ts';
import { network, type TestNetwork } from '../testing/network.ts';
import { VIRTIO_NET_HEADER_LENGTH } from '../wire/virtio-net-header.ts';

const RUNS = Number(process.env.LOCALVPC_PROPERTY_RUNS ?? 3000);
const SEED = Number(process.env.LOCALVPC_PROPERTY_SEED ?? 1);

const OPEN = { in: ['all from 0.0.0.0/0', 'all from ::/0'], out: ['all to 0.0.0.0/0', 'all to ::/0'] };
const OPEN_ACL = ['100 allow all 0.0.0.0/0', '101 allow all ::/0'];
const ALLOWED = { in: OPEN_ACL, out: OPEN_ACL };

/** The hostile guest is `a`. In its own VPC a neighbour and one in another subnet let everybody in, and a third nobody. */
const networkWith = (check: boolean): TestNetwork =>
  network(
    {
      a: { ip: '10.0.1.10', ipv6: '3fff::10', public: '198.18.0.10', ...OPEN, check },
      neighbour: { ip: '10.0.1.20', ipv6: '3fff::20', ...OPEN },
      far: { ip: '10.0.2.10', ...OPEN },
      closed: { ip: '10.0.1.40', ipv6: '3fff::40' },
      twin: { ip: '10.0.1.10', ipv6: '3fff::11', ...OPEN, vpc: 'other' },
      stranger: { ip: '10.0.1.30', ipv6: '3fff::30', ...OPEN, vpc: 'other' },
    },
    {
      acls: { '10.0.1.0/24': ALLOWED, '10.0.2.0/24': ALLOWED },
      routes: { '10.0.1.0/24': ['0.0.0.0/0 internet'] },
    },
  );

const ADDRESSES = [
  '10.0.1.20',
  '10.0.1.10',
  '10.0.2.10',
  '10.0.1.40',
  '10.0.1.30',
  '10.0.1.1',
  '10.0.1.255',
  '255.255.255.255',
  '224.0.0.251',
  '203.0.113.9',
  '169.254.169.254',
  '198.18.0.10',
  '3fff::20',
  '3fff::40',
  '3fff::30',
  '3fff::1',
  'ff02::1',
  'ff02::2',
  'fe80:ec2::1',
  '2001:db8:ffff::9',
];

/** Whoever hears an answer to itself only; the services hear under addresses of their own. */
const SPEAKER = 'a';
const MAY_HEAR = [SPEAKER, 'neighbour', 'far', 'internet', 'services'];
const isDiscovery = ({ protocol, icmpType }: Packet): boolean =>
  protocol === ICMPV6 && icmpType >= 133 && icmpType <= 137;

/** Every frame that came out is one that its hearer may hear. */
function checkHeard(net: TestNetwork, mayBe: readonly string[]): void {
  for (const [index, hearer] of net.lastHearers.entries()) {
    ok(MAY_HEAR.includes(hearer), `${hearer} heard it`);
    if (hearer === SPEAKER) continue;
    const packet = new Packet();
    const bytes = net.lastFrames[index] ?? new Uint8Array(0);
    packet.decode(bytes, 0, bytes.length - VIRTIO_NET_HEADER_LENGTH);
    ok(packet.version !== 0 && !packet.malformed, `${hearer} heard a frame that is no whole IP packet`);
    ok(!isDiscovery(packet), `${hearer} heard neighbour discovery`);
    if (hearer === 'internet' || hearer === 'services') continue;
    const row = net.rowOf(hearer);
    ok(packet.destinationMac === row.mac, `${hearer} heard a frame for another MAC`);
    ok([net.rowOf(SPEAKER).mac, net.routerMacOf(hearer)].includes(packet.sourceMac), `${hearer} heard a forged MAC`);
    if (mayBe.length > 0) ok(mayBe.includes(formatAddress(packet.source)), `${hearer} heard a forged address`);
  }
}

for (const check of [true, false]) {
  test(`a hostile guest ${check ? 'with' : 'without'} its source check is heard by nobody who may not hear it, and as nobody else`, () => {
    const net = networkWith(check);
    const linkLocal = formatAddress(linkLocalOf(net.rowOf(SPEAKER).mac));
    const own = check ? ['10.0.1.10', '3fff::10', linkLocal] : [];
    let heard = 0;
    fc.assert(
      fc.property(hostileFrames(net, SPEAKER, ADDRESSES), (frame) => {
        net.sendFrame(SPEAKER, frame);
        heard += net.lastHearers.length;
        checkHeard(net, own);
      }),
      { numRuns: RUNS, seed: SEED, includeErrorInReport: true },
    );
    ok(heard > RUNS / 20, `the frames are so bad that only ${heard} were heard at all`);
  });
}
