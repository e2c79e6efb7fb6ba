/** CloudFormation's VPC endpoints, endpoint services and the Network Load Balancers behind these. */
import { type CloudFormationContext, type CloudFormationResource, textOf } from './cloudformation-context.ts';
import { Unresolved } from './cloudformation-functions.ts';

/** A load balancer's type; its own id is its ARN. */
export const LOAD_BALANCER = 'AWS::ElasticLoadBalancingV2::LoadBalancer';
/** A target group's type. Its ARN means nothing here, so its logical id stands for it. */
export const TARGET_GROUP = 'AWS::ElasticLoadBalancingV2::TargetGroup';
const LISTENER = 'AWS::ElasticLoadBalancingV2::Listener';

/** The ARN that a load balancer of the template is going to have. @throws Unresolved */
export const loadBalancerArn = ({ endpoints }: CloudFormationContext, one: CloudFormationResource): string =>
  endpoints.loadBalancerArn(one.text('Name') ?? one.logicalId.slice(0, 32), one.logicalId);

/** Services of the template, then endpoints. To be read once subnets, tables, groups and instances are. */
export function readVpcEndpoints(context: CloudFormationContext): void {
  readLoadBalancers(context);
  context.each(['VPCEndpointService'], (one) =>
    refuseIf(
      context.endpoints.service({
        id: one.id,
        acceptanceRequired: one.property('AcceptanceRequired') === undefined || one.flag('AcceptanceRequired'),
        loadBalancerArns: one.texts('NetworkLoadBalancerArns'),
        privateDnsName: undefined,
        principals: [],
        tags: one.tags(),
      }),
    ),
  );
  context.each(['VPCEndpointServicePermissions'], (one) =>
    context.endpoints.permit(one.text('ServiceId') ?? '', one.texts('AllowedPrincipals')),
  );
  context.each(['VPCEndpoint'], (one) =>
    refuseIf(
      context.endpoints.endpoint({
        id: one.id,
        vpcId: one.text('VpcId'),
        type: one.text('VpcEndpointType'),
        serviceName: one.text('ServiceName'),
        routeTableIds: one.texts('RouteTableIds'),
        subnetIds: one.texts('SubnetIds'),
        addresses: new Map(),
        groupIds: one.texts('SecurityGroupIds'),
        privateDnsEnabled: one.flag('PrivateDnsEnabled'),
        isAccepted: false,
        tags: one.tags(),
      }),
    ),
  );
}

/** @throws Unresolved where there is a reason to */
function refuseIf(problem: string | undefined): void {
  if (problem !== undefined) throw new Unresolved(problem);
}

/** Those that endpoint services stand behind; others are left out as they are. */
function readLoadBalancers(context: CloudFormationContext): void {
  const named = new Set<string>();
  context.each(['VPCEndpointService'], (one) => {
    for (const arn of one.texts('NetworkLoadBalancerArns')) named.add(arn);
  });
  context.each([LOAD_BALANCER], (one) => {
    const arn = loadBalancerArn(context, one);
    if (!named.has(arn)) return;
    context.readBeside.add(one.logicalId);
    const mappings = one.records('SubnetMappings').flatMap(({ SubnetId: id }) => textOf(id, 'SubnetId') ?? []);
    const groups = targetGroupsOf(context, arn);
    refuseIf(
      context.endpoints.loadBalancer({
        arn,
        subnetIds: [...new Set([...one.texts('Subnets'), ...mappings])],
        instanceIds: groups.flatMap((group) =>
          group.records('Targets').flatMap(({ Id: id }) => textOf(id, 'Id') ?? []),
        ),
      }),
    );
  });
}

/** The target groups that its listeners send to; a listener that changes the port is said. @throws Unresolved */
function targetGroupsOf(context: CloudFormationContext, arn: string): readonly CloudFormationResource[] {
  const listeners = context.all([LISTENER]).filter((one) => one.text('LoadBalancerArn') === arn);
  return listeners.flatMap((listener) => {
    context.readBeside.add(listener.logicalId);
    const ids = listener.records('DefaultActions').map(({ TargetGroupArn: id }) => textOf(id, 'TargetGroupArn'));
    const groups = context.all([TARGET_GROUP]).filter(({ logicalId }) => ids.includes(logicalId));
    for (const group of groups) {
      context.readBeside.add(group.logicalId);
      const port = group.text('Port');
      if (port !== undefined && port !== listener.text('Port'))
        context.leaveOut(
          listener,
          'a load balancer of localvpc sends each port on to the same port, and it to another',
        );
    }
    return groups;
  });
}
