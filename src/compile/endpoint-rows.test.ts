/** What the fabric is told of VPC endpoints. */
import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { VpcEndpoint } from '../model/resources/vpc-endpoint.ts';
import { lab } from '../testing/instance-parts.ts';
import { gatewayEndpointRow } from './endpoint-rows.ts';

test('the row of a gateway endpoint says that flows to DynamoDB are tracked, and those to S3 are not', () => {
  const { account, vpcId } = lab();
  const isTracked = (service: string): boolean | undefined => {
    const ServiceName = `com.amazonaws.us-east-1.${service}`;
    const { VpcEndpoint: made } = account.call('CreateVpcEndpoint', { VpcId: vpcId, ServiceName });
    return account.transact((tx) => gatewayEndpointRow(tx.get(VpcEndpoint, made?.VpcEndpointId)))?.isTracked;
  };
  deepEqual([isTracked('dynamodb'), isTracked('s3')], [true, false]);
});
