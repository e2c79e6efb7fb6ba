/** A private service behind an interface endpoint: two VPCs with the same addresses, and one way between them. */
import {
  AcceptVpcEndpointConnectionsCommand,
  CreateVpcEndpointCommand,
  CreateVpcEndpointServiceConfigurationCommand,
  DescribeNetworkInterfacesCommand,
} from '@aws-sdk/client-ec2';
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  RegisterTargetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { present } from '../src/cli/tour/present.ts';
import { elbv2Client, example, Lab, WEB_SERVER } from './lab.ts';

await example('A private service behind an interface endpoint', async (show) => {
  show.step('A shop’s server in one VPC, its client in another with the same block');
  const provider = await Lab.open(show, '10.44.0.0/16');
  const consumer = await Lab.open(show, '10.44.0.0/16');
  const servers = await provider.subnet('10.44.1.0/24');
  const server = await provider.instance('server', [servers], WEB_SERVER);
  const clients = await consumer.subnet('10.44.1.0/24');
  const client = await consumer.instance('client', [clients]);

  show.step('The shop puts a load balancer before its server, and offers that as a service');
  const elb = elbv2Client();
  const made = await elb.send(
    new CreateLoadBalancerCommand({ Name: 'shop', Type: 'network', Scheme: 'internal', Subnets: [servers] }),
  );
  const arn = present(made.LoadBalancers?.[0]?.LoadBalancerArn, 'LoadBalancerArn');
  show.called('CreateLoadBalancer', arn);
  const { TargetGroups } = await elb.send(
    new CreateTargetGroupCommand({ Name: 'shop', Protocol: 'TCP', Port: 80, VpcId: provider.vpcId }),
  );
  const TargetGroupArn = present(TargetGroups?.[0]?.TargetGroupArn, 'TargetGroupArn');
  await elb.send(new RegisterTargetsCommand({ TargetGroupArn, Targets: [{ Id: server.id }] }));
  const DefaultActions = [{ Type: 'forward', TargetGroupArn } as const];
  await elb.send(new CreateListenerCommand({ LoadBalancerArn: arn, Protocol: 'TCP', Port: 80, DefaultActions }));
  const { ServiceConfiguration } = await provider.ec2.send(
    new CreateVpcEndpointServiceConfigurationCommand({ NetworkLoadBalancerArns: [arn] }),
  );
  const ServiceName = present(ServiceConfiguration?.ServiceName, 'ServiceName');
  show.called('CreateVpcEndpointServiceConfiguration', ServiceName);

  show.step('The client’s side asks for an endpoint, and the shop accepts it');
  const { VpcEndpoint } = await consumer.ec2.send(
    new CreateVpcEndpointCommand({
      VpcId: consumer.vpcId,
      VpcEndpointType: 'Interface',
      ServiceName,
      SubnetIds: [clients],
      SecurityGroupIds: [consumer.groupId],
    }),
  );
  const endpointId = present(VpcEndpoint?.VpcEndpointId, 'VpcEndpointId');
  const page = `http://${present(VpcEndpoint?.DnsEntries?.[0]?.DnsName, 'DnsName')}/`;
  show.called('CreateVpcEndpoint', `${endpointId}, ${String(VpcEndpoint?.State)}`);
  const early = await show.run(client, 'curl', '-sS', '--max-time', '1', page);
  show.expect(early.status !== 0, 'an endpoint that is not accepted leads nowhere');
  await provider.ec2.send(
    new AcceptVpcEndpointConnectionsCommand({
      ServiceId: present(ServiceConfiguration?.ServiceId, 'ServiceId'),
      VpcEndpointIds: [endpointId],
    }),
  );
  show.called('AcceptVpcEndpointConnections', endpointId);
  await show.runUntilItWorks(client, 'curl', '-sS', '--max-time', '2', page);

  show.step('The way leads in one direction');
  const { NetworkInterfaces } = await provider.ec2.send(
    new DescribeNetworkInterfacesCommand({
      Filters: [{ Name: 'interface-type', Values: ['network_load_balancer'] }],
    }),
  );
  const node = present(NetworkInterfaces?.[0]?.PrivateIpAddress, 'PrivateIpAddress');
  const back = await show.run(server, 'curl', '-sS', '--max-time', '1', `http://${node}:8080/`);
  show.expect(back.status !== 0, 'the service cannot open connections to its clients');
});
