import { describe, expect, it } from 'vitest';
import { everyFile, killedAt, runKilled, until } from './killed-script.ts';
import {
  al2,
  argumentsPath,
  configPath,
  current,
  deployedScript,
  disarmed,
  fire,
  givesUpSoon,
  mainPid,
  openConfiguration,
  remediate,
  remediationHome,
  restartKubelet,
  runningConfiguration,
  timers,
  unitPath,
  withCa,
  withNode,
  withoutConfigFile,
} from './kubelet-node.ts';
import { type SystemdNode, underSystemd } from './real-systemd.ts';

const folder = '/etc/kubernetes/kubelet';
const settled = async (node: SystemdNode) => {
  await until(() => !node.exists(current), 'a later try succeeds');
  await disarmed(node);
};

/** Mounts a small file system over a folder of the node, with what lies there. */
const onSmallDisk = async (node: SystemdNode, at: string, kilobytes: number) =>
  await node.run([
    'sh',
    '-ec',
    `cp -a ${at} /opt/copy; mount -t tmpfs -o size=${kilobytes}k,mode=755 tmpfs ${at}; cp -a /opt/copy/. ${at}/; rm -rf /opt/copy`,
  ]);
const inNode = async (node: SystemdNode, path: string) => (await node.run(['cat', path])).stdout;

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
        words: `words; not everything could be put back; it is tried again every 2 seconds until it is, and the old files are in ${current}`,
      });
      expect(await timers(node)).toContain('eks-kubelet-audit-rollback');
      expect(node.exists(`${current}/old.1`)).toBe(true);

      // It fires, fails, and fires again.
      await until(() => node.read(`${current}/journal`).split('stuck').length > 3, 'it is tried again');
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
        words: expect.stringContaining('is put back, and the kubelet is still not well; it is tried again every'),
      });
      expect(node.read(configPath)).toBe(openConfiguration);
      expect(node.read(`${current}/old.1`)).toBe(openConfiguration);

      node.write('/etc/kubelet-mood', '');
      await node.run(['systemctl', 'reset-failed', 'kubelet.service']);
      await node.run(['systemctl', 'start', 'kubelet.service']);
      await runningConfiguration(node);
      const pid = await mainPid(node);
      await fire(node);
      await settled(node);
      expect(await mainPid(node)).toBe(pid);
      expect(await remediate(node)).toMatchObject({ outcome: 'changed' });
    }));

  it('needs no room: with a full disk every byte comes back', () =>
    withNode(al2(), async (node) => {
      for (const each of ['/etc', '/var/lib']) await onSmallDisk(node, each, 3_000);
      await restartKubelet(node);
      await runningConfiguration(node);
      const inode = (await node.run(['stat', '-c', '%i', configPath])).stdout;
      const full = ['/etc', '/var/lib'].map((each) => `cat /dev/zero >${each}/full 2>/dev/null || :`).join('\n');
      const script = deployedScript().replace('step restarting', `${full}\nroll_back not-back words`);

      expect(await remediate(node, {}, script)).toMatchObject({ outcome: 'restored' });
      expect(await inNode(node, configPath)).toBe(openConfiguration);
      // The very file, under its first name again.
      expect((await node.run(['stat', '-c', '%i %h', configPath])).stdout).toBe(`${inode.trim()} 1\n`);
      expect(await runningConfiguration(node)).not.toMatchObject(withCa);
      expect((await node.run(['ls', remediationHome])).stdout).not.toContain('current');
    }));

  it.each([
    ['took the second name away', 'rm .eks-kubelet-audit.old.1'],
    ['wrote into the second name', 'echo none >.eks-kubelet-audit.old.1'],
    [
      'put a link to it in place of the second name',
      'mv .eks-kubelet-audit.old.1 /root/old; ln -s /root/old .eks-kubelet-audit.old.1',
    ],
  ])('takes the copy where somebody %s', (_what, change) =>
    withNode(al2(), async (node) => {
      await runKilled(node, killedAt('written', 'after'));
      await node.run(['sh', '-c', `cd /etc; ${change}`]);

      await fire(node);
      await settled(node);
      expect((await node.run(['stat', '-c', '%F', configPath])).stdout).toBe('regular file\n');
      expect(node.read(configPath)).toBe(openConfiguration);
      expect(await runningConfiguration(node)).not.toMatchObject(withCa);
    }),
  );

  it('puts modes and owners back that were changed alone', () =>
    withNode(al2({ [configPath]: { text: openConfiguration, mode: 0o646 } }), async (node) => {
      await node.run(['chown', '1000:1000', configPath]);
      const before = everyFile(node);
      await runKilled(node, killedAt('written', 'after'), {
        controls: ['kubelet-config-mode', 'kubelet-config-owner'],
      });
      expect(node.permissions(configPath)).toBe('644 0:0');

      await fire(node);
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
    withNode(al2({ '/var/lib/kubelet/kubeconfig': { text: 'kind: Config\n', mode: 0o666 } }), async (node) => {
      await runKilled(node, killedAt('written', 'after'), { controls: ['kubelet-kubeconfig-mode'] });
      await node.run(['rm', '/var/lib/kubelet/kubeconfig']);

      await fire(node);
      await settled(node);
      expect(node.exists('/var/lib/kubelet/kubeconfig')).toBe(false);
    }));

  it('of modes and owners alone is tried again too', () =>
    withNode(al2({ [configPath]: { text: openConfiguration, mode: 0o646 } }), async (node) => {
      const before = everyFile(node);
      await runKilled(node, killedAt('written', 'after'), { controls: ['kubelet-config-mode'] });
      await node.replaceProgram('/usr/bin/chmod', '[ "$1" != 646 ] || [ -e /run/allowed ] || exit 1');

      await fire(node);
      await until(() => node.read(`${current}/journal`).includes('stuck'), 'it is tried');
      expect(node.permissions(configPath)).toBe('644 0:0');
      await node.run(['touch', '/run/allowed']);
      await settled(node);
      expect(everyFile(node)).toEqual(before);
    }));

  it('and whose timer is left when nothing is to be put back ends by itself', () =>
    withNode(al2(), async (node) => {
      const script = deployedScript().replace(/^rm -rf "\$home\/gone"\nsweep$/m, 'exit 0\n$&');
      expect(await remediate(node, {}, script)).toMatchObject({ outcome: 'changed' });
      expect(node.exists(current)).toBe(false);
      expect(await timers(node)).toContain('eks-kubelet-audit-rollback');

      await fire(node);
      await disarmed(node);
    }));

  it.each<[string, (text: string, sum: string) => string]>([
    ['creates a file elsewhere', (text, sum) => `${text}9\tcreate\t/etc/victim\t-\t${sum}\t-\t-\t644\t0:0\n`],
    ['edits a file elsewhere', (text, sum) => `${text}1\tedit\t/etc/victim\t-\t${sum}\t644\t0:0\t644\t0:0\n`],
    ['gives a file elsewhere away', (text) => `${text}-\tmeta\t/etc/victim\t-\t-\t777\t1000:1000\t644\t0:0\n`],
    [
      'climbs out of the folder',
      (text, sum) => `${text}9\tcreate\t${folder}/../../victim\t-\t${sum}\t-\t-\t644\t0:0\n`,
    ],
    ['goes through a link', (text, sum) => `${text}9\tcreate\t/etc/kubernetes/out/victim\t-\t${sum}\t-\t-\t644\t0:0\n`],
    ['takes its copy from elsewhere', (text) => text.replace(/^1\t/, '1/../../x\t')],
  ])('touches nothing where its journal %s, and says that it is stuck', (_what, spoil) =>
    withNode(al2(), async (node) => {
      await runKilled(node, killedAt('written', 'after'));
      node.write('/etc/victim', { text: 'mine', mode: 0o600 });
      await node.run(['ln', '-s', '/etc', '/etc/kubernetes/out']);
      const sum = (await node.run(['sha256sum', '/etc/victim'])).stdout.slice(0, 64);
      node.write(`${current}/files`, spoil(node.read(`${current}/files`), sum));

      await fire(node);
      await until(() => node.read(`${current}/journal`).includes('stuck'), 'it is tried');
      expect([node.read('/etc/victim'), node.permissions('/etc/victim')]).toEqual(['mine', '600 0:0']);
      expect(node.exists(`${current}/old.1`)).toBe(true);
    }),
  );

  it('after a boot goes on by a timer', () =>
    withNode(al2(), async (node) => {
      await runKilled(node, killedAt('written', 'after'));
      // Nothing can be put back before this is gone.
      node.write('/var/lib/eks-kubelet-audit/remediation/rescue.sh', {
        text: node
          .read('/var/lib/eks-kubelet-audit/remediation/rescue.sh')
          .replace('put_all_back 2>/dev/null ||', '[ ! -e /run/blocked ] && $&')
          .replace('start_timer 30', 'start_timer 2'),
      });
      node.write(
        '/etc/systemd/system/blocked.service',
        '[Unit]\nBefore=eks-kubelet-audit-rollback-boot.service\n[Service]\nType=oneshot\nExecStart=/usr/bin/touch /run/blocked\n',
      );
      node.write(
        '/etc/systemd/system/eks-kubelet-audit-rollback-boot.service.d/x.conf',
        '[Unit]\nWants=blocked.service\n',
      );

      await node.reboot();
      expect(node.exists(current)).toBe(true);
      expect(await timers(node)).toContain('eks-kubelet-audit-rollback');
      await node.run(['rm', '/run/blocked']);
      await settled(node);
      expect(node.read(configPath)).toBe(openConfiguration);
    }));
});

