import { fileControl } from './shared/file-control.ts';
import { numbered } from './shared/numbered.ts';

export const kubeconfigMode = fileControl({
  slug: 'kubelet-kubeconfig-mode',
  file: 'kubeconfig',
  property: 'mode',
  alsoKnownAs: { stig: 'V-242452' },
  numbers: numbered({ '1.2.0 to 1.4.0': '3.1.1 M', '1.5.0 to 2.0.0': '3.1.1 A' }),
});

export const kubeconfigOwner = fileControl({
  slug: 'kubelet-kubeconfig-owner',
  file: 'kubeconfig',
  property: 'owner',
  alsoKnownAs: { stig: 'V-242453' },
  numbers: numbered({ '1.2.0': '3.1.2 M', '1.4.0 to 2.0.0': '3.1.2 A' }),
});

export const configMode = fileControl({
  slug: 'kubelet-config-mode',
  file: 'config',
  property: 'mode',
  alsoKnownAs: { stig: 'V-242407' },
  numbers: numbered({ '1.2.0': '3.1.3 M', '1.4.0 to 2.0.0': '3.1.3 A' }),
});

export const configOwner = fileControl({
  slug: 'kubelet-config-owner',
  file: 'config',
  property: 'owner',
  alsoKnownAs: { stig: 'V-242406' },
  numbers: numbered({ '1.2.0': '3.1.4 M', '1.4.0 to 2.0.0': '3.1.4 A' }),
});
