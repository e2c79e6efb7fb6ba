/** The rules of groups, ACLs and firewalls in a network of the second implementation, which tests may change. */
import type { HostSpec, NetworkOptions, RuleTexts } from './network-rows.ts';
import { type FirewallFate, ReferenceFirewall } from './reference-firewall.ts';
import type { ReferencePacket, Way } from './reference-flows.ts';
import { ReferencePlaces } from './reference-places.ts';
import { aclAllows } from './reference-rules.ts';

/** See the file's first sentence. */
export class ReferenceFilters extends ReferencePlaces {
  private readonly rules = new Map<string, RuleTexts>();
  private readonly acls = new Map<string, RuleTexts>();
  private readonly firewalls = new ReferenceFirewall();

  constructor(hosts: Readonly<Record<string, HostSpec>>, options: NetworkOptions) {
    super(hosts, options);
    for (const [name, spec] of Object.entries(hosts)) this.rules.set(name, spec);
    for (const [name, rules] of Object.entries(options.groups ?? {})) this.rules.set(name, rules);
    for (const [subnet, rules] of Object.entries(options.acls ?? {})) this.acls.set(subnet, rules);
  }

  setRules(group: string, rules: RuleTexts): void {
    this.rules.set(group, rules);
  }

  setAcl(subnet: string, rules: RuleTexts): void {
    this.acls.set(subnet, rules);
  }

  protected firewallFate(endpoint: string, packet: ReferencePacket, nowMs: number): FirewallFate {
    const options = this.options.firewalls?.[this.spec(endpoint).firewall ?? ''];
    return options ? this.firewalls.inspect(endpoint, options, packet, nowMs) : 'passes';
  }

  protected aclAllows(host: string, way: Way, packet: ReferencePacket): boolean {
    const acl = this.acls.get(this.subnetOf(host));
    // The one that tests have unless they say otherwise is of IPv4 alone.
    if (!acl) return !packet.source.includes(':');
    return aclAllows(acl[way] ?? [], packet, way === 'in' ? packet.source : packet.destination);
  }

  protected rulesOf(host: string, way: Way): readonly string[] {
    return this.groupsOf(host).flatMap((group) => {
      const rules = this.rules.get(group);
      return (way === 'in' ? rules?.in : (rules?.out ?? ['all to 0.0.0.0/0'])) ?? [];
    });
  }
}
