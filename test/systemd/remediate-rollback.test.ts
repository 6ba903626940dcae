import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { everyFile, killedAt, runKilled, startedUntil, until } from './killed-script.ts';
import {
  al2,
  argumentsPath,
  configPath,
  current,
  deployedScript,
  type Files,
  healthOf,
  openConfiguration,
  remediate,
  runningConfiguration,
  timers,
  unitPath,
  withCa,
  withNode,
} from './kubelet-node.ts';
import { underSystemd } from './real-systemd.ts';

const dropIn = (settings: object) =>
  JSON.stringify({ kind: 'KubeletConfiguration', apiVersion: 'kubelet.config.k8s.io/v1beta1', ...settings });
const onceOnly = String(al2()[unitPath]).replace('Restart=always\n', '');

describe('a kubelet that does not come back well', underSystemd, () => {
  it.each<[string, string, Files]>([
    ['says that it is sick', 'sick', al2()],
    ['ends soon after it has started', 'dies', al2()],
    ['cannot start at all', 'refuses', al2()],
    ['is not started again by its unit', 'refuses', al2({ [unitPath]: onceOnly })],
  ])('because it %s gets its files back, byte for byte, and runs as before', (_, mood, files) =>
    withNode({ ...files, '/etc/kubelet-mood': mood }, async (node) => {
      const before = everyFile(node);

      for (const method of ['config-file', 'systemd-arguments'] as const) {
        const answer = await remediate(node, { method });

        expect(answer).toMatchObject({ outcome: 'restored', reason: 'not-back', status: 11 });
        expect(await runningConfiguration(node)).not.toMatchObject(withCa);
        expect(everyFile(node)).toEqual(before);
        expect(node.exists(current)).toBe(false);
        expect(await timers(node)).toBe('');
      }
    }),
  );

  it('is told apart from one that comes back without the new value', () =>
    withNode(al2({ '/etc/kubernetes/kubelet/copy.json': openConfiguration }), async (node) => {
      // Somebody gives the kubelet another file in the same moment.
      const script = deployedScript().replace(
        'step restarting',
        `printf '[Service]\\nEnvironment="KUBELET_EXTRA_ARGS=--config=/etc/kubernetes/kubelet/copy.json"\\n' >${unitPath}.d/99-late.conf\nstep restarting`,
      );

      expect(await remediate(node, {}, script)).toMatchObject({ outcome: 'restored', reason: 'not-effective' });
      expect(node.read(configPath)).toBe(openConfiguration);
    }));

  it('is told apart from one that lost another argument on the way', () =>
    withNode(al2(), async (node) => {
      const script = deployedScript().replace(
        'step restarting',
        `printf "[Service]\\nEnvironment='KUBELET_EXTRA_ARGS=--node-labels=late=1'\\n" >${unitPath}.d/99-late.conf\nstep restarting`,
      );

      expect(await remediate(node, {}, script)).toMatchObject({ outcome: 'restored', reason: 'not-effective' });
      expect(node.read(configPath)).toBe(openConfiguration);
    }));

  it('is told apart from one whose value a drop-in took away in the same moment', () => {
    const dropIns = `${configPath}.d`;
    const files = al2({
      [argumentsPath]: `[Service]\nEnvironment='KUBELET_ARGS=--config-dir=${dropIns}'\n`,
      [`${dropIns}/50.conf`]: dropIn({ readOnlyPort: 0 }),
      '/root/late.conf': dropIn({ protectKernelDefaults: false }),
    });
    return withNode(files, async (node) => {
      const script = deployedScript().replace('step restarting', `cp /root/late.conf ${dropIns}/99.conf\n$&`);
      // No handshake tells of this setting, and the arguments are the same.
      const answer = await remediate(node, { controls: ['kubelet-protect-kernel-defaults'] }, script);
      expect(answer).toMatchObject({ outcome: 'restored', reason: 'not-effective' });
      expect(answer.words).toContain('protectKernelDefaults');
      expect(node.read(configPath)).toBe(openConfiguration);
    });
  });
});

