import type { EditableKind } from '../node-places.ts';

/** The benchmark's last lines: reload the files, restart the kubelet, check its state. */
const systemdRestart = [
  'sudo systemctl daemon-reload',
  'sudo systemctl restart kubelet',
  'sudo systemctl status kubelet --no-pager --full',
];

export const snapRestart: readonly string[] = ['sudo snap restart kubelet-eks', 'snap services kubelet-eks'];

export const restartCommandsOf = (kind: EditableKind): readonly string[] =>
  kind === 'ubuntu' ? snapRestart : systemdRestart;
