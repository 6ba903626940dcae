import type { Control } from '../../../judge/control.ts';
import { describe } from '../../../judge/controls/shared/about.ts';
import { shellWord, tomlText } from '../../../model/text/quote.ts';
import { bottlerocketOption } from './bottlerocket-option.ts';
import { type NodeStep, nodeStep } from './planned-step.ts';

/** Files of Bottlerocket can't be edited: a setting of its API is changed, or the node is replaced by one from an unchanged image. */
export function bottlerocketStep(control: Control, certificate: string | undefined): NodeStep {
  const found = bottlerocketOption(control, certificate);
  const { slug, about } = control;

  if (about.kind === 'flag' && about.flag === 'hostname-override')
    return nodeStep({
      control: slug,
      method: 'image',
      by: 'person',
      because: `settings.kubernetes.hostname-override, or the default that Bottlerocket has for its variant, gives ${describe(about)}, and with it the node its name: take the setting out of the user data (TOML), and replace the node`,
      survives: { reboot: true, replacement: true },
      cautions: [
        'EC2 variants set it themselves, to the name under which EC2 knows the instance: then it is to be accepted, since IAM lets the kubelet in under that name only',
      ],
    });
  if (found === undefined)
    return nodeStep({
      control: slug,
      method: 'image',
      by: 'person',
      because: `Bottlerocket has no setting that gives ${describe(about)} this value: its own template never does, so replace the node by one of an unchanged image`,
      survives: { reboot: true, replacement: true },
    });

  const name = `kubernetes.${found.option}`;
  const value = String(found.value);
  return nodeStep({
    control: slug,
    method: 'settings-api',
    by: 'person',
    because: `Bottlerocket makes the kubelet's files from its settings, and ${describe(about)} follows from settings.${name}`,
    changes: [{ kind: 'option', option: name, after: typeof found.value === 'string' ? tomlText(found.value) : value }],
    commands: [`apiclient set ${shellWord(`${name}=${value}`)}`],
    survives: { reboot: true, replacement: false },
    cautions:
      found.option === 'standalone-mode'
        ? [
            'apiclient restarts the kubelet, which then joins the cluster that settings.kubernetes names: that a node of a cluster shows this is odd, so find out who set it',
          ]
        : ['apiclient restarts the kubelet'],
  });
}
