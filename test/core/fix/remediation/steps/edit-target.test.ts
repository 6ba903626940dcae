import { describe, expect, it } from 'vitest';
import type { EditableKind } from '../../../../../lambda/core/fix/remediation/node-places.ts';
import { type EditTarget, targetOf } from '../../../../../lambda/core/fix/remediation/steps/edit-target.ts';
import type { KubeletFacts, Origin } from '../../../../../lambda/core/model/model.ts';
import { mainFile, seen } from '../failing-audit.ts';

const flag: Origin = { from: 'flag', flag: 'read-only-port' };
const unset: Origin = { from: 'default', of: 'configuration file' };
const noFile: Origin = { from: 'default', of: 'no configuration file' };

function target(
  kind: EditableKind,
  origin: Origin,
  { setting = 'readOnlyPort', files }: { setting?: Parameters<typeof targetOf>[0]; files?: KubeletFacts['files'] } = {},
): EditTarget {
  const reading: KubeletFacts = { ...seen(kind), ...(files && { files }) };
  return targetOf(setting, kind, { state: 'found', reading, fact: { state: 'known', value: 10255, origin } });
}

/** Method and file, why, how long it lasts, and why a person does it. */
const inLines = ({ method, file, reason, survives, because }: EditTarget): readonly string[] => [
  `${method}${file === undefined ? '' : ` ${file}`}, ${survives.replacement ? 'always' : survives.reboot ? 'stays' : 'until reboot'}`,
  reason,
  ...(because === undefined ? [] : [because]),
];
const byPerson = (path: string) => `${path} is not in the kubelet’s own folders, and nothing edits it but a person`;
const main = mainFile.al2023;

describe('where a bad value is changed', () => {
  it.each<[EditableKind, string]>([
    ['al2', 'systemd-arguments, stays'],
    ['al2023', 'systemd-arguments, until reboot'],
    ['hybrid', 'systemd-arguments, stays'],
    ['linux', 'systemd-arguments, stays'],
    ['ubuntu', 'snap-arguments, stays'],
  ])('is the arguments, for an argument on %s and for a kubelet without a file', (kind, method) => {
    expect(inLines(target(kind, flag))).toEqual([
      method,
      'readOnlyPort: the argument --read-only-port sets it, and no file can change what an argument sets',
    ]);
    expect(inLines(target(kind, noFile))).toEqual([
      method,
      'readOnlyPort: the kubelet runs without a configuration file and with the old defaults, so arguments are all it has',
    ]);
  });

  it.each<[string, Origin, ...string[]]>([
    [
      'a drop-in of nodeadm',
      { from: 'drop-in', file: `${main}.d/40-nodeadm.conf` },
      `config-drop-in ${main}.d/40-nodeadm.conf, until reboot`,
      `readOnlyPort: drop-in ${main}.d/40-nodeadm.conf sets it over the configuration file, so that drop-in is changed`,
    ],
    [
      'a drop-in that nodeadm did not write, over a reboot',
      { from: 'drop-in', file: `${main}.d/99-site.conf` },
      `config-drop-in ${main}.d/99-site.conf, stays`,
      `readOnlyPort: drop-in ${main}.d/99-site.conf sets it over the configuration file, so that drop-in is changed`,
    ],
    [
      'the main file',
      { from: 'file', file: main },
      `config-file ${main}, until reboot`,
      `readOnlyPort: file ${main} sets it, and nothing overrides it`,
    ],
    [
      'a file that is not the kubelet’s own, by a person',
      { from: 'file', file: '/opt/kubelet.json' },
      'config-file, stays',
      'readOnlyPort: file /opt/kubelet.json sets it, and nothing overrides it',
      byPerson('/opt/kubelet.json'),
    ],
    [
      'a drop-in that deletes it',
      { ...unset, deletedBy: '/etc/kubernetes/a.d/99.conf' },
      'config-drop-in /etc/kubernetes/a.d/99.conf, stays',
      'readOnlyPort: drop-in /etc/kubernetes/a.d/99.conf deletes what the configuration file sets',
    ],
    [
      'a drop-in of an odd name, by a person',
      { ...unset, deletedBy: '/etc/kubernetes/a.d/\u001b[2J99.conf' },
      'config-drop-in, stays',
      'readOnlyPort: drop-in /etc/kubernetes/a.d/ 99.conf deletes what the configuration file sets',
      byPerson('/etc/kubernetes/a.d/ 99.conf'),
    ],
    [
      'a file of a long name, in bounded words',
      { from: 'file', file: `/etc/kubernetes/${'x'.repeat(1000)}` },
      'config-file, stays',
      `readOnlyPort: file /etc/kubernetes/${'x'.repeat(278)}… sets it, and nothing overrides it`,
      byPerson(`/etc/kubernetes/${'x'.repeat(283)}…`),
    ],
  ])('is %s', (_, origin, ...expected) => {
    expect(inLines(target('al2023', origin))).toEqual(expected);
  });

  it('is the file that the kubelet has, or the one that its image brings, where nobody sets it', () => {
    const reason = 'readOnlyPort: nobody sets it, and the default is not enough';
    const path = '/etc/kubernetes/other.yaml';
    const config = { state: 'known', path, mode: 0o644, owner: 'root', group: 'root' } as const;
    const gone = { state: 'unknown', because: 'x' } as const;
    const unsetIn = (kind: EditableKind, file: typeof config | typeof gone) =>
      inLines(target(kind, unset, { files: { config: file, kubeconfig: config } }));

    expect(unsetIn('al2', config)).toEqual([`config-file ${path}, stays`, reason]);
    expect(unsetIn('al2', gone)).toEqual([`config-file ${mainFile.al2}, stays`, reason]);
    expect(unsetIn('linux', gone)).toEqual([
      'config-file, stays',
      reason,
      'where the kubelet’s configuration file lies was not seen',
    ]);
  });

  it('is an option of the snap that nobody sets, and not its other settings', () => {
    expect(target('ubuntu', unset, { setting: 'authorization.mode' }).method).toBe('snap-arguments');
    expect(target('ubuntu', unset).method).toBe('config-file');
    expect(target('linux', unset, { setting: 'authorization.mode' }).method).toBe('config-file');
  });
});