describe('a script that hangs', underSystemd, () => {
  it('is ended by the rollback, which then puts the node right', () =>
    withNode(al2(), async (node) => {
      const before = everyFile(node);
      const script = deployedScript({ rollbackAfter: 4, lockWithin: 1 }).replace(
        'step checking',
        'sleep 1000 9>&-; step checking',
      );
      const child = await startedUntil(node, 'restarting', script);

      await until(() => !node.exists(current), 'the rollback fires');
      await runningConfiguration(node);
      expect(everyFile(node)).toEqual(before);
      await until(() => child.exitCode !== null || child.signalCode !== null, 'the script ends');
    }));

  it('keeps a second one out', () =>
    withNode(al2(), async (node) => {
      const child = await startedUntil(
        node,
        'armed',
        deployedScript({ rollbackAfter: 60 }).replace('write_all ||', 'sleep 9; write_all ||'),
      );

      for (const mode of ['apply', 'dry-run'] as const)
        expect(await remediate(node, { mode })).toMatchObject({ outcome: 'refused', reason: 'busy', status: 10 });
      await until(() => child.exitCode !== null, 'the first one ends');
      expect(await runningConfiguration(node)).toMatchObject(withCa);
    }));

  const nap = 'sleep 0.3 9>&-; '.repeat(8);
  const untouched = 'outcome=refused\nreason=unexpected\n';
  const restored = 'outcome=restored\nreason=unexpected\n';
  it.each([
    [
      'nothing changed yet',
      untouched,
      'prepared',
      deployedScript().replace('mv "$home/preparing" "$current"\n', (line) => `${line}${nap}:\n`),
    ],
    ['at work', restored, 'written', deployedScript().replace('step restarting', `${nap}step restarting`)],
    [
      'putting everything back already',
      restored,
      'written',
      deployedScript().replace('step restarting', 'roll_back unexpected words').replace('back=$(', `back=$(${nap}`),
    ],
  ])('and is asked to stop puts everything back itself: %s', (_, words, step, script) =>
    withNode(al2(), async (node) => {
      const before = everyFile(node);
      const child = await startedUntil(node, step, script);
      let said = '';
      child.stdout.setEncoding('utf8').on('data', (more: string) => {
        said += more;
      });
      await node.run(['pkill', '-TERM', '-f', 'remediate[.]sh']);

      await until(() => child.exitCode !== null, 'it ends');
      expect(said).toContain(words);
      await runningConfiguration(node);
      expect(everyFile(node)).toEqual(before);
      expect(node.exists(current)).toBe(false);
    }),
  );

  it.each(['step good', 'changing=kept'])('and is asked to stop when all is done says so: after %s', (line) =>
    withNode(al2(), async (node) => {
      const script = deployedScript().replace(line, `${line}\n${nap}:`);
      const child = await startedUntil(node, 'good', script);
      let said = '';
      child.stdout.setEncoding('utf8').on('data', (more: string) => {
        said += more;
      });
      await node.run(['pkill', '-TERM', '-f', 'remediate[.]sh']);

      await until(() => child.exitCode !== null, 'it ends');
      expect(said).toContain('outcome=changed\n');
      expect(await runningConfiguration(node)).toMatchObject(withCa);
    }),
  );
});

describe('what somebody else wrote meanwhile', underSystemd, () => {
  it('stays when the rollback comes, as what nodeadm writes at boot', () =>
    withNode(al2(), async (node) => {
      await runKilled(node, killedAt('checking', 'after'));
      const theirs = openConfiguration.replace('0.0.0.0', '10.0.0.1');
      node.write(configPath, theirs);

      await until(() => !node.exists(current), 'the rollback fires');
      await sleep(100);
      expect(node.read(configPath)).toBe(theirs);
      expect(node.read(argumentsPath)).toBe(al2()[argumentsPath]);
      expect(await healthOf(node)).toBe('ok');
    }));
});
