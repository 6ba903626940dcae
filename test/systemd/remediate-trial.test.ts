import { describe, expect, it } from 'vitest';
import { everyFile, journalSteps, killedAt, runKilled, until } from './killed-script.ts';
import {
  al2,
  argumentsPath,
  asked,
  caPath,
  configPath,
  current,
  deployedScript,
  disarmed,
  type Files,
  ontoSmallDisk,
  openConfiguration,
  type RemediateOptions,
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
} from './kubelet-node.ts';
import { type SystemdNode, underSystemd } from './real-systemd.ts';

const run = 'run-1';
/** A command that is killed right before or after it says that the change is good. */
const killed = (when: 'before' | 'after') => (node: SystemdNode) => runKilled(node, killedAt('good', when), keep);

const trialTimer = 'eks-kubelet-audit-rollback-trial';

/** What the timer of the trial does when nothing came for ten minutes. */
async function silence(node: SystemdNode): Promise<void> {
  await node.run(['systemctl', 'start', '--no-block', `${trialTimer}.service`]);
  await until(() => !node.exists(current), 'it is put back');
  await disarmed(node);
}

type Asked = Partial<RemediateOptions>;
const apply = { run, mode: 'apply' } as const;
const keep = { run, mode: 'keep' } as const;
const putBack = { run, mode: 'put-back' } as const;
const undo = { run, mode: 'undo' } as const;
const otherRun = 'run-2';

describe('a change on trial', underSystemd, () => {
  /** What happens to it, what comes then, the answer to that, and whose files the node has at the end. */
  const rows: readonly (readonly [
    happens: string,
    how: ((node: SystemdNode) => Promise<unknown>) | undefined,
    comes: Asked,
    answer: object,
    has: 'before' | 'changed',
  ])[] = [
    ['nothing', undefined, keep, { outcome: 'kept', undo: run, status: 0 }, 'changed'],
    ['nothing', undefined, putBack, { outcome: 'undone', reason: 'put-back', status: 0 }, 'before'],
    ['nothing', undefined, undo, { outcome: 'undone', reason: 'put-back', status: 0 }, 'before'],
    ['nothing', undefined, apply, { outcome: 'changed', reason: 'on-trial', keep: run }, 'before'],
    ['another operator', undefined, { ...apply, run: otherRun }, { outcome: 'refused', reason: 'on-trial' }, 'before'],
    ['another operator', undefined, { ...keep, run: otherRun }, { reason: 'on-trial', status: 10 }, 'before'],
    ['another operator', undefined, { ...undo, run: otherRun }, { reason: 'on-trial' }, 'before'],
    ['another operator', undefined, { ...undo, run: 'run' }, { reason: 'on-trial' }, 'before'],
    ['silence', silence, keep, { outcome: 'refused', reason: 'not-as-wanted', status: 10 }, 'before'],
    ['silence', silence, undo, { outcome: 'refused', reason: 'no-undo' }, 'before'],
    ['silence', silence, putBack, { outcome: 'refused', reason: 'not-on-trial' }, 'before'],
    ['a boot', (node) => node.reboot(), keep, { outcome: 'refused', reason: 'not-as-wanted' }, 'before'],
    [
      'a kubelet that ended',
      (node) => shell(node, 'systemctl stop kubelet'),
      keep,
      { reason: 'not-running', status: 10 },
      'before',
    ],
    ['a kubelet that ended', (node) => shell(node, 'systemctl stop kubelet'), putBack, { outcome: 'undone' }, 'before'],
    [
      'a clock that is set back',
      (node) => stepped(node, -86_400),
      keep,
      { outcome: 'refused', reason: 'edited-since', status: 10 },
      'before',
    ],
    ['a keep that was killed before its last step', killed('before'), keep, { outcome: 'kept' }, 'changed'],
    ['a keep that was killed after it', killed('after'), keep, { outcome: 'already' }, 'changed'],
    ['a clock that is set forward', (node) => stepped(node, 86_400), keep, { outcome: 'kept' }, 'changed'],
  ];
  it.each(rows)('with %s, %o, then %j gives %j, and silence leaves the files %s', (_, how, comes, answer, has) =>
    withNode(al2(), async (node) => {
      const before = everyFile(node);
      expect(await asked(node, apply)).toMatchObject({ outcome: 'changed', reason: 'confirmed', keep: run, undo: '' });
      expect(await timers(node)).toContain(`${trialTimer}.timer`);
      expect(await timers(node)).not.toContain('eks-kubelet-audit-rollback.timer');
      await how?.(node);
      if (has === 'changed' || how === undefined) expect(node.read(configPath)).toContain(caPath);

      expect(await asked(node, comes)).toMatchObject(answer);
      if (node.exists(current)) await silence(node);
      expect(await timers(node)).toBe('');
      if (has === 'before') expect(everyFile(node)).toEqual(before);
      else expect(node.read(configPath)).toContain(caPath);
      expect(node.exists(`${undoHome}/${run}.1`)).toBe(has === 'changed');
      const running = expect(await runningConfiguration(node));
      if (has === 'changed') running.toMatchObject(withCa);
      else running.not.toMatchObject(withCa);

      await node.reboot();
      const booted = expect(await runningConfiguration(node));
      if (has === 'changed') booted.toMatchObject(withCa);
      else booted.not.toMatchObject(withCa);
    }),
  );

  it.each(journalSteps)('ends whole where the disk is full from the step %s on', (step) =>
    withNode(al2(), async (node) => {
      await shell(node, 'mkdir -p /var/lib/eks-kubelet-audit');
      await shell(node, ontoSmallDisk('/var/lib/eks-kubelet-audit', 600));
      const before = everyFile(node);
      const script = deployedScript().replace(
        'step() {',
        () =>
          `step() {\n[ "$1" != '${step}' ] || head -c 900000 /dev/zero 2>/dev/null >/var/lib/eks-kubelet-audit/fill || :\n`,
      );
      const answer = await asked(node, apply, script);
      expect(answer.outcome).toMatch(/^(changed|restored|refused)$/);
      // The small disk is seen inside of the machine only.
      await node.run(['systemctl', 'start', '--no-block', `${trialTimer}.service`]);
      await disarmed(node);
      expect(everyFile(node)).toEqual(before);
      expect(await runningConfiguration(node)).not.toMatchObject(withCa);
      expect(await timers(node)).toBe('');
    }),
  );
});

