/** The internet gateway that a VPC lacks, and the exclusion from VPC Block Public Access that a subnet lacks. */
import { PublicAccessExclusion } from '../../model/resources/block-public-access.ts';
import { InternetGateway } from '../../model/resources/internet-gateway.ts';
import { Subnet } from '../../model/resources/subnet.ts';
import { Vpc } from '../../model/resources/vpc.ts';
import type { ApiCall } from '../api-call.ts';
import { findRow, type LostPacket } from './lost-packet.ts';

/** A gateway that is attached to no VPC. */
export function attachGateway(lost: LostPacket, id: string, vpcId: string): ApiCall[][] {
  const found = findRow(lost, InternetGateway, id);
  if (!found || found.row.vpcId !== undefined) return [];
  return [
    [
      {
        scope: found.tx.scope,
        operation: 'AttachInternetGateway',
        parameters: { InternetGatewayId: id, VpcId: vpcId },
      },
    ],
  ];
}

/** Block Public Access is the account's decision: only the subnet that needs it is excluded. */
export function excludeSubnet(lost: LostPacket): ApiCall[][] {
  const found = lost.step?.at && findRow(lost, Subnet, lost.step.at.subnetId);
  if (!found) return [];
  const { scope } = found.tx;
  const [known] = found.tx.by(PublicAccessExclusion, 'resourceId', found.row.id);
  const InternetGatewayExclusionMode = 'allow-bidirectional';
  if (known) {
    const parameters = { ExclusionId: known.id, InternetGatewayExclusionMode };
    return [[{ scope, operation: 'ModifyVpcBlockPublicAccessExclusion', parameters }]];
  }
  const parameters = { SubnetId: found.row.id, InternetGatewayExclusionMode };
  return [[{ scope, operation: 'CreateVpcBlockPublicAccessExclusion', parameters }]];
}

/** The VPC's own internet gateway was asked for and there is none: one that is free, else a new one. */
export function internetGatewayFor(lost: LostPacket, vpcId: string): ApiCall[][] {
  const vpc = findRow(lost, Vpc, vpcId);
  if (!vpc) return [];
  const { scope } = vpc.tx;
  const free = vpc.tx.list(InternetGateway, (row) => row.vpcId === undefined)[0];
  if (free) return attachGateway(lost, free.id, vpcId);
  return [
    [
      {
        scope,
        operation: 'CreateInternetGateway',
        parameters: {},
        saves: { name: 'GATEWAY', path: 'InternetGateway.InternetGatewayId' },
      },
      { scope, operation: 'AttachInternetGateway', parameters: { InternetGatewayId: '$GATEWAY', VpcId: vpcId } },
    ],
  ];
}
