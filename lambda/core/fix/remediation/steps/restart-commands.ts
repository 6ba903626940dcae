import type { EditableKind } from '../node-places.ts';

/** The benchmark's last lines: the files are read anew, the kubelet starts with them, and one looks at it. */
const systemdRestart = [
  'sudo systemctl daemon-reload',
  'sudo systemctl restart kubelet',
  'sudo systemctl status kubelet --no-pager --full',
];

export const snapRestart: readonly string[] = ['sudo snap restart kubelet-eks', 'snap services kubelet-eks'];

export const restartCommandsOf = (kind: EditableKind): readonly string[] =>
  kind === 'ubuntu' ? snapRestart : systemdRestart;
