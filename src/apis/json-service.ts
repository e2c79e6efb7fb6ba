/** A service that is asked by JSON (AWS JSON 1.0), as Network Firewall. */
import type { SchemaSource } from '../ec2/schema.ts';
import type { OtherService, ServiceCall } from '../ec2/service.ts';
import type { Transaction } from '../model/transaction.ts';
import { decodeJson, encodeJson } from './json-codec.ts';
import { type ServiceAction, servedBy } from './service-action.ts';

/** What makes one service another. */
export interface JsonServiceParts {
  readonly title: string;
  readonly command: string;
  readonly signingName: string;
  /** What stands before the operation in the target header: "NetworkFirewall_20201112". */
  readonly targetPrefix: string;
  readonly schemas: SchemaSource;
  readonly actions: readonly ServiceAction[];
}

/** A service of these actions. @throws Error where two serve one operation */
export function jsonService(parts: JsonServiceParts): OtherService {
  const { title, command, signingName, targetPrefix } = parts;
  const { isOperation, coverage, find } = servedBy(parts.schemas, parts.actions);
  return {
    title,
    command,
    signingName,
    protocol: { kind: 'json', targetPrefix },
    contentType: 'application/x-amz-json-1.0',
    isOperation,
    coverage,
    async answer(call) {
      const { action: name } = call;
      const { action, shape } = find(name);
      const request = decodeJson(shape.input, jsonOfCall(call));
      const work = (tx: Transaction): string => encodeJson(shape.output, action.call(request, tx));
      // Unlike EC2's, a dry run that would succeed is answered as the call itself.
      return request.DryRun === true ? call.dryRun(work) : await call.execute(work);
    },
    // Services differ in the case of the sentence's name; clients take either.
    encodeFault: (fault) => JSON.stringify({ __type: fault.code, Message: fault.message, message: fault.message }),
  };
}

function jsonOfCall({ content, action }: ServiceCall): unknown {
  if (content.kind === 'json') return content.value;
  throw new Error(`${action} was asked by Query parameters`);
}
