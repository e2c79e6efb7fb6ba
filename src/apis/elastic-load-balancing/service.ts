/** Elastic Load Balancing (Classic), as the endpoint asks it. */
import { queryService } from '../query-service.ts';
import { allActions } from './actions/all.ts';
import * as schemas from './sdk-schemas.ts';

export const elasticLoadBalancing = queryService({
  title: 'Elastic Load Balancing (Classic)',
  command: 'elb',
  signingName: 'elasticloadbalancing',
  version: '2012-06-01',
  namespace: 'http://elasticloadbalancing.amazonaws.com/doc/2012-06-01/',
  schemas,
  actions: allActions,
  statuses: { InvalidConfigurationRequest: 409 },
});
