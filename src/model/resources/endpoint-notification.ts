/** Whom AWS tells of the connections of an endpoint or of an endpoint service: a topic of SNS. */
import type { Id, VpcEndpointId, VpcEndpointServiceId } from '../../net/identifiers.ts';
import { kind, type Row } from '../kind.ts';

export const ENDPOINT_EVENTS = ['Accept', 'Connect', 'Delete', 'Reject'] as const;

export interface EndpointNotification extends Row {
  readonly id: Id<'vpce-nfn'>;
  readonly about: VpcEndpointId | VpcEndpointServiceId;
  /** ARN of the topic. */
  readonly topicArn: string;
  readonly events: readonly string[];
}

export const EndpointNotification = kind<EndpointNotification>()({
  name: 'vpc-endpoint-connection-notification',
  indexes: { about: (row) => row.about },
});
