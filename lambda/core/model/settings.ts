/** The kubelet settings that this program may look at. A setting that is not named here never leaves an adapter. */

export type SettingValue = string | number | boolean;

interface SettingDefinition {
  readonly type: 'string' | 'int' | 'bool' | 'duration';
  /** The flag that sets it, without dashes. */
  readonly flag: string;
  /** The value when the key is absent and a configuration file is given (`kubelet --config`); `undefined` when the kubelet has no default. */
  readonly default: SettingValue | undefined;
  /** The value when no configuration file is given at all: the legacy defaults. */
  readonly legacyDefault: SettingValue | undefined;
  /** What an absent key of configz means: the zero value that Go's `omitempty` leaves out, or `never` when the key is always there. */
  readonly absentInConfigz: SettingValue | undefined | 'never';
}

const define = <const T extends Readonly<Record<string, SettingDefinition>>>(definitions: T) => definitions;

/** Source: kubernetes `pkg/kubelet/apis/config/v1beta1/defaults.go`, `cmd/kubelet/app/options/options.go`; measured on kubelets 1.29 to 1.35. */
export const settings = define({
  'authentication.x509.clientCAFile': {
    type: 'string',
    flag: 'client-ca-file',
    default: '',
    legacyDefault: '',
    absentInConfigz: '',
  },
  'authentication.anonymous.enabled': {
    type: 'bool',
    flag: 'anonymous-auth',
    default: false,
    legacyDefault: true,
    absentInConfigz: 'never',
  },
  'authentication.webhook.enabled': {
    type: 'bool',
    flag: 'authentication-token-webhook',
    default: true,
    legacyDefault: false,
    absentInConfigz: 'never',
  },
  'authorization.mode': {
    type: 'string',
    flag: 'authorization-mode',
    default: 'Webhook',
    legacyDefault: 'AlwaysAllow',
    absentInConfigz: 'never',
  },
  readOnlyPort: { type: 'int', flag: 'read-only-port', default: 0, legacyDefault: 10255, absentInConfigz: 0 },
  streamingConnectionIdleTimeout: {
    type: 'duration',
    flag: 'streaming-connection-idle-timeout',
    default: '4h0m0s',
    legacyDefault: '4h0m0s',
    absentInConfigz: 'never',
  },
  protectKernelDefaults: {
    type: 'bool',
    flag: 'protect-kernel-defaults',
    default: false,
    legacyDefault: false,
    absentInConfigz: false,
  },
  makeIPTablesUtilChains: {
    type: 'bool',
    flag: 'make-iptables-util-chains',
    default: true,
    legacyDefault: true,
    absentInConfigz: 'never',
  },
  eventRecordQPS: { type: 'int', flag: 'event-qps', default: 50, legacyDefault: 50, absentInConfigz: 'never' },
  rotateCertificates: {
    type: 'bool',
    flag: 'rotate-certificates',
    default: false,
    legacyDefault: false,
    absentInConfigz: false,
  },
  serverTLSBootstrap: {
    type: 'bool',
    flag: 'rotate-server-certificates',
    default: false,
    legacyDefault: false,
    absentInConfigz: false,
  },
  'featureGates.RotateKubeletServerCertificate': {
    type: 'bool',
    flag: 'feature-gates',
    // On since 1.12 when it is not named; here "not named" must stay apart from "named and true".
    default: undefined,
    legacyDefault: undefined,
    absentInConfigz: undefined,
  },
});

export type SettingPath = keyof typeof settings;

export const settingPaths = Object.keys(settings) as readonly SettingPath[];

/** Flags that no configuration file can set: only the process's own command line shows them. */
export type FlagName = 'hostname-override';
