/** Route tables of transit gateways: the tables, and which attachments they are associated with and learn from. */
import type * as sdk from '@aws-sdk/client-ec2';
import {
  TransitGateway,
  TransitGatewayAttachment,
  TransitGatewayRouteTable,
} from '../../model/resources/transit-gateway.ts';
import { tagsOf } from '../../model/tags.ts';
import type { Transaction } from '../../model/transaction.ts';
import { findAttachment } from '../../model/transit-gateway-attachments.ts';
import { insertRouteTable, ownTransitGateway } from '../../model/transit-gateway-lifecycle.ts';
import {
  associate,
  attachmentFor,
  deleteTransitGatewayRouteTable,
  disassociate,
  endPropagation,
  propagate,
} from '../../model/transit-gateway-route-tables.ts';
import { action } from '../action.ts';
import { describe } from '../describe.ts';
import { compileFilters } from '../filter.ts';
import { paginate } from '../paginate.ts';
import { describeTags } from '../tag-set.ts';
import { describeResource, RESOURCE_FILTERS } from './transit-gateway-attachments.ts';

/** CreateTransitGatewayRouteTable. */
export const CreateTransitGatewayRouteTable = action('CreateTransitGatewayRouteTable', (request, tx) => {
  const tags = tagsOf(request.TagSpecifications, 'transit-gateway-route-table');
  const table = insertRouteTable(tx, ownTransitGateway(tx, request.TransitGatewayId), tags);
  return { TransitGatewayRouteTable: { ...describeTable(table, tx), State: 'pending' } };
});

/** DeleteTransitGatewayRouteTable. */
export const DeleteTransitGatewayRouteTable = action('DeleteTransitGatewayRouteTable', (request, tx) => {
  const table = tx.get(TransitGatewayRouteTable, request.TransitGatewayRouteTableId);
  deleteTransitGatewayRouteTable(tx, table);
  return { TransitGatewayRouteTable: { ...describeTable(table, tx), State: 'deleting' } };
});

const isDefault = (
  table: TransitGatewayRouteTable,
  tx: Transaction,
  option: 'associationDefaultRouteTableId' | 'propagationDefaultRouteTableId',
): boolean => tx.find(TransitGateway, table.transitGatewayId)?.options[option] === table.id;

const describeTable = (table: TransitGatewayRouteTable, tx: Transaction): sdk.TransitGatewayRouteTable => ({
  TransitGatewayRouteTableId: table.id,
  TransitGatewayId: table.transitGatewayId,
  State: 'available',
  DefaultAssociationRouteTable: isDefault(table, tx, 'associationDefaultRouteTableId'),
  DefaultPropagationRouteTable: isDefault(table, tx, 'propagationDefaultRouteTableId'),
  CreationTime: new Date(table.createdAtMs),
  Tags: describeTags(table.tags),
});

/** DescribeTransitGatewayRouteTables. */
export const DescribeTransitGatewayRouteTables = describe(
  'DescribeTransitGatewayRouteTables',
  'TransitGatewayRouteTables',
  {
    kind: TransitGatewayRouteTable,
    ids: 'TransitGatewayRouteTableIds',
    filters: {
      'default-association-route-table': (row, tx) => isDefault(row, tx, 'associationDefaultRouteTableId'),
      'default-propagation-route-table': (row, tx) => isDefault(row, tx, 'propagationDefaultRouteTableId'),
      state: () => 'available',
      'transit-gateway-id': (row) => row.transitGatewayId,
      'transit-gateway-route-table-id': (row) => row.id,
    },
    render: describeTable,
  },
);

interface TableAndAttachment {
  readonly TransitGatewayRouteTableId: string;
  readonly TransitGatewayAttachmentId?: string | undefined;
}

function find(tx: Transaction, request: TableAndAttachment) {
  const table = tx.get(TransitGatewayRouteTable, request.TransitGatewayRouteTableId);
  return { table, attachment: attachmentFor(tx, table, request.TransitGatewayAttachmentId) };
}

/** AssociateTransitGatewayRouteTable. */
export const AssociateTransitGatewayRouteTable = action('AssociateTransitGatewayRouteTable', (request, tx) => {
  const { table, attachment } = find(tx, request);
  associate(tx, table, attachment);
  return {
    Association: {
      ...describeResource(attachment),
      TransitGatewayRouteTableId: table.id,
      State: 'associating',
    },
  };
});

/** DisassociateTransitGatewayRouteTable. */
export const DisassociateTransitGatewayRouteTable = action('DisassociateTransitGatewayRouteTable', (request, tx) => {
  const { table, attachment } = find(tx, request);
  disassociate(tx, table, attachment);
  return {
    Association: { ...describeResource(attachment), TransitGatewayRouteTableId: table.id, State: 'disassociating' },
  };
});

