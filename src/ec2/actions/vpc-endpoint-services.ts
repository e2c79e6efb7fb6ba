/** Endpoint services: what an account offers, who may connect, and what a consumer is shown. */
import type * as sdk from '@aws-sdk/client-ec2';
import { awsInterfaceServicesOf, awsServicesOf } from '../../model/aws-services.ts';
import { serviceDomain } from '../../model/endpoint-names.ts';
import {
  changePermissions,
  createEndpointService,
  deleteEndpointService,
  type FoundService,
  modifyEndpointService,
  principalTypeOf,
  verifyPrivateName,
  visibleServices,
  zonesOfService,
} from '../../model/endpoint-services.ts';
import { Fault } from '../../model/fault.ts';
import { isOfGatewayLoadBalancers } from '../../model/gateway-load-balancer-services.ts';
import { serviceNameOf } from '../../model/load-balancers.ts';
import { inAccount } from '../../model/owned.ts';
import { zoneNamed, zonesOf } from '../../model/regions.ts';
import { type ServicePermission, VpcEndpointService } from '../../model/resources/vpc-endpoint-service.ts';
import { tagsOf } from '../../model/tags.ts';
import type { Transaction } from '../../model/transaction.ts';
import { action } from '../action.ts';
import { choice } from '../choice.ts';
import { describe, selectFrom } from '../describe.ts';
import { describeTags } from '../tag-set.ts';
import { unsuccessful } from '../unsuccessful.ts';

/** CreateVpcEndpointServiceConfiguration. Acceptance is required unless the request says otherwise (unconfirmed). */
export const CreateVpcEndpointServiceConfiguration = action('CreateVpcEndpointServiceConfiguration', (request, tx) => {
  refuseOtherRegions(request.SupportedRegions, tx);
  const service = createEndpointService(tx, {
    loadBalancerArns: request.NetworkLoadBalancerArns ?? [],
    gatewayLoadBalancerArns: request.GatewayLoadBalancerArns ?? [],
    supportsIpv6: asksIpv6(request.SupportedIpAddressTypes),
    acceptanceRequired: request.AcceptanceRequired ?? true,
    privateDnsName: request.PrivateDnsName,
    tags: tagsOf(request.TagSpecifications, 'vpc-endpoint-service'),
  });
  return { ServiceConfiguration: describeServiceConfiguration(service, tx), ClientToken: request.ClientToken };
});

function refuseOtherRegions(regions: readonly string[] | undefined, tx: Transaction): void {
  if (regions?.some((region) => region !== tx.region)) {
    throw new Fault('UnsupportedOperation', 'localvpc does not serve endpoint services to other Regions.');
  }
}

/** Whether IPv6 is among the types; IPv4 always is, as no load balancer is of IPv6 alone. */
const asksIpv6 = (types: readonly string[] | undefined): boolean =>
  types?.some((type) => choice(type, ['ipv4', 'ipv6'], 'supportedIpAddressTypes') === 'ipv6') ?? false;

const addressTypesOf = ({ supportsIpv6 }: VpcEndpointService): ('ipv4' | 'ipv6')[] =>
  supportsIpv6 ? ['ipv4', 'ipv6'] : ['ipv4'];

/** The load balancers of a service, of one kind or of the other. */
export const loadBalancersOf = ({ loadBalancers, gatewayLoadBalancerArns: gateways }: VpcEndpointService) =>
  gateways
    ? { GatewayLoadBalancerArns: [...gateways] }
    : { NetworkLoadBalancerArns: loadBalancers.map(({ arn }) => arn) };

/** ModifyVpcEndpointServiceConfiguration. */
export const ModifyVpcEndpointServiceConfiguration = action('ModifyVpcEndpointServiceConfiguration', (request, tx) => {
  const service = tx.get(VpcEndpointService, request.ServiceId);
  refuseOtherRegions(request.AddSupportedRegions, tx);
  const addsIpv6 = asksIpv6(request.AddSupportedIpAddressTypes);
  const removesIpv6 = asksIpv6(request.RemoveSupportedIpAddressTypes);
  modifyEndpointService(tx, service, {
    addGatewayArns: request.AddGatewayLoadBalancerArns ?? [],
    removeGatewayArns: request.RemoveGatewayLoadBalancerArns ?? [],
    supportsIpv6: addsIpv6 || removesIpv6 ? addsIpv6 : undefined,
    addArns: request.AddNetworkLoadBalancerArns ?? [],
    removeArns: request.RemoveNetworkLoadBalancerArns ?? [],
    acceptanceRequired: request.AcceptanceRequired,
    privateDnsName: request.PrivateDnsName,
    removePrivateDnsName: request.RemovePrivateDnsName ?? false,
  });
  return { Return: true };
});

