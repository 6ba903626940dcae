import { describe, expect, it } from 'vitest';
import { killedAt, runKilled, until } from './killed-script.ts';
import {
  al2,
  argumentsPath,
  configPath,
  current,
  givesUpSoon,
  remediate,
  remediationHome,
  restartKubelet,
  runningConfiguration,
  undoHome,
  unitPath,
  withCa,
  withNode,
  withoutConfigFile,
} from './kubelet-node.ts';
import { type SystemdNode, underSystemd } from './real-systemd.ts';

/** From now on the node records in order what reaches its disk for good, what is renamed there, and what systemd is asked to do. */
async function traced(node: SystemdNode): Promise<() => readonly string[]> {
  for (const program of ['sync', 'mv', 'systemd-run', 'systemctl', 'ln'])
    await node.replaceProgram(`/usr/bin/${program}`, `echo "${program} $*" >>/var/log/trace`);
  return () =>
    node
      .read('/var/log/trace')
      .replaceAll(remediationHome, 'HOME')
      .trimEnd()
      .split('\n')
      .filter((line) => !/^(systemctl (show|is-active|stop|reset-failed)|mv next )/.test(line));
}

const folder = '/etc/kubernetes/kubelet';
const next = `${folder}/.eks-kubelet-audit.next`;
const old = '/etc/.eks-kubelet-audit.old.1';

describe('what a power cut may find', underSystemd, () => {
  it('is decided by the order in which things reach the disk: forward', () =>
    withNode(al2(), async (node) => {
      const lines = await traced(node);
      expect(await remediate(node)).toMatchObject({ outcome: 'changed' });

      expect(lines()).toEqual([
        // The rescue lies there whole before anything counts, and so do the plan and both texts.
        'sync -f HOME/rescue.next',
        'mv -f HOME/rescue.next HOME/rescue.sh',
        'sync ',
        'mv HOME/preparing HOME/current',
        'sync -f HOME',
        'sync -f HOME/current/journal',
        expect.stringMatching(/^systemd-run --unit=eks-kubelet-audit-rollback --on-active=425 --on-unit-inactive=2 /),
        'ln -s -f /etc/systemd/system/eks-kubelet-audit-rollback-boot.service /etc/systemd/system/multi-user.target.wants/eks-kubelet-audit-rollback-boot.service',
        'sync -f /etc/systemd/system/eks-kubelet-audit-rollback-boot.service',
        'sync -f HOME/current/journal',
        // The journal says which file, then the new text is there, then its name.
        'sync -f HOME/current/journal',
        `ln ${configPath} ${old}`,
        `sync -f ${next}`,
        `mv -f ${next} ${configPath}`,
        `sync -f ${folder}`,
        'sync -f HOME/current/journal',
        'sync -f HOME/current/journal',
        'systemctl daemon-reload',
        'systemctl restart kubelet.service',
        'sync -f HOME/current/journal',
        'sync -f HOME/current/journal',
        // The previous files are kept for an undo.
        `mv HOME/current ${undoHome}/a-run`,
        `sync -f ${undoHome}`,
        'sync -f HOME',
      ]);
    }));

  it('and back again', () =>
    withNode(al2({ '/etc/kubelet-mood': 'sick' }), async (node) => {
      const lines = await traced(node);
      expect(await remediate(node, {}, givesUpSoon())).toMatchObject({ outcome: 'restored' });

      const all = lines();
      const back = all.indexOf(`mv -f ${old} ${configPath}`);
      expect(all.slice(back)).toEqual([
        `mv -f ${old} ${configPath}`,
        `sync -f ${folder}`,
        'systemctl daemon-reload',
        'systemctl restart kubelet.service',
        'sync -f HOME/current/journal',
        'mv HOME/current HOME/gone',
        'sync -f HOME',
      ]);
    }));

  it('and back by the copy, and for a file that was created', () =>
    withNode(al2({ [argumentsPath]: '[Service]\n' }), async (node) => {
      await runKilled(node, killedAt('written', 'after'));
      await node.run(['rm', old]);
      const lines = await traced(node);
      expect(await remediate(node)).toMatchObject({ outcome: 'changed' });
      expect(lines().slice(0, 6)).toEqual([
        'sync -f HOME/rescue.next',
        'mv -f HOME/rescue.next HOME/rescue.sh',
        `sync -f ${old}`,
        `mv -f ${old} ${configPath}`,
        `sync -f ${folder}`,
        'systemctl daemon-reload',
      ]);
    }));

  it('and of a drop-in of our own', () =>
    withNode(withoutConfigFile({ '/etc/kubelet-mood': 'sick' }), async (node) => {
      const lines = await traced(node);
      const ownFolder = `${unitPath}.d`;
      expect(await remediate(node, {}, givesUpSoon())).toMatchObject({
        outcome: 'restored',
      });

      expect(lines().filter((line) => line.includes(ownFolder))).toEqual([
        `sync -f ${ownFolder}/.eks-kubelet-audit.next`,
        `mv -f ${ownFolder}/.eks-kubelet-audit.next ${ownFolder}/90-eks-kubelet-audit.conf`,
        `sync -f ${ownFolder}`,
        `sync -f ${ownFolder}`,
      ]);
    }));

  it('is never a file that is written in its place: it has another number each time, and the old one its own again', () =>
    withNode(al2(), async (node) => {
      const inode = async () => (await node.run(['stat', '-c', '%i', configPath])).stdout;
      const first = await inode();
      expect(await remediate(node)).toMatchObject({ outcome: 'changed' });
      expect(await inode()).not.toBe(first);
    }));

  it('is no file to which a link leads from the place where the new one is made', () =>
    withNode(al2(), async (node) => {
      node.write('/etc/elsewhere', 'theirs');
      await node.run(['ln', '-s', '/etc/elsewhere', next]);
      await restartKubelet(node);
      expect(await remediate(node)).toMatchObject({ outcome: 'changed' });

      expect(node.read('/etc/elsewhere')).toBe('theirs');
      expect((await node.run(['stat', '-c', '%F', configPath])).stdout).toBe('regular file\n');
    }));

  it('starts no kubelet with files that are about to be put back', () =>
    withNode(al2(), async (node) => {
      await runKilled(node, killedAt('written', 'after'));
      // What the unit says is not what systemd has read: at boot it reads everything, and after the rescue has changed something, again.
      node.write('/var/log/kubelet-starts', '');
      await node.reboot();

      expect(await runningConfiguration(node)).not.toMatchObject(withCa);
      expect(node.read('/var/log/kubelet-starts')).not.toContain('with the client CA');
      expect(node.exists(current)).toBe(false);
    }));

  it('at boot systemd reads a drop-in anew that is put back', () =>
    withNode(withoutConfigFile(), async (node) => {
      await runKilled(node, killedAt('written', 'after'));
      node.write('/var/log/kubelet-starts', '');
      await node.reboot();

      await until(() => node.read('/var/log/kubelet-starts') !== '', 'it starts');
      expect(node.read('/var/log/kubelet-starts')).not.toContain('with the client CA');
    }));

  it('keeps what else belongs to a file: its attributes', () =>
    withNode(al2(), async (node) => {
      const set = await node.run(['setfattr', '-n', 'user.ours', '-v', 'yes', configPath]);
      await restartKubelet(node);
      expect(await remediate(node)).toMatchObject({ outcome: 'changed' });

      const { stdout } = await node.run(['getfattr', '-n', 'user.ours', '--only-values', configPath]);
      if (set.status === 0) expect(stdout).toBe('yes');
    }));
});
