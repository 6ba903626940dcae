import type { Control } from '../../../judge/control.ts';
import type { SettingPath } from '../../../model/settings.ts';

export interface BottlerocketOption {
  /** Below `settings.kubernetes`. */
  readonly option: string;
  readonly value: boolean | number | string;
}

const notStandalone: BottlerocketOption = { option: 'standalone-mode', value: false };

/**
 * The settings from which Bottlerocket makes a kubelet setting. Its template fixes all other settings to a good value, or leaves them out. Source:
 * bottlerocket-core-kit `packages/kubernetes-1.34/kubelet-config`.
 */
const options: Partial<Readonly<Record<SettingPath, BottlerocketOption>>> = {
  'authentication.x509.clientCAFile': notStandalone,
  'authentication.anonymous.enabled': notStandalone,
  'authentication.webhook.enabled': notStandalone,
  'authorization.mode': notStandalone,
  eventRecordQPS: { option: 'event-qps', value: 50 },
  serverTLSBootstrap: { option: 'server-tls-bootstrap', value: true },
  'featureGates.RotateKubeletServerCertificate': { option: 'server-tls-bootstrap', value: true },
};

/** @param certificate base64 of the cluster's CA in PEM, where it is known: it fills the file of the client CA. */
export function bottlerocketOption(
  { about }: Pick<Control, 'about'>,
  certificate: string | undefined,
): BottlerocketOption | undefined {
  switch (about.kind) {
    case 'setting':
      return options[about.setting];
    case 'content':
      return certificate === undefined ? undefined : { option: 'cluster-certificate', value: certificate };
    default:
      return undefined;
  }
}