describe('where nothing can be changed, nothing was', underSystemd, () => {
  it.each([
    ['immutable', `chattr +i ${configPath}`, ['kubelet-client-ca-file'], 'not-replaceable'],
    ['immutable, and its mode is wrong', `chattr +i ${configPath}`, ['kubelet-config-mode'], 'not-written'],
  ])('a file that is %s', (_, command, controls, reason) =>
    withNode(al2({ [configPath]: { text: openConfiguration, mode: 0o646 } }), async (node) => {
      if (reason === 'not-replaceable') await node.run(['chmod', '644', configPath]);
      const { status } = await node.run(['sh', '-c', command]);
      await restartKubelet(node);
      await runningConfiguration(node);
      const before = everyFile(node);
      const pid = await mainPid(node);

      try {
        const answer = await remediate(node, { controls });
        if (status === 0) expect(answer).toMatchObject({ outcome: 'refused', reason });
        expect(answer.words).toContain('nothing was changed');
        expect(everyFile(node)).toEqual(before);
        expect(await mainPid(node)).toBe(pid);
        expect(await timers(node)).toBe('');
      } finally {
        await node.run(['chattr', '-i', configPath]);
      }
    }),
  );

  it('a file of which only a part was written is read back, and not taken', () =>
    withNode(al2(), async (node) => {
      const before = everyFile(node);
      const script = deployedScript().replace(
        'cat "$current/new.$number" >"$next"',
        'head -c 20 "$current/new.$number" >"$next"',
      );
      expect(await remediate(node, {}, script)).toMatchObject({ outcome: 'refused', reason: 'not-written' });
      expect(everyFile(node)).toEqual(before);
    }));

  it.each([
    ['by the timer', '/usr/bin/systemd-run', 'exit 0'],
    ['at boot', '/usr/bin/ln', '[ "$1" != -s ] || exit 1'],
  ])('a rollback that could not be armed %s', (_, program, lines) =>
    withNode(al2(), async (node) => {
      const before = everyFile(node);
      await node.replaceProgram(program, lines);

      expect(await remediate(node)).toMatchObject({ outcome: 'refused', reason: 'not-armed' });
      expect(everyFile(node)).toEqual(before);
    }),
  );

  it('a file that somebody wrote while it was planned', () =>
    withNode(al2(), async (node) => {
      const theirs = openConfiguration.replace('0.0.0.0', '10.0.0.1');
      node.write('/root/theirs', theirs);
      const late = deployedScript().replace('rm -rf "$home/preparing"', `cat /root/theirs >${configPath}\n$&`);
      expect(await remediate(node, {}, late)).toMatchObject({ outcome: 'refused', reason: 'unsteady' });
      expect(node.read(configPath)).toBe(theirs);
    }));

  it('a file that somebody wrote after that', () =>
    withNode(al2(), async (node) => {
      const theirs = openConfiguration.replace('0.0.0.0', '10.0.0.1');
      node.write('/root/theirs', theirs);
      const later = deployedScript().replace('step armed', `cat /root/theirs >${configPath}\n$&`);
      const { outcome, words } = await remediate(node, {}, later);
      expect(outcome).toMatch(/refused|restored/);
      expect(words).toContain('was changed by somebody else');
      expect(node.read(configPath)).toBe(theirs);
    }));
});

