import type { Via } from '../../../model/model.ts';
import type { Control } from '../../control.ts';

type ControlSubject = Pick<Control, 'about' | 'runningIsAmbiguous'>;

/** Whether a source can show anything of what a control is about; if not, it is not asked. */
export function canTell(via: Via, { about }: ControlSubject): boolean {
  if (about.kind === 'cluster') return false;
  switch (via) {
    case 'ssm':
      return true;
    case 'files':
      return about.kind === 'setting' || about.kind === 'flag';
    case 'direct':
    case 'configz':
      return about.kind === 'setting';
    case 'tls':
      return about.kind === 'setting' && about.setting === 'authentication.x509.clientCAFile';
  }
}

/** Whether a source alone shows, for every kubelet that it reads, what a control is about. */
export const shows = (via: Via, control: ControlSubject): boolean =>
  canTell(via, control) && !(isRunning(via) && control.runningIsAmbiguous === true);

const isRunning = (via: Via): boolean => via === 'configz' || via === 'direct';

/** Whether only a program on the machine can show it: no kubelet shows it to the API server. Where AWS runs the kubelet, no program can be run. */
export const onMachineOnly = (control: ControlSubject): boolean => !shows('configz', control);
