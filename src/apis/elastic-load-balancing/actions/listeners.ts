/** Listeners of Classic Load Balancers. */
import type * as sdk from '@aws-sdk/client-elastic-load-balancing';
import type { Decoded } from '../../../ec2/operation.ts';
import { addListeners, removeListeners } from '../../../model/classic-listeners.ts';
import { classicLoadBalancer } from '../../../model/classic-load-balancers.ts';
import { Fault } from '../../../model/fault.ts';
import type { ClassicListener } from '../../../model/resources/classic-load-balancer.ts';
import { action } from '../action.ts';

/**
 * A listener as a request has it. One of HTTP ends requests and adds headers to them, one of HTTPS or SSL ends TLS as
 * well: what moves packets alone can do neither, so they are refused.
 * @throws Fault UnsupportedProtocol
 */
export function listenerOf(asked: Decoded<sdk.Listener>): ClassicListener {
  const { Protocol: protocol, InstanceProtocol: instanceProtocol = protocol } = asked;
  for (const word of [protocol, instanceProtocol]) {
    if (word.toUpperCase() === 'TCP') continue;
    const sentence = `localvpc has Classic Load Balancers with listeners of TCP alone, and not of ${word}: it does not read what connections carry.`;
    throw new Fault('UnsupportedProtocol', sentence);
  }
  if (asked.SSLCertificateId !== undefined && asked.SSLCertificateId !== '') {
    throw new Fault('ValidationError', 'A listener of TCP has no certificate');
  }
  return { loadBalancerPort: asked.LoadBalancerPort, instancePort: asked.InstancePort };
}

export const CreateLoadBalancerListeners = action('CreateLoadBalancerListeners', (request, tx) => {
  const added = request.Listeners.map(listenerOf);
  addListeners(tx, classicLoadBalancer(tx, request.LoadBalancerName), added);
  return {};
});

export const DeleteLoadBalancerListeners = action('DeleteLoadBalancerListeners', (request, tx) => {
  removeListeners(tx, classicLoadBalancer(tx, request.LoadBalancerName), request.LoadBalancerPorts);
  return {};
});
