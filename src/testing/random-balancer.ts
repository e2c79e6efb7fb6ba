/** Load balancers of random networks, in front of one of the hosts at these addresses. */
import fc from 'fast-check';
import type { BalancerSpec } from './balancer-rows.ts';

/** One target: to several there are several ways, of which a trace takes one. */
export const randomBalancer: fc.Arbitrary<BalancerSpec> = fc
  .record({
    protocol: fc.constantFrom('tcp', 'udp', 'tcp+udp'),
    port: fc.constantFrom(80, 443),
    target: fc.constantFrom('10.0.2.10', '10.0.2.20', '10.0.1.20', '10.0.1.10'),
    targetPort: fc.constantFrom(undefined, 22, 5432),
    keepsClients: fc.boolean(),
  })
  .map(({ protocol, port: at, target: to, targetPort, keepsClients }) => ({
    [`${protocol} ${at}`]: { targets: [targetPort === undefined ? to : `${to}:${targetPort}`], keepsClients },
  }));
