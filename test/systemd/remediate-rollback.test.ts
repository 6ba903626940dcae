import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { everyFile, killedAt, runKilled, startedUntil, until } from './killed-script.ts';
import {
  al2,
  argumentsPath,
  configPath,
  current,
  deployedScript,
  type Files,
  fire,
  givesUpSoon,
  healthOf,
  openConfiguration,
  remediate,
  runningConfiguration,
  theClientCa,
  timers,
  unitPath,
  variablesOf,
  withCa,
  withNode,
  withoutConfigFile,
  writeScript,
} from './kubelet-node.ts';
import { type SystemdNode, underSystemd } from './real-systemd.ts';

const dropIn = (settings: object) =>
  JSON.stringify({ kind: 'KubeletConfiguration', apiVersion: 'kubelet.config.k8s.io/v1beta1', ...settings });
const onceOnly = String(al2()[unitPath]).replace('Restart=always\n', '');

describe('a kubelet that does not come back well', underSystemd, () => {
  it.each<[string, string, Files]>([
    ['says that it is sick', 'sick', al2()],
    ['ends soon after it has started', 'dies', al2()],
    ['cannot start at all', 'refuses', withoutConfigFile()],
    ['is not started again by its unit', 'refuses', al2({ [unitPath]: onceOnly })],
  ])('because it %s gets its files back, byte for byte, and runs as before', (_, mood, files) =>
    withNode({ ...files, '/etc/kubelet-mood': mood }, async (node) => {
      const before = everyFile(node);

      const answer = await remediate(node, {}, givesUpSoon());

      expect(answer).toMatchObject({ outcome: 'restored', reason: 'not-back', status: 11 });
      expect(await runningConfiguration(node)).not.toMatchObject(withCa);
      expect(everyFile(node)).toEqual(before);
      expect(node.exists(current)).toBe(false);
      expect(await timers(node)).toBe('');
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
      // No handshake shows this setting, and the arguments are the same.
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
      const script = deployedScript({ lockWithin: 1 }).replace('step checking', 'sleep 1000 9>&-; step checking');
      const child = await startedUntil(node, 'restarting', script);

      await fire(node);
      await until(() => !node.exists(current), 'the rollback is done');
      await runningConfiguration(node);
      expect(everyFile(node)).toEqual(before);
      await until(() => child.exitCode !== null || child.signalCode !== null, 'the script ends');
    }));

  it('is waited for where something that it started still holds the lock', () =>
    withNode(al2(), async (node) => {
      // Once the script is gone, its child says how the file is now, and only then lets go.
      const child = `(while [ -d "/proc/$$" ]; do sleep 0.1; done; sleep 2; cp ${configPath} /var/tmp/seen); step checking`;
      const script = deployedScript({ lockWithin: 1 }).replace('step checking', child);
      await startedUntil(node, 'restarting', script);

      await fire(node);
      await until(() => !node.exists(current), 'the rollback is done');
      expect(node.read('/var/tmp/seen')).not.toBe(openConfiguration);
      expect(node.read(configPath)).toBe(openConfiguration);
    }));

  it('keeps a second one out', () =>
    withNode(al2(), async (node) => {
      const script = deployedScript().replace('write_all ||', 'until [ -e /run/go ]; do sleep 0.1; done; write_all ||');
      const first = remediate(node, {}, script);
      await until(
        () => node.exists(`${current}/journal`) && node.read(`${current}/journal`).includes('armed'),
        'armed',
      );

      for (const mode of ['apply', 'dry-run'] as const)
        expect(await remediate(node, { mode })).toMatchObject({ outcome: 'refused', reason: 'busy', status: 0 });
      await node.run(['touch', '/run/go']);
      expect(await first).toMatchObject({ outcome: 'changed' });
      expect(await runningConfiguration(node)).toMatchObject(withCa);
    }));

  /** Until it is asked to stop, and once only. */
  const nap = 'if [ ! -e /root/naps ]; then : >/root/naps; while :; do sleep 0.3 9>&-; done; fi; ';
  const napsAfter = async (node: SystemdNode, step: string, script: string) => {
    const child = await startedUntil(node, step, script);
    await until(() => node.exists('/root/naps'), 'it naps');
    return child;
  };
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
      const child = await napsAfter(node, step, script);
      const said = text(child.stdout);
      await node.run(['pkill', '-TERM', '-f', 'remediate[.]sh']);

      expect(await said).toContain(words);
      await runningConfiguration(node);
      expect(everyFile(node)).toEqual(before);
      expect(node.exists(current)).toBe(false);
    }),
  );

  it.each<[string, string, string, string]>([
    ['when everything is put back', restored, 'case $back in', 'roll_back unexpected words'],
    ['while it tells how it ended', 'outcome=changed\n', 'text="eks-kubelet-audit', ''],
  ])('and is asked to stop %s says so', (_, words, line, before) =>
    withNode(al2(), async (node) => {
      const script = deployedScript()
        .replace('step restarting', `${before}\n$&`)
        .replace(line, () => `kill -TERM $$\n${line}`);
      writeScript(node, script);
      const { stdout } = await node.run(['sh', '/root/remediate.sh'], variablesOf(theClientCa));

      expect(stdout).toContain(words);
      await runningConfiguration(node);
      expect(node.exists(current)).toBe(false);
    }),
  );

  it.each(['step good', 'changing=kept'])('and is asked to stop when all is done says so: after %s', (line) =>
    withNode(al2(), async (node) => {
      const script = deployedScript().replace(line, `${line}\n${nap}:`);
      const child = await napsAfter(node, 'good', script);
      const said = text(child.stdout);
      await node.run(['pkill', '-TERM', '-f', 'remediate[.]sh']);

      expect(await said).toContain('outcome=changed\n');
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

      await fire(node);
      await until(() => !node.exists(current), 'the rollback is done');
      expect(node.read(configPath)).toBe(theirs);
      expect(node.read(argumentsPath)).toBe(al2()[argumentsPath]);
      expect(await healthOf(node)).toBe('ok');
    }));
});
