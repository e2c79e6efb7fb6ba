/** A three-tier network with a mistake in every tier: each is explained by a trace and repaired by the change that it proposes, until traffic flows. */
import {
  AttachInternetGatewayCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateInternetGatewayCommand,
  CreateNetworkAclCommand,
  CreateNetworkAclEntryCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeInstancesCommand,
  DescribeNetworkAclsCommand,
  type EC2Client,
  ReplaceNetworkAclAssociationCommand,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import { named } from '../src/cli/tour/network.ts';
import { present } from '../src/cli/tour/present.ts';
import { type Place, type Show, type TourInstance, until } from '../src/cli/tour/show.ts';
import { applyChange } from './apply-change.ts';
import { example } from './lab.ts';

const ZONE = 'us-east-1a';

/** A tier: an instance in a subnet and a group of its own, which answers on a port. */
interface Tier extends TourInstance {
  readonly port: number;
  readonly groupId: string;
  readonly subnetId: string;
}

const ask = (address: string, port: number): readonly string[] => [
  'curl',
  '-sS',
  '--max-time',
  '1',
  `http://${address}:${port}/`,
];

await example('A broken three-tier network, explained and repaired', async (show) => {
  show.step('Three tiers, as somebody wrote them down');
  const { ec2 } = show;
  const vpcId = await openVpc(ec2);
  const web = await tier(show, vpcId, { name: 'web', cidr: '10.60.1.0/24', port: 80 });
  const app = await tier(show, vpcId, { name: 'app', cidr: '10.60.2.0/24', port: 8080 });
  const database = await tier(show, vpcId, { name: 'database', cidr: '10.60.3.0/24', port: 5432 });
  await breakIt(ec2, vpcId, { web, app, database });
  show.say('An internet gateway without a route, a port mixed up, an ACL that forgets answers, the wrong group named.');

  show.step('From the internet to the web servers');
  await repair(show, 'internet', web);
  show.step('From the web servers to the application');
  await repair(show, web, app);
  show.step('From the application to the database');
  await repair(show, app, database);

  show.step('What was not asked for is still closed');
  const skipped = await show.run(web, ...ask(database.privateAddress, 81));
  show.expect(skipped.status !== 0, 'the change opened one port, and no other');
});

/** Tries, asks why not, makes the change that the trace proposes, and tries again. */
async function repair(show: Show, from: Place, to: Tier): Promise<void> {
  const before = await show.run(from, ...ask(await addressFor(show.ec2, from, to), to.port));
  show.expect(before.status !== 0, 'no connection comes about');
  const { change } = await show.trace(from, to, to.port);
  if (!change?.found) throw show.failure('The trace proposes no change.');
  await applyChange(show.ec2, change.calls);
  for (const { operation } of change.calls) show.called(operation, 'done');
  await show.runUntilItWorks(from, ...ask(await addressFor(show.ec2, from, to), to.port));
}

/** From outside the public address, if there is one by now. */
async function addressFor(ec2: EC2Client, from: Place, { id, privateAddress }: Tier): Promise<string> {
  if (from !== 'internet') return privateAddress;
  const { Reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
  return Reservations?.[0]?.Instances?.[0]?.PublicIpAddress ?? privateAddress;
}

async function openVpc(ec2: EC2Client): Promise<string> {
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.60.0.0/16' }));
  const vpcId = present(Vpc?.VpcId, 'VpcId');
  const { InternetGateway } = await ec2.send(new CreateInternetGatewayCommand({}));
  const InternetGatewayId = present(InternetGateway?.InternetGatewayId, 'InternetGatewayId');
  await ec2.send(new AttachInternetGatewayCommand({ VpcId: vpcId, InternetGatewayId }));
  return vpcId;
}

async function tier(
  show: Show,
  VpcId: string,
  { name, cidr, port }: { readonly name: string; readonly cidr: string; readonly port: number },
): Promise<Tier> {
  const { ec2 } = show;
  const { Subnet } = await ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock: cidr, AvailabilityZone: ZONE }));
  const subnetId = present(Subnet?.SubnetId, 'SubnetId');
  const group = await ec2.send(new CreateSecurityGroupCommand({ VpcId, GroupName: name, Description: `tier ${name}` }));
  const groupId = present(group.GroupId, 'GroupId');
  const server = `#!/bin/sh\nmkdir -p /srv/www\necho ${name} > /srv/www/index.html\nbusybox httpd -p ${port} -h /srv/www\n`;
  const { Instances } = await ec2.send(
    new RunInstancesCommand({
      ImageId: 'ami-host',
      MinCount: 1,
      MaxCount: 1,
      SubnetId: subnetId,
      SecurityGroupIds: [groupId],
      UserData: Buffer.from(server).toString('base64'),
      TagSpecifications: named('instance', name),
    }),
  );
  const id = present(Instances?.[0]?.InstanceId, 'InstanceId');
  await until(`${name} does not run`, async () => {
    const { Reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
    return Reservations?.[0]?.Instances?.[0]?.State?.Name === 'running' ? id : undefined;
  });
  show.called(`RunInstances ${name}`, `${id} serves port ${port}`);
  const privateAddress = present(Instances?.[0]?.PrivateIpAddress, 'PrivateIpAddress');
  return { name, id, privateAddress, port, groupId, subnetId };
}

/** The mistakes: a rule for port 80 where 8080 is served, a rule for the wrong group, and an ACL that lets no answers out. */
async function breakIt(
  ec2: EC2Client,
  VpcId: string,
  { web, app, database }: { readonly web: Tier; readonly app: Tier; readonly database: Tier },
): Promise<void> {
  const allow = (GroupId: string, port: number, from: string) =>
    ec2.send(
      new AuthorizeSecurityGroupIngressCommand({
        GroupId,
        IpPermissions: [{ IpProtocol: 'tcp', FromPort: port, ToPort: port, UserIdGroupPairs: [{ GroupId: from }] }],
      }),
    );
  await allow(app.groupId, 80, web.groupId);
  await allow(database.groupId, database.port, web.groupId);
  const { NetworkAcl } = await ec2.send(new CreateNetworkAclCommand({ VpcId }));
  const NetworkAclId = present(NetworkAcl?.NetworkAclId, 'NetworkAclId');
  const entry = { NetworkAclId, RuleNumber: 100, RuleAction: 'allow', CidrBlock: '0.0.0.0/0' } as const;
  await ec2.send(new CreateNetworkAclEntryCommand({ ...entry, Egress: false, Protocol: '-1' }));
  const PortRange = { From: database.port, To: database.port };
  await ec2.send(new CreateNetworkAclEntryCommand({ ...entry, Egress: true, Protocol: '6', PortRange }));
  const { NetworkAcls } = await ec2.send(
    new DescribeNetworkAclsCommand({ Filters: [{ Name: 'association.subnet-id', Values: [app.subnetId] }] }),
  );
  const associations = NetworkAcls?.[0]?.Associations ?? [];
  const AssociationId = present(
    associations.find(({ SubnetId }) => SubnetId === app.subnetId)?.NetworkAclAssociationId,
    'NetworkAclAssociationId',
  );
  await ec2.send(new ReplaceNetworkAclAssociationCommand({ AssociationId, NetworkAclId }));
}
