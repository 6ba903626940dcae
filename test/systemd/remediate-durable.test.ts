import { describe, expect, it } from 'vitest';
import { killedAt, runKilled, until } from './killed-script.ts';
import {
  al2,
  configPath,
  current,
  dropIn,
  givesUpSoon,
  dropIns as ownFolder,
  remediate,
  remediationHome,
  restartKubelet,
  runningConfiguration,
  shell,
  timers,
  undoHome,
  withArguments,
  withCa,
  withNode,
  withoutConfigFile,
} from './kubelet-node.ts';
import { type SystemdNode, underSystemd } from './real-systemd.ts';

/** From now on the node records in order what reaches its disk for good, what is renamed there, and what systemd is asked to do. */
async function traced(node: SystemdNode): Promise<() => readonly string[]> {
  for (const program of ['sync', 'mv', 'systemd-run', 'systemctl', 'ln', 'chown', 'chmod'])
    await node.replaceProgram(`/usr/bin/${program}`, `echo "${program} $*" >>/var/log/trace`);
  return () =>
    node
      .read('/var/log/trace')
      .replaceAll(remediationHome, 'HOME')
      .trimEnd()
      .split('\n')
      .filter(
        (line) =>
          !/^(systemctl (show|is-active|stop|reset-failed)|mv next |ch(own|mod) .*( HOME|\.next$|boot\.service$))/.test(
            line,
          ),
      );
}

const folder = '/etc/kubernetes/kubelet';
const old = '/etc/.eks-kubelet-audit.old.1';
const next = `${old}.next`;
const bootUnit = '/etc/systemd/system/eks-kubelet-audit-rollback-boot.service';

describe('what a power cut may find', underSystemd, () => {
  it('is decided by the order in which things reach the disk: forward', () =>
    withNode(al2(), async (node) => {
      const lines = await traced(node);
      expect(await remediate(node)).toMatchObject({ outcome: 'changed' });

      expect(lines()).toEqual([
        // The rescue is there whole before anything counts, and so do the plan and both texts.
        'sync -f HOME/rescue.next',
        'mv -f HOME/rescue.next HOME/rescue.sh',
        'sync ',
        'mv HOME/preparing HOME/current',
        'sync -f HOME',
        'sync -f HOME/current/journal',
        expect.stringMatching(/^systemd-run --unit=eks-kubelet-audit-rollback --on-active=425 --on-unit-inactive=2 /),
        `ln -s -f ${bootUnit} ${bootUnit.replace('system/eks', 'system/multi-user.target.wants/eks')}`,
        `sync -f ${bootUnit}`,
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
        // The trial is armed before its step counts; then the word to keep it comes.
        expect.stringMatching(
          /^systemd-run --unit=eks-kubelet-audit-rollback-trial --on-active=450 --on-unit-inactive=2 /,
        ),
        'sync -f HOME/current/journal',
        expect.stringMatching(/^mv -f HOME\/arguments.next HOME\/arguments$/),
        'sync -f HOME/current/journal',
        // The previous files are kept for an undo.
        `mv HOME/current ${undoHome}/a-run.1`,
        `sync -f ${undoHome}`,
        'sync -f HOME',
        'mv -f HOME/modes.next HOME/modes',
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
        'mv -f HOME/modes.next HOME/modes',
      ]);
    }));

  it('and back by the copy', () =>
    withNode(al2(), async (node) => {
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

  it('and of a drop-in of the program’s', () =>
    withNode(
      al2({
        ...withArguments(`--config-dir=${ownFolder}`),
        [`${ownFolder}/40.conf`]: dropIn({}),
        '/etc/kubelet-mood': 'sick',
      }),
      async (node) => {
        const lines = await traced(node);
        expect(await remediate(node, {}, givesUpSoon())).toMatchObject({ outcome: 'restored' });

        expect(lines().filter((line) => line.includes(ownFolder))).toEqual([
          `mv -f ${next} ${ownFolder}/99-eks-kubelet-audit.conf`,
          `sync -f ${ownFolder}`,
          `sync -f ${ownFolder}`,
        ]);
      },
    ));

  it('is another file each time, never one to which a link leads from its place, with all that belongs to it: its attributes', () =>
    withNode(al2(), async (node) => {
      const numberAndKind = () => shell(node, `stat -c '%i %F' ${configPath}`);
      node.write('/etc/elsewhere', 'theirs');
      await node.run(['ln', '-s', '/etc/elsewhere', next]);
      const set = await node.run(['setfattr', '-n', 'user.ours', '-v', 'yes', configPath]);
      await restartKubelet(node);
      const first = await numberAndKind();
      expect(await remediate(node)).toMatchObject({ outcome: 'changed' });

      expect(await numberAndKind()).not.toBe(first);
      expect(await numberAndKind()).toMatch(/ regular file\n$/);
      expect(node.read('/etc/elsewhere')).toBe('theirs');
      const { stdout } = await node.run(['getfattr', '-n', 'user.ours', '--only-values', configPath]);
      if (set.status === 0) expect(stdout).toBe('yes');
    }));

  // What the unit says is not what systemd has read: at boot it reads everything, and after the rescue has changed something, again.
  it.each([
    ['starts no kubelet with files that are about to be put back', al2()],
    ['at boot systemd reads its arguments again that are put back', withoutConfigFile()],
  ])('%s', (_, files) =>
    withNode(files, async (node) => {
      await runKilled(node, killedAt('written', 'after'));
      node.write('/var/log/kubelet-starts', '');
      await node.reboot();

      await until(() => node.read('/var/log/kubelet-starts') !== '', 'it starts');
      expect(await runningConfiguration(node)).not.toMatchObject(withCa);
      expect(node.read('/var/log/kubelet-starts')).not.toContain('with the client CA');
      expect(node.exists(current)).toBe(false);
      // No kubelet is restarted, and nothing is left to be tried again.
      expect(await timers(node)).toBe('');
    }),
  );
});
