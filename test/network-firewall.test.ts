/** A firewall of AWS Network Firewall between an instance and the outside world, as programs on both sides see it. */
import { equal } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { AssociateRouteTableCommand, CreateRouteCommand, CreateRouteTableCommand } from '@aws-sdk/client-ec2';
import {
  CreateFirewallCommand,
  CreateFirewallPolicyCommand,
  CreateRuleGroupCommand,
  DescribeRuleGroupCommand,
  NetworkFirewallClient,
  UpdateRuleGroupCommand,
} from '@aws-sdk/client-network-firewall';
import { skip } from './fixture/guests-here.ts';
import { launch, publicAddressOf, type RunningInstance } from './fixture/instances.ts';
import { LocalVpc } from './fixture/localvpc.ts';
import { present } from './fixture/present.ts';
import { createGroup, createRouteTable, createSubnet, createVpc, EVERYTHING, makePublic } from './fixture/vpc.ts';
import { isDropped, reaches, serve } from './fixture/web.ts';

/** The outside world's own address. */
const INTERNET = '192.0.2.1';
/** curl(1): failed to connect, here because of a reset. */
const REFUSED = 7;

const PASSED = 80;
const DROPPED = 8080;
const REJECTED = 8081;
const RULES = `
pass tcp $HOME_NET any -> any ${PASSED} (msg:"web"; sid:1;)
reject tcp any any -> any ${REJECTED} (sid:2;)
`;

