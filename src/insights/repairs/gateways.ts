/** The internet gateway that a VPC lacks. */
import { InternetGateway } from '../../model/resources/internet-gateway.ts';
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
