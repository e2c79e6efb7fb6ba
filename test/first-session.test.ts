/** The first session of the README, by the AWS SDK for JavaScript, as a program of a newcomer would have it. */
import { equal, match } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import {
  AttachInternetGatewayCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateInternetGatewayCommand,
  CreateRouteCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeInstancesCommand,
  DescribeRouteTablesCommand,
  RunInstancesCommand,
  waitUntilInstanceRunning,
} from '@aws-sdk/client-ec2';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { skip } from './fixture/guests-here.ts';
import { LocalVpc } from './fixture/localvpc.ts';
import { present } from './fixture/present.ts';
import { runProgram } from './fixture/program-run.ts';
import { until } from './fixture/until.ts';

const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

describe('the first session', { skip }, () => {
  let localvpc: LocalVpc;
  before(async () => {
    localvpc = await LocalVpc.start();
  });
  after(() => localvpc.close());

  test('env points a program at the localvpc that runs', async () => {
    const { stdout } = await localvpc.command(['env']);
    match(stdout, new RegExp(`^export AWS_ENDPOINT_URL=${localvpc.url}$`, 'm'));
    match(stdout, new RegExp(`^export LOCALVPC_ENDPOINT=${localvpc.url}$`, 'm'));
    const sts = new STSClient({
      endpoint: localvpc.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    equal((await sts.send(new GetCallerIdentityCommand({}))).Account, '123456789012');
  });

  test("the README's program for JavaScript prints the default VPC", async () => {
    const program = present(/```js\n([\s\S]*?)```/.exec(README)?.[1], 'program in the README');
    const { status, stdout, stderr } = await runProgram(process.execPath, ['--input-type=module', '--eval', program], {
      env: { ...localvpc.environment, AWS_ENDPOINT_URL: localvpc.url },
    });
    equal(status, 0, stderr);
    equal(stdout, '172.31.0.0/16\n');
  });

  test('a web server in a VPC of its own is reached from outside once the rule is there', async () => {
    const { ec2 } = localvpc;
    const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }));
    const VpcId = present(Vpc?.VpcId, 'VpcId');
    const { Subnet } = await ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock: '10.0.1.0/24' }));
    const { InternetGateway } = await ec2.send(new CreateInternetGatewayCommand({}));
    const InternetGatewayId = present(InternetGateway?.InternetGatewayId, 'InternetGatewayId');
    await ec2.send(new AttachInternetGatewayCommand({ InternetGatewayId, VpcId }));
    const { RouteTables } = await ec2.send(
      new DescribeRouteTablesCommand({ Filters: [{ Name: 'vpc-id', Values: [VpcId] }] }),
    );
    const RouteTableId = present(RouteTables?.[0]?.RouteTableId, 'RouteTableId');
    await ec2.send(
      new CreateRouteCommand({ RouteTableId, DestinationCidrBlock: '0.0.0.0/0', GatewayId: InternetGatewayId }),
    );
    const { GroupId } = await ec2.send(
      new CreateSecurityGroupCommand({ VpcId, GroupName: 'web', Description: 'web servers' }),
    );
    const userData = present(/<<'END'\n([\s\S]*?)END\n/.exec(README)?.[1], 'user data in the README');
    const { Instances } = await ec2.send(
      new RunInstancesCommand({
        ImageId: 'ami-host',
        InstanceType: 't3.micro',
        MinCount: 1,
        MaxCount: 1,
        UserData: Buffer.from(userData).toString('base64'),
        NetworkInterfaces: [
          {
            DeviceIndex: 0,
            SubnetId: present(Subnet?.SubnetId, 'SubnetId'),
            Groups: [present(GroupId, 'GroupId')],
            AssociatePublicIpAddress: true,
          },
        ],
        TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'Name', Value: 'web' }] }],
      }),
    );
    const InstanceIds = [present(Instances?.[0]?.InstanceId, 'InstanceId')];
    await waitUntilInstanceRunning({ client: ec2, maxWaitTime: 20, minDelay: 1, maxDelay: 1 }, { InstanceIds });
    const { Reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds }));
    const instance = present(Reservations?.[0]?.Instances?.[0], 'instance');
    const page = `Hello from ${instance.PrivateDnsName}\n`;
    await until('the web server is up', async () => {
      return (await localvpc.command(['exec', 'web', '--', 'curl', '-s', 'http://localhost'])).stdout === page;
    });
    const url = `http://${present(instance.PublicIpAddress, 'PublicIpAddress')}`;
    const ask = () => localvpc.command(['internet', '--', 'curl', '-s', '--max-time', '1', url]);
    equal((await ask()).status, 28);
    const trace = await localvpc.command(['trace', 'internet', 'web', '--tcp', '80']);
    equal(trace.status, 2);
    match(trace.stdout, /Dropped, security-group-in\/no-rule/);
    await ec2.send(
      new AuthorizeSecurityGroupIngressCommand({
        GroupId: present(GroupId, 'GroupId'),
        IpProtocol: 'tcp',
        FromPort: 80,
        ToPort: 80,
        CidrIp: '0.0.0.0/0',
      }),
    );
    equal((await ask()).stdout, page);
    const shown = await localvpc.command(['exec', 'web', '--', 'ip', '-brief', 'address', 'show', 'eth0']);
    match(shown.stdout, new RegExp(`^eth0(?:@\\w+)? +\\w+ +${instance.PrivateIpAddress}/24 fe80::[0-9a-f:]+/64 *\n$`));
  });
});
