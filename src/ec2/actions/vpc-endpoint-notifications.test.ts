/** Connection notifications of endpoints and services, and who pays for endpoints: recorded, and shown as they are. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { given } from '../../testing/instance-parts.ts';
import { serviceLab } from '../../testing/private-service.ts';

const TOPIC = 'arn:aws:sns:us-east-1:123456789012:connections';

/** A service with an endpoint of the same account, and how to ask about its notifications. */
function notified() {
  const net = serviceLab();
  const { VpcEndpoint: endpoint } = net.account.call('CreateVpcEndpoint', {
    VpcId: net.vpcId,
    VpcEndpointType: 'Interface',
    ServiceName: net.serviceName,
    SubnetIds: [net.subnetId],
  });
  const create = (request: {
    ServiceId?: string;
    VpcEndpointId?: string;
    ConnectionEvents?: string[];
    arn?: string;
  }) => {
    const { arn = TOPIC, ConnectionEvents = ['Accept', 'Reject'], ...about } = request;
    const asked = { ...about, ConnectionEvents, ConnectionNotificationArn: arn };
    return given(net.account.call('CreateVpcEndpointConnectionNotification', asked).ConnectionNotification);
  };
  const shown = (...Filters: { Name: string; Values: string[] }[]) =>
    net.account.call('DescribeVpcEndpointConnectionNotifications', { Filters }).ConnectionNotificationSet ?? [];
  return { ...net, endpointId: given(endpoint?.VpcEndpointId), create, shown };
}

test('a notification is shown with its topic and events, which can be changed', () => {
  const { account, serviceId, endpointId, create, shown } = notified();
  const ofService = create({ ServiceId: serviceId });
  const ofEndpoint = create({ VpcEndpointId: endpointId });
  deepEqual(
    shown({ Name: 'vpc-endpoint-id', Values: [endpointId] }).map((one) => one.ConnectionNotificationId),
    [ofEndpoint.ConnectionNotificationId],
  );
  const ConnectionNotificationId = given(ofService.ConnectionNotificationId);
  account.call('ModifyVpcEndpointConnectionNotification', { ConnectionNotificationId, ConnectionEvents: ['Connect'] });
  const [changed] =
    account.call('DescribeVpcEndpointConnectionNotifications', { ConnectionNotificationId })
      .ConnectionNotificationSet ?? [];
  deepEqual(
    [changed?.ServiceId, changed?.ConnectionEvents, changed?.ConnectionNotificationArn],
    [serviceId, ['Connect'], TOPIC],
  );
});

test('a notification is about one thing that is there, for a topic and events that AWS knows', () => {
  const { account, serviceId, endpointId, create } = notified();
  const faultOf = (request: Parameters<typeof create>[0]): string => account.faultCode(() => create(request));
  equal(faultOf({}), 'MissingParameter');
  equal(faultOf({ ServiceId: serviceId, VpcEndpointId: endpointId }), 'InvalidParameterCombination');
  equal(faultOf({ VpcEndpointId: 'vpce-0123456789abcdef0' }), 'InvalidVpcEndpointId.NotFound');
  equal(faultOf({ ServiceId: serviceId, ConnectionEvents: ['Sneeze'] }), 'InvalidConnectionNotification');
  equal(faultOf({ ServiceId: serviceId, ConnectionEvents: [] }), 'InvalidConnectionNotification');
  equal(faultOf({ ServiceId: serviceId, arn: 'connections' }), 'InvalidConnectionNotification');
});

test('notifications are deleted each by itself, and with the endpoint that they are about', () => {
  const { account, serviceId, endpointId, create, shown } = notified();
  const { ConnectionNotificationId: id } = create({ ServiceId: serviceId });
  create({ VpcEndpointId: endpointId });
  const { Unsuccessful = [] } = account.call('DeleteVpcEndpointConnectionNotifications', {
    ConnectionNotificationIds: [given(id), 'vpce-nfn-0123456789abcdef0'],
  });
  deepEqual(
    Unsuccessful.map(({ ResourceId, Error: error }) => [ResourceId, error?.Code]),
    [['vpce-nfn-0123456789abcdef0', 'InvalidConnectionNotification']],
  );
  equal(shown().length, 1);
  account.call('DeleteVpcEndpoints', { VpcEndpointIds: [endpointId] });
  equal(shown().length, 0);
});

test('the service’s owner can take over the payment, and is shown to pay', () => {
  const { account, serviceId: ServiceId } = notified();
  const payer = () =>
    account.call('DescribeVpcEndpointServiceConfigurations').ServiceConfigurations?.[0]?.PayerResponsibility;
  equal(payer(), undefined);
  account.call('ModifyVpcEndpointServicePayerResponsibility', { ServiceId, PayerResponsibility: 'ServiceOwner' });
  equal(payer(), 'ServiceOwner');
});

test('an interface endpoint has no associations with resources, and one that is not there is an error', () => {
  const { account, endpointId } = notified();
  const ask = (id: string) => account.call('DescribeVpcEndpointAssociations', { VpcEndpointIds: [id] });
  deepEqual(ask(endpointId).VpcEndpointAssociations, []);
  equal(
    account.faultCode(() => ask('vpce-0123456789abcdef0')),
    'InvalidVpcEndpointId.NotFound',
  );
});
