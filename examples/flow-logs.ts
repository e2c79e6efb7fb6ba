/** Who was let in and who was not, read from a VPC's flow log as one reads it from CloudWatch Logs or S3. */
import { CreateFlowLogsCommand } from '@aws-sdk/client-ec2';
import { processContext } from '../src/cli/context.ts';
import { present } from '../src/cli/tour/present.ts';
import { example, Lab } from './lab.ts';

await example('A flow log of a subnet', async (show) => {
  show.step('Two instances, and a flow log of their subnet');
  const lab = await Lab.open(show, '10.38.0.0/16');
  const subnet = await lab.subnet('10.38.1.0/24');
  const client = await lab.instance('client', [subnet]);
  const web = await lab.instance('web', [{ SubnetId: subnet, Groups: [await lab.group('ping', [])] }]);
  const [{ address = '' } = {}] = await lab.interfacesOf(web);
  const { FlowLogIds } = await lab.ec2.send(
    new CreateFlowLogsCommand({
      ResourceType: 'Subnet',
      ResourceIds: [subnet],
      TrafficType: 'ALL',
      LogDestinationType: 's3',
      LogDestination: 'arn:aws:s3:::flows',
    }),
  );
  const log = present(FlowLogIds?.[0], 'FlowLogId');
  show.called('CreateFlowLogs', log);

  show.step('The client pings the server, and asks it for a page that its group does not let it have');
  await show.runUntilItWorks(client, 'ping', '-c', '1', '-W', '1', address);
  await show.run(client, 'curl', '-s', '--max-time', '0.5', `http://${address}:8080`);

  show.step('localvpc flow-logs --now: each interface has its records, and one of them is a REJECT');
  const response = await processContext().endpoint.request(`flow-logs/${log}?now=true`);
  const records = (await response.text()).split('\n').filter((line) => line.endsWith(' OK'));
  for (const record of records) show.say(record);
  const [refused, ...others] = records.filter((record) => record.includes(' REJECT '));
  show.expect(
    refused?.includes(`${address} `) === true && refused.includes(' 8080 6 ') && others.length === 0,
    'the one REJECT is that of port 8080 at the server',
  );
});
