/** Rules and entries that let the tunnels between Gateway Load Balancers and their appliances pass: they are of use to whom those guard. */
import type { Pipeline } from '../pipeline/pipeline.ts';
import type { TraceRule } from '../tables/data-plane.ts';
import type { TableRow } from '../tables/tables.ts';

/** Any of the ports that tell flows apart. */
const SOURCE_PORT = 50_000;

/** Tells each rule or entry that decides about a tunnel, there or back, with its group or ACL. */
export function eachRuleOfTunnels(
  pipeline: Pipeline,
  rows: readonly TableRow[],
  told: (componentId: string, rule: TraceRule) => void,
): void {
  for (const row of rows) {
    if (row.kind !== 'gateway-load-balancer') continue;
    for (const { interfaceId, targets } of row.nodes) {
      const node = pipeline.network.interfaceById(interfaceId);
      if (!node) continue;
      for (const target of targets) {
        const steered = { endpoint: node, node, target, flow: undefined, sourcePort: SOURCE_PORT };
        pipeline.askTunnel(steered, 0, {
          commits: false,
          observer: (_stage, _verdict, _packet, decider) => {
            const component = decider?.describe();
            if (component?.rule) told(component.id, component.rule);
          },
        });
      }
    }
  }
}