/** DeleteVpcEndpointServiceConfigurations: each by itself; those that cannot go are listed. */
export const DeleteVpcEndpointServiceConfigurations = action('DeleteVpcEndpointServiceConfigurations', (request, tx) =>
  unsuccessful(request.ServiceIds ?? [], (id) => deleteEndpointService(tx, tx.get(VpcEndpointService, id))),
);

/** A service as its owner is shown it. */
export function describeServiceConfiguration(row: VpcEndpointService, tx: Transaction): sdk.ServiceConfiguration {
  return {
    ...describeOffer({ service: row, account: tx.account }, tx),
    ServiceState: 'Available',
    ...loadBalancersOf(row),
    PrivateDnsName: row.privateName?.name,
    PrivateDnsNameConfiguration: row.privateName && {
      State: row.privateName.state,
      Type: 'TXT',
      Value: row.privateName.proof,
      Name: `_${row.id.slice('vpce-svc-'.length)}`,
    },
    RemoteAccessEnabled: false,
  };
}

/** What owner and consumers are both shown. */
const describeOffer = ({ service, account }: FoundService, tx: Transaction) => {
  const zones = zonesOfService(inAccount(tx, account), service);
  const inspects = isOfGatewayLoadBalancers(service);
  return {
    ServiceType: [{ ServiceType: inspects ? ('GatewayLoadBalancer' as const) : ('Interface' as const) }],
    ServiceId: service.id,
    ServiceName: serviceNameOf(tx.region, service.id),
    AvailabilityZoneIds: zones.map((zone) => zoneNamed(tx.region, zone).id),
    AvailabilityZones: [...zones],
    AcceptanceRequired: service.acceptanceRequired,
    ManagesVpcEndpoints: false,
    SupportedIpAddressTypes: addressTypesOf(service),
    PayerResponsibility: service.payerResponsibility,
    BaseEndpointDnsNames: inspects ? [] : [serviceDomain(tx, service)],
    Tags: describeTags(service.tags),
  };
};

/** DescribeVpcEndpointServiceConfigurations. */
export const DescribeVpcEndpointServiceConfigurations = describe(
  'DescribeVpcEndpointServiceConfigurations',
  'ServiceConfigurations',
  {
    kind: VpcEndpointService,
    ids: 'ServiceIds',
    filters: {
      'service-name': (row, tx) => serviceNameOf(tx.region, row.id),
      'service-id': (row) => row.id,
      'service-state': () => 'Available',
      'supported-ip-address-types': addressTypesOf,
    },
    render: describeServiceConfiguration,
  },
);

/** ModifyVpcEndpointServicePermissions. */
export const ModifyVpcEndpointServicePermissions = action('ModifyVpcEndpointServicePermissions', (request, tx) => {
  const service = tx.get(VpcEndpointService, request.ServiceId);
  const added = changePermissions(
    tx,
    service,
    request.AddAllowedPrincipals ?? [],
    request.RemoveAllowedPrincipals ?? [],
  );
  return { AddedPrincipals: added.map((one) => describePermission(one, service)), ReturnValue: true };
});

const describePermission = ({ id, principal }: ServicePermission, service: VpcEndpointService) => ({
  PrincipalType: principalTypeOf(principal),
  Principal: principal,
  ServicePermissionId: id,
  ServiceId: service.id,
});

/** DescribeVpcEndpointServicePermissions. */
export const DescribeVpcEndpointServicePermissions = action('DescribeVpcEndpointServicePermissions', (request, tx) => {
  const service = tx.get(VpcEndpointService, request.ServiceId);
  const { rows, nextToken } = selectFrom(
    {
      operation: 'DescribeVpcEndpointServicePermissions',
      rows: service.permissions,
      filters: { principal: (one) => one.principal, 'principal-type': (one) => principalTypeOf(one.principal) },
      question: service.id,
    },
    request,
    tx,
  );
  return {
    AllowedPrincipals: rows.map((one) => ({ ...describePermission(one, service), Tags: [] })),
    NextToken: nextToken,
  };
});

