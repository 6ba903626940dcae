import { describe, expect, it } from 'vitest';
import type { EditableKind } from '../../../../../lambda/core/fix/remediation/node-places.ts';
import { type EditTarget, targetOf } from '../../../../../lambda/core/fix/remediation/steps/setting-steps.ts';
import type { KubeletFacts, Origin } from '../../../../../lambda/core/model/model.ts';
import { mainFile, seen } from '../failing-audit.ts';

const flag: Origin = { from: 'flag', flag: 'read-only-port' };
const unset: Origin = { from: 'default', of: 'configuration file' };
const noFile: Origin = { from: 'default', of: 'no configuration file' };

type Asked = { readonly setting?: Parameters<typeof targetOf>[0]; readonly files?: KubeletFacts['files'] };
function target(kind: EditableKind, origin: Origin, { setting = 'readOnlyPort', files }: Asked = {}): EditTarget {
  const reading: KubeletFacts = { ...seen(kind), ...(files && { files }) };
  return targetOf(setting, kind, { state: 'found', reading, fact: { state: 'known', value: 10255, origin } });
}

/** Method and file, why, how long it lasts, and why a person does it. */
const inLines = ({ method, file, reason, survives, because }: EditTarget): readonly string[] => {
  const lasts = survives.replacement ? 'always' : survives.reboot ? 'stays' : 'until reboot';
  const first = `${method}${file === undefined ? '' : ` ${file}`}, ${lasts}`;
  return [first, reason, ...(because === undefined ? [] : [because])];
};
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
    const byArgument = 'the argument --read-only-port sets it, and no file can change what an argument sets';
    expect(inLines(target(kind, flag))).toEqual([method, `readOnlyPort: ${byArgument}`]);
    const byOldDefault = 'with the old defaults, so arguments are all it has';
    const without = `readOnlyPort: the kubelet runs without a configuration file and ${byOldDefault}`;
    expect(inLines(target(kind, noFile))).toEqual([method, without]);
  });

  const [ofNodeadm, ofSite] = [`${main}.d/40-nodeadm.conf`, `${main}.d/99-site.conf`];
  const overFile = (file: string) => `drop-in ${file} sets it over the configuration file, so that drop-in is changed`;
  const overNothing = (file: string) => `file ${file} sets it, and nothing overrides it`;
  const deletes = (file: string) => `drop-in ${file} deletes what the configuration file sets`;
  const [deleting, odd] = ['/etc/kubernetes/a.d/99.conf', '/etc/kubernetes/a.d/ 99.conf'];
  const unset99 = { ...unset, deletedBy: deleting } as const;
  const unsetOdd = { ...unset, deletedBy: '/etc/kubernetes/a.d/\u001b[2J99.conf' } as const;
  const long = `/etc/kubernetes/${'x'.repeat(1000)}`;
  it.each<[Origin, string, string, string?]>([
    [{ from: 'drop-in', file: ofNodeadm }, `config-drop-in ${ofNodeadm}, until reboot`, overFile(ofNodeadm)],
    // nodeadm did not write it: it stays over a reboot.
    [{ from: 'drop-in', file: ofSite }, `config-drop-in ${ofSite}, stays`, overFile(ofSite)],
    [{ from: 'file', file: main }, `config-file ${main}, until reboot`, overNothing(main)],
    [{ from: 'file', file: '/opt/k' }, 'config-file, stays', overNothing('/opt/k'), byPerson('/opt/k')],
    [unset99, `config-drop-in ${deleting}, stays`, deletes(deleting)],
    [unsetOdd, 'config-drop-in, stays', deletes(odd), byPerson(odd)],
    [
      { from: 'file', file: long },
      'config-file, stays',
      overNothing(`${long.slice(0, 294)}…`),
      byPerson(`${long.slice(0, 299)}…`),
    ],
  ])('is for %j: %s', (origin, first, reason, ...because) => {
    const person = because.filter((each) => each !== undefined);
    expect(inLines(target('al2023', origin))).toEqual([first, `readOnlyPort: ${reason}`, ...person]);
  });

  const folder = `${main}.d`;
  const ours = `config-drop-in ${folder}/99-eks-kubelet-audit.conf, stays`;
  const last = 'and a drop-in that sorts last wins over every other file';
  it.each<[Origin, string, string, string?]>([
    [{ from: 'drop-in', file: ofNodeadm }, ours, `drop-in ${ofNodeadm} sets it, ${last}`],
    [{ from: 'file', file: main }, ours, `file ${main} sets it, ${last}`],
    [unset99, ours, `nobody sets it, ${last}`],
    [
      { from: 'drop-in', file: ofSite },
      'config-drop-in, stays',
      `drop-in ${ofSite} sets it, ${last}`,
      `${ofSite} sorts behind 99-eks-kubelet-audit.conf, and wins over it`,
    ],
  ])(
    'is one file of the runbook’s own for %j where the kubelet merges a folder: %s',
    (origin, first, reason, because) => {
      const reading = { ...seen('al2023'), dropInFolder: folder };
      const fact = { state: 'known', value: 10_255, origin } as const;
      const found = targetOf('readOnlyPort', 'al2023', { state: 'found', reading, fact });
      expect(inLines(found)).toEqual([first, `readOnlyPort: ${reason}`, ...(because === undefined ? [] : [because])]);
    },
  );

  it('is the file that the kubelet has, or the one that its image brings, where nobody sets it', () => {
    const reason = 'readOnlyPort: nobody sets it, and the default is not enough';
    const path = '/etc/kubernetes/other.yaml';
    const config = { state: 'known', path, mode: 0o644, owner: 'root', group: 'root' } as const;
    const gone = { state: 'unknown', because: 'x' } as const;
    const unsetIn = (kind: EditableKind, file: typeof config | typeof gone) =>
      inLines(target(kind, unset, { files: { config: file, kubeconfig: config } }));

    expect(unsetIn('al2', config)).toEqual([`config-file ${path}, stays`, reason]);
    expect(unsetIn('al2', gone)).toEqual([`config-file ${mainFile.al2}, stays`, reason]);
    const unseen = 'where the kubelet’s configuration file lies was not seen';
    expect(unsetIn('linux', gone)).toEqual(['config-file, stays', reason, unseen]);
  });

  it('is an option of the snap that nobody sets, and not its other settings', () => {
    expect(target('ubuntu', unset, { setting: 'authorization.mode' }).method).toBe('snap-arguments');
    expect(target('ubuntu', unset).method).toBe('config-file');
    expect(target('linux', unset, { setting: 'authorization.mode' }).method).toBe('config-file');
  });
});
