/** Notifications of the connections of endpoints and endpoint services: how they come, change and go. */
import { Fault } from './fault.ts';
import { ENDPOINT_EVENTS, EndpointNotification } from './resources/endpoint-notification.ts';
import type { Transaction } from './transaction.ts';

/** What a notification is made of. */
export type EndpointNotificationSpec = Omit<EndpointNotification, 'id'>;

/** Makes one. @throws Fault InvalidConnectionNotification for what is no topic or no event (the sentences are unconfirmed) */
export function createEndpointNotification(tx: Transaction, spec: EndpointNotificationSpec): EndpointNotification {
  check(spec);
  return tx.put(EndpointNotification, { ...spec, id: tx.newId('vpce-nfn') });
}

/** The notification of this id. @throws Fault InvalidConnectionNotification */
export function findEndpointNotification(tx: Transaction, id: string): EndpointNotification {
  const found = tx.find(EndpointNotification, id);
  if (found) return found;
  throw new Fault('InvalidConnectionNotification', `The connection notification ${id} does not exist.`);
}

/** Changes its topic, its events or both. @throws Fault InvalidConnectionNotification */
export function modifyEndpointNotification(
  tx: Transaction,
  notification: EndpointNotification,
  change: Partial<Pick<EndpointNotification, 'topicArn' | 'events'>>,
): void {
  const changed = { ...notification, ...change };
  check(changed);
  tx.put(EndpointNotification, changed);
}

/** Those of an endpoint or a service go with it (unconfirmed). */
export function removeNotificationsAbout(tx: Transaction, id: string): void {
  for (const notification of tx.by(EndpointNotification, 'about', id)) tx.remove(EndpointNotification, notification.id);
}

const TOPIC = /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}$/;
const EVENTS: ReadonlySet<string> = new Set(ENDPOINT_EVENTS);

function check({ topicArn, events }: Pick<EndpointNotification, 'topicArn' | 'events'>): void {
  if (!TOPIC.test(topicArn)) {
    throw new Fault('InvalidConnectionNotification', `'${topicArn}' is not the ARN of an SNS topic.`);
  }
  const unknown = events.find((event) => !EVENTS.has(event));
  if (unknown === undefined && events.length > 0) return;
  const known = ENDPOINT_EVENTS.join(', ');
  throw new Fault('InvalidConnectionNotification', `'${unknown ?? ''}' is no event; there are ${known}.`);
}