describe('a firewall', { skip }, () => {
  let localvpc: LocalVpc;
  let firewalls: NetworkFirewallClient;
  let client: RunningInstance;
  let ruleGroupArn = '';

  before(async () => {
    localvpc = await LocalVpc.start();
    const { ec2 } = localvpc;
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    firewalls = new NetworkFirewallClient({ endpoint: localvpc.url, region: 'us-east-1', credentials, maxAttempts: 1 });
    const vpcId = await createVpc(ec2, '10.0.0.0/16');
    const clients = await createSubnet(ec2, vpcId, '10.0.1.0/24');
    const inspected = await createSubnet(ec2, vpcId, '10.0.2.0/24');
    const { gatewayId } = await makePublic(ec2, vpcId, inspected);
    const endpointId = await createFirewall(vpcId, inspected);

    const out = { RouteTableId: await createRouteTable(ec2, vpcId, clients), DestinationCidrBlock: '0.0.0.0/0' };
    await ec2.send(new CreateRouteCommand({ ...out, VpcEndpointId: endpointId }));
    const { RouteTable } = await ec2.send(new CreateRouteTableCommand({ VpcId: vpcId }));
    const edge = { RouteTableId: present(RouteTable?.RouteTableId, 'RouteTableId') };
    await ec2.send(new AssociateRouteTableCommand({ ...edge, GatewayId: gatewayId }));
    const inwards = { DestinationCidrBlock: '10.0.1.0/24', VpcEndpointId: endpointId };
    await ec2.send(new CreateRouteCommand({ ...edge, ...inwards }));

    const groups = [await createGroup(ec2, vpcId, EVERYTHING)];
    client = await launch(localvpc, { subnetId: clients, groups, isPublic: true });
    await Promise.all([serve(localvpc, client, PASSED, REJECTED), serveOutside(localvpc, PASSED, DROPPED, REJECTED)]);
  });
  after(() => localvpc.close());

  /** In strict order, in which everything is dropped that no rule passes; the endpoint's id. */
  async function createFirewall(VpcId: string, SubnetId: string): Promise<string> {
    const group = await firewalls.send(
      new CreateRuleGroupCommand({
        RuleGroupName: 'outbound',
        Type: 'STATEFUL',
        Capacity: 10,
        RuleGroup: { RulesSource: { RulesString: RULES }, StatefulRuleOptions: { RuleOrder: 'STRICT_ORDER' } },
      }),
    );
    ruleGroupArn = present(group.RuleGroupResponse?.RuleGroupArn, 'RuleGroupArn');
    const policy = await firewalls.send(
      new CreateFirewallPolicyCommand({
        FirewallPolicyName: 'strict',
        FirewallPolicy: {
          StatelessDefaultActions: ['aws:forward_to_sfe'],
          StatelessFragmentDefaultActions: ['aws:drop'],
          StatefulEngineOptions: { RuleOrder: 'STRICT_ORDER' },
          StatefulDefaultActions: ['aws:drop_strict'],
          StatefulRuleGroupReferences: [{ ResourceArn: ruleGroupArn, Priority: 1 }],
        },
      }),
    );
    const { FirewallStatus } = await firewalls.send(
      new CreateFirewallCommand({
        FirewallName: 'edge',
        FirewallPolicyArn: policy.FirewallPolicyResponse?.FirewallPolicyArn,
        VpcId,
        SubnetMappings: [{ SubnetId }],
      }),
    );
    return present(FirewallStatus?.SyncStates?.['us-east-1a']?.Attachment?.EndpointId, 'EndpointId');
  }

  const connect = async (port: number): Promise<number | null> =>
    (await localvpc.exec(client, 'curl', '-s', '--max-time', '5', `http://${INTERNET}:${port}/`)).status;

  test('passes what a rule passes, and its answers', async () => {
    equal(await reaches(localvpc, client, INTERNET, PASSED), await publicAddressOf(localvpc.ec2, client));
  });

  test('drops what no rule passes, and pings with it', async () => {
    await isDropped(localvpc, client, INTERNET, DROPPED);
    equal((await localvpc.exec(client, 'ping', '-c', '1', '-W', '1', INTERNET)).status, 1);
  });

  test('sends a reset for what a rule rejects, from either side', async () => {
    equal(await connect(REJECTED), REFUSED);
    const url = `http://${await publicAddressOf(localvpc.ec2, client)}:${REJECTED}/`;
    equal((await localvpc.internet('curl', '-s', '--max-time', '5', url)).status, REFUSED);
  });

  test('sees what comes from outside too', async () => {
    await isDropped(localvpc, 'internet', await publicAddressOf(localvpc.ec2, client), PASSED);
  });

  test('is named by a trace with the rule that decides', async () => {
    const { forward } = await localvpc.trace(client.id, INTERNET, { port: REJECTED });
    equal(forward.reason, 'inspection/firewall-rejected');
    equal(forward.code, 'FIREWALL_RULES_RESTRICTION');
    equal(forward.path.at(-1)?.component?.id, ruleGroupArn);
  });

  test('obeys new rules as soon as they are answered', async () => {
    const { UpdateToken, RuleGroup } = await firewalls.send(
      new DescribeRuleGroupCommand({ RuleGroupArn: ruleGroupArn }),
    );
    const RulesSource = { RulesString: `${RULES}pass tcp any any -> any ${DROPPED} (sid:3;)` };
    const update = { UpdateToken, RuleGroupArn: ruleGroupArn, RuleGroup: { ...RuleGroup, RulesSource } };
    await firewalls.send(new UpdateRuleGroupCommand(update));
    await reaches(localvpc, client, INTERNET, DROPPED);
  });
});

/** Serves the page that says who asked in the outside world. */
async function serveOutside(localvpc: LocalVpc, ...ports: readonly number[]): Promise<void> {
  const page = '#!/bin/sh\\nprintf "Content-Type: text/plain\\\\r\\\\n\\\\r\\\\n$REMOTE_ADDR"\\n';
  const servers = ports.map((port) => `busybox httpd -p ${port} -h /srv/who`).join(' && ');
  const script = `mkdir -p /srv/who/cgi-bin && printf '${page}' > /srv/who/cgi-bin/who && chmod 755 /srv/who/cgi-bin/who && ${servers}`;
  const { status, stderr } = await localvpc.internet('sh', '-c', script);
  equal(status, 0, stderr);
}
