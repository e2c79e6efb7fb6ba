/** Launch templates and their versions: what RunInstances can be told by a name. */
import type { Id } from '../../net/identifiers.ts';
import { kind, type Row, type TaggedRow } from '../kind.ts';

export type LaunchTemplateId = Id<'lt'>;

export interface LaunchTemplate extends TaggedRow {
  readonly id: LaunchTemplateId;
  readonly name: string;
  readonly defaultVersion: number;
  /** The highest number that a version ever had. */
  readonly lastNumber: number;
  /** Milliseconds since the epoch. */
  readonly createdAtMs: number;
}

export const LaunchTemplate = kind<LaunchTemplate>()({
  name: 'launch-template',
  prefix: 'lt',
  notFound: 'InvalidLaunchTemplateId.NotFound',
  malformed: 'InvalidLaunchTemplateId.Malformed',
  indexes: { name: (row) => row.name },
});

/** A value of a launch's parameters. */
export type LaunchValue = string | number | boolean | LaunchParameters | readonly LaunchValue[];

/** Parameters of a launch as a request has them (API_RequestLaunchTemplateData), kept and not looked into. */
export interface LaunchParameters {
  readonly [member: string]: LaunchValue | undefined;
}

export interface LaunchTemplateVersion extends Row {
  /** "lt-…:3" */
  readonly id: `${LaunchTemplateId}:${number}`;
  readonly launchTemplateId: LaunchTemplateId;
  readonly number: number;
  readonly description: string | undefined;
  readonly parameters: LaunchParameters;
  /** Milliseconds since the epoch. */
  readonly createdAtMs: number;
}

export const LaunchTemplateVersion = kind<LaunchTemplateVersion>()({
  name: 'launch-template-version',
  indexes: { launchTemplateId: (row) => row.launchTemplateId },
});
