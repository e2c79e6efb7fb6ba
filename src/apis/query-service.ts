/** A service that is asked by AWS's Query protocol, as Elastic Load Balancing in both its versions. */
import { type DecodedStructure, decode } from '../ec2/decode.ts';
import { encodeStructure } from '../ec2/encode.ts';
import type { QueryNode } from '../ec2/query.ts';
import type { OperationShape, SchemaSource } from '../ec2/schema.ts';
import { type OtherService, queryOfCall } from '../ec2/service.ts';
import { escapeXml } from '../ec2/xml.ts';
import { Fault, type FaultCode } from '../model/fault.ts';
import { type ServiceAction, servedBy } from './service-action.ts';

/** What makes one service another. */
export interface QueryServiceParts {
  readonly title: string;
  readonly command: string;
  readonly signingName: string;
  readonly version: string;
  /** Of its XML: "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/". */
  readonly namespace: string;
  readonly schemas: SchemaSource;
  readonly actions: readonly ServiceAction[];
  /** HTTP statuses of codes, where another service has the same code with another one. */
  readonly statuses?: { readonly [Code in FaultCode]?: number };
}

/** Codes that EC2 has for parameters that are wrong by themselves, where these services have one for all. */
const OF_PARAMETERS: ReadonlySet<FaultCode> = new Set([
  'MissingParameter',
  'UnknownParameter',
  'InvalidParameterValue',
  'MalformedQueryString',
]);

/** A service of these actions. @throws Error where two serve one operation */
export function queryService(parts: QueryServiceParts): OtherService {
  const { title, command, signingName, version, namespace } = parts;
  const { isOperation, coverage, find } = servedBy(parts.schemas, parts.actions);
  return {
    title,
    command,
    signingName,
    protocol: { kind: 'query', version },
    contentType: 'text/xml',
    isOperation,
    coverage,
    async answer(call) {
      const { action: name, requestId } = call;
      const { action, shape } = find(name);
      const request = decodeParameters(shape, queryOfCall(call));
      const result = await call.execute((tx) => encodeResult(shape, action.call(request, tx)));
      const metadata = `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`;
      return `<${name}Response xmlns="${namespace}"><${name}Result>${result}</${name}Result>${metadata}</${name}Response>`;
    },
    statusOf: (fault) => parts.statuses?.[fault.code] ?? fault.status,
    encodeFault(fault, requestId) {
      const type = fault.status < 500 ? 'Sender' : 'Receiver';
      const error = `<Type>${type}</Type><Code>${fault.code}</Code><Message>${escapeXml(fault.message)}</Message>`;
      return `<ErrorResponse xmlns="${namespace}"><Error>${error}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`;
    },
  };
}

/** @throws Fault ValidationError for parameters that are wrong by themselves */
function decodeParameters(shape: OperationShape, parameters: QueryNode): DecodedStructure {
  try {
    return decode(shape, parameters);
  } catch (error) {
    if (error instanceof Fault && OF_PARAMETERS.has(error.code)) throw new Fault('ValidationError', error.message);
    throw error;
  }
}

/** Inside the transaction: a result that does not fit the schema undoes what the action did. */
const encodeResult = ({ output }: OperationShape, result: object): string =>
  output ? encodeStructure(output, result) : '';
