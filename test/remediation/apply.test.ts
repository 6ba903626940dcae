import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { remediateDocumentName } from '../../lambda/contract/remediation-names.ts';
import type { NodeRoot } from '../lab/node/node-root.ts';
import { refuseOtherConfigurations, restartsOf } from '../lab/node/node-systemd.ts';
import { canEnterRoots } from '../lab/node/script-in-root.ts';
import { cli, type Person } from './person-at-terminal.ts';
import {
  accountId,
  configFile,
  fileOf,
  type RemediableEstate,
  region,
  startRemediableEstate,
} from './remediable-estate.ts';

let estate: RemediableEstate;

beforeAll(async () => {
  estate = await startRemediableEstate();
  for (const [name, value] of Object.entries(estate.environment())) vi.stubEnv(name, value);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await estate?.close();
});

const ca = ['--controls', 'kubelet-client-ca-file'];
const remediate = (cluster: string, args: readonly string[] = [], person: Person = {}) =>
  cli(['remediate', cluster, ...ca, ...args], person);
const apply = (cluster: string, ...args: readonly string[]) => remediate(cluster, ['--apply', '--yes', ...args]);

const statusesOf = (cluster: string) =>
  estate.lab.securityHub
    .findings(accountId, region)
    .filter(({ Id }) => String(Id).includes(`cluster/${cluster}/`))
    .map(({ Compliance }) => (Compliance as { readonly Status: string }).Status);
const commandsOf = (from: number) =>
  estate.lab.calls
    .slice(from)
    .filter(({ operation, input }) => operation === 'SendCommand' && input['DocumentName'] === remediateDocumentName);

/** Everything that lies below /etc and in the kubelet's folder: bytes, modes and owners. */
function filesOf(root: NodeRoot): ReadonlyMap<string, string> {
  return new Map(
    ['etc', 'var/lib/kubelet'].flatMap((folder) =>
      readdirSync(join(root.path, folder), { recursive: true, encoding: 'utf8' }).flatMap((name) => {
        const path = join(root.path, folder, name);
        const { mode, uid, gid } = statSync(path);
        return statSync(path).isFile()
          ? [[`/${folder}/${name}`, `${mode.toString(8)} ${uid}:${gid} ${readFileSync(path, 'utf8')}`] as const]
          : [];
      }),
    ),
  );
}