/** StartVpcEndpointServicePrivateDnsVerification. */
export const StartVpcEndpointServicePrivateDnsVerification = action(
  'StartVpcEndpointServicePrivateDnsVerification',
  (request, tx) => {
    verifyPrivateName(tx, tx.get(VpcEndpointService, request.ServiceId));
    return { ReturnValue: true };
  },
);

/** A service of the Region as a consumer is shown it, by its name. */
interface OfferedService {
  readonly id: string;
  readonly owner: string;
  readonly detail: sdk.ServiceDetail;
}

function offeredServices(tx: Transaction): readonly OfferedService[] {
  const ofAws = awsServicesOf(tx.region).map(({ name, host }) => ({
    id: name,
    owner: 'amazon',
    detail: awsDetail(name, host, 'Gateway', tx),
  }));
  const byInterfaces = awsInterfaceServicesOf(tx.region).map(({ name, privateName, domain }) => ({
    id: name,
    owner: 'amazon',
    detail: {
      ...awsDetail(name, domain, 'Interface', tx),
      PrivateDnsName: privateName,
      PrivateDnsNames: [{ PrivateDnsName: privateName }],
      PrivateDnsNameVerificationState: 'verified' as const,
    },
  }));
  const ofAccounts = visibleServices(tx).map((found) => ({
    id: serviceNameOf(tx.region, found.service.id),
    owner: found.account,
    detail: accountDetail(found, tx),
  }));
  return [...ofAws, ...byInterfaces, ...ofAccounts];
}

const awsDetail = (
  name: string,
  host: string,
  ServiceType: 'Gateway' | 'Interface',
  tx: Transaction,
): sdk.ServiceDetail => ({
  ServiceName: name,
  ServiceId: `vpce-svc-${name}`,
  ServiceType: [{ ServiceType }],
  ServiceRegion: tx.region,
  AvailabilityZoneIds: zonesOf(tx.region).map(({ id }) => id),
  AvailabilityZones: zonesOf(tx.region).map((zone) => zone.name),
  Owner: 'amazon',
  BaseEndpointDnsNames: [host],
  VpcEndpointPolicySupported: true,
  AcceptanceRequired: false,
  ManagesVpcEndpoints: false,
  Tags: [],
  SupportedIpAddressTypes: ['ipv4'],
});

function accountDetail(found: FoundService, tx: Transaction): sdk.ServiceDetail {
  const { privateName } = found.service;
  return {
    ...describeOffer(found, tx),
    ServiceRegion: tx.region,
    Owner: found.account,
    ...(privateName && {
      PrivateDnsName: privateName.name,
      PrivateDnsNames: [{ PrivateDnsName: privateName.name }],
      PrivateDnsNameVerificationState: privateName.state,
    }),
    VpcEndpointPolicySupported: false,
    // Tags of a service are its owner's (unconfirmed for the caller's own).
    Tags: found.account === tx.account ? describeTags(found.service.tags) : [],
  };
}

/** DescribeVpcEndpointServices: those of AWS and of accounts that let the caller connect. */
export const DescribeVpcEndpointServices = action('DescribeVpcEndpointServices', (request, tx) => {
  const offered = offeredServices(tx);
  const names = request.ServiceNames;
  const unknown = names?.find((name) => !offered.some(({ id }) => id === name));
  if (unknown !== undefined) throw new Fault('InvalidServiceName', { name: unknown });
  const { rows, nextToken } = selectFrom(
    {
      operation: 'DescribeVpcEndpointServices',
      rows: offered,
      isMeant: names && (({ id }) => names.includes(id)),
      filters: {
        owner: (one) => one.owner,
        'service-name': (one) => one.id,
        'service-region': (_one, there) => there.region,
        'service-type': (one) => one.detail.ServiceType?.map((type) => type.ServiceType),
        'supported-ip-address-types': (one) => one.detail.SupportedIpAddressTypes,
      },
      question: names,
    },
    request,
    tx,
  );
  return {
    ServiceNames: rows.map(({ id }) => id),
    ServiceDetails: rows.map(({ detail }) => detail),
    NextToken: nextToken,
  };
});

export const vpcEndpointServiceActions = [
  CreateVpcEndpointServiceConfiguration,
  ModifyVpcEndpointServiceConfiguration,
  DeleteVpcEndpointServiceConfigurations,
  DescribeVpcEndpointServiceConfigurations,
  ModifyVpcEndpointServicePermissions,
  DescribeVpcEndpointServicePermissions,
  StartVpcEndpointServicePrivateDnsVerification,
  DescribeVpcEndpointServices,
] as const;
