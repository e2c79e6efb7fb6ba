/** Listeners: create, change, delete, describe. */

import type * as sdk from '@aws-sdk/client-elastic-load-balancing-v2';
import { withBalancerTags } from '../../../model/elastic-load-balancing-tags.ts';
import { Fault } from '../../../model/fault.ts';
import { createListener, deleteListener, modifyListener } from '../../../model/listeners.ts';
import { isTargetGroupArn } from '../../../model/load-balancer-names.ts';
import { attributesOfListener, withListenerAttributes } from '../../../model/load-balancing-attributes.ts';
import { listenerOfArn, loadBalancerOfArn } from '../../../model/load-balancing-resources.ts';
import { type ForwardedGroup, Listener } from '../../../model/resources/listener.ts';
import { action } from '../action.ts';
import { pageOf } from '../pages.ts';
import { notHad, refuse, wordOf } from '../words.ts';

const PROTOCOLS = ['HTTP', 'HTTPS', 'TCP', 'TLS', 'UDP', 'TCP_UDP', 'GENEVE', 'QUIC', 'TCP_QUIC'] as const;

/** @throws Fault ValidationError, InvalidConfigurationRequest for a protocol that localvpc does not have */
function takenOf(protocolText: string | undefined, port: number | undefined): Listener['takes'] {
  const protocol = wordOf(protocolText, PROTOCOLS, 'protocol');
  if (protocol === undefined && port === undefined) return undefined;
  if (protocol === undefined) throw new Fault('ValidationError', 'A listener protocol must be specified');
  if (port === undefined) throw new Fault('ValidationError', 'A listener port must be specified');
  if (protocol === 'TCP' || protocol === 'UDP' || protocol === 'TCP_UDP') return { protocol, port };
  throw notHad(`has no listeners of the protocol ${protocol}, but of TCP, UDP and TCP_UDP.`);
}

interface RequestedAction {
  readonly Type: string;
  readonly TargetGroupArn?: string | undefined;
  readonly ForwardConfig?:
    | {
        readonly TargetGroups?:
          | readonly { readonly TargetGroupArn?: string | undefined; readonly Weight?: number | undefined }[]
          | undefined;
        readonly TargetGroupStickinessConfig?: { readonly Enabled?: boolean | undefined } | undefined;
      }
    | undefined;
}

/** The groups that the only action forwards to. @throws Fault ValidationError, TargetGroupNotFound */
function forwardedBy(actions: readonly RequestedAction[]): readonly ForwardedGroup[] {
  const [only, ...others] = actions;
  if (!only || others.length > 0) throw new Fault('ValidationError', 'Exactly one default action must be specified');
  const type = wordOf(
    only.Type,
    ['forward', 'authenticate-oidc', 'authenticate-cognito', 'redirect', 'fixed-response', 'jwt-validation'],
    'defaultActions.1.member.type',
  );
  if (type !== 'forward') {
    throw new Fault('ValidationError', `The action type '${type}' is not valid with network load balancers`);
  }
  const { TargetGroups: groups = [], TargetGroupStickinessConfig: stickiness } = only.ForwardConfig ?? {};
  if (stickiness?.Enabled)
    throw new Fault('ValidationError', 'Target group stickiness needs an Application Load Balancer');
  const named = groups.length > 0 ? groups : [{ TargetGroupArn: only.TargetGroupArn }];
  return named.map(
    ({
      TargetGroupArn: arn,
      Weight: weight = 1,
    }: {
      TargetGroupArn?: string | undefined;
      Weight?: number | undefined;
    }) => {
      if (arn === undefined) throw new Fault('ValidationError', 'A target group ARN must be specified');
      if (!isTargetGroupArn(arn)) throw new Fault('ValidationError', `'${arn}' is not a valid target group ARN`);
      return { targetGroupArn: arn, weight };
    },
  );
}

