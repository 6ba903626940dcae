import type { Via } from '../../../model/model.ts';
import type { SettingPath } from '../../../model/settings.ts';
import type { Control } from '../../control.ts';

type ControlSubject = Pick<Control, 'about' | 'runningIsAmbiguous'>;

/** Whether a source can show anything of what a control is about; if not, it is not asked. */
export function canTell(via: Via, { about }: ControlSubject): boolean {
  if (about.kind === 'cluster') return false;
  if (about.kind === 'connection') return via === 'direct' || via === 'tls' || via === 'wire';
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
    case 'wire':
      return about.kind === 'setting' && onTheWire.includes(about.setting);
  }
}

/** Of these an answer without credentials shows something, and not always enough. */
const onTheWire: readonly SettingPath[] = ['authentication.anonymous.enabled', 'authorization.mode', 'readOnlyPort'];

/** Whether a source alone shows, for every kubelet that it reads, what a control is about. */
export const shows = (via: Via, control: ControlSubject): boolean =>
  canTell(via, control) &&
  !(via === 'wire' && isOpenOnTheWire(control)) &&
  !(isRunning(via) && control.runningIsAmbiguous === true);

/** 401 leaves the authorization open, and a silent port the read-only port. */
const isOpenOnTheWire = ({ about }: ControlSubject): boolean =>
  about.kind === 'setting' && about.setting !== 'authentication.anonymous.enabled';

const isRunning = (via: Via): boolean => via === 'configz' || via === 'direct';

/** Whether only a program on the machine can show it: no kubelet shows it to the API server. Where AWS runs the kubelet, no program can be run. */
export const onMachineOnly = (control: ControlSubject): boolean =>
  control.about.kind !== 'connection' && !shows('configz', control);
