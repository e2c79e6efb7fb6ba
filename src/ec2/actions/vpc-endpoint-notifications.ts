/** Notifications of the connections of VPC endpoints, and what else AWS records of endpoints that moves no packet. */
import type * as sdk from '@aws-sdk/client-ec2';
import {
  createEndpointNotification,
  findEndpointNotification,
  modifyEndpointNotification,
} from '../../model/endpoint-notifications.ts';
import { Fault } from '../../model/fault.ts';
import { EndpointNotification } from '../../model/resources/endpoint-notification.ts';
import { VpcEndpoint } from '../../model/resources/vpc-endpoint.ts';
import { VpcEndpointService } from '../../model/resources/vpc-endpoint-service.ts';
import type { Transaction } from '../../model/transaction.ts';
import { isId } from '../../net/identifiers.ts';
import { action, recordOnly } from '../action.ts';
import { choice } from '../choice.ts';
import { selectFrom } from '../describe.ts';
import { unsuccessful } from '../unsuccessful.ts';

const NO_TOPICS = recordOnly('Recorded and shown; SNS is not served, so nobody is told.');

/** CreateVpcEndpointConnectionNotification. */
export const CreateVpcEndpointConnectionNotification = action(
  'CreateVpcEndpointConnectionNotification',
  (request, tx) => {
    const notification = createEndpointNotification(tx, {
      about: subjectOf(request.ServiceId, request.VpcEndpointId, tx),
      topicArn: request.ConnectionNotificationArn,
      events: request.ConnectionEvents,
    });
    return { ConnectionNotification: describeNotification(notification, tx), ClientToken: request.ClientToken };
  },
  NO_TOPICS,
);

function subjectOf(
  serviceId: string | undefined,
  endpointId: string | undefined,
  tx: Transaction,
): EndpointNotification['about'] {
  if (serviceId !== undefined && endpointId !== undefined) {
    throw new Fault('InvalidParameterCombination', { parameter: 'serviceId', other: 'vpcEndpointId' });
  }
  if (endpointId !== undefined) return tx.get(VpcEndpoint, endpointId).id;
  if (serviceId === undefined) throw new Fault('MissingParameter', { parameter: 'ServiceId' });
  return tx.get(VpcEndpointService, serviceId).id;
}

/** ModifyVpcEndpointConnectionNotification. */
export const ModifyVpcEndpointConnectionNotification = action(
  'ModifyVpcEndpointConnectionNotification',
  (request, tx) => {
    const { ConnectionNotificationArn: topicArn, ConnectionEvents: events } = request;
    modifyEndpointNotification(tx, findEndpointNotification(tx, request.ConnectionNotificationId), {
      ...(topicArn !== undefined && { topicArn }),
      ...(events !== undefined && { events }),
    });
    return { ReturnValue: true };
  },
  NO_TOPICS,
);

/** DeleteVpcEndpointConnectionNotifications: each by itself; those that are not there are listed. */
export const DeleteVpcEndpointConnectionNotifications = action(
  'DeleteVpcEndpointConnectionNotifications',
  (request, tx) =>
    unsuccessful(request.ConnectionNotificationIds, (id) => {
      tx.remove(EndpointNotification, findEndpointNotification(tx, id).id);
    }),
  NO_TOPICS,
);

const describeNotification = (
  { id, about, topicArn, events }: EndpointNotification,
  tx: Transaction,
): sdk.ConnectionNotification => ({
  ConnectionNotificationId: id,
  ...(isId('vpce', about) ? { VpcEndpointId: about } : { ServiceId: about }),
  ConnectionNotificationType: 'Topic',
  ConnectionNotificationArn: topicArn,
  ConnectionEvents: [...events],
  ConnectionNotificationState: 'Enabled',
  ServiceRegion: tx.region,
});

/** DescribeVpcEndpointConnectionNotifications. */
export const DescribeVpcEndpointConnectionNotifications = action(
  'DescribeVpcEndpointConnectionNotifications',
  (request, tx) => {
    const { ConnectionNotificationId: id } = request;
    const { rows, nextToken } = selectFrom(
      {
        operation: 'DescribeVpcEndpointConnectionNotifications',
        rows: id === undefined ? tx.list(EndpointNotification) : [findEndpointNotification(tx, id)],
        filters: {
          'connection-notification-arn': (row) => row.topicArn,
          'connection-notification-id': (row) => row.id,
          'connection-notification-state': () => 'Enabled',
          'connection-notification-type': () => 'Topic',
          'service-id': ({ about }) => (isId('vpce', about) ? undefined : about),
          'vpc-endpoint-id': ({ about }) => (isId('vpce', about) ? about : undefined),
        },
        question: id,
      },
      request,
      tx,
    );
    return { ConnectionNotificationSet: rows.map((row) => describeNotification(row, tx)), NextToken: nextToken };
  },
  NO_TOPICS,
);

/** ModifyVpcEndpointServicePayerResponsibility: the service's owner, and never back (PrivateLink guide). */
export const ModifyVpcEndpointServicePayerResponsibility = action(
  'ModifyVpcEndpointServicePayerResponsibility',
  (request, tx) => {
    const service = tx.get(VpcEndpointService, request.ServiceId);
    const payerResponsibility = choice(request.PayerResponsibility, ['ServiceOwner'], 'payerResponsibility');
    if (payerResponsibility) tx.update(VpcEndpointService, service.id, { payerResponsibility });
    return { ReturnValue: true };
  },
  recordOnly('Recorded and shown; `localvpc costs` puts endpoints on the bill of the account that has them.'),
);

/** DescribeVpcEndpointAssociations: of endpoints for resources and service networks, of which there are none here. */
export const DescribeVpcEndpointAssociations = action('DescribeVpcEndpointAssociations', (request, tx) => {
  for (const id of request.VpcEndpointIds ?? []) tx.get(VpcEndpoint, id);
  const none = (): undefined => undefined;
  selectFrom(
    {
      operation: 'DescribeVpcEndpointAssociations',
      rows: [],
      filters: {
        'vpc-endpoint-id': none,
        'associated-resource-accessibility': none,
        'association-id': none,
        'associated-resource-id': none,
        'service-network-arn': none,
        'resource-configuration-group-arn': none,
        'service-network-resource-association-id': none,
      },
      question: request.VpcEndpointIds,
    },
    request,
    tx,
  );
  return { VpcEndpointAssociations: [] };
});

/** What this file serves. */
export const vpcEndpointNotificationActions = [
  CreateVpcEndpointConnectionNotification,
  ModifyVpcEndpointConnectionNotification,
  DeleteVpcEndpointConnectionNotifications,
  DescribeVpcEndpointConnectionNotifications,
  ModifyVpcEndpointServicePayerResponsibility,
  DescribeVpcEndpointAssociations,
] as const;
