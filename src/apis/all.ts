/** The services that localvpc serves beside EC2 and STS. */
import type { OtherService } from '../ec2/service.ts';
import { elasticLoadBalancing } from './elastic-load-balancing/service.ts';
import { elasticLoadBalancingV2 } from './elastic-load-balancing-v2/service.ts';
import { networkFirewall } from './network-firewall/service.ts';

export const otherServices: readonly OtherService[] = [elasticLoadBalancingV2, elasticLoadBalancing, networkFirewall];
