import { fileControl } from './shared/file-control.ts';
import { numbered } from './shared/numbered.ts';

export const configOwner = fileControl({
  slug: 'kubelet-config-owner',
  file: 'config',
  property: 'owner',
  alsoKnownAs: { stig: 'V-242406' },
  numbers: numbered({ '1.2.0': '3.1.4 M', '1.4.0 to 2.0.0': '3.1.4 A' }),
});
