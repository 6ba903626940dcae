import { type SettingPath, type SettingValue, settings } from '../../model/settings.ts';

/** The wanted value of a setting: one that its control passes. The client CA's is a path, which depends on the node. */
const wantedValues = {
  'authentication.anonymous.enabled': false,
  'authentication.webhook.enabled': true,
  'authorization.mode': 'Webhook',
  readOnlyPort: 0,
  streamingConnectionIdleTimeout: settings.streamingConnectionIdleTimeout.default,
  protectKernelDefaults: true,
  makeIPTablesUtilChains: true,
  eventRecordQPS: settings.eventRecordQPS.default,
  rotateCertificates: true,
  serverTLSBootstrap: true,
  'featureGates.RotateKubeletServerCertificate': true,
} as const satisfies Record<Exclude<SettingPath, 'authentication.x509.clientCAFile'>, SettingValue>;

export const wantedValue = (setting: SettingPath, clientCa: string): SettingValue =>
  setting === 'authentication.x509.clientCAFile' ? clientCa : wantedValues[setting];

/** `--read-only-port=0`, `--feature-gates=RotateKubeletServerCertificate=true` */
export function argumentOf(setting: SettingPath, value: SettingValue): string {
  const { flag } = settings[setting];
  const gate = setting.startsWith('featureGates.') ? `${setting.slice('featureGates.'.length)}=` : '';
  return `--${flag}=${gate}${value}`;
}
