import { describe, expect, it } from 'vitest';
import { everyFile, killedAt, runKilled, until } from './killed-script.ts';
import {
  al2,
  configPath,
  current,
  deployedScript,
  disarmed,
  fire,
  mainPid,
  ontoSmallDisk,
  openConfiguration,
  remediate,
  remediationHome,
  restartKubelet,
  runningConfiguration,
  shell,
  timers,
  unitPath,
  withCa,
  withNode,
} from './kubelet-node.ts';
import { type SystemdNode, underSystemd } from './real-systemd.ts';

const folder = '/etc/kubernetes/kubelet';
const kubeconfig = '/var/lib/kubelet/kubeconfig';
const withModes = al2({ [configPath]: { text: openConfiguration, mode: 0o646 } });
const settled = async (node: SystemdNode) => {
  await until(() => !node.exists(current), 'a later try succeeds');
  await disarmed(node);
};
const stuck = (node: SystemdNode) => node.read(`${current}/journal`).split('stuck').length - 1;

describe('a rollback that fails', underSystemd, () => {
  it('is tried again until the file can be put back', () =>
    withNode(al2(), async (node) => {
      const before = everyFile(node);
      // The timer of the run would come after seven minutes.
      const script = deployedScript().replace(
        'step restarting',
        `mount --bind ${folder} ${folder}\nmount -o remount,bind,ro ${folder}\nroll_back not-back words`,
      );

      expect(await remediate(node, {}, script)).toMatchObject({
        outcome: 'failed',
        words: `words; not everything could be put back; it is tried again every 2 seconds; the old files are in ${current}`,
      });
      expect(await timers(node)).toContain('eks-kubelet-audit-rollback');
      expect(node.exists(`${current}/old.1`)).toBe(true);

      // It fires, fails, and fires again.
      await until(() => stuck(node) > 2, 'it is tried again');
      await node.run(['umount', folder]);
      await settled(node);
      expect(await runningConfiguration(node)).not.toMatchObject(withCa);
      expect(everyFile(node)).toEqual(before);
    }));

  it('leaves a kubelet alone that came back well in the meantime', () =>
    withNode(al2(), async (node) => {
      const script = deployedScript().replace('step restarting', 'echo broken >/etc/kubelet-mood\nstep restarting');
      expect(await remediate(node, {}, script)).toMatchObject({
        outcome: 'failed',
        status: 12,
        words: expect.stringContaining('is put back, and the kubelet is still not well; it is tried again every'),
      });
      expect(node.read(configPath)).toBe(openConfiguration);
      expect(node.read(`${current}/old.1`)).toBe(openConfiguration);

      await shell(node, ': >/etc/kubelet-mood; systemctl reset-failed kubelet; systemctl start kubelet');
      await runningConfiguration(node);
      const pid = await mainPid(node);
      await fire(node);
      await settled(node);
      expect(await mainPid(node)).toBe(pid);
      expect(await remediate(node)).toMatchObject({ outcome: 'changed' });
    }));

  it('needs no room: with a full disk every byte comes back', () =>
    withNode(al2(), async (node) => {
      for (const each of ['/etc', '/var/lib']) await shell(node, ontoSmallDisk(each, 3_000));
      await restartKubelet(node);
      await runningConfiguration(node);
      const inode = await shell(node, `stat -c %i ${configPath}`);
      const full = ['/etc', '/var/lib'].map((each) => `cat /dev/zero >${each}/full 2>/dev/null || :`).join('\n');
      const script = deployedScript().replace('step restarting', `${full}\nroll_back not-back words`);

      expect(await remediate(node, {}, script)).toMatchObject({ outcome: 'restored' });
      expect(await shell(node, `cat ${configPath}`)).toBe(openConfiguration);
      // The very file, under its first name again.
      expect(await shell(node, `stat -c '%i %h' ${configPath}`)).toBe(`${inode.trim()} 1\n`);
      expect(await runningConfiguration(node)).not.toMatchObject(withCa);
      expect(await shell(node, `ls ${remediationHome}`)).not.toContain('current');
    }));

  it('takes the copy where somebody took the second name away, wrote into the second name, or put a link to it there', () =>
    withNode(al2(), async (node) => {
      for (const change of [
        'rm .eks-kubelet-audit.old.1',
        'echo none >.eks-kubelet-audit.old.1',
        'mv .eks-kubelet-audit.old.1 /root/old; ln -s /root/old .eks-kubelet-audit.old.1',
      ]) {
        await runKilled(node, killedAt('written', 'after'));
        await shell(node, `cd /etc; ${change}`);

        await fire(node);
        await settled(node);
        expect(await shell(node, `stat -c %F ${configPath}`)).toBe('regular file\n');
        expect(node.read(configPath)).toBe(openConfiguration);
        expect(await runningConfiguration(node)).not.toMatchObject(withCa);
      }
    }));

  it('puts modes and owners back that were changed alone, and is tried again until it can', () =>
    withNode(withModes, async (node) => {
      await shell(node, `chown 1000:1000 ${configPath}`);
      const before = everyFile(node);
      const controls = ['kubelet-config-mode', 'kubelet-config-owner'];
      await runKilled(node, killedAt('written', 'after'), { controls });
      expect(node.permissions(configPath)).toBe('644 0:0');
      await node.replaceProgram('/usr/bin/chmod', '[ "$1" != 646 ] || [ -e /run/allowed ] || exit 1');

      await fire(node);
      await until(() => stuck(node) > 0, 'it is tried');
      expect(everyFile(node)).not.toEqual(before);
      await shell(node, 'touch /run/allowed');
      await settled(node);
      expect(everyFile(node)).toEqual(before);
    }));

  it('restarts the kubelet, too, where somebody put its files back before', () =>
    withNode(al2(), async (node) => {
      await runKilled(node, killedAt('checking', 'after'));
      await runningConfiguration(node);
      const pid = await mainPid(node);
      node.write(configPath, openConfiguration);

      await fire(node);
      await settled(node);
      expect(await mainPid(node)).not.toBe(pid);
      expect(await runningConfiguration(node)).not.toMatchObject(withCa);
    }));

  it('of a mode has nothing to do where the file is gone', () =>
    withNode(al2({ [kubeconfig]: { text: 'kind: Config\n', mode: 0o666 } }), async (node) => {
      await runKilled(node, killedAt('written', 'after'), { controls: ['kubelet-kubeconfig-mode'] });
      await node.run(['rm', kubeconfig]);

      await fire(node);
      await settled(node);
      expect(node.exists(kubeconfig)).toBe(false);
    }));

  it('and whose timer is left when nothing is to be put back ends on its own', () =>
    withNode(al2(), async (node) => {
      const script = deployedScript().replace(/^rm -rf "\$home\/gone"\n\{ tail .*$/m, 'exit 0\n$&');
      expect(await remediate(node, {}, script)).toMatchObject({ outcome: 'changed' });
      expect(node.exists(current)).toBe(false);
      expect(await timers(node)).toContain('eks-kubelet-audit-rollback');

      await fire(node);
      await disarmed(node);
    }));

  const created = (path: string, sum: string) => `9\tcreate\t${path}\t-\t${sum}\t-\t-\t644\t0:0\n`;
  const hostileJournals: Readonly<Record<string, (text: string, sum: string) => string>> = {
    'creates a file elsewhere': (text, sum) => text + created('/etc/victim', sum),
    'edits a file elsewhere': (text, sum) => `${text}1\tedit\t/etc/victim\t-\t${sum}\t644\t0:0\t644\t0:0\n`,
    'gives a file elsewhere away': (text) => `${text}-\tmeta\t/etc/victim\t-\t-\t777\t1000:1000\t644\t0:0\n`,
    'climbs out of the folder': (text, sum) => text + created(`${folder}/../../victim`, sum),
    'goes through a link': (text, sum) => text + created('/etc/kubernetes/out/victim', sum),
    'takes its copy from elsewhere': (text) => text.replace(/^1\t/, '1/../../x\t'),
  };
  it('touches nothing that only its journal names, however it does, and says that it is stuck', () =>
    withNode(al2(), async (node) => {
      await runKilled(node, killedAt('written', 'after'));
      node.write('/etc/victim', { text: 'mine', mode: 0o600 });
      await shell(node, 'ln -s /etc /etc/kubernetes/out');
      const sum = (await shell(node, 'sha256sum /etc/victim')).slice(0, 64);
      const files = node.read(`${current}/files`);

      for (const [what, spoil] of Object.entries(hostileJournals)) {
        node.write(`${current}/files`, spoil(files, sum));
        // As its timer does.
        const { stdout } = await node.run(['sh', `${remediationHome}/rescue.sh`, 'restore', 'timer']);
        expect([what, stdout]).toEqual([what, 'stuck\n']);
        expect([node.read('/etc/victim'), node.permissions('/etc/victim')], what).toEqual(['mine', '600 0:0']);
        expect(node.exists(`${current}/old.1`), what).toBe(true);
      }
    }));

  it('is done, and ends with 0, where nobody reads any more what it says', () =>
    withNode(al2(), async (node) => {
      await runKilled(node, killedAt('restarting', 'after'));
      const rescue = `sh ${remediationHome}/rescue.sh restore timer`;
      await shell(node, `{ sleep 1; ${rescue}; echo $? >/root/code; } | true`);
      expect(node.read('/root/code')).toBe('0\n');
      expect(node.exists(current)).toBe(false);
      expect(node.read(configPath)).toBe(openConfiguration);
    }));

  it('does not keep the next remediation from arming its own timer, whose name systemd still knows as failed', () =>
    withNode(al2(), async (node) => {
      await shell(
        node,
        'systemd-run --quiet --unit=eks-kubelet-audit-rollback /bin/false; sleep 1; systemctl is-failed eks-kubelet-audit-rollback',
      );
      expect(await remediate(node)).toMatchObject({ outcome: 'changed' });
    }));

  it('after a boot goes on by a timer', () =>
    withNode(al2(), async (node) => {
      await runKilled(node, killedAt('written', 'after'));
      // Nothing can be put back before this is gone.
      const rescue = `${remediationHome}/rescue.sh`;
      node.write(
        rescue,
        node
          .read(rescue)
          .replace('put_all_back 2>/dev/null||', '[ ! -e /run/blocked ] && $&')
          .replace('start_timer 30', 'start_timer 2'),
      );
      const boot = 'eks-kubelet-audit-rollback-boot.service';
      const blocked = `[Unit]\nBefore=${boot}\n[Service]\nType=oneshot\nExecStart=/usr/bin/touch /run/blocked\n`;
      node.write('/etc/systemd/system/blocked.service', blocked);
      node.write(`/etc/systemd/system/${boot}.d/x.conf`, '[Unit]\nWants=blocked.service\n');

      await node.reboot();
      expect(node.exists(current)).toBe(true);
      expect(await timers(node)).toContain('eks-kubelet-audit-rollback');
      await node.run(['rm', '/run/blocked']);
      await settled(node);
      expect(node.read(configPath)).toBe(openConfiguration);
    }));
});

describe('where nothing can be changed, nothing was', underSystemd, () => {
  it('in a file that is immutable, and where also its mode is wrong', () =>
    withNode(al2(), async (node) => {
      for (const [mode, control, reason] of [
        [644, 'kubelet-client-ca-file', 'not-replaceable'],
        [646, 'kubelet-config-mode', 'not-written'],
      ] as const) {
        await shell(node, `chmod ${mode} ${configPath}`);
        const { status } = await node.run(['chattr', '+i', configPath]);
        await restartKubelet(node);
        await runningConfiguration(node);
        const before = everyFile(node);
        const pid = await mainPid(node);

        try {
          const answer = await remediate(node, { controls: [control] });
          if (status === 0) expect(answer).toMatchObject({ outcome: 'refused', reason });
          expect(answer.words).toContain('nothing was changed');
          expect(everyFile(node)).toEqual(before);
          expect(await mainPid(node)).toBe(pid);
          expect(await timers(node)).toBe('');
        } finally {
          await node.run(['chattr', '-i', configPath]);
        }
      }
    }));

  it('where only a part of a file was written, which is read back, and not taken', () =>
    withNode(al2(), async (node) => {
      const before = everyFile(node);
      const script = deployedScript().replace(
        'cat "$current/new.$number" >"$next"',
        'head -c 20 "$current/new.$number" >"$next"',
      );
      expect(await remediate(node, {}, script)).toMatchObject({ outcome: 'refused', reason: 'not-written' });
      expect(everyFile(node)).toEqual(before);
    }));

  it('where a rollback could not be armed at boot, or by the timer', () =>
    withNode(al2(), async (node) => {
      const before = everyFile(node);
      for (const [program, lines] of [
        ['/usr/bin/systemd-run', 'exit 0'],
        ['/usr/bin/systemd-run', 'exit 1'],
        ['/usr/bin/ln', '[ "$1" != -s ] || exit 1'],
      ] as const) {
        await node.replaceProgram(program, lines);
        expect(await remediate(node)).toMatchObject({ outcome: 'refused', reason: 'not-armed' });
        expect(everyFile(node)).toEqual(before);
        await node.restoreProgram(program);
      }
    }));

  it.each([
    ['while it was planned', 'rm -rf "$home/preparing"', /^refused unsteady:/],
    ['after that', 'step armed', /^(refused|restored) .*was changed by somebody else/],
  ])('a file that somebody wrote %s', (_, line, expected) =>
    withNode(al2(), async (node) => {
      const theirs = openConfiguration.replace('0.0.0.0', '10.0.0.1');
      node.write('/root/theirs', theirs);
      const late = deployedScript().replace(line, `cat /root/theirs >${configPath}\n$&`);
      const { outcome, reason, words } = await remediate(node, {}, late);
      expect(`${outcome} ${reason}: ${words}`).toMatch(expected);
      expect(node.read(configPath)).toBe(theirs);
    }),
  );
});

describe('what systemd refuses is not taken for done', underSystemd, () => {
  it.each([
    ['daemon-reload', 'no-reload', 'exit 1'],
    ['restart', 'not-back', '"$real" "$@"; exit 1'],
    ['restart, which never ends', 'not-back', 'exec sleep 1000'],
  ])('systemctl %s', (verb, reason, lines) =>
    withNode(al2(), async (node) => {
      const once = `[ "$1" = ${verb.split(',')[0]} ] && [ ! -e /run/once ]`;
      await node.replaceProgram('/usr/bin/systemctl', `if ${once}; then touch /run/once; ${lines}; fi`);
      // That of the run itself; its rescue restarts too.
      const script = deployedScript().replace(
        /control 120( systemctl restart kubelet\.service\|\|roll_back not-back)/,
        'control 4$1',
      );
      expect(await remediate(node, {}, script)).toMatchObject({ outcome: 'restored', reason });
      expect(node.read(configPath)).toBe(openConfiguration);
    }),
  );

  it('a restart after several by others, since each unit may be started only so often', () => {
    const limits = '[Unit]\nStartLimitIntervalSec=1000\nStartLimitBurst=3';
    return withNode(al2({ [unitPath]: String(al2()[unitPath]).replace('[Unit]', limits) }), async (node) => {
      for (const _ of [1, 2]) await restartKubelet(node);
      await runningConfiguration(node);
      expect(await remediate(node)).toMatchObject({ outcome: 'changed' });
    });
  });
});
