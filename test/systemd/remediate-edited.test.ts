import { chmodSync, renameSync, utimesSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { kubeletProbeScript } from '../../infra/documents/probe/kubelet-probe.ts';
import { decodeAnswer } from '../../lambda/adapters/ssm/command-answers.ts';
import { parseProbeAnswer } from '../../lambda/core/read/kubelet/node/probe-answer.ts';
import { everyFile, runKilled, until } from './killed-script.ts';
import {
  al2,
  al2023,
  configPath,
  current,
  deployedScript,
  disarmed,
  dropIn,
  dropIns,
  environmentPath,
  type Files,
  fire,
  mainPid,
  ontoSmallDisk,
  openConfiguration,
  type RemediateOptions,
  remediate,
  restartKubelet,
  runningConfiguration,
  shell,
  theClientCa,
  unitPath,
  variablesOf,
  withArguments,
  withCa,
  withNode,
  writeScript,
} from './kubelet-node.ts';
import { type SystemdNode, underSystemd } from './real-systemd.ts';

const folder = '/etc/kubernetes/kubelet';
const labels = `${unitPath}.d/30-labels.conf`;

/** A kubelet that has all that a kubelet may be configured by. The older file looks right to a reader of texts, and no kubelet starts with it. */
const machine = (): Files => ({
  ...al2({
    ...withArguments(`--config-dir=${dropIns}`),
    [labels]: '[Service]\nEnvironment=KUBELET_EXTRA_ARGS=--node-labels=a=b\n',
    [`${dropIns}/50.conf`]: dropIn({ protectKernelDefaults: false }),
    [`${dropIns}/team/note`]: 'no drop-in',
  }),
  '/var/tmp/older.json': openConfiguration.replace('{', '{\n    "readOnlyPort": "none",'),
});

const longAgo = new Date('2020-01-01T00:00:00Z');
const { program, link } = { program: '/opt/kubelet-program', link: '/opt/kubelet-link' };
const startedAs = (path: string): string => String(al2()[unitPath]).replace('@/opt/node', `@${path}`);

interface Edit {
  readonly reason: 'edited-since' | 'touched-since';
  /** What the words name. */
  readonly named: string;
  /** Lines of shell, as those before the kubelet is started for the last time. */
  readonly edit: string;
  readonly before?: string;
  readonly files?: Files;
  readonly asked?: Partial<RemediateOptions>;
}

const edits: Readonly<Record<string, Edit>> = {
  'a file that is edited in its place': {
    reason: 'edited-since',
    named: configPath,
    edit: `sed s/0.0.0.0/10.0.0.1/ ${configPath} >/var/tmp/edited; cat /var/tmp/edited >${configPath}`,
  },
  'a broken file of yesterday that cp -p brings': {
    reason: 'touched-since',
    named: configPath,
    edit: `cp -p /var/tmp/older.json ${configPath}`,
  },
  'a broken file of yesterday that rsync or tar brings': {
    reason: 'edited-since',
    named: folder,
    edit: `cp -p /var/tmp/older.json ${folder}/.next; mv ${folder}/.next ${configPath}`,
  },
  'a drop-in that is deleted, which looks as if all were as wanted': {
    reason: 'edited-since',
    named: dropIns,
    edit: `rm ${dropIns}/50.conf`,
    files: { [configPath]: openConfiguration.replace('{', '{\n    "protectKernelDefaults": true,') },
    asked: { controls: ['kubelet-protect-kernel-defaults'] },
  },
  'an older drop-in that is moved there and away from a folder within': {
    reason: 'edited-since',
    named: `${dropIns}/team`,
    edit: `touch ${dropIns}/team/x; rm ${dropIns}/team/x; touch -d 2020-01-01 ${dropIns}/team/note`,
  },
  'a drop-in of the unit that is deleted, and systemd has read that': {
    reason: 'edited-since',
    named: `${unitPath}.d`,
    edit: `rm ${labels}; systemctl daemon-reload`,
  },
  'a file with the arguments that an older one replaces': {
    reason: 'touched-since',
    named: environmentPath,
    files: al2023({ '/var/tmp/environment': `${String(al2023()[environmentPath])} --node-labels=a=b` }),
    edit: `touch -d 2020-01-01 /var/tmp/environment; cp -p /var/tmp/environment ${environmentPath}`,
  },
  'a program that is replaced': {
    reason: 'edited-since',
    named: `${program} (deleted)`,
    files: { [unitPath]: startedAs(program) },
    before: `cp /opt/node ${program}`,
    edit: `cp -p ${program} ${program}.next; mv ${program}.next ${program}`,
  },
  'a program that another one takes the place of by a link': {
    reason: 'edited-since',
    named: link,
    files: { [unitPath]: startedAs(link) },
    before: `ln -s node ${link}`,
    edit: `ln -s -f -n kubelet ${link}`,
  },
  'a folder that is exchanged for an older one': {
    reason: 'edited-since',
    named: '/etc/kubernetes',
    edit: `cd /etc/kubernetes; cp -a ${folder} older; mv ${folder} before; mv older ${folder}`,
  },
  'a file over which another one is mounted': {
    reason: 'edited-since',
    named: configPath,
    edit: `cp -p ${configPath} /var/tmp/same; mount --bind /var/tmp/same ${configPath}`,
  },
};

describe('a kubelet that would not start as it runs is not restarted', underSystemd, () => {
  it.each(Object.entries(edits))('because of %s', (_, { reason, named, edit, files = {}, before, asked = {} }) =>
    withNode({ ...machine(), ...files, ...(before && { [unitPath]: String(al2()[unitPath]) }) }, async (node) => {
      utimesSync(node.path('/var/tmp/older.json'), longAgo, longAgo);
      if (before) {
        await shell(node, before);
        node.write(unitPath, String(files[unitPath]));
        await shell(node, 'systemctl daemon-reload; systemctl restart kubelet');
        await runningConfiguration(node);
      }
      // The same machine without the edit.
      expect((await remediate(node, { mode: 'dry-run', ...asked })).outcome).toMatch(/^(dry-run|already)$/);
      await shell(node, edit);
      const tree = [...node.tree('/etc', '/var/lib')];
      const pid = await mainPid(node);

      for (const mode of ['apply', 'keep'] as const) {
        const answer = await remediate(node, { ...asked, mode });
        expect(answer).toMatchObject({ outcome: 'refused', reason, status: mode === 'apply' ? 0 : 10 });
        expect(answer.words).toContain(`${named}${reason === 'edited-since' ? ' was changed' : ' changed'}`);
      }
      expect([...node.tree('/etc', '/var/lib')].filter(([path]) => !path.includes('eks-kubelet-audit'))).toEqual(tree);
      expect(await mainPid(node)).toBe(pid);
      expect(node.exists(current)).toBe(false);
    }),
  );

  it('and without any of that is fixed', () =>
    withNode(machine(), async (node) => {
      const controls = ['kubelet-client-ca-file', 'kubelet-protect-kernel-defaults'];
      expect(await remediate(node, { controls })).toMatchObject({ outcome: 'changed' });
      expect(await runningConfiguration(node)).toMatchObject({ ...withCa, protectKernelDefaults: true });
      // What was written for it is no edit by somebody else.
      expect(await remediate(node, { controls: ['kubelet-anonymous-auth'] })).toMatchObject({ outcome: 'changed' });
    }));
});

/** The times of the configuration file, as the deployed probe sends them. */
async function sentTimes(node: SystemdNode) {
  node.write('/root/probe.sh', kubeletProbeScript({ root: '' }));
  const body = decodeAnswer((await node.run(['sh', '/root/probe.sh'])).stdout);
  const answer = body.ok ? parseProbeAnswer(body.value) : body;
  if (!answer.ok || answer.value.outcome !== 'kubelet') throw new Error(`not read: ${JSON.stringify(answer)}`);
  const { startedAt = Number.NaN, times } = answer.value.files;
  const seen = times?.get(configPath);
  if (typeof seen !== 'object') throw new Error(`no times: ${seen}`);
  return { isTouched: seen.changed > startedAt, isEdited: seen.modified > startedAt };
}

describe('a file of which only mode or owner changed', underSystemd, () => {
  it('is an edit, unless the caller has read that what runs is what it says', () =>
    withNode(al2(), async (node) => {
      chmodSync(node.path(configPath), 0o600);
      expect(await remediate(node)).toMatchObject({ outcome: 'refused', reason: 'touched-since' });
      expect(await sentTimes(node)).toEqual({ isTouched: true, isEdited: false });

      expect(await remediate(node, { touched: 'as-running' })).toMatchObject({ outcome: 'changed' });
      expect(node.permissions(configPath)).toBe('600 0:0');
      node.write(configPath, node.read(configPath));
      const next = { touched: 'as-running', controls: ['kubelet-anonymous-auth'] } as const;
      expect(await remediate(node, next)).toMatchObject({ reason: 'edited-since' });
    }));

  it('by the remedy itself is no edit: 3.1.1, then 3.2.4, and no restart between', () =>
    withNode(al2({ [configPath]: { text: openConfiguration, mode: 0o666 } }), async (node) => {
      expect(await remediate(node, { controls: ['kubelet-config-mode'] })).toMatchObject({ reason: 'modes' });
      expect(await sentTimes(node)).toEqual({ isTouched: false, isEdited: false });

      const controls = ['kubelet-read-only-port', 'kubelet-client-ca-file'];
      expect(await remediate(node, { controls })).toMatchObject({ outcome: 'changed' });
      expect(await runningConfiguration(node)).toMatchObject(withCa);
    }));

  it('by the remedy hides no edit that somebody made before', () =>
    withNode(al2({ [configPath]: { text: openConfiguration, mode: 0o666 } }), async (node) => {
      node.write('/etc/kubernetes/older', openConfiguration);
      utimesSync(node.path('/etc/kubernetes/older'), longAgo, longAgo);
      renameSync(node.path('/etc/kubernetes/older'), node.path(configPath));
      chmodSync(node.path(configPath), 0o666);

      expect(await remediate(node, { controls: ['kubelet-config-mode'] })).toMatchObject({ outcome: 'changed' });
      expect(await sentTimes(node)).toMatchObject({ isTouched: true });
      expect(await remediate(node)).toMatchObject({ outcome: 'refused' });
    }));
});

describe('a write of the script that came to nothing', underSystemd, () => {
  const armed = 'step armed';
  const again = { controls: ['kubelet-client-ca-file', 'kubelet-anonymous-auth'] };

  it('because the disk was full is no edit by others: once there is room, the next command changes the node', () =>
    withNode(al2(), async (node) => {
      await shell(node, ontoSmallDisk('/etc', 6_000));
      await restartKubelet(node);
      await runningConfiguration(node);
      const before = everyFile(node);
      const filling = deployedScript().replace(armed, '$&\ndd if=/dev/zero of=/etc/filler bs=1k 2>/dev/null || :');
      expect(await remediate(node, {}, filling)).toMatchObject({
        outcome: 'refused',
        reason: 'not-written',
        status: 0,
      });
      await shell(node, 'rm /etc/filler');
      expect(everyFile(node)).toEqual(before);
      expect(await sentTimes(node)).toMatchObject({ isEdited: false });
      expect(await remediate(node, again)).toMatchObject({ outcome: 'changed' });
    }));

  it('because it was killed while the new file had no place yet is none either', () =>
    withNode(al2(), async (node) => {
      const before = everyFile(node);
      await runKilled(
        node,
        deployedScript().replace('mv -f "$next" "$2"', (line) => `kill -9 $$\n${line}`),
      );
      expect(everyFile(node)).not.toEqual(before);
      await fire(node);
      await until(() => !node.exists(current), 'it is put back');
      await disarmed(node);
      expect(everyFile(node)).toEqual(before);
      expect(await remediate(node, again)).toMatchObject({ outcome: 'changed' });
    }));

  it('hides nothing that others touched before: that stays a reason to refuse', () =>
    withNode(al2(), async (node) => {
      chmodSync(node.path(configPath), 0o600);
      const failing = deployedScript().replace('cat "$current/new.$number" >"$next"', 'false');
      const answer = await remediate(node, { touched: 'as-running' }, failing);
      expect(answer).toMatchObject({ outcome: 'refused', reason: 'not-written' });
      expect(await remediate(node)).toMatchObject({ outcome: 'refused', reason: 'touched-since' });
    }));

  const filler = (folder: string) => `dd if=/dev/zero of=${folder}/filler bs=1k 2>/dev/null || :`;
  it.each([
    ['of the node’s own texts', 'cd "$work"', 'mount -t tmpfs -o size=8k tmpfs "$work"; cd "$work"'],
    ['of its plan', 'prepare\nstep arming', `${filler('/var/lib/eks-kubelet-audit')}\nprepare\nstep arming`],
  ])(
    'since the disk %s fills up after the check is a refusal with that reason, and changes nothing',
    (_, place, instead) =>
      withNode(al2(), async (node) => {
        await shell(
          node,
          'mkdir -p /var/lib/eks-kubelet-audit; mount -t tmpfs -o size=300k tmpfs /var/lib/eks-kubelet-audit',
        );
        const before = everyFile(node);
        const pid = await mainPid(node);
        writeScript(
          node,
          deployedScript().replace(place, () => instead),
        );
        // A tool complains of the full disk on stderr.
        const { stdout, status } = await node.run(['sh', '/root/remediate.sh'], variablesOf(theClientCa));
        expect({ status, stdout }).toEqual({
          status: 0,
          stdout: expect.stringContaining('outcome=refused\nreason=disk-full\n'),
        });
        expect(stdout).toContain('; nothing was changed\n');
        await disarmed(node);
        expect(everyFile(node)).toEqual(before);
        expect(await mainPid(node)).toBe(pid);
      }),
  );
});
