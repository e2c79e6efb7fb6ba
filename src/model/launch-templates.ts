/** Launch templates: their names and versions. */
import { Fault } from './fault.ts';
import type { Tags } from './kind.ts';
import { quota } from './quotas.ts';
import { type LaunchParameters, LaunchTemplate, LaunchTemplateVersion } from './resources/launch-template.ts';
import type { Transaction } from './transaction.ts';

/** A new version. */
export interface VersionAsk {
  readonly description: string | undefined;
  readonly parameters: LaunchParameters;
}

/** @throws Fault InvalidLaunchTemplateName.MalformedException, .AlreadyExistsException, ResourceLimitExceeded */
export function createLaunchTemplate(tx: Transaction, name: string, ask: VersionAsk, tags: Tags): LaunchTemplate {
  if (!/^[a-zA-Z0-9().\-/_]{3,128}$/.test(name)) throw new Fault('InvalidLaunchTemplateName.MalformedException');
  if (tx.count(LaunchTemplate, 'name', name) > 0) throw new Fault('InvalidLaunchTemplateName.AlreadyExistsException');
  if (tx.size(LaunchTemplate) >= quota(tx, 'launchTemplatesPerRegion')) {
    throw new Fault('ResourceLimitExceeded', 'The maximum number of launch templates has been reached.');
  }
  const row = { name, defaultVersion: 1, lastNumber: 0, createdAtMs: tx.nowMs, tags };
  const template = tx.insert(LaunchTemplate, row);
  addVersion(tx, template, ask);
  return tx.get(LaunchTemplate, template.id);
}

/** @throws Fault ResourceLimitExceeded */
export function addVersion(tx: Transaction, template: LaunchTemplate, ask: VersionAsk): LaunchTemplateVersion {
  const { id: launchTemplateId } = template;
  if (versionsOf(tx, template).length >= quota(tx, 'versionsPerLaunchTemplate')) {
    throw new Fault('ResourceLimitExceeded', 'The maximum number of versions of a launch template has been reached.');
  }
  const number = template.lastNumber + 1;
  tx.update(LaunchTemplate, launchTemplateId, { lastNumber: number });
  const id = `${launchTemplateId}:${number}` as const;
  return tx.put(LaunchTemplateVersion, { id, launchTemplateId, number, createdAtMs: tx.nowMs, ...ask });
}

/** A template by id or by name, whichever the request has. @throws Fault InvalidParameterCombination, MissingParameter, and for an unknown one */
export function launchTemplate(tx: Transaction, id: string | undefined, name: string | undefined): LaunchTemplate {
  if (id !== undefined && name !== undefined) {
    throw new Fault('InvalidParameterCombination', { parameter: 'launchTemplateId', other: 'launchTemplateName' });
  }
  if (id !== undefined) return tx.get(LaunchTemplate, id);
  if (name === undefined) {
    const message = 'The request must contain either the parameter launchTemplateId or launchTemplateName.';
    throw new Fault('MissingParameter', message);
  }
  const [template] = tx.by(LaunchTemplate, 'name', name);
  if (!template) throw new Fault('InvalidLaunchTemplateName.NotFoundException', { name });
  return template;
}

/** Versions in ascending order. */
export const versionsOf = (tx: Transaction, { id }: LaunchTemplate): readonly LaunchTemplateVersion[] =>
  tx.by(LaunchTemplateVersion, 'launchTemplateId', id).sort((one, other) => one.number - other.number);

/** Number of the version that `$Latest` means. */
export const latestVersion = (tx: Transaction, template: LaunchTemplate): number =>
  versionsOf(tx, template).at(-1)?.number ?? template.lastNumber;

/** The version of a number, `$Latest` or `$Default`; undefined where there is none. */
export function findVersion(
  tx: Transaction,
  template: LaunchTemplate,
  text: string,
): LaunchTemplateVersion | undefined {
  const number = numberOf(tx, template, text);
  return number === undefined ? undefined : tx.find(LaunchTemplateVersion, `${template.id}:${number}`);
}

function numberOf(tx: Transaction, template: LaunchTemplate, text: string): number | undefined {
  if (text === '$Latest') return latestVersion(tx, template);
  if (text === '$Default') return template.defaultVersion;
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined;
}

/** @throws Fault InvalidLaunchTemplateId.VersionNotFound */
export function version(tx: Transaction, template: LaunchTemplate, text: string): LaunchTemplateVersion {
  const found = findVersion(tx, template, text);
  if (!found) throw new Fault('InvalidLaunchTemplateId.VersionNotFound', { version: text, id: template.id });
  return found;
}

/** DeleteLaunchTemplate, with all versions. Instances keep what they were launched with. */
export function deleteLaunchTemplate(tx: Transaction, template: LaunchTemplate): void {
  for (const { id } of versionsOf(tx, template)) tx.remove(LaunchTemplateVersion, id);
  tx.remove(LaunchTemplate, template.id);
}
