import { fileControl } from './shared/file-control.ts';
import { numbered } from './shared/numbered.ts';

export const configMode = fileControl({
  slug: 'kubelet-config-mode',
  file: 'config',
  property: 'mode',
  alsoKnownAs: { stig: 'V-242407' },
  numbers: numbered({ '1.2.0': '3.1.3 M', '1.4.0 to 2.0.0': '3.1.3 A' }),
});
