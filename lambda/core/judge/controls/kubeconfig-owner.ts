import { fileControl } from './shared/file-control.ts';
import { numbered } from './shared/numbered.ts';

export const kubeconfigOwner = fileControl({
  slug: 'kubelet-kubeconfig-owner',
  file: 'kubeconfig',
  property: 'owner',
  alsoKnownAs: { stig: 'V-242453' },
  numbers: numbered({ '1.2.0': '3.1.2 M', '1.4.0 to 2.0.0': '3.1.2 A' }),
});
