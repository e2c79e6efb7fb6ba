/** Elastic Load Balancing v2, as the endpoint asks it. */
import { queryService } from '../query-service.ts';
import { allActions } from './actions/all.ts';
import * as schemas from './sdk-schemas.ts';

export const elasticLoadBalancingV2 = queryService({
  title: 'Elastic Load Balancing v2',
  command: 'elbv2',
  signingName: 'elasticloadbalancing',
  version: '2015-12-01',
  namespace: 'http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/',
  schemas,
  actions: allActions,
});