/** The clock of this node's programs, and of no other machine. */
const stepped = (node: SystemdNode, seconds: number) =>
  node.replaceProgram(
    '/usr/bin/date',
    `case $* in +%s) echo $(($("$real" +%s) + ${seconds})); exit ;; +%s%N) echo "$(($("$real" +%s) + ${seconds}))000000000"; exit ;; esac`,
  );

const withAnybody = {
  [configPath]: openConfiguration.replace('Webhook', 'AlwaysAllow'),
} satisfies Files;
const closing = { run: otherRun, controls: ['kubelet-anonymous-auth', 'kubelet-authorization-mode'] };
const feels = (mood: string) => async (node: SystemdNode) => {
  node.write('/etc/kubelet-mood', mood);
  await node.run(['systemctl', 'restart', 'kubelet']);
};
const stops = (node: SystemdNode) => shell(node, 'systemctl stop kubelet');

describe('an undo', underSystemd, () => {
  it.each([
    ['whose kubelet is well', undefined],
    ['whose kubelet is down', stops],
    ['whose kubelet is not well', feels('sick')],
  ] as const)('of a node %s never shuts the API server out where it gets in', (_, happens) =>
    withNode(al2(withAnybody), async (node) => {
      await remediate(node, apply);
      await remediate(node, closing);
      await happens?.(node);
      const script = deployedScript({ healthWithin: 5 });
      const files = () => everyFile(node).filter(([path]) => path !== '/etc/kubelet-mood');
      const before = files();
      expect(await asked(node, undo, script)).toMatchObject({ outcome: 'refused', reason: 'no-client-ca', status: 0 });
      expect(files()).toEqual(before);

      expect(await asked(node, { ...closing, mode: 'undo' }, script)).toMatchObject({ outcome: 'undone' });
      expect(await asked(node, undo, script)).toMatchObject({ outcome: 'undone' });
      expect(JSON.parse(node.read(configPath))).toEqual(JSON.parse(withAnybody[configPath]));
    }),
  );

  it.each([
    ['is down', stops, 'restarted', true],
    ['is not well', feels('sick'), 'restarted', true],
    ['does not start with the new files', feels('refuses'), 'restarted', true],
    ['does not start with any files', feels('broken'), 'not-well', false],
  ] as const)('needs no running kubelet: one that %s', (_, happens, reason, isWell) =>
    withNode(al2(), async (node) => {
      await remediate(node, apply);
      await happens(node);
      const script = deployedScript({ healthWithin: 5 });
      expect(await asked(node, undo, script)).toMatchObject({ outcome: 'undone', reason, status: 0, undo: '' });
      expect(node.read(configPath)).toBe(openConfiguration);
      expect(await timers(node)).toBe('');
      if (isWell) expect(await runningConfiguration(node)).not.toMatchObject(withCa);
    }),
  );

  it('of a kubelet that is down refuses a file that somebody wrote since, and leaves it', () =>
    withNode(al2(), async (node) => {
      await remediate(node, apply);
      await shell(node, `sed -i s/0.0.0.0/10.0.0.1/ ${configPath}; systemctl stop kubelet`);
      const before = everyFile(node);
      expect(await asked(node, undo)).toMatchObject({ outcome: 'refused', reason: 'changed-since' });
      expect(everyFile(node)).toEqual(before);
    }));

  it('finds what nodeadm put back at a boot as it was, and eight such boots keep no ninth command away', () =>
    withNode(al2(withArguments('--read-only-port=10255')), async (node) => {
      const boots = async (times: number) => {
        for (let boot = 1; boot <= times; boot += 1) {
          const done = await remediate(node, { run: `boot-${boot}` });
          expect(done, `${boot}: ${done.words}`).toMatchObject({ outcome: 'changed' });
          node.write(configPath, openConfiguration);
          await restartKubelet(node);
          await runningConfiguration(node);
        }
      };
      await boots(2);
      const pid = await shell(node, 'systemctl show -p MainPID kubelet');
      expect(await remediate(node, { run: 'boot-1', mode: 'undo' })).toMatchObject({ reason: 'as-before' });
      expect(await remediate(node, { run: 'boot-1', mode: 'undo' })).toMatchObject({ reason: 'no-undo' });
      expect(await shell(node, 'systemctl show -p MainPID kubelet')).toBe(pid);

      const kept = { run: 'kept', controls: ['kubelet-read-only-port'] };
      await remediate(node, kept);
      await boots(9);
      expect(await remediate(node, { ...kept, mode: 'undo' })).toMatchObject({ outcome: 'undone' });
      expect(node.read(argumentsPath)).toContain('--read-only-port=10255');
      expect(node.exists(`${remediationHome}/current`)).toBe(false);
    }));
});
