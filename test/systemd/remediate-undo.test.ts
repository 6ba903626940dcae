import { utimesSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { everyFile, killedAt, runKilled, until } from './killed-script.ts';
import {
  al2,
  argumentsPath,
  caPath,
  configPath,
  current,
  deployedScript,
  disarmed,
  fire,
  mainPid,
  openConfiguration,
  remediate,
  runningConfiguration,
  shell,
  timers,
  undoHome,
  withArguments,
  withCa,
  withNode,
} from './kubelet-node.ts';
import { underSystemd } from './real-systemd.ts';

const run = 'run-1';
const undo = { mode: 'undo', run } as const;

describe('a change that is undone', underSystemd, () => {
  it('gives the node its files back, byte for byte, and is forgotten; of modes alone it restarts nothing', () => {
    const files = {
      ...withArguments('--read-only-port=10255'),
      [configPath]: { text: openConfiguration, mode: 0o666 },
    };
    return withNode(al2(files), async (node) => {
      await shell(node, `chown 1000:1000 ${configPath}`);
      const before = everyFile(node);
      const started = await mainPid(node);
      await remediate(node, { run, controls: ['kubelet-config-mode', 'kubelet-config-owner'] });
      expect(await remediate(node, undo)).toMatchObject({ outcome: 'undone', reason: 'modes' });
      expect(everyFile(node)).toEqual(before);
      expect(await mainPid(node)).toBe(started);

      await shell(node, `chown 0:0 ${configPath}; sleep 2; systemctl restart kubelet`);
      await runningConfiguration(node);
      const owned = everyFile(node);
      const controls = ['kubelet-client-ca-file', 'kubelet-read-only-port', 'kubelet-config-mode'];
      expect(await remediate(node, { controls, run })).toMatchObject({ outcome: 'changed', undo: run });
      expect(node.permissions(undoHome)).toBe('700 0:0');
      const answer = await remediate(node, undo);
      expect(answer).toMatchObject({ outcome: 'undone', reason: 'restarted', status: 0, undo: '' });
      expect(answer.changes).toEqual([
        `undo\t${configPath}\tedit\t\t`,
        `undo\t${configPath}\tmode\t644 0:0\t666 0:0`,
        `undo\t${argumentsPath}\tedit\t\t`,
      ]);
      expect(everyFile(node)).toEqual(owned);
      expect(await runningConfiguration(node)).toMatchObject({ readOnlyPort: 10_255 });
      expect(await timers(node)).toBe('');

      const pid = await mainPid(node);
      expect(await remediate(node, undo)).toMatchObject({ outcome: 'refused', reason: 'no-undo', status: 0 });
      expect(await mainPid(node)).toBe(pid);
    });
  });

  it('and whose kubelet does not come back is fixed as before, and can be undone later', () =>
    withNode(al2(), async (node) => {
      await remediate(node, { run });
      const script = deployedScript().replace('step checking', '$&\nroll_back not-back words');
      expect(await remediate(node, undo, script)).toMatchObject({ outcome: 'restored', status: 11 });
      expect(await runningConfiguration(node)).toMatchObject(withCa);
      expect(await remediate(node, undo)).toMatchObject({ outcome: 'undone' });
    }));
});

describe('what is undone no more', underSystemd, () => {
  const restart = 'sleep 2; systemctl restart kubelet';
  it.each([
    ['a file that somebody wrote since', `sed -i s/0.0.0.0/10.0.0.1/ ${configPath}; ${restart}`, 'changed-since'],
    ['a file that got another mode since', `chmod 600 ${configPath}; ${restart}`, 'changed-since'],
    ['a copy that is another', `echo '{}' >${undoHome}/${run}.1/old.1`, 'changed-since'],
    ['a file that changed without a restart', `touch ${argumentsPath}`, 'edited-since'],
    ['a copy in a folder that others can read', `chmod 755 ${undoHome}`, 'not-ours'],
  ])('is %s', (_, command, reason) =>
    withNode(al2(), async (node) => {
      await remediate(node, { run });
      await shell(node, command);
      await runningConfiguration(node);
      const before = everyFile(node);
      const pid = await mainPid(node);

      expect(await remediate(node, undo)).toMatchObject({ outcome: 'refused', reason, status: 0 });
      expect(everyFile(node)).toEqual(before);
      expect(await mainPid(node)).toBe(pid);
      expect(node.read(configPath)).toContain(caPath);
    }),
  );

  it('is a file to which its copy alone leads: nothing outside of the kubelet’s own folders is written', () =>
    withNode(al2(), async (node) => {
      await remediate(node, { run });
      const copy = `${undoHome}/${run}.1/files`;
      await shell(
        node,
        `cp -a ${configPath} /etc/victim; mkdir /root/theirs; cp -a ${configPath} /root/theirs/; ln -s /root/theirs /etc/kubernetes/out`,
      );
      await shell(node, `cp ${copy} /root/files`);
      for (const path of ['/etc/victim', '/root/theirs/config.json', '/etc/kubernetes/out/config.json']) {
        await shell(node, `sed 's#${configPath}#${path}#' /root/files >${copy}`);
        const before = await shell(node, `cat ${path}`);
        expect(await remediate(node, undo)).toMatchObject({ outcome: 'refused', reason: 'changed-since' });
        expect(await shell(node, `cat ${path}`)).toBe(before);
      }
    }));

  it('is older than 30 days; and a ninth command is refused while eight can be undone', () =>
    withNode(al2(), async (node) => {
      const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000);
      const kept = async () => (await shell(node, `ls ${undoHome}`)).trim().split('\n');
      await remediate(node, { run });
      for (const days of [1, 2, 3, 4, 5, 6, 7, 29]) {
        await shell(node, `cp -a ${undoHome}/${run}.1 ${undoHome}/day-${days}`);
        utimesSync(node.path(`${undoHome}/day-${days}`), daysAgo(days), daysAgo(days));
      }
      utimesSync(node.path(`${undoHome}/${run}.1`), daysAgo(31), daysAgo(31));

      expect(await remediate(node, undo)).toMatchObject({ outcome: 'refused', reason: 'no-undo' });
      const before = everyFile(node);
      const all = await kept();
      expect(all).toHaveLength(8);
      const next = { run: 'run-2', controls: ['kubelet-anonymous-auth'] };
      for (const mode of ['dry-run', 'apply'] as const)
        expect(await remediate(node, { ...next, mode })).toMatchObject({ outcome: 'refused', reason: 'undo-full' });
      expect([everyFile(node), await kept()]).toEqual([before, all]);
    }));
});

