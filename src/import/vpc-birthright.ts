/** What every VPC is born with and code does not write down: its main route table, its default ACL and its default group. */
import type * as sdk from '@aws-sdk/client-ec2';
import type { noResources } from './description.ts';

/** The ids of what one VPC is born with. */
export interface BirthrightIds {
  readonly networkAclId: string;
  readonly securityGroupId: string;
  readonly routeTableId: string;
  readonly associationId: string;
}

/** Adds it to a description that has the VPC. */
export function addBirthright(into: ReturnType<typeof noResources>, VpcId: string, ids: BirthrightIds): void {
  const vpc = into.Vpcs.find((one) => one.VpcId === VpcId);
  const hasIpv6 = hasIpv6Block(vpc);
  const anywhere: readonly sdk.NetworkAclEntry[] = [
    { RuleNumber: 100, CidrBlock: '0.0.0.0/0' },
    ...(hasIpv6 ? [{ RuleNumber: 101, Ipv6CidrBlock: '::/0' }] : []),
  ];
  into.NetworkAcls.push({
    NetworkAclId: ids.networkAclId,
    VpcId,
    IsDefault: true,
    Entries: [true, false].flatMap((Egress) =>
      anywhere.map((one) => ({ ...one, Egress, Protocol: '-1', RuleAction: 'allow' as const })),
    ),
    Associations: [],
  });
  into.SecurityGroups.push({
    GroupId: ids.securityGroupId,
    VpcId,
    GroupName: 'default',
    Description: 'default VPC security group',
    IpPermissions: [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: ids.securityGroupId }] }],
    IpPermissionsEgress: [anywhereAtAll(hasIpv6)],
  });
  into.RouteTables.push({
    RouteTableId: ids.routeTableId,
    VpcId,
    Routes: localRoutes(vpc),
    Associations: [{ Main: true, RouteTableAssociationId: ids.associationId }],
  });
}

/** The routes to a VPC's own blocks, which every table of it has; none of a VPC that is not described. */
export const localRoutes = (vpc: sdk.Vpc | undefined): sdk.Route[] => [
  ...(vpc?.CidrBlockAssociationSet ?? []).map(({ CidrBlock: block }) => ({ DestinationCidrBlock: block, ...LOCAL })),
  ...(vpc?.Ipv6CidrBlockAssociationSet ?? []).map(({ Ipv6CidrBlock: block }) => ({
    DestinationIpv6CidrBlock: block,
    ...LOCAL,
  })),
];

const LOCAL = { GatewayId: 'local', Origin: 'CreateRouteTable' } as const;

/** Whether a VPC speaks IPv6. */
export const hasIpv6Block = (vpc: sdk.Vpc | undefined): boolean => (vpc?.Ipv6CidrBlockAssociationSet ?? []).length > 0;

/** The egress rules that a group is born with. */
export const anywhereAtAll = (hasIpv6: boolean): sdk.IpPermission => ({
  IpProtocol: '-1',
  IpRanges: [{ CidrIp: '0.0.0.0/0' }],
  ...(hasIpv6 ? { Ipv6Ranges: [{ CidrIpv6: '::/0' }] } : {}),
});
