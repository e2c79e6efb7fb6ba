/** A large network as rows: many interfaces in many groups that name each other, with ACLs and gateways. */
import type { Ipv4 } from '../net/address.ts';
import { cidrOf } from '../net/cidr.ts';
import type { SecurityGroupRuleRow, TableRow } from '../tables/tables.ts';
import { cidrOfText, idOf, interfaceRow, ipv4Of, macOf, openAcl, routeRow, subnetRow, vpcRow } from './rows.ts';
import { aclEntry, groupRule } from './rule-text.ts';

const INTERFACES_IN_SUBNET = 50;
const PORTS = [22, 80, 443, 3306, 5432, 6379, 8080, 8443, 9090, 9200];

/** `groups` groups of six rules each; interface n is in group n modulo `groups`, every tenth one in a second one and public. */
export function largeNetwork(interfaces: number, groups: number): readonly TableRow[] {
  const rows: TableRow[] = [vpcRow('large', ['10.0.0.0/8'], true)];
  for (let index = 0; index < groups; index++) rows.push(groupOf(index, groups));
  for (let kind = 0; kind < 4; kind++) rows.push(...edgeRows(kind));
  const subnets = Math.ceil(interfaces / INTERFACES_IN_SUBNET);
  for (let index = 0; index < subnets; index++) rows.push(...subnetRows(index));
  for (let index = 0; index < interfaces; index++) rows.push(interfaceOf(index, groups));
  return rows;
}

const groupName = (index: number): string => `group-${index}`;

function groupOf(index: number, groups: number): TableRow {
  const port = PORTS[index % PORTS.length] ?? 0;
  const texts = [
    'tcp 22 from 10.0.0.0/24',
    'icmp from 10.0.0.0/8',
    `tcp ${port} from ${groupName((index * 7 + 1) % groups)}`,
    `tcp ${port} from ${groupName((index * 13 + 5) % groups)}`,
    `tcp ${10_000 + index} from ${groupName(index)}`,
    index % 10 === 0 ? 'tcp 443 from 0.0.0.0/0' : `udp ${20_000 + index} from 10.0.${index % 200}.0/24`,
  ];
  const ingress = texts.map((text, rule): SecurityGroupRuleRow => groupRule(text, `${index}-${rule}`));
  const egress = [groupRule('all to 0.0.0.0/0', `${index}-out`)];
  return { kind: 'security-group', id: idOf('sg', groupName(index)), vpcId: idOf('vpc', 'large'), ingress, egress };
}

/** An ACL and a route table: open and closed ones, public and private ones. */
function edgeRows(kind: number): readonly TableRow[] {
  const acl = openAcl(`edge-${kind}`);
  const entries = ['90 deny tcp 3306 10.0.1.0/24', '100 allow all 0.0.0.0/0'].map(aclEntry);
  const routes = [routeRow(cidrOfText('10.0.0.0/8'), { kind: 'local' })];
  const internet = { kind: 'internet-gateway', id: idOf('igw', 'large') } as const;
  if (kind % 2 === 0) routes.push(routeRow(cidrOfText('0.0.0.0/0'), internet));
  return [
    kind < 2 ? { ...acl, ingress: entries } : acl,
    { kind: 'route-table', id: idOf('rtb', `edge-${kind}`), vpcId: idOf('vpc', 'large'), routes },
  ];
}

function subnetRows(index: number): readonly TableRow[] {
  const row = subnetRow('large', `subnet-${index}`, [`10.${index >> 8}.${index & 255}.0/24`]);
  const edge = `edge-${index % 4}`;
  return [{ ...row, networkAclId: idOf('acl', edge), routeTableId: idOf('rtb', edge) }];
}

function interfaceOf(index: number, groups: number): TableRow {
  const subnet = Math.floor(index / INTERFACES_IN_SUBNET);
  const address = ipv4Of(`10.${subnet >> 8}.${subnet & 255}.${10 + (index % INTERFACES_IN_SUBNET)}`);
  const publicAddress = (cidrOf(ipv4Of('198.18.0.0'), 15).address + 1 + index) as Ipv4;
  const isSpecial = index % 10 === 0;
  const second = isSpecial ? [idOf('sg', groupName((index * 31 + 3) % groups))] : [];
  return interfaceRow({
    name: `host-${index}`,
    mac: macOf(index),
    vpcId: idOf('vpc', 'large'),
    subnetId: idOf('subnet', `subnet-${subnet}`),
    securityGroupIds: [idOf('sg', groupName(index % groups)), ...second],
    ipv4Addresses: [address],
    publicAddresses: isSpecial ? [{ publicAddress, privateAddress: address }] : [],
  });
}
