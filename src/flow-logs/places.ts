/** Where the records of flow logs lie: AWS's own names of objects and log streams, as paths below one folder. */
import type { FlowLog } from '../model/resources/flow-log.ts';
import type { Scope } from '../model/scope.ts';

/** No part of a name leads out of the folder, whatever a log group or bucket is called. */
const safe = (path: string): string =>
  path
    .split('/')
    .filter((part) => part !== '')
    .map((part) => (/^\.+$/.test(part) ? part.replaceAll('.', '%2E') : part))
    .join('/');

/**
 * The stream of an interface in the flow log's group: `log-groups/GROUP/eni-…-all`. Each transit gateway has one too
 * (transit gateway guide, flow-logs-cwl; its name is unconfirmed).
 */
export const streamPath = (group: string, id: string, log: FlowLog): string =>
  `${groupFolder(group)}/${id}${streamEnding(log)}`;

/** How the names of a flow log's streams end. */
export const streamEnding = ({ trafficType = 'ALL' }: FlowLog): string => `-${trafficType.toLowerCase()}`;

/** The folder of a log group. */
export const groupFolder = (group: string): string => `log-groups/${safe(group)}`;

/** The folder of a flow log in its bucket, where the folders of days begin (user guide, flow-logs-s3-path). */
export function objectFolder({ destination }: FlowLog, { account, region }: Scope): string {
  if (destination.type !== 's3') throw new Error('only flow logs to S3 have objects');
  const bucket = safe(destination.arn.replace(/^arn:[^:]+:s3:::/, ''));
  const names = destination.hiveCompatiblePartitions
    ? [`aws-account-id=${account}`, 'aws-service=vpcflowlogs', `aws-region=${region}`]
    : [account, 'vpcflowlogs', region];
  return ['s3', bucket, 'AWSLogs', ...names].join('/');
}

/** The object of one delivery. `hash`: eight digits that make the name unique. */
export function objectPath(log: FlowLog, scope: Scope, atMs: number, hash: string): string {
  const { destination } = log;
  if (destination.type !== 's3') throw new Error('only flow logs to S3 have objects');
  const [year = '', month = '', day = '', hour = '', minute = ''] = new Date(atMs).toISOString().split(/[-T:]/);
  const days = destination.hiveCompatiblePartitions
    ? [`year=${year}`, `month=${month}`, `day=${day}`, `hour=${hour}`]
    : [year, month, day, hour];
  const time = `${year}${month}${day}T${hour}${minute}Z`;
  const name = `${scope.account}_vpcflowlogs_${scope.region}_${log.id}_${time}_${hash}.log.gz`;
  return [objectFolder(log, scope), ...days.slice(0, destination.perHourPartition ? 4 : 3), name].join('/');
}
