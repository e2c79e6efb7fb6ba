/** Network Firewall, as the endpoint asks it. */
import { jsonService } from '../json-service.ts';
import { allActions } from './actions/all.ts';
import * as schemas from './sdk-schemas.ts';

export const networkFirewall = jsonService({
  title: 'Network Firewall',
  command: 'network-firewall',
  signingName: 'network-firewall',
  targetPrefix: 'NetworkFirewall_20201112',
  schemas,
  actions: allActions,
});
