/** Regional NAT gateways as Terraform and CloudFormation write them, made what EC2 would describe once they are there. */
import type * as sdk from '@aws-sdk/client-ec2';
import { standIn } from './stand-ins.ts';

/** A regional NAT gateway in code. */
export interface WrittenRegionalNatGateway {
  /** Its name in the code, of which stand-ins are made. */
  readonly name: string;
  readonly id: string;
  readonly vpcId: string | undefined;
  /** Undefined or empty for automatic mode, in which the zones show only when it is there. */
  readonly zones: readonly sdk.AvailabilityZoneAddress[] | undefined;
  readonly tags: sdk.Tag[];
}

/** As DescribeNatGateways shows it. */
export function describedRegional({ name, id, vpcId, zones = [], tags }: WrittenRegionalNatGateway): sdk.NatGateway {
  const state = zones.length === 0 ? 'enabled' : 'disabled';
  return {
    NatGatewayId: id,
    VpcId: vpcId,
    State: 'available',
    ConnectivityType: 'public',
    AvailabilityMode: 'regional',
    AutoProvisionZones: state,
    AutoScalingIps: state,
    NatGatewayAddresses: zones.flatMap(({ AllocationIds = [], ...zone }, index) =>
      AllocationIds.map((AllocationId, number) => ({
        ...zone,
        AllocationId,
        AssociationId: standIn('eipassoc', `${name} ${index} ${number}`),
        Status: 'succeeded',
      })),
    ),
    Tags: tags,
  };
}