describe('what systemd refuses is not taken for done', underSystemd, () => {
  it.each([
    ['daemon-reload', 'no-reload'],
    ['restart', 'not-back'],
  ])('systemctl %s', (verb, reason) =>
    withNode(al2(), async (node) => {
      await node.replaceProgram(
        '/usr/bin/systemctl',
        `if [ "$1" = ${verb} ] && [ ! -e /run/once ]; then touch /run/once; ${verb === 'restart' ? '"$real" "$@";' : ''} exit 1; fi`,
      );
      expect(await remediate(node)).toMatchObject({ outcome: 'restored', reason });
      expect(node.read(configPath)).toBe(openConfiguration);
    }),
  );

  it('systemctl restart, which never ends', () =>
    withNode(al2(), async (node) => {
      await node.replaceProgram(
        '/usr/bin/systemctl',
        'if [ "$1" = restart ] && [ ! -e /run/once ]; then touch /run/once; exec sleep 1000; fi',
      );
      const script = deployedScript().replace('control 120 systemctl restart', 'control 1 systemctl restart');
      expect(await remediate(node, {}, script)).toMatchObject({ outcome: 'restored', reason: 'not-back' });
      expect(node.read(configPath)).toBe(openConfiguration);
    }));

  it('systemctl restart, with what the kubelet said of it, and without what may be a secret', () =>
    withNode(al2({ '/etc/kubelet-mood': 'refuses' }), async (node) => {
      const token = 'eyJhbGciOiJSUzI1NiIsImtpZCI6Ing';
      const lines = [
        'I1125 00:00:00.000000 1 server.go:1] "fine"',
        ...Array.from({ length: 25 }, (_, index) => `E1125 00:00:00.0000${index} 1 run.go:72] "bad ${index}"`),
        // The end of what is shown falls into the token.
        `F1125 00:00:00.000000 1 run.go:72] "token" ${'x '.repeat(65)}${token}`,
      ];
      node.write('/opt/journal', `${lines.join('\n')}\n`);
      await node.replaceProgram('/usr/bin/journalctl', 'cat /opt/journal; exit 0');

      const { outcome, log } = await remediate(node, {}, givesUpSoon());
      expect(outcome).toBe('restored');
      expect(log).toHaveLength(20);
      expect(log[0]).toContain('"bad 6"');
      expect(log.every((line) => /^[EF]\d{4} [ -~]{0,195}$/.test(line))).toBe(true);
      expect(log.at(-1)).toMatch(/^F1125 .*x \*\*\*$/);
      expect(log.join()).not.toContain(token.slice(0, 12));
    }));

  it('a restart after several by others, since each unit may be started only so often', () =>
    withNode(
      al2({
        [unitPath]: String(al2()[unitPath]).replace('[Unit]', '$&\nStartLimitIntervalSec=1000\nStartLimitBurst=3'),
      }),
      async (node) => {
        for (const _ of [1, 2]) await restartKubelet(node);
        await runningConfiguration(node);
        expect(await remediate(node)).toMatchObject({ outcome: 'changed' });
      },
    ));

  it('a drop-in of our own goes with the folder that was made for it', () => {
    const { [argumentsPath]: _, ...files } = withoutConfigFile();
    return withNode({ ...files, '/etc/kubelet-mood': 'sick' }, async (node) => {
      const before = everyFile(node);
      expect(node.exists(`${unitPath}.d`)).toBe(false);

      expect(await remediate(node, {}, givesUpSoon())).toMatchObject({
        outcome: 'restored',
      });
      expect(everyFile(node)).toEqual(before);
      expect(await runningConfiguration(node)).not.toMatchObject(withCa);
    });
  });
});
