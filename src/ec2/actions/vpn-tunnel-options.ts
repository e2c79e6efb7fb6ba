/** Options of VPN tunnels: what requests may say (API_VpnTunnelOptionsSpecification), and how the API shows them. */
import type * as sdk from '@aws-sdk/client-ec2';
import { Fault } from '../../model/fault.ts';
import type { VpnTunnel, VpnTunnelSettings } from '../../model/resources/vpn.ts';
import { formatIpv4 } from '../../net/address.ts';
import { formatCidr, type Ipv4Cidr, parseIpv4Cidr } from '../../net/cidr.ts';
import { choice } from '../choice.ts';
import type { RequestOf } from '../operation.ts';

/** The same members at creation and in a change. */
type TunnelOptionsOfRequest = RequestOf<'ModifyVpnTunnelOptions'>['TunnelOptions'];

/** The block of this text. @throws Fault InvalidParameterValue */
export function readVpnCidr(text: string, parameter: string): Ipv4Cidr {
  const cidr = parseIpv4Cidr(text);
  if (cidr) return cidr;
  throw new Fault('InvalidParameterValue', { value: text, parameter, reason: 'Invalid IPv4 CIDR block.' });
}

/** 8 to 64 letters, digits, dots and underscores, no zero first. */
function readKey(text: string): string {
  if (/^[A-Za-z1-9._][\w.]{7,63}$/.test(text)) return text;
  throw new Fault('InvalidParameterValue', {
    value: '****',
    parameter: 'preSharedKey',
    reason: 'Invalid pre-shared key.',
  });
}

/** What a request says of a tunnel. @throws Fault InvalidParameterValue, UnsupportedOperation */
export function readTunnelOptions(
  options: TunnelOptionsOfRequest,
): Partial<Pick<VpnTunnel, 'insideCidr' | 'preSharedKey'>> & { readonly settings: VpnTunnelSettings } {
  const { TunnelInsideCidr: cidr, PreSharedKey: key } = options;
  if (options.TunnelInsideIpv6Cidr !== undefined) {
    throw new Fault('UnsupportedOperation', 'localvpc carries IPv4 only over VPN connections.');
  }
  return {
    ...(cidr !== undefined && { insideCidr: readVpnCidr(cidr, 'tunnelInsideCidr') }),
    ...(key !== undefined && { preSharedKey: readKey(key) }),
    settings: readSettings(options),
  };
}

const ENCRYPTION = ['AES128', 'AES256', 'AES128-GCM-16', 'AES256-GCM-16'] as const;
const INTEGRITY = ['SHA1', 'SHA2-256', 'SHA2-384', 'SHA2-512'] as const;
const PHASE_1_GROUPS = [2, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24];
const PHASE_2_GROUPS = [2, 5, ...PHASE_1_GROUPS.slice(1)];
const DEFAULT_PHASE_2_SECONDS = 3600;

function readSettings(options: TunnelOptionsOfRequest): VpnTunnelSettings {
  const phase2 = within(options.Phase2LifetimeSeconds, 900, 3600, 'phase2LifetimeSeconds');
  const halfOfPhase2 = Math.floor((phase2 ?? DEFAULT_PHASE_2_SECONDS) / 2);
  return withoutUndefined({
    phase1LifetimeSeconds: within(options.Phase1LifetimeSeconds, 900, 28_800, 'phase1LifetimeSeconds'),
    phase2LifetimeSeconds: phase2,
    rekeyMarginTimeSeconds: within(options.RekeyMarginTimeSeconds, 60, halfOfPhase2, 'rekeyMarginTimeSeconds'),
    rekeyFuzzPercentage: within(options.RekeyFuzzPercentage, 0, 100, 'rekeyFuzzPercentage'),
    replayWindowSize: within(options.ReplayWindowSize, 64, 2048, 'replayWindowSize'),
    dpdTimeoutSeconds: within(options.DPDTimeoutSeconds, 30, Number.MAX_SAFE_INTEGER, 'dpdTimeoutSeconds'),
    dpdTimeoutAction: choice(options.DPDTimeoutAction, ['clear', 'none', 'restart'], 'dpdTimeoutAction'),
    phase1EncryptionAlgorithms: words(options.Phase1EncryptionAlgorithms, ENCRYPTION, 'phase1EncryptionAlgorithms'),
    phase2EncryptionAlgorithms: words(options.Phase2EncryptionAlgorithms, ENCRYPTION, 'phase2EncryptionAlgorithms'),
    phase1IntegrityAlgorithms: words(options.Phase1IntegrityAlgorithms, INTEGRITY, 'phase1IntegrityAlgorithms'),
    phase2IntegrityAlgorithms: words(options.Phase2IntegrityAlgorithms, INTEGRITY, 'phase2IntegrityAlgorithms'),
    phase1DhGroupNumbers: groups(options.Phase1DHGroupNumbers, PHASE_1_GROUPS, 'phase1DHGroupNumbers'),
    phase2DhGroupNumbers: groups(options.Phase2DHGroupNumbers, PHASE_2_GROUPS, 'phase2DHGroupNumbers'),
    ikeVersions: words(options.IKEVersions, ['ikev1', 'ikev2'], 'ikeVersions'),
    startupAction: choice(options.StartupAction, ['add', 'start'], 'startupAction'),
    enableTunnelLifecycleControl: options.EnableTunnelLifecycleControl,
  });
}

