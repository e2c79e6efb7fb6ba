/**
 * Error codes of Elastic Load Balancing, of both its versions.
 *
 * Sources: the API references of 2012-06-01 and 2015-12-01. Sentences are unconfirmed unless said otherwise; whoever
 * raises a fault says more where AWS does.
 */
import { free, says, unconfirmed } from './fault-entry.ts';

export const elasticLoadBalancing = {
  /** What is wrong with a parameter by itself. */
  ValidationError: free(),
  InvalidConfigurationRequest: free(),
  LoadBalancerNotFound: unconfirmed('One or more load balancers not found'),
  AllocationIdNotFound: says('The specified allocation ID does not exist.'),
  AvailabilityZoneNotSupported: free(),
  DuplicateListener: says('A listener with the specified port already exists.'),
  DuplicateLoadBalancerName: says('A load balancer with the specified name already exists.'),
  DuplicateTagKeys: says('A tag key was specified more than once.'),
  DuplicateTargetGroupName: says('A target group with the specified name already exists.'),
  /** Of Classic Load Balancers. */
  InvalidInstance: free(),
  InvalidScheme: says('The requested scheme is not valid.'),
  InvalidSecurityGroup: says('The specified security group does not exist.'),
  InvalidSubnet: free(),
  InvalidTarget: free(),
  IncompatibleProtocols: free(),
  ListenerNotFound: unconfirmed('One or more listeners not found'),
  ResourceInUse: free(),
  SubnetNotFound: says('The specified subnet does not exist.'),
  TargetGroupAssociationLimit: free(),
  TargetGroupNotFound: unconfirmed('One or more target groups not found'),
  TooManyListeners: says("You've reached the limit on the number of listeners per load balancer."),
  TooManyLoadBalancers: says("You've reached the limit on the number of load balancers for your AWS account."),
  TooManyTags: says("You've reached the limit on the number of tags for this resource."),
  TooManyTargetGroups: says("You've reached the limit on the number of target groups for your AWS account."),
  TooManyTargets: says("You've reached the limit on the number of targets."),
  UnsupportedProtocol: free(),
} as const;