/** CreateListener. */
export const CreateListener = action('CreateListener', (request, tx) => {
  const { SslPolicy, Certificates, AlpnPolicy, MutualAuthentication } = request;
  const balancer = loadBalancerOfArn(tx, request.LoadBalancerArn);
  const takes = takenOf(request.Protocol, request.Port);
  refuse({ SslPolicy, Certificates, AlpnPolicy, MutualAuthentication });
  const forwardsTo = forwardedBy(request.DefaultActions);
  return {
    Listeners: [
      describeListener(createListener(tx, { balancer, takes, forwardsTo, tags: withBalancerTags({}, request.Tags) })),
    ],
  };
});

function describeListener({ id, loadBalancerArn, takes, forwardsTo }: Listener): sdk.Listener {
  const [first, ...others] = forwardsTo;
  const isOnly = others.length === 0;
  return {
    ListenerArn: id,
    LoadBalancerArn: loadBalancerArn,
    ...(takes && { Port: takes.port, Protocol: takes.protocol }),
    DefaultActions: [
      {
        Type: 'forward',
        ...(isOnly && first && { TargetGroupArn: first.targetGroupArn }),
        Order: 1,
        ForwardConfig: {
          TargetGroups: forwardsTo.map(({ targetGroupArn, weight }) => ({
            TargetGroupArn: targetGroupArn,
            Weight: weight,
          })),
          TargetGroupStickinessConfig: { Enabled: false },
        },
      },
    ],
  };
}

/** DescribeListeners: of a load balancer, or those that are named. */
export const DescribeListeners = action('DescribeListeners', (request, tx) => {
  const { LoadBalancerArn: balancerArn, ListenerArns: arns = [] } = request;
  if (balancerArn === undefined && arns.length === 0) {
    throw new Fault('ValidationError', 'You must specify either listener ARNs or a load balancer ARN');
  }
  const rows =
    balancerArn === undefined
      ? arns.map((arn) => listenerOfArn(tx, arn))
      : tx.by(Listener, 'loadBalancerArn', loadBalancerOfArn(tx, balancerArn).id);
  const { rows: shown, ...next } = pageOf(rows, request);
  return {
    Listeners: shown.map(describeListener),
    ...next,
  };
});

/** ModifyListener. */
export const ModifyListener = action('ModifyListener', (request, tx) => {
  const { SslPolicy, Certificates, AlpnPolicy, MutualAuthentication, DefaultActions: actions } = request;
  const listener = listenerOfArn(tx, request.ListenerArn);
  const { takes } = listener;
  const isOther = request.Protocol !== undefined || request.Port !== undefined;
  const changed = isOther ? takenOf(request.Protocol ?? takes?.protocol, request.Port ?? takes?.port) : takes;
  refuse({ SslPolicy, Certificates, AlpnPolicy, MutualAuthentication });
  const balancer = loadBalancerOfArn(tx, listener.loadBalancerArn);
  const forwardsTo = actions && actions.length > 0 ? forwardedBy(actions) : undefined;
  return { Listeners: [describeListener(modifyListener(tx, balancer, listener, { takes: changed, forwardsTo }))] };
});

/** DeleteListener. */
export const DeleteListener = action('DeleteListener', (request, tx) => {
  deleteListener(tx, listenerOfArn(tx, request.ListenerArn));
  return {};
});

/** DescribeListenerAttributes. */
export const DescribeListenerAttributes = action('DescribeListenerAttributes', (request, tx) => ({
  Attributes: [...attributesOfListener(listenerOfArn(tx, request.ListenerArn))],
}));

/** ModifyListenerAttributes. */
export const ModifyListenerAttributes = action('ModifyListenerAttributes', (request, tx) => {
  const listener = listenerOfArn(tx, request.ListenerArn);
  const attributes = withListenerAttributes(listener, request.Attributes);
  return { Attributes: [...attributesOfListener(tx.update(Listener, listener.id, { attributes }))] };
});

/** DescribeListenerCertificates: no listener here has any. */
export const DescribeListenerCertificates = action('DescribeListenerCertificates', (request, tx) => {
  listenerOfArn(tx, request.ListenerArn);
  return { Certificates: [] };
});

export const listenerActions = [
  CreateListener,
  DeleteListener,
  DescribeListenerAttributes,
  DescribeListenerCertificates,
  DescribeListeners,
  ModifyListener,
  ModifyListenerAttributes,
];