/** EnableTransitGatewayRouteTablePropagation. */
export const EnableTransitGatewayRouteTablePropagation = action(
  'EnableTransitGatewayRouteTablePropagation',
  (request, tx) => {
    const { table, attachment } = find(tx, request);
    propagate(tx, table, attachment);
    return {
      Propagation: { ...describeResource(attachment), TransitGatewayRouteTableId: table.id, State: 'enabled' },
    };
  },
);

/** DisableTransitGatewayRouteTablePropagation. */
export const DisableTransitGatewayRouteTablePropagation = action(
  'DisableTransitGatewayRouteTablePropagation',
  (request, tx) => {
    const { table, attachment } = find(tx, request);
    endPropagation(tx, table, attachment);
    return {
      Propagation: { ...describeResource(attachment), TransitGatewayRouteTableId: table.id, State: 'disabled' },
    };
  },
);

interface ListRequest {
  readonly TransitGatewayRouteTableId: string;
  readonly Filters?: Parameters<typeof compileFilters>[0];
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

/** The attachments of a table, those that an index finds under it, by filter and page. */
function attachmentsOf(
  tx: Transaction,
  operation: string,
  index: 'associatedRouteTableId' | 'propagatedRouteTableId',
  request: ListRequest,
) {
  const table = tx.get(TransitGatewayRouteTable, request.TransitGatewayRouteTableId);
  const holds = compileFilters<TransitGatewayAttachment>(request.Filters, RESOURCE_FILTERS);
  return paginate(
    {
      operation,
      rows: tx.by(TransitGatewayAttachment, index, table.id),
      matches: (row) => holds(row, tx),
      keyOf: (row) => row.id,
      question: [table.id, request.Filters],
    },
    request,
  );
}

/** GetTransitGatewayRouteTableAssociations. */
export const GetTransitGatewayRouteTableAssociations = action(
  'GetTransitGatewayRouteTableAssociations',
  (request, tx) => {
    const { rows, nextToken } = attachmentsOf(
      tx,
      'GetTransitGatewayRouteTableAssociations',
      'associatedRouteTableId',
      request,
    );
    return {
      Associations: rows.map((row) => ({ ...describeResource(row), State: 'associated' as const })),
      NextToken: nextToken,
    };
  },
);

/** GetTransitGatewayRouteTablePropagations. */
export const GetTransitGatewayRouteTablePropagations = action(
  'GetTransitGatewayRouteTablePropagations',
  (request, tx) => {
    const { rows, nextToken } = attachmentsOf(
      tx,
      'GetTransitGatewayRouteTablePropagations',
      'propagatedRouteTableId',
      request,
    );
    return {
      TransitGatewayRouteTablePropagations: rows.map((row) => ({
        ...describeResource(row),
        State: 'enabled' as const,
      })),
      NextToken: nextToken,
    };
  },
);

/** GetTransitGatewayAttachmentPropagations: the tables that an attachment propagates to. */
export const GetTransitGatewayAttachmentPropagations = action(
  'GetTransitGatewayAttachmentPropagations',
  (request, tx) => {
    const attachment = findAttachment(tx, request.TransitGatewayAttachmentId);
    const holds = compileFilters(request.Filters, { 'transit-gateway-route-table-id': (row) => row.id });
    const { rows, nextToken } = paginate(
      {
        operation: 'GetTransitGatewayAttachmentPropagations',
        rows: attachment.propagatedRouteTableIds.map((id) => ({ id })),
        matches: (row) => holds(row, tx),
        keyOf: (row) => row.id,
        question: [attachment.id, request.Filters],
      },
      request,
    );
    return {
      TransitGatewayAttachmentPropagations: rows.map(({ id }) => ({
        TransitGatewayRouteTableId: id,
        State: 'enabled' as const,
      })),
      NextToken: nextToken,
    };
  },
);

/** What this file serves. */
export const transitGatewayRouteTableActions = [
  CreateTransitGatewayRouteTable,
  DeleteTransitGatewayRouteTable,
  DescribeTransitGatewayRouteTables,
  AssociateTransitGatewayRouteTable,
  DisassociateTransitGatewayRouteTable,
  EnableTransitGatewayRouteTablePropagation,
  DisableTransitGatewayRouteTablePropagation,
  GetTransitGatewayRouteTableAssociations,
  GetTransitGatewayRouteTablePropagations,
  GetTransitGatewayAttachmentPropagations,
] as const;