const restarts = (roots: ReadonlyMap<string, NodeRoot>) => [...roots.values()].map(restartsOf);
const caOf = (root: NodeRoot): unknown => JSON.parse(fileOf(root)).authentication.x509?.clientCAFile;
const caPath = '/etc/kubernetes/pki/ca.crt';
const cas = (roots: ReadonlyMap<string, NodeRoot>) => [...roots.values()].map(caOf);
const only = <T>(all: ReadonlyMap<string, T>, name: string): T => {
  const found = all.get(name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found;
};

describe.skipIf(!canEnterRoots())('remediate --apply', () => {
  it('fixes a failing cluster node by node, sees each pass, and turns its findings PASSED', async () => {
    const { roots, instanceIds } = await estate.addCluster('payments', { blue: 2, green: 1 });
    await cli(['audit', 'payments', ...ca, '--every-source', '--publish']);
    expect(statusesOf('payments')).toEqual(['FAILED', 'FAILED']);

    const plan = await remediate('payments');
    expect(plan).toMatchObject({ code: 1, stderr: '' });
    expect(plan.stdout).toContain('+     "clientCAFile": "/etc/kubernetes/pki/ca.crt"');
    expect(restarts(roots)).toEqual([0, 0, 0]);

    const before = estate.lab.calls.length;
    const applied = await apply('payments', '--publish');
    expect(applied).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('3 of 3 nodes fixed in cluster payments'),
    });
    expect(applied.stderr).toContain('2 findings written');

    // One node a command, node group by node group, and each is kept before the next one begins.
    const modeOf = (parameters: unknown) => Object(parameters).Mode[0];
    expect(commandsOf(before).map(({ input }) => [input['InstanceIds'], modeOf(input['Parameters'])])).toEqual(
      [...instanceIds.values()].flatMap((id) => [
        [[id], 'apply'],
        [[id], 'keep'],
      ]),
    );
    expect(restarts(roots)).toEqual([1, 1, 1]);
    expect(cas(roots)).toEqual(Array(3).fill(caPath));
    expect(statusesOf('payments')).toEqual(['PASSED', 'PASSED']);

    const again = await apply('payments', '--publish');
    expect(again.stderr).toContain('0 findings written');
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('Nothing to fix in cluster payments') });
    expect(restarts(roots)).toEqual([1, 1, 1]);
  });

  it('sends names, fingerprints and a number, and nothing that a node said', async () => {
    const { cluster } = await estate.addCluster('names', { workers: 1 });
    const before = estate.lab.calls.length;
    await apply('names', '--stable-seconds', '5');

    const [command] = commandsOf(before);
    expect(command?.input['Parameters']).toEqual({
      Controls: ['kubelet-client-ca-file'],
      CaSha256: [expect.stringMatching(/^[0-9a-f]{64}$/)],
      Mode: ['apply'],
      StableSeconds: ['5'],
      Run: [expect.stringMatching(/^\d{8}T\d{6}Z-[0-9a-f]{6}-[0-9a-f]{12}$/)],
      Touched: ['refuse'],
    });
    expect(cluster.arn).toContain(accountId);
  });

  it('stops at a node that does not come back, puts it back byte for byte, and goes on from there when a person says so', async () => {
    const { roots, instanceIds } = await estate.addCluster('stubborn', { workers: 3 });
    await cli(['audit', 'stubborn', ...ca, '--every-source', '--publish']);
    const broken = only(roots, 'workers-2.internal');
    refuseOtherConfigurations(broken);
    const was = filesOf(broken);

    const applied = await apply('stubborn', '--publish');
    expect(applied.code).toBe(1);
    expect(applied.stdout).toContain('1 of 3 nodes fixed in cluster stubborn');
    const id = only(instanceIds, 'workers-2.internal');
    expect(applied.stdout).toContain(`${id} (managed/workers): put back as it was`);
    expect(applied.stdout).toContain('1 node not begun: the run stopped before them');

    expect(filesOf(broken)).toEqual(was);
    expect(readFileSync(join(broken.path, 'run/lab/systemd/active'), 'utf8')).toBe('active\n');
    expect(cas(roots)).toEqual([caPath, undefined, undefined]);
    expect(restartsOf(only(roots, 'workers-3.internal'))).toBe(0);
    expect(statusesOf('stubborn')).toEqual(['FAILED']);

    const resumed = await apply('stubborn', '--skip', id);
    expect(resumed).toMatchObject({ code: 0, stdout: expect.stringContaining('1 of 1 node fixed') });
    expect(cas(roots)).toEqual([caPath, undefined, caPath]);
    expect(restartsOf(only(roots, 'workers-1.internal'))).toBe(1);

    rmSync(join(broken.path, 'run/lab/systemd/starts-only-as-before'));
    expect(await apply('stubborn', '--publish')).toMatchObject({ code: 0 });
    expect(statusesOf('stubborn')).toEqual(['PASSED']);
  });

  it('updates the findings of what was fixed before, also when there is nothing left to fix', async () => {
    await estate.addCluster('later', { workers: 1 });
    await cli(['audit', 'later', ...ca, '--every-source', '--publish']);
    const { stderr } = await apply('later');
    expect(stderr).toContain('findings in Security Hub follow with the next audit; --publish updates them at once');
    expect(statusesOf('later')).toEqual(['FAILED']);

    expect(await apply('later', '--publish')).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('1 findings written'),
    });
    expect(statusesOf('later')).toEqual(['PASSED']);
  });

  it('changes nothing when a node that is to be left alone is none of the cluster: it may be a slip of the pen', async () => {
    const { roots, instanceIds } = await estate.addCluster('slip', { workers: 1 });
    const applied = await apply('slip', '--skip', `${only(instanceIds, 'workers-1.internal')}0`);
    expect(applied).toMatchObject({ code: 64, stderr: expect.stringContaining('is not a node of cluster slip') });
    expect(restarts(roots)).toEqual([0]);
  });

  it('begins no further node after Ctrl-C, and waits for the one under way', async () => {
    const { roots } = await estate.addCluster('interrupted', { workers: 2 });
    const applied = await remediate('interrupted', ['--apply', '--yes'], {
      sees: (text) => {
        if (text.includes('[1/2]') && text.includes('changing')) process.emit('SIGINT');
      },
    });

    expect(applied.code).toBe(130);
    expect(applied.stderr).toContain('no further node is begun');
    expect(applied.stdout).toContain('1 of 2 nodes fixed');
    expect(applied.stdout).toContain('1 node not begun: you stopped the run');
    expect(restarts(roots)).toEqual([1, 0]);
  });

  it.each([
    ['the cluster’s name', 'asking-yes', 'asking-yes', 1],
    ['another word', 'asking-no', 'yes', 0],
    ['nothing', 'asking-nothing', '', 0],
  ])('asks on a terminal, and goes by %s', async (_what, name, types, times) => {
    const { roots } = await estate.addCluster(name, { workers: 1 });
    const { stderr } = await remediate(name, ['--apply'], { types });

    expect(stderr).toContain(
      `1 node: workers-1.internal will be changed and the kubelet restarted there, 1 at a time. Type the cluster's name (${name})`,
    );
    expect(stderr.includes('nothing was changed')).toBe(times === 0);
    expect(restarts(roots)).toEqual([times]);
  });

  it('changes nothing where the document is missing, and says what to deploy', async () => {
    const elsewhere = await startRemediableEstate({ withoutDocument: true });
    try {
      const { roots } = await elsewhere.addCluster('bare', { workers: 2 });
      for (const [name, value] of Object.entries(elsewhere.environment())) vi.stubEnv(name, value);
      const applied = await apply('bare');

      expect(applied.code).toBe(3);
      expect(applied.stderr).toContain('deploy the remediation stack of this version there; nothing was changed');
      expect(await remediate('bare', ['--apply'], { types: 'bare' })).toMatchObject({
        code: 3,
        stderr: expect.not.stringContaining('to go on'),
      });
      expect(restarts(roots)).toEqual([0, 0]);
    } finally {
      for (const [name, value] of Object.entries(estate.environment())) vi.stubEnv(name, value);
      await elsewhere.close();
    }
  });
});

