import type { Control } from '../../../judge/control.ts';
import { describe } from '../../../judge/controls/shared/about.ts';
import type { SettingPath } from '../../../model/settings.ts';
import { shellWord, tomlText } from '../../../model/text/words.ts';
import { byImage, hostnameCaution, type NodeStep, nodeStep } from '../plan.ts';

const notStandalone = { option: 'standalone-mode', value: 'false' } as const;
const serverTls = { option: 'server-tls-bootstrap', value: 'true' } as const;

/**
 * The settings, below `settings.kubernetes` and in TOML, from which Bottlerocket makes a kubelet setting. Its template fixes all other settings to a good
 * value, or leaves them out. Source: bottlerocket-core-kit `packages/kubernetes-1.34/kubelet-config`.
 */
export const bottlerocketOptions: Partial<Readonly<Record<SettingPath, { option: string; value: string }>>> = {
  'authentication.x509.clientCAFile': notStandalone,
  'authentication.anonymous.enabled': notStandalone,
  'authentication.webhook.enabled': notStandalone,
  'authorization.mode': notStandalone,
  eventRecordQPS: { option: 'event-qps', value: '50' },
  serverTLSBootstrap: serverTls,
  'featureGates.RotateKubeletServerCertificate': serverTls,
};

/**
 * Files of Bottlerocket can't be edited: a setting of its API is changed, or the node is replaced by one from an unchanged image.
 * @param certificate base64 of the cluster's CA in PEM, where it is known: it fills the file of the client CA
 */
export function bottlerocketStep({ slug, about }: Control, certificate: string | undefined): NodeStep {
  if (about.kind === 'flag' && about.flag === 'hostname-override')
    return byImage({
      control: slug,
      because: `settings.kubernetes.hostname-override, or the default that Bottlerocket has for its variant, gives ${describe(about)}, and with it the node its name: take the setting out of the user data (TOML), and replace the node`,
      cautions: [hostnameCaution('EC2 variants')],
    });

  const fillsCa = about.kind === 'content' && certificate !== undefined;
  const found = about.kind === 'setting' ? bottlerocketOptions[about.setting] : undefined;
  if (!fillsCa && found === undefined)
    return byImage({
      control: slug,
      because: `Bottlerocket has no setting that gives ${describe(about)} this value: its own template never does, so replace the node by one of an unchanged image`,
    });

  const { option, value } = found ?? { option: 'cluster-certificate', value: certificate ?? '' };
  const name = `kubernetes.${option}`;
  return nodeStep({
    control: slug,
    method: 'settings-api',
    by: 'person',
    because: `Bottlerocket makes the kubelet's files from its settings, and ${describe(about)} follows from settings.${name}`,
    changes: [{ kind: 'option', option: name, after: found ? value : tomlText(value) }],
    commands: [`apiclient set ${shellWord(`${name}=${value}`)}`],
    survives: { reboot: true, replacement: false },
    cautions:
      found === notStandalone
        ? [
            'apiclient restarts the kubelet, which then joins the cluster that settings.kubernetes names: that a node of a cluster shows this is odd, so find out who set it',
          ]
        : ['apiclient restarts the kubelet'],
  });
}
