import { fileControl } from './shared/file-control.ts';
import { numbered } from './shared/numbered.ts';

export const kubeconfigMode = fileControl({
  slug: 'kubelet-kubeconfig-mode',
  file: 'kubeconfig',
  property: 'mode',
  alsoKnownAs: { stig: 'V-242452' },
  numbers: numbered({ '1.2.0 to 1.4.0': '3.1.1 M', '1.5.0 to 2.0.0': '3.1.1 A' }),
});