describe('remediate without --apply', () => {
  it('changes nothing, and writes the snippets into the folder that is named', async () => {
    const { roots } = await estate.addCluster('shown', { workers: 1 });
    const folder = await mkdtemp(join(tmpdir(), 'plan-'));
    const before = estate.lab.calls.length;
    const plan = await remediate('shown', ['--output', join(folder, 'plan')]);

    expect(plan).toMatchObject({ code: 1, stderr: expect.stringContaining('2 snippets written to') });
    expect(readFileSync(join(folder, 'plan/managed-workers/al2023-node-config.yaml'), 'utf8')).toContain(
      'clientCAFile: /etc/kubernetes/pki/ca.crt',
    );
    expect(existsSync(join(folder, 'plan/managed-workers/al2023-user-data.mime'))).toBe(true);
    expect(commandsOf(before)).toEqual([]);
    expect(restarts(roots)).toEqual([0]);
    expect(fileOf(only(roots, 'workers-1.internal'), configFile)).not.toContain('clientCAFile');
    await rm(folder, { recursive: true });
  });

  it.each([
    [['--apply'], 'there is no terminal to ask on; give --yes with --apply'],
    [['--yes'], '--yes belongs to --apply'],
    [['--dry-run', '--undo', 'x'], '--dry-run and --undo exclude each other'],
    [['--resume', '../x', '--yes'], "'../x' is not the id of a run"],
    [['--canary', '100001'], "--canary '100001' must be a whole number from 0 to 100000"],
    [['--max-failures', '0'], "--max-failures '0' must be a whole number from 1 to 100000"],
    [['--publish'], '--publish belongs to --apply'],
    [['--apply', '--yes', '--max-unavailable', '0'], "--max-unavailable '0' must be a whole number from 1 to 100000"],
    [['--apply', '--yes', '--stable-seconds', '4'], "--stable-seconds '4' must be a whole number from 5 to 600"],
    [['--apply', '--yes', '--stable-seconds', '601'], "--stable-seconds '601' must be a whole number from 5 to 600"],
    [['--sources', 'configz'], "--sources 'configz' has no ssm"],
  ])('is wrong usage with %j', async (args, message) => {
    const before = estate.lab.calls.length;
    expect(await remediate('payments', args)).toMatchObject({ code: 64, stderr: expect.stringContaining(message) });
    expect(estate.lab.calls.length).toBe(before);
  });
});
