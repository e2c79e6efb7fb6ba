/** A three-tier application: groups that name each other let each tier ask the next one, and ACLs keep the tiers apart whatever groups say. */
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateNetworkAclCommand,
  CreateNetworkAclEntryCommand,
  CreateSecurityGroupCommand,
  DescribeNetworkAclsCommand,
  ReplaceNetworkAclAssociationCommand,
} from '@aws-sdk/client-ec2';
import { present } from '../src/cli/tour/present.ts';
import type { TourInstance } from '../src/cli/tour/show.ts';
import { example, Lab } from './lab.ts';

const [WEB, APPLICATION, DATABASE] = ['10.44.1.0/24', '10.44.2.0/24', '10.44.3.0/24'];
/** Ports that clients answer from (VPC user guide, nacl-ephemeral-ports). */
const EPHEMERAL = { From: 1024, To: 65_535 };

/** A page at a port, from its first boot on. */
const serving = (port: number, page: string): string =>
  `mkdir -p /srv && echo "${page}" > /srv/index.html && busybox httpd -p ${port} -h /srv`;

const asking = (server: TourInstance, port: number) =>
  ['curl', '-sS', '--max-time', '1', `http://${server.privateAddress}:${port}/`] as const;

/** A group that lets one port in, from a block or from the members of a group. */
async function tierGroup({ ec2, vpcId, show }: Lab, name: string, port: number, from: string): Promise<string> {
  const request = { VpcId: vpcId, GroupName: name, Description: `the ${name} tier` };
  const { GroupId } = await ec2.send(new CreateSecurityGroupCommand(request));
  const source = from.startsWith('sg-') ? { UserIdGroupPairs: [{ GroupId: from }] } : { IpRanges: [{ CidrIp: from }] };
  const IpPermissions = [{ IpProtocol: 'tcp', FromPort: port, ToPort: port, ...source }];
  await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
  show.called(`AuthorizeSecurityGroupIngress ${name}`, `tcp ${port} from ${from}`);
  return present(GroupId, 'GroupId');
}

/** Gives a subnet an ACL under which one neighbour may ask at one port and is answered, and nobody else comes in or is answered. */
async function guardSubnet(
  { ec2, vpcId, show }: Lab,
  subnetId: string,
  port: number,
  neighbour: string,
): Promise<void> {
  const { NetworkAcl } = await ec2.send(new CreateNetworkAclCommand({ VpcId: vpcId }));
  const NetworkAclId = present(NetworkAcl?.NetworkAclId, 'NetworkAclId');
  const entry = { NetworkAclId, RuleNumber: 100, Protocol: '6', RuleAction: 'allow', CidrBlock: neighbour } as const;
  const asked = { ...entry, Egress: false, PortRange: { From: port, To: port } };
  await ec2.send(new CreateNetworkAclEntryCommand(asked));
  await ec2.send(new CreateNetworkAclEntryCommand({ ...entry, Egress: true, PortRange: EPHEMERAL }));
  const ofSubnet = [{ Name: 'association.subnet-id', Values: [subnetId] }];
  const { NetworkAcls } = await ec2.send(new DescribeNetworkAclsCommand({ Filters: ofSubnet }));
  const former = NetworkAcls?.[0]?.Associations?.find((association) => association.SubnetId === subnetId);
  const AssociationId = present(former?.NetworkAclAssociationId, 'NetworkAclAssociationId');
  await ec2.send(new ReplaceNetworkAclAssociationCommand({ AssociationId, NetworkAclId }));
  show.called('ReplaceNetworkAclAssociation', `${NetworkAclId} lets ${neighbour} in at ${port} only`);
}

await example('A three-tier application with ACLs', async (show) => {
  show.step('A subnet and a group for each tier: each lets in the tier before it, by its group');
  const lab = await Lab.open(show, '10.44.0.0/16');
  const [webSubnet, applicationSubnet, databaseSubnet] = [
    await lab.subnet(WEB),
    await lab.subnet(APPLICATION),
    await lab.subnet(DATABASE),
  ];
  const webGroup = await tierGroup(lab, 'web', 80, '0.0.0.0/0');
  const applicationGroup = await tierGroup(lab, 'application', 8080, webGroup);
  const databaseGroup = await tierGroup(lab, 'database', 5432, applicationGroup);
  const inTier = (SubnetId: string, group: string) => [{ SubnetId, Groups: [group] }];
  const web = await lab.instance('web', inTier(webSubnet, webGroup), serving(80, 'web'));
  const application = await lab.instance(
    'application',
    inTier(applicationSubnet, applicationGroup),
    serving(8080, 'application'),
  );
  const database = await lab.instance('database', inTier(databaseSubnet, databaseGroup), serving(5432, 'database'));
  await show.runUntilItWorks(web, ...asking(application, 8080));
  await show.runUntilItWorks(application, ...asking(database, 5432));
  const past = await show.run(web, ...asking(database, 5432));
  show.expect(past.status !== 0, 'the web tier cannot ask the database');

  show.step('A mistake in a group opens the database to the web tier');
  const mistake = {
    GroupId: databaseGroup,
    IpPermissions: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
  };
  await lab.ec2.send(new AuthorizeSecurityGroupIngressCommand(mistake));
  show.called('AuthorizeSecurityGroupIngress database', 'everything from 0.0.0.0/0');
  await show.runUntilItWorks(web, ...asking(database, 5432));

  show.step('The ACL of the database’s subnet lets in the application’s subnet at one port, and nobody else');
  await guardSubnet(lab, databaseSubnet, 5432, APPLICATION);
  const guarded = await show.run(web, ...asking(database, 5432));
  show.expect(guarded.status !== 0, 'the ACL decides for itself, whatever the group says');
  await show.runUntilItWorks(application, ...asking(database, 5432));
});
