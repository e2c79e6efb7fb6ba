/**
 * Listeners, health checks and attributes of Classic Load Balancers.
 *
 * Source: Elastic Load Balancing API reference of 2012-06-01 (Listener, HealthCheck, LoadBalancerAttributes); User Guide
 * for Classic Load Balancers. Sentences are unconfirmed where AWS prints none.
 */
import { Fault } from './fault.ts';
import { quota } from './quotas.ts';
import {
  type ClassicAttributes,
  type ClassicHealthCheck,
  type ClassicListener,
  ClassicLoadBalancer,
} from './resources/classic-load-balancer.ts';
import type { Transaction } from './transaction.ts';

const isPort = (port: number): boolean => port >= 1 && port <= 65_535;

const fail = (sentence: string): never => {
  throw new Fault('ValidationError', sentence);
};

/**
 * The listeners that there are and those that are added; one that is there already and the same is no other.
 * @throws Fault ValidationError for a port, DuplicateListener, InvalidConfigurationRequest for too many
 */
export function checkedListeners(
  tx: Transaction,
  name: string,
  before: readonly ClassicListener[],
  added: readonly ClassicListener[],
): readonly ClassicListener[] {
  const listeners = [...before];
  for (const one of added) {
    const { loadBalancerPort, instancePort } = one;
    for (const port of [loadBalancerPort, instancePort]) {
      if (!isPort(port)) fail(`Port ${port} is not valid: it must be between 1 and 65535`);
    }
    const other = listeners.find((candidate) => candidate.loadBalancerPort === loadBalancerPort);
    if (!other) listeners.push(one);
    else if (other.instancePort !== instancePort) {
      const sentence = `A listener already exists for ${name} with LoadBalancerPort ${loadBalancerPort}, but with a different InstancePort, Protocol, or SSLCertificateId`;
      throw new Fault('DuplicateListener', sentence);
    }
  }
  if (listeners.length <= quota(tx, 'listenersPerClassicLoadBalancer')) return listeners;
  throw new Fault('InvalidConfigurationRequest', 'The maximum number of listeners has been reached');
}

/** CreateLoadBalancerListeners. @throws Fault as `checkedListeners` */
export const addListeners = (
  tx: Transaction,
  row: ClassicLoadBalancer,
  added: readonly ClassicListener[],
): ClassicLoadBalancer =>
  tx.update(ClassicLoadBalancer, row.id, { listeners: checkedListeners(tx, row.name, row.listeners, added) });

/** DeleteLoadBalancerListeners: those at these ports, as far as there are any. */
export const removeListeners = (
  tx: Transaction,
  row: ClassicLoadBalancer,
  ports: readonly number[],
): ClassicLoadBalancer =>
  tx.update(ClassicLoadBalancer, row.id, {
    listeners: row.listeners.filter(({ loadBalancerPort }) => !ports.includes(loadBalancerPort)),
  });

/** What is checked until ConfigureHealthCheck says otherwise: a connection to the first listener's instance port. */
export const healthCheckOf = ([first]: readonly ClassicListener[]): ClassicHealthCheck => ({
  target: `TCP:${first?.instancePort ?? 80}`,
  intervalSeconds: 30,
  timeoutSeconds: 5,
  unhealthyThreshold: 2,
  healthyThreshold: 10,
});

const CHECK_TARGET = /^(?:(?:TCP|SSL):(\d{1,5})|HTTPS?:(\d{1,5})\/.{0,1023})$/;

/** ConfigureHealthCheck. @throws Fault ValidationError */
export function setHealthCheck(
  tx: Transaction,
  row: ClassicLoadBalancer,
  check: ClassicHealthCheck,
): ClassicLoadBalancer {
  const [, port = check.target.split(/[:/]/)[1]] = CHECK_TARGET.exec(check.target) ?? [];
  if (!CHECK_TARGET.test(check.target) || !isPort(Number(port))) {
    fail('HealthCheck target must be of the form TCP:port, SSL:port, HTTP:port/path or HTTPS:port/path');
  }
  const within = (value: number, from: number, to: number, what: string): void => {
    if (value < from || value > to) fail(`HealthCheck ${what} must be between ${from} and ${to}`);
  };
  within(check.intervalSeconds, 5, 300, 'interval');
  within(check.timeoutSeconds, 2, 60, 'timeout');
  within(check.healthyThreshold, 2, 10, 'healthy threshold');
  within(check.unhealthyThreshold, 2, 10, 'unhealthy threshold');
  if (check.timeoutSeconds >= check.intervalSeconds) fail('HealthCheck timeout must be less than interval');
  return tx.update(ClassicLoadBalancer, row.id, { healthCheck: check });
}

/** ModifyLoadBalancerAttributes: what is not asked for stays. @throws Fault ValidationError */
export function setAttributes(
  tx: Transaction,
  row: ClassicLoadBalancer,
  asked: Partial<ClassicAttributes>,
): ClassicLoadBalancer {
  const attributes: ClassicAttributes = { ...row.attributes, ...asked };
  const within = (value: number, to: number, what: string): void => {
    if (value < 1 || value > to) fail(`${what} must be between 1 and ${to}`);
  };
  within(attributes.idleTimeoutSeconds, 4000, 'IdleTimeout');
  within(attributes.drainingSeconds, 3600, 'ConnectionDraining timeout');
  if (!['monitor', 'defensive', 'strictest'].includes(attributes.desyncMitigationMode)) {
    fail(`The value '${attributes.desyncMitigationMode}' of elb.http.desyncmitigationmode is not valid`);
  }
  return tx.update(ClassicLoadBalancer, row.id, { attributes });
}
