/** How far each operation of each service is served. */
import { coverage, type OperationCoverage } from '../ec2/coverage.ts';
import { otherServices } from './all.ts';

/** EC2's operations by their names, those of other services as "elbv2:CreateListener". Walks all models. */
export const coverageOfAll = (): readonly OperationCoverage[] => [
  ...coverage(),
  ...otherServices.flatMap((service) =>
    service.coverage().map((operation) => ({ ...operation, name: `${service.command}:${operation.name}` })),
  ),
];
