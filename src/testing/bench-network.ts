/** Two interfaces in two subnets, for the benchmark: every stage has work to do, and the receiver has as many rules as asked for. */
import { ipv4 } from '../net/address.ts';
import { ANY_IPV4, cidrOf } from '../net/cidr.ts';
import { UDP } from '../net/protocol.ts';
import { Network } from '../pipeline/network.ts';
import type { SecurityGroupRuleRow, TableRow, TableUpdate } from '../tables/tables.ts';
import type { FrameSpec } from '../wire/frame.ts';
import { cidrOfText, idOf, interfaceRow, ipv4Of, macOf, openAcl, routeRow, subnetRow, vpcRow } from './rows.ts';

export const CLIENT = idOf('eni', 'client');
export const SERVER = idOf('eni', 'server');

const INGRESS: SecurityGroupRuleRow = {
  id: idOf('sgr', 'last'),
  traffic: { kind: 'ports', protocol: UDP, ports: { from: 53, to: 100 } },
  peer: { kind: 'cidr', cidr: cidrOfText('10.0.1.0/24') },
};

/** A rule that matches no packet of the benchmark. */
const idleRule = (number: number): SecurityGroupRuleRow => ({
  id: idOf('sgr', String(number)),
  traffic: { kind: 'ports', protocol: UDP, ports: { from: 53, to: 100 } },
  peer: { kind: 'cidr', cidr: cidrOf(ipv4(0xac10_0000 + number), 32) },
});

/** The rows, and what a frame from the client to the server starts from. The rule that matches is the last of `rules`. */
export function benchNetwork(rules: number): {
  readonly updates: readonly TableUpdate[];
  readonly frame: Pick<FrameSpec, 'source' | 'destination' | 'sourceMac' | 'destinationMac'>;
} {
  const local = routeRow(cidrOfText('10.0.0.0/16'), { kind: 'local' });
  const groups = { vpcId: idOf('vpc', 'bench') };
  const egress = [
    { id: idOf('sgr', 'out'), traffic: { kind: 'all' }, peer: { kind: 'cidr', cidr: ANY_IPV4 } },
  ] as const;
  const ingress = [...Array.from({ length: rules - 1 }, (_, index) => idleRule(index)), INGRESS];
  const edge = (name: string): TableRow[] => [
    openAcl(name),
    { kind: 'route-table', id: idOf('rtb', name), vpcId: idOf('vpc', 'bench'), routes: [local] },
  ];
  const holder = (name: string, number: number, subnet: string, address: string): TableRow =>
    interfaceRow({
      name,
      mac: macOf(number),
      vpcId: idOf('vpc', 'bench'),
      subnetId: idOf('subnet', subnet),
      securityGroupIds: [idOf('sg', name)],
      ipv4Addresses: [ipv4Of(address)],
    });
  const rows: readonly TableRow[] = [
    vpcRow('bench', ['10.0.0.0/16'], false),
    { kind: 'security-group', id: idOf('sg', 'client'), ...groups, ingress: [], egress },
    { kind: 'security-group', id: idOf('sg', 'server'), ...groups, ingress, egress },
    ...edge('one'),
    ...edge('two'),
    subnetRow('bench', 'one', ['10.0.1.0/24']),
    subnetRow('bench', 'two', ['10.0.2.0/24']),
    holder('client', 1, 'one', '10.0.1.10'),
    holder('server', 2, 'two', '10.0.2.10'),
  ];
  const updates = rows.map((row): TableUpdate => ({ change: 'put', row }));
  const network = new Network();
  network.apply(updates);
  const client = network.interfaceById(CLIENT);
  if (!client) throw new Error('the client has no interface');
  const frame = {
    sourceMac: client.row.mac,
    destinationMac: client.subnet.routerMac,
    source: ipv4Of('10.0.1.10'),
    destination: ipv4Of('10.0.2.10'),
  };
  return { updates, frame };
}
