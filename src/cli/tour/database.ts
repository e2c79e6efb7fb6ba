/** Fourth and fifth step: a port that is open to one group, and the rule that opens it taken away. */
import {
  AuthorizeSecurityGroupIngressCommand,
  DescribeSecurityGroupRulesCommand,
  RevokeSecurityGroupIngressCommand,
  type SecurityGroupRule,
} from '@aws-sdk/client-ec2';
import type { CollectedRun } from '../enter.ts';
import type { TourInstances } from './instances.ts';
import { DATABASE_PORT, type TourNetwork } from './network.ts';
import { present } from './present.ts';
import type { Show, TourInstance } from './show.ts';

export async function showGroups(show: Show, { web, other, database }: TourInstances): Promise<void> {
  show.step("A database port, open to the web server's group and closed to others");
  const greeted = await show.runUntilItWorks(web, ...connect(database));
  show.expect(isGreeting(greeted), 'web reaches the database');
  const refused = await show.run(other, ...connect(database));
  show.expect(!isGreeting(refused), 'other does not: its packets are dropped. Why:');
  const { forward } = await show.trace(other, database, DATABASE_PORT);
  show.expect(forward.verdict === 'dropped', 'the trace, which runs the same stages, says the same');
}

export async function revokeRule(show: Show, network: TourNetwork, instances: TourInstances): Promise<void> {
  show.step('The rule revoked: the next connection is refused');
  const { web, database } = instances;
  const rule = await ingressRule(show, network.databaseGroupId);
  const ruleId = present(rule.SecurityGroupRuleId, 'SecurityGroupRuleId');
  const before = await show.trace(web, database, DATABASE_PORT);
  const named = before.forward.path.some(({ component }) => `${component?.id} ${component?.detail}`.includes(ruleId));
  show.expect(named, `${ruleId} is the rule that lets web in`);
  const request = { GroupId: network.databaseGroupId, SecurityGroupRuleIds: [ruleId] };
  await show.ec2.send(new RevokeSecurityGroupIngressCommand(request));
  show.called('RevokeSecurityGroupIngress', ruleId);
  show.expect(
    !isGreeting(await show.run(web, ...connect(database))),
    'web is refused, with the first packet after the call',
  );
  const after = await show.trace(web, database, DATABASE_PORT);
  show.expect(after.forward.verdict === 'dropped', `without ${ruleId} no rule admits it`);
  await restoreRule(show, network);
  show.expect(isGreeting(await show.run(web, ...connect(database))), 'with the rule back, web is let in again');
}

async function restoreRule(show: Show, { databaseGroupId, webGroupId }: TourNetwork): Promise<void> {
  const { SecurityGroupRules } = await show.ec2.send(
    new AuthorizeSecurityGroupIngressCommand({
      GroupId: databaseGroupId,
      IpPermissions: [
        {
          IpProtocol: 'tcp',
          FromPort: DATABASE_PORT,
          ToPort: DATABASE_PORT,
          UserIdGroupPairs: [{ GroupId: webGroupId }],
        },
      ],
    }),
  );
  show.called('AuthorizeSecurityGroupIngress', present(SecurityGroupRules?.[0]?.SecurityGroupRuleId, 'rule'));
}

async function ingressRule(show: Show, groupId: string): Promise<SecurityGroupRule> {
  const { SecurityGroupRules = [] } = await show.ec2.send(
    new DescribeSecurityGroupRulesCommand({ Filters: [{ Name: 'group-id', Values: [groupId] }] }),
  );
  return present(
    SecurityGroupRules.find(({ IsEgress }) => IsEgress === false),
    'ingress rule',
  );
}

/** `-w` ends the wait for an answer: a dropped packet has none. */
const connect = (database: TourInstance): readonly string[] => [
  'busybox',
  'nc',
  '-w',
  '2',
  database.privateAddress,
  String(DATABASE_PORT),
];

const isGreeting = ({ output }: CollectedRun): boolean => output.includes('the database greets you');
