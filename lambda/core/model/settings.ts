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

type Any = SettingValue | undefined;
const setting = <Default extends Any>(
  type: SettingDefinition['type'],
  flag: string,
  values: readonly [byDefault: Default, legacyDefault: Any, absentInConfigz: SettingDefinition['absentInConfigz']],
): SettingDefinition & { readonly default: Default } => {
  const [byDefault, legacyDefault, absentInConfigz] = values;
  return { type, flag, default: byDefault, legacyDefault, absentInConfigz };
};

/** Source: kubernetes `pkg/kubelet/apis/config/v1beta1/defaults.go`, `cmd/kubelet/app/options/options.go`; measured on kubelets 1.29 to 1.35. */
export const settings = {
  'authentication.x509.clientCAFile': setting('string', 'client-ca-file', ['', '', '']),
  'authentication.anonymous.enabled': setting('bool', 'anonymous-auth', [false, true, 'never']),
  'authentication.webhook.enabled': setting('bool', 'authentication-token-webhook', [true, false, 'never']),
  'authorization.mode': setting('string', 'authorization-mode', ['Webhook', 'AlwaysAllow', 'never']),
  readOnlyPort: setting('int', 'read-only-port', [0, 10255, 0]),
  streamingConnectionIdleTimeout: setting('duration', 'streaming-connection-idle-timeout', [
    '4h0m0s',
    '4h0m0s',
    'never',
  ]),
  protectKernelDefaults: setting('bool', 'protect-kernel-defaults', [false, false, false]),
  makeIPTablesUtilChains: setting('bool', 'make-iptables-util-chains', [true, true, 'never']),
  eventRecordQPS: setting('int', 'event-qps', [50, 50, 'never']),
  rotateCertificates: setting('bool', 'rotate-certificates', [false, false, false]),
  serverTLSBootstrap: setting('bool', 'rotate-server-certificates', [false, false, false]),
  // On since 1.12 when it is not named; here "not named" must stay apart from "named and true".
  'featureGates.RotateKubeletServerCertificate': setting('bool', 'feature-gates', [undefined, undefined, undefined]),
};

export type SettingPath = keyof typeof settings;

export const settingPaths = Object.keys(settings) as readonly SettingPath[];

/** Flags that no configuration file can set: only the process's own command line shows them. */
export type FlagName = 'hostname-override';