type WithUndefined<T> = { readonly [K in keyof T]: T[K] | undefined };

const withoutUndefined = (settings: WithUndefined<Required<VpnTunnelSettings>>): VpnTunnelSettings =>
  Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));

/** The sentence is unconfirmed. */
function within(value: number | undefined, least: number, most: number, parameter: string): number | undefined {
  if (value === undefined || (value >= least && value <= most)) return value;
  const bound = most === Number.MAX_SAFE_INTEGER ? `at least ${least}` : `from ${least} to ${most}`;
  throw new Fault('InvalidParameterValue', { value: String(value), parameter, reason: `It must be ${bound}.` });
}

type ValueItems = readonly { readonly Value?: string | undefined }[] | undefined;

const words = (items: ValueItems, known: readonly string[], parameter: string): readonly string[] | undefined =>
  items?.map(({ Value }) => choice(Value ?? '', known, parameter) ?? '');

const groups = (
  items: readonly { readonly Value?: number | undefined }[] | undefined,
  known: readonly number[],
  parameter: string,
): readonly number[] | undefined =>
  items?.map(({ Value = 0 }) => {
    if (known.includes(Value)) return Value;
    throw new Fault('InvalidParameterValue', { value: String(Value), parameter, reason: '' });
  });

const values = <T>(items: readonly T[] | undefined): { Value: T }[] | undefined => items?.map((Value) => ({ Value }));

/** A tunnel's options as the API shows them. */
export const describeTunnelOptions = ({
  outsideAddress,
  insideCidr,
  preSharedKey,
  settings = {},
}: VpnTunnel): sdk.TunnelOption => ({
  OutsideIpAddress: formatIpv4(outsideAddress),
  TunnelInsideCidr: formatCidr(insideCidr),
  PreSharedKey: preSharedKey,
  Phase1LifetimeSeconds: settings.phase1LifetimeSeconds,
  Phase2LifetimeSeconds: settings.phase2LifetimeSeconds,
  RekeyMarginTimeSeconds: settings.rekeyMarginTimeSeconds,
  RekeyFuzzPercentage: settings.rekeyFuzzPercentage,
  ReplayWindowSize: settings.replayWindowSize,
  DpdTimeoutSeconds: settings.dpdTimeoutSeconds,
  DpdTimeoutAction: settings.dpdTimeoutAction,
  Phase1EncryptionAlgorithms: values(settings.phase1EncryptionAlgorithms),
  Phase2EncryptionAlgorithms: values(settings.phase2EncryptionAlgorithms),
  Phase1IntegrityAlgorithms: values(settings.phase1IntegrityAlgorithms),
  Phase2IntegrityAlgorithms: values(settings.phase2IntegrityAlgorithms),
  Phase1DHGroupNumbers: values(settings.phase1DhGroupNumbers),
  Phase2DHGroupNumbers: values(settings.phase2DhGroupNumbers),
  IkeVersions: values(settings.ikeVersions),
  StartupAction: settings.startupAction,
  EnableTunnelLifecycleControl: settings.enableTunnelLifecycleControl,
});
