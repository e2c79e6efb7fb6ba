/** Every action of Network Firewall that is served. */
import type { ServiceAction } from '../../service-action.ts';
import * as firewallPolicies from './firewall-policies.ts';
import * as firewalls from './firewalls.ts';
import * as ruleGroups from './rule-groups.ts';
import * as tags from './tags.ts';

export const allActions: readonly ServiceAction[] = [firewallPolicies, firewalls, ruleGroups, tags].flatMap((module) =>
  Object.values(module),
);
