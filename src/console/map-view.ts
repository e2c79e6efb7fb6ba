/** The map of a network as HTML: a box for each VPC, in it one for each subnet, in it a card for each interface. */
import { html } from 'hono/html';
import type { Markup } from './markup.ts';
import type {
  GatewayOnMap,
  InterfaceOnMap,
  NamedOnMap,
  NetworkMap,
  RouteOnMap,
  SubnetOnMap,
  VpcOnMap,
} from './network-map.ts';

/** Everything between the page's head and its side bar. Elements with `data-id` are marked by the script where a trace passes them. */
export const mapView = ({ vpcs }: NetworkMap): Markup =>
  vpcs.length === 0 ? html`<p class="hint">This account has no VPC in this Region.</p>` : html`${vpcs.map(vpcView)}`;

/** Names an element of what may stand in several subnets. */
export const inSubnet = (subnetId: string, id: string): string => `${subnetId}/${id}`;

/** A default VPC that nobody uses is there in every Region: it is folded. */
const vpcView = (vpc: VpcOnMap): Markup => html`
<details class="vpc" id="${vpc.id}" data-id="${vpc.id}" ${vpc.isDefault && isEmpty(vpc) ? '' : 'open'}>
  <summary>${nameOf(vpc, vpc.isDefault ? 'default VPC' : 'VPC')} <code>${vpc.cidrs.join(' ')}</code></summary>
  <p class="gateways">${vpc.gateways.map(gatewayView)}</p>
  <div class="subnets">${vpc.subnets.map(subnetView)}</div>
</details>`;

const isEmpty = ({ subnets }: VpcOnMap): boolean => subnets.every(({ interfaces }) => interfaces.length === 0);

const nameOf = ({ id, name }: NamedOnMap, otherwise: string): Markup =>
  html`<b>${name ?? otherwise}</b> <code class="id">${id}</code>`;

const gatewayView = (gateway: GatewayOnMap): Markup => html`
<span class="gateway" data-id="${gateway.id}">${nameOf(gateway, gateway.kind)}${
  gateway.leadsTo === undefined ? '' : html` &rarr; <code>${gateway.leadsTo}</code>`
}</span>`;

const subnetView = (subnet: SubnetOnMap): Markup => html`
<section class="subnet ${isPublic(subnet) ? 'public' : ''}" data-id="${subnet.id}">
  <h3>${nameOf(subnet, isPublic(subnet) ? 'public subnet' : 'subnet')}</h3>
  <p class="facts">${subnet.zone} <code>${subnet.cidrs.join(' ')}</code>
    <code data-id="${inSubnet(subnet.id, subnet.networkAclId)}">${subnet.networkAclId}</code></p>
  <details class="routes" id="routes-${subnet.id}"><summary data-id="${inSubnet(subnet.id, subnet.routeTableId)}">${subnet.routeTableId}</summary>
    <table>${subnet.routes.map(routeView)}</table></details>
  ${subnet.interfaces.map(interfaceView)}
  ${subnet.moreInterfaces === 0 ? '' : html`<p class="hint">and ${subnet.moreInterfaces} more interfaces</p>`}
</section>`;

/** A public subnet is one whose table leads to an internet gateway (VPC user guide, "Subnet types"). */
const isPublic = ({ routes }: SubnetOnMap): boolean =>
  routes.some(({ target, state }) => target.startsWith('igw-') && state === 'active');

const routeView = ({ destination, target, state }: RouteOnMap): Markup =>
  html`<tr class="${state}"><td>${destination}</td><td>${target}</td><td>${state === 'active' ? '' : state}</td></tr>`;

const interfaceView = (row: InterfaceOnMap): Markup => html`
<button type="button" class="interface ${row.instance?.state ?? 'free'}" data-id="${row.id}" data-end="${row.id}">
  ${ownerView(row)}
  <span class="addresses">${row.privateAddresses.join(' ')}${
    row.publicAddresses.length === 0 ? '' : html` <b>&#8644; ${row.publicAddresses.join(' ')}</b>`
  }</span>
  <span class="groups">${row.securityGroups.map(({ id, groupName }) => html`<span title="${id}">${groupName}</span>`)}${
    row.sourceDestCheck ? '' : html`<em>forwards</em>`
  }</span>
</button>`;

function ownerView({ id, name, instance, interfaceType, description }: InterfaceOnMap): Markup {
  if (!instance)
    return html`<span><b>${name ?? (interfaceType === 'interface' ? 'not attached' : interfaceType)}</b> <code class="id">${id}</code> ${description}</span>`;
  const device = `eth${instance.deviceIndex}`;
  return html`<span title="${instance.id}"><b>${instance.name ?? instance.id}</b> ${device} <code class="id">${id}</code>
    <i>${instance.state === 'running' ? instance.instanceType : instance.state}</i></span>`;
}
