/** Terraform's VPC endpoints, endpoint services and the Network Load Balancers behind these. */
import { type TerraformContext, tagsOf, text, texts } from './terraform-context.ts';
import type { TerraformResource } from './terraform-document.ts';

/** Services of the plan, then endpoints. To be read once subnets, tables, groups and instances are. */
export function readVpcEndpoints(context: TerraformContext): void {
  readLoadBalancers(context);
  for (const one of context.all('aws_vpc_endpoint_service')) {
    const allowed = beside(context, 'aws_vpc_endpoint_service_allowed_principal', 'vpc_endpoint_service_id', one);
    const problem = context.endpoints.service({
      id: context.id(one),
      acceptanceRequired: one.values.acceptance_required !== false,
      loadBalancerArns: loadBalancersOf(context, one).map((arn) =>
        typeof arn === 'string' ? arn : arnOf(context, arn),
      ),
      privateDnsName: text(one.values.private_dns_name),
      principals: [
        ...texts(one.values.allowed_principals),
        ...allowed.flatMap(({ values }) => text(values.principal_arn) ?? []),
      ],
      tags: tagsOf(one),
    });
    if (problem !== undefined) context.leaveOut(one, problem);
  }
  for (const one of context.all('aws_vpc_endpoint')) {
    const problem = readEndpoint(context, one);
    if (problem !== undefined) context.leaveOut(one, problem);
  }
}

/** Resources of a type that name this one by an attribute. */
const beside = (
  context: TerraformContext,
  type: string,
  attribute: string,
  one: TerraformResource,
): readonly TerraformResource[] =>
  context.all(type).filter((each) => context.reference(each, attribute) === context.id(one));

function readEndpoint(context: TerraformContext, one: TerraformResource): string | undefined {
  const { values } = one;
  const of = (type: string, attribute: string): readonly string[] =>
    beside(context, type, 'vpc_endpoint_id', one).flatMap((each) => context.reference(each, attribute) ?? []);
  const addresses = context.blocks(one, 'subnet_configuration').flatMap((block): [string, string][] => {
    const [subnetId] = block.references('subnet_id');
    const address = text(block.values.ipv4);
    return subnetId === undefined || address === undefined ? [] : [[subnetId, address]];
  });
  const type = text(values.vpc_endpoint_type);
  return context.endpoints.endpoint({
    id: context.id(one),
    vpcId: context.reference(one, 'vpc_id'),
    type,
    serviceName: serviceNameOf(context, one),
    routeTableIds: [
      ...context.referencesOf(one, 'route_table_ids'),
      ...of('aws_vpc_endpoint_route_table_association', 'route_table_id'),
    ],
    subnetIds: [
      ...new Set([
        ...context.referencesOf(one, 'subnet_ids'),
        ...of('aws_vpc_endpoint_subnet_association', 'subnet_id'),
      ]),
    ],
    addresses: new Map(addresses),
    groupIds: [
      ...context.referencesOf(one, 'security_group_ids'),
      ...of('aws_vpc_endpoint_security_group_association', 'security_group_id'),
    ],
    privateDnsEnabled: values.private_dns_enabled === true,
    isAccepted:
      values.auto_accept === true ||
      beside(context, 'aws_vpc_endpoint_connection_accepter', 'vpc_endpoint_id', one).length > 0,
    tags: tagsOf(one),
  });
}

/** Its name, or that of the service of the plan that it refers to. */
function serviceNameOf(context: TerraformContext, one: TerraformResource): string | undefined {
  const known = text(one.values.service_name);
  if (known !== undefined) return known;
  const [service] = context.document.references(one, 'service_name');
  return service?.type === 'aws_vpc_endpoint_service' ? context.endpoints.serviceName(context.id(service)) : undefined;
}

/** Load balancers that a service names: those of the plan, and ARNs of others. */
function loadBalancersOf(context: TerraformContext, one: TerraformResource): readonly (TerraformResource | string)[] {
  const attribute = 'network_load_balancer_arns';
  const known = texts(one.values[attribute]);
  if (known.length === 0) return context.document.references(one, attribute);
  const ofPlan = context.all('aws_lb', 'aws_alb');
  return known.map((arn) => ofPlan.find(({ values }) => values.arn === arn) ?? arn);
}

const arnOf = (context: TerraformContext, one: TerraformResource): string =>
  text(one.values.arn) ??
  context.endpoints.loadBalancerArn(text(one.values.name) ?? one.name.slice(0, 32), one.address);

/** Those that endpoint services stand behind; what belongs to others is left out as it is. */
function readLoadBalancers(context: TerraformContext): void {
  const named = context.all('aws_vpc_endpoint_service').flatMap((one) => loadBalancersOf(context, one));
  for (const one of new Set(named)) {
    if (typeof one === 'string') continue;
    context.readBeside.add(one);
    const mappings = context.blocks(one, 'subnet_mapping').flatMap((block) => block.references('subnet_id'));
    const groups = targetGroupsOf(context, one);
    const attachments = context
      .all('aws_lb_target_group_attachment', 'aws_alb_target_group_attachment')
      .filter((each) => targetOf(context, each, 'target_group_arn').some((group) => groups.includes(group)));
    for (const each of [...groups, ...attachments]) context.readBeside.add(each);
    const problem = context.endpoints.loadBalancer({
      arn: arnOf(context, one),
      subnetIds: [...new Set([...context.referencesOf(one, 'subnets'), ...mappings])],
      instanceIds: attachments.flatMap((each) => context.reference(each, 'target_id') ?? []),
    });
    if (problem !== undefined) context.leaveOut(one, problem);
  }
}

/** The target groups that its listeners send to; a listener that changes the port is said. */
function targetGroupsOf(context: TerraformContext, one: TerraformResource): readonly TerraformResource[] {
  const listeners = context
    .all('aws_lb_listener', 'aws_alb_listener')
    .filter((each) => targetOf(context, each, 'load_balancer_arn').includes(one));
  return listeners.flatMap((listener) => {
    context.readBeside.add(listener);
    const groups = context.document
      .blocks(listener, 'default_action')
      .flatMap(({ target_group_arn: expression }) => context.document.referencesOf(listener, expression));
    const known = context.blocks(listener, 'default_action').map(({ values }) => values.target_group_arn);
    const found =
      groups.length > 0
        ? groups
        : context.all('aws_lb_target_group').filter(({ values }) => known.includes(values.arn));
    if (found.some(({ values }) => values.port !== undefined && values.port !== listener.values.port))
      context.leaveOut(listener, 'a load balancer of localvpc sends each port on to the same port, and it to another');
    return found;
  });
}

/** The resource that an attribute names, by what it refers to or by its ARN. */
function targetOf(context: TerraformContext, one: TerraformResource, attribute: string): readonly TerraformResource[] {
  const arn = text(one.values[attribute]);
  if (arn === undefined) return context.document.references(one, attribute);
  return context.document.resources.filter(({ values }) => values.arn === arn);
}
