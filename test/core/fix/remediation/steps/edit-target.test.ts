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

const stays = { reboot: true, replacement: false };
const untilReboot = { reboot: false, replacement: false };

describe('where a bad value is changed', () => {
  it.each<[EditableKind, EditTarget['method'], EditTarget['survives']]>([
    ['al2', 'systemd-arguments', stays],
    ['al2023', 'systemd-arguments', untilReboot],
    ['hybrid', 'systemd-arguments', stays],
    ['linux', 'systemd-arguments', stays],
    ['ubuntu', 'snap-arguments', stays],
  ])('of an argument on %s', (kind, method, survives) => {
    expect(target(kind, flag)).toEqual({
      method,
      reason: 'readOnlyPort: the argument --read-only-port sets it, and no file can change what an argument sets',
      survives,
    });
    expect(target(kind, noFile)).toEqual({
      method,
      reason:
        'readOnlyPort: the kubelet runs without a configuration file and with the old defaults, so arguments are all it has',
      survives,
    });
  });

  it('of a drop-in and of a file', () => {
    expect(target('al2023', { from: 'drop-in', file: `${mainFile.al2023}.d/40-nodeadm.conf` })).toEqual({
      method: 'config-drop-in',
      file: `${mainFile.al2023}.d/40-nodeadm.conf`,
      reason: `readOnlyPort: drop-in ${mainFile.al2023}.d/40-nodeadm.conf sets it over the configuration file, so that drop-in is changed`,
      survives: untilReboot,
    });
    expect(target('al2023', { from: 'file', file: mainFile.al2023 })).toEqual({
      method: 'config-file',
      file: mainFile.al2023,
      reason: `readOnlyPort: file ${mainFile.al2023} sets it, and nothing overrides it`,
      survives: untilReboot,
    });
  });

  it('of a drop-in that nodeadm did not write stays over a reboot', () => {
    expect(target('al2023', { from: 'drop-in', file: `${mainFile.al2023}.d/99-site.conf` }).survives).toEqual(stays);
  });

  it('of nobody: the file that the kubelet has, or the one that its image brings', () => {
    const reason = 'readOnlyPort: nobody sets it, and the default is not enough';
    const config = {
      state: 'known',
      path: '/etc/kubernetes/other.yaml',
      mode: 0o644,
      owner: 'root',
      group: 'root',
    } as const;
    const gone = { state: 'unknown', because: 'x' } as const;

    expect(target('al2', unset, { files: { config, kubeconfig: config } })).toEqual({
      method: 'config-file',
      file: config.path,
      reason,
      survives: stays,
    });
    expect(target('al2', unset, { files: { config: gone, kubeconfig: config } }).file).toBe(mainFile.al2);
    expect(target('linux', unset, { files: { config: gone, kubeconfig: config } })).toEqual({
      method: 'config-file',
      reason,
      because: 'where the kubelet’s configuration file lies was not seen',
      survives: stays,
    });
  });

  it('of a drop-in that deletes it', () => {
    const deleted: Origin = { ...unset, deletedBy: '/etc/kubernetes/a.d/\u001b[2J99.conf' };
    const reason = 'readOnlyPort: drop-in /etc/kubernetes/a.d/ 99.conf deletes what the configuration file sets';

    expect(target('al2', deleted)).toEqual({
      method: 'config-drop-in',
      reason,
      because: '/etc/kubernetes/a.d/ 99.conf is not in the kubelet’s own folders, and nothing edits it but a person',
      survives: stays,
    });
    expect(target('al2', { ...unset, deletedBy: '/etc/kubernetes/a.d/99.conf' }).file).toBe(
      '/etc/kubernetes/a.d/99.conf',
    );
  });

  it('of an option of the snap that nobody sets, and not of its other settings', () => {
    expect(target('ubuntu', unset, { setting: 'authorization.mode' }).method).toBe('snap-arguments');
    expect(target('ubuntu', unset).method).toBe('config-file');
    expect(target('linux', unset, { setting: 'authorization.mode' }).method).toBe('config-file');
  });

  it('of a file that is not the kubelet’s own: a person', () => {
    expect(target('al2023', { from: 'file', file: '/opt/kubelet.json' })).toEqual({
      method: 'config-file',
      reason: 'readOnlyPort: file /opt/kubelet.json sets it, and nothing overrides it',
      because: '/opt/kubelet.json is not in the kubelet’s own folders, and nothing edits it but a person',
      survives: stays,
    });
  });

  it('is told in bounded words', () => {
    const file = `/etc/kubernetes/${'x'.repeat(1000)}`;
    const { reason, because } = target('al2', { from: 'file', file });

    expect(reason).toBe(`readOnlyPort: file ${file.slice(0, 294)}… sets it, and nothing overrides it`);
    expect(because).toBe(
      `${file.slice(0, 299)}… is not in the kubelet’s own folders, and nothing edits it but a person`,
    );
  });
});
