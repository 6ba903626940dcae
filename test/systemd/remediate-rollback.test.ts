import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { everyFile, killedAt, runKilled, startedUntil, until } from './killed-script.ts';
import {
  al2,
  argumentsPath,
  asked,
  configPath,
  current,
  deployedScript,
  disarmed,
  dropIn,
  dropIns,
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
  withArguments,
  withCa,
  withNode,
  withoutConfigFile,
  writeScript,
} from './kubelet-node.ts';
import { type SystemdNode, underSystemd } from './real-systemd.ts';

const onceOnly = String(al2()[unitPath]).replace('Restart=always\n', '');
const lateArguments = (words: string) =>
  `printf '[Service]\\nEnvironment="KUBELET_EXTRA_ARGS=${words}"\\n' >${unitPath}.d/99-late.conf`;

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

  // No handshake shows the kernel's defaults, and the arguments are the same.
  it.each([
    [
      'that comes back without the new value',
      lateArguments('--config=/etc/kubernetes/kubelet/copy.json'),
      'client-ca-file',
      '',
    ],
    ['that lost another argument on the way', lateArguments('--node-labels=late=1'), 'client-ca-file', ''],
    [
      'whose value a drop-in took away in the same moment',
      `cp /root/late.conf ${dropIns}/99.conf`,
      'protect-kernel-defaults',
      'protectKernelDefaults',
    ],
  ])('is distinguished from one %s', (_, late, control, named) => {
    const files = al2({
      ...withArguments(`--config-dir=${dropIns}`),
      [`${dropIns}/50.conf`]: dropIn({ readOnlyPort: 0 }),
      '/root/late.conf': dropIn({ protectKernelDefaults: false }),
      '/etc/kubernetes/kubelet/copy.json': openConfiguration,
    });
    return withNode(files, async (node) => {
      const script = deployedScript().replace('step restarting', `${late}\n$&`);
      const answer = await remediate(node, { controls: [`kubelet-${control}`] }, script);
      expect(answer).toMatchObject({ outcome: 'restored', reason: 'not-effective' });
      expect(answer.words).toContain(named);
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
      const journal = `${current}/journal`;
      await until(() => node.exists(journal) && node.read(journal).includes('armed'), 'armed');

      for (const mode of ['apply', 'dry-run'] as const)
        expect(await remediate(node, { mode })).toMatchObject({ outcome: 'refused', reason: 'busy', status: 0 });
      await node.run(['touch', '/run/go']);
      expect(await first).toMatchObject({ outcome: 'changed' });
      expect(await runningConfiguration(node)).toMatchObject(withCa);
    }));
});

describe('a script that is asked to stop', underSystemd, () => {
  /** Until it is asked to stop, and once only. */
  const nap = 'if [ ! -e /root/naps ]; then : >/root/naps; while :; do sleep 0.3 9>&-; done; fi; ';
  const outcomes = {
    untouched: 'outcome=refused\nreason=unexpected\n',
    restored: 'outcome=restored\nreason=unexpected\n',
    changed: 'outcome=changed\n',
  };
  const expectSettled = async (node: SystemdNode, before: unknown, outcome: keyof typeof outcomes) => {
    const running = await runningConfiguration(node);
    if (outcome === 'changed') {
      expect(running).toMatchObject(withCa);
      expect(await asked(node, { mode: 'keep' })).toMatchObject({ outcome: 'kept' });
    } else {
      expect(everyFile(node)).toEqual(before);
      expect(node.exists(current)).toBe(false);
    }
  };

  type Napping = readonly [string, keyof typeof outcomes, string, (script: string) => string];
  it.each<Napping>([
    [
      'puts everything back itself: nothing changed yet',
      'untouched',
      'prepared',
      (script) => script.replace('mv "$home/preparing" "$current"\n', `$&${nap}:\n`),
    ],
    [
      'puts everything back itself: at work',
      'restored',
      'written',
      (script) => script.replace('step restarting', `${nap}$&`),
    ],
    [
      'puts everything back itself: putting everything back already',
      'restored',
      'written',
      (script) => script.replace('step restarting', 'roll_back unexpected words').replace('back=$(', `$&${nap}`),
    ],
    ['puts back what is on trial', 'restored', 'trial', (script) => script.replace('step trial', `$&\n${nap}:`)],
  ])('%s', (_, outcome, step, change) =>
    withNode(al2(), async (node) => {
      const files = everyFile(node);
      const child = await startedUntil(node, step, change(deployedScript()));
      await until(() => node.exists('/root/naps'), 'it naps');
      const said = text(child.stdout);
      await node.run(['pkill', '-TERM', '-f', 'remediate[.]sh']);

      expect(await said).toContain(outcomes[outcome]);
      await expectSettled(node, files, outcome);
    }),
  );

  it.each([
    ['when everything is put back', 'restored', 'case $back in', 'roll_back unexpected words'],
    ['while it tells how it ended', 'changed', 'text="eks-kubelet-audit', ''],
  ] as const)('%s says so', (_, outcome, line, before) =>
    withNode(al2(), async (node) => {
      const files = everyFile(node);
      const script = deployedScript()
        .replace('step restarting', `${before}\n$&`)
        .replace(line, () => `kill -TERM $$\n${line}`);
      writeScript(node, script);
      const { stdout } = await node.run(['sh', '/root/remediate.sh'], variablesOf(theClientCa));

      expect(stdout).toContain(outcomes[outcome]);
      await expectSettled(node, files, outcome);
      expect(node.exists(current)).toBe(false);
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

/** A run that puts everything back at once, and whose rescue takes its time over it. */
const slowRescue = (nap: string, timings = {}) =>
  deployedScript(timings)
    .replace('step restarting', 'roll_back unexpected words')
    .replace('control 60 systemctl daemon-reload||:', `${nap}\n$&`);

describe('a rescue whose run was killed', underSystemd, () => {
  it('keeps the lock: no second run begins, and what that would arm is not disarmed', () =>
    withNode(al2(), async (node) => {
      const before = everyFile(node);
      const child = await startedUntil(node, 'written', slowRescue('until [ -e /run/go ]; do sleep 0.1 9>&-; done'));
      await until(() => node.read(configPath) === openConfiguration, 'the rescue is at work');
      await node.run(['pkill', '-9', '-f', 'remediate[.]sh']);
      await until(() => child.exitCode !== null || child.signalCode !== null, 'the run is dead');

      expect(await remediate(node)).toMatchObject({ outcome: 'refused', reason: 'busy' });
      await node.run(['touch', '/run/go']);
      await until(() => !node.exists(current), 'the rescue ends');
      expect(everyFile(node)).toEqual(before);
      await disarmed(node);

      expect(await remediate(node)).toMatchObject({ outcome: 'changed' });
      expect(await runningConfiguration(node)).toMatchObject(withCa);
    }));

  it('and that hangs is ended by the timer, whose own rescue does the work', () =>
    withNode(al2(), async (node) => {
      const before = everyFile(node);
      const script = slowRescue('[ "$1" != now ] || sleep 1000 9>&-', { lockWithin: 1 });
      await startedUntil(node, 'written', script);
      await until(() => node.read(configPath) === openConfiguration, 'the rescue is at work');
      await node.run(['pkill', '-9', '-f', 'remediate[.]sh']);

      await fire(node);
      await until(() => !node.exists(current), 'the other rescue is done');
      await runningConfiguration(node);
      expect(everyFile(node)).toEqual(before);
      await disarmed(node);
    }));
});