describe('two commands with one run id', underSystemd, () => {
  it('are undone the newest first, and the node says what of the run is left', () =>
    withNode(al2(withArguments('--read-only-port=10255')), async (node) => {
      const before = everyFile(node);
      const one = { run, controls: ['kubelet-client-ca-file'] };
      const other = { run, controls: ['kubelet-read-only-port'] };
      await remediate(node, one);
      const between = everyFile(node);
      await remediate(node, other);

      expect(await remediate(node, undo)).toMatchObject({ outcome: 'undone', left: run });
      expect(everyFile(node)).toEqual(between);
      // One that was made meanwhile is newer than the one that is left.
      await remediate(node, other);
      expect(await remediate(node, undo)).toMatchObject({ outcome: 'undone', left: run });
      expect(everyFile(node)).toEqual(between);
      expect(await remediate(node, undo)).toMatchObject({ outcome: 'undone', left: '' });
      expect(everyFile(node)).toEqual(before);
      expect(await remediate(node, undo)).toMatchObject({ outcome: 'refused', reason: 'no-undo' });
    }));

  it('are undone also where a release before kept the first one under the id of the run alone', () =>
    withNode(al2(withArguments('--read-only-port=10255')), async (node) => {
      const before = everyFile(node);
      await remediate(node, { run, controls: ['kubelet-client-ca-file'] });
      await shell(node, `mv ${undoHome}/${run}.1 ${undoHome}/${run}`);
      await remediate(node, { run, controls: ['kubelet-read-only-port'] });
      expect(await remediate(node, undo)).toMatchObject({ outcome: 'undone', left: run });
      expect(await remediate(node, undo)).toMatchObject({ outcome: 'undone', left: '' });
      expect(everyFile(node)).toEqual(before);
    }));

  it('are undone once each, also where the node is killed right after that', () =>
    withNode(al2(), async (node) => {
      const before = everyFile(node);
      await remediate(node, { run });
      await runKilled(node, killedAt('good', 'after'), undo);
      await fire(node);
      await until(() => !node.exists(current), 'it is done');
      await disarmed(node);
      expect(everyFile(node)).toEqual(before);
      expect(await remediate(node, undo)).toMatchObject({ outcome: 'refused', reason: 'no-undo' });
    }));
});
