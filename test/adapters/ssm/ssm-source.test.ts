import { spawnSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { kubeletProbeDocument, kubeletProbeScript } from '../../../infra/documents/probe/kubelet-probe.ts';
import { pacedSsmClient } from '../../../lambda/adapters/ssm/client.ts';
import { ssmSource } from '../../../lambda/adapters/ssm/ssm-source.ts';
import { probeDocumentName } from '../../../lambda/contract/names.ts';
import type { ClusterNode, NodeReading } from '../../../lambda/core/model/model.ts';
import { readAll } from '../../fakes/ask-ports.ts';
import { ManualClock } from '../../fakes/manual-clock.ts';
import { clusterIn, clusterNode } from '../../fakes/ports.ts';
import { finalDetails } from '../../lab/aws/ssm/ssm-commands.ts';
import type { LabManagedInstance } from '../../lab/aws/ssm/ssm-instances.ts';
import { CertificateAuthority } from '../../lab/kubernetes/certificates.ts';
import { labOfFile } from '../../lab/lab-of-file.ts';
import { bottlerocketNode } from '../../lab/node/bottlerocket.ts';
import { type NodeDescription, NodeRoot, recordedNode } from '../../lab/node/node-root.ts';

const region = 'eu-central-1';
const lab = await labOfFile();
const recorded = recordedNode('file-sets-ca');
const good = new NodeRoot(recorded);
afterAll(() => good[Symbol.dispose]());
/** What the probe prints on the good node: run once, then printed by nodes that need no shell of their own. */
const { stdout } = spawnSync('sh', ['-c', kubeletProbeScript({ root: good.path })], { encoding: 'utf8', env: {} });

/** One of its own for each test. */
let accountId = '300000000000';
beforeEach(() => {
  accountId = `${Number(accountId) + 1}`;
  lab.addAccount(accountId);
  lab.faults.clear();
  lab.ssm.configure({ visibleAfterMs: 0, spelling: 'without spaces', millisecondsPerSecond: 1_000 });
  putDocument(kubeletProbeDocument());
});
const putDocument = (content: object) => lab.ssm.putDocument(accountId, region, probeDocumentName, content);

/** Removed when the test ends. */
function nodeRoot(description: NodeDescription): NodeRoot {
  const root = new NodeRoot(description);
  onTestFinished(() => root[Symbol.dispose]());
  return root;
}
const idOf = (index: number) => `i-${String(index).padStart(17, '0')}`;
const [one, two] = [idOf(1), idOf(2)];
const register = (index: number, more: Partial<LabManagedInstance> = {}) =>
  lab.ssm.registerInstance(accountId, region, { id: idOf(index), node: good, ...more });
const nodeOf = (id: string, more: Partial<ClusterNode> = {}) =>
  clusterNode(id, { machine: { status: 'confirmed', instanceId: id }, kubeletVersion: 'v1.34.9-eks-1', ...more });
const nodes = (...indexes: readonly number[]) => indexes.map((index) => nodeOf(idOf(index)));
/** So many nodes, whose machines behave so. */
const many = (count: number, behaviour: LabManagedInstance['behaviour'] = { stdout }) =>
  Array.from({ length: count }, (_, index) => {
    register(index, { behaviour });
    return nodeOf(idOf(index));
  });

/** Each sleep leaves the lab a moment to answer in. A part of it passes: of a small one, no limit ends before a shell of a busy machine does. */
class LabClock extends ManualClock {
  readonly #part: number;
  constructor(part: number) {
    super();
    this.#part = part;
  }
  override async sleep(milliseconds: number): Promise<void> {
    await super.sleep(milliseconds * this.#part);
    await delay(10);
  }
}

async function read(
  all: readonly ClusterNode[],
  {
    signal = new AbortController().signal,
    clock = new LabClock(0.001),
    byMemberRole = false,
  }: { signal?: AbortSignal; clock?: ManualClock; byMemberRole?: boolean } = {},
): Promise<readonly NodeReading[]> {
  const client = pacedSsmClient({ region, credentials: async () => lab.credentials(accountId) });
  const cluster = clusterIn({ partition: 'aws', accountId, region }, 'blue');
  const readings = await readAll(ssmSource({ client, clock, byMemberRole }), cluster, all, signal);
  expect(readings.map(({ node }) => node.key).sort()).toEqual(all.map(({ key }) => key).sort());
  return readings;
}
const byKey = (readings: readonly NodeReading[]) =>
  Object.fromEntries(
    readings.map(({ node, result }) => [
      node.key,
      result.ok ? result.value.settings['authentication.x509.clientCAFile'] : result.error,
    ]),
  );
const failed = (readings: readonly NodeReading[]) =>
  readings.flatMap(({ result }) => (result.ok ? [] : [result.error]));
const calls = (operation?: string) =>
  lab.calls.filter((call) => call.accountId === accountId && (!operation || call.operation === operation));
const unreadable = (because: string) => ({ kind: 'unreadable', because: expect.stringContaining(because) });

describe('reading nodes by SSM', () => {
  it('really runs the document on each node, and gives the setting with the file that it comes from', async () => {
    register(1);
    register(2, { node: nodeRoot(recordedNode('no-ca-anonymous-off')) });
    const readings = await read(nodes(1, 2));

    expect(readings.every(({ result }) => result.ok && result.value.via === 'ssm')).toBe(true);
    expect(byKey(readings)).toEqual({
      [one]: {
        state: 'known',
        value: expect.stringMatching(/^\/etc\/kubernetes\/pki\/.*\.crt$/),
        origin: { from: 'file', file: '/etc/kubernetes/kubelet/config.json' },
      },
      [two]: { state: 'known', value: '', origin: expect.anything() },
    });
  });

  it('sends nothing to a machine that the member role may not send to, and says which tags it may', async () => {
    register(1);
    register(2);
    const untagged = nodeOf(two, { notAdmitted: true });
    expect(byKey(await read([nodeOf(one), untagged], { byMemberRole: true }))).toMatchObject({
      [one]: { state: 'known' },
      [two]: { kind: 'not-tried', because: expect.stringContaining('eks:cluster-name') },
    });
    expect(calls('SendCommand').map(({ input }) => input['InstanceIds'])).toEqual([[one]]);
    expect(byKey(await read([untagged]))[two]).toMatchObject({ state: 'known' });
  });

  it('reads 120 nodes in three commands, and one answer a node', async () => {
    const readings = await read(many(120));
    expect(failed(readings)).toEqual([]);
    expect(calls('SendCommand').map(({ input }) => input)).toEqual(
      Array(3).fill(
        expect.objectContaining({
          DocumentName: probeDocumentName,
          DocumentVersion: '1',
          DocumentHash: expect.stringMatching(/^[0-9a-f]{64}$/),
          DocumentHashType: 'Sha256',
          TimeoutSeconds: 60,
          MaxErrors: '100%',
        }),
      ),
    );
    expect(calls('ListDocumentVersions')).toHaveLength(1);
  });

  it('runs our version of a document that somebody has changed, and nothing where there is none', async () => {
    register(1);
    const changed = { ...kubeletProbeDocument(), description: 'the same, and a little more' };
    putDocument(changed);
    expect(byKey(await read(nodes(1)))).toMatchObject({ [one]: { state: 'known' } });
    expect(calls('SendCommand').map(({ input }) => input['DocumentVersion'])).toEqual(['1']);

    lab.ssm.removeDocument(accountId, region, probeDocumentName);
    putDocument(changed);
    expect(byKey(await read(nodes(1)))).toMatchObject({
      [one]: { kind: 'cluster', problem: { code: 'document-changed' } },
    });
    expect(calls('SendCommand')).toHaveLength(1);
  });

  it('does not ask SSM about nodes that it has no way to', async () => {
    const readings = await read([
      nodeOf('win', { kind: 'windows' }),
      nodeOf('auto', { kind: 'auto-mode' }),
      nodeOf('far', { kind: 'fargate' }),
      nodeOf('liar', { machine: { status: 'unconfirmed', because: 'two nodes claim i-1' } }),
      nodeOf('twin', { distrust: 'two nodes claim i-2' }),
    ]);
    expect(failed(readings).map(({ kind }) => kind)).toEqual(Array(5).fill('not-tried'));
    expect(byKey(readings)).toMatchObject({
      liar: { because: 'two nodes claim i-1' },
      twin: { because: 'two nodes claim i-2' },
    });
    expect(calls()).toEqual([]);
  });

  it('sends no command to instances that SSM lost, does not manage, or knows as another platform', async () => {
    register(1);
    register(2, { pingStatus: 'ConnectionLost' });
    register(5, { platformType: 'Windows', platformName: 'Microsoft Windows Server 2022' });
    expect(byKey(await read(nodes(1, 2, 3, 5)))).toMatchObject({
      [one]: { state: 'known' },
      [two]: unreadable('ConnectionLost'),
      [idOf(3)]: unreadable('AmazonSSMManagedInstanceCore'),
      [idOf(5)]: { kind: 'not-tried' },
    });
    expect(calls('SendCommand').map(({ input }) => input['InstanceIds'])).toEqual([[one]]);
  });

  it('names the kubelets of a machine that has two', async () => {
    const processes = [9, 10].map((pid) => ({ pid, ...(pid === 10 && { parent: 5 }), argv: ['kubelet'] }));
    register(1, { node: nodeRoot({ processes }) });
    expect(byKey(await read(nodes(1)))[one]).toMatchObject(unreadable('pid 9 (parent 1), pid 10 (parent 5)'));
  });
});

describe('what only the node itself can show', () => {
  const ca = new CertificateAuthority();
  const path = '/etc/kubernetes/pki/ca.crt';

  async function factsOf(node: NodeDescription, more: Partial<ClusterNode> = {}) {
    register(1, { node: nodeRoot(node) });
    const [reading] = await read([nodeOf(one, more)]);
    return reading?.result.ok ? reading.result.value : expect.unreachable(JSON.stringify(reading?.result));
  }

  it('comes with the settings: modes, owners, the certificates of the client CA, a proof, and who owns the CA file', async () => {
    const files = {
      ...recorded.files,
      [path]: { text: ca.pem, uid: 1000 },
      '/var/lib/kubelet/kubeconfig': { text: 'x', mode: 0o640, uid: 7 },
    };
    const sha256 = expect.stringMatching(/^[0-9a-f]{64}$/);
    expect(await factsOf({ ...recorded, files })).toMatchObject({
      files: {
        kubeconfig: { state: 'known', mode: 0o640, owner: '7', group: '7' },
        config: { path: '/etc/kubernetes/kubelet/config.json', mode: 0o644, owner: 'root', group: 'root' },
      },
      clientCa: { state: 'read', path, certificates: [{ subject: 'CN=kubernetes', sha256 }] },
      proof: { readAt: expect.stringMatching(/Z$/), sha256 },
      assumes: ['no-former-mount'],
      notes: ['the client CA file /etc/kubernetes/pki/ca.crt does not belong to root'],
    });
  });

  it("is Bottlerocket's own word where the shell sees no kubelet", async () => {
    expect(await factsOf(bottlerocketNode({ clusterCa: ca.pem }), { kind: 'bottlerocket' })).toMatchObject({
      via: 'ssm',
      settings: { 'authentication.x509.clientCAFile': { state: 'known', value: path } },
      clientCa: { state: 'read', path, certificates: [{ subject: 'CN=kubernetes' }] },
      notes: [expect.stringContaining("Bottlerocket's own CIS report")],
    });
  });
});

describe('an answer that is not whole', () => {
  it('is fetched again where SSM keeps more of it, until SSM knows the invocation that it has just listed', async () => {
    lab.faults.inject('ssm:GetCommandInvocation', { kind: 'error', code: 'InvocationDoesNotExist' }, { times: 2 });
    register(1, { node: nodeRoot(largeNode(4_000)) });
    expect(byKey(await read(nodes(1)))[one]).toMatchObject({ state: 'known' });
    expect(calls('GetCommandInvocation')).toHaveLength(3);
  });

  it('is never parsed when it is an answer without its end', async () => {
    register(1, { behaviour: { stdout: 'eks-kubelet-audit-probe/4 plain\nbm9uZQpkb25lCg==\n' } });
    expect(byKey(await read(nodes(1)))[one]).toMatchObject(unreadable('not the whole answer of our probe'));
  });
});

describe('a document of another version', () => {
  const printed = (version: number) => stdout.replace('probe/4', `probe/${version}`);

  it.each([1, 5])(
    'is one problem that says what to deploy, and its answer (format %i) is not read',
    async (version) => {
      const problems = failed(await read(many(60, { stdout: printed(version) }))).map(({ problem }) => problem);
      expect(new Set(problems.map((each) => JSON.stringify(each))).size).toBe(1);
      expect(problems[59]).toEqual({
        code: 'document-outdated',
        message: expect.stringContaining(`answers eks-kubelet-audit-probe/${version}, and eks-kubelet-audit-probe/4`),
        remedy: expect.stringContaining('deploy the member stack of this version there'),
      });
      expect(calls('SendCommand')).toHaveLength(2);
    },
  );

  it('that only one node claims costs the others nothing', async () => {
    register(1, { behaviour: { stdout: printed(1) } });
    register(2, { behaviour: { stdout } });
    expect(byKey(await read(nodes(1, 2)))).toMatchObject({ [one]: unreadable('probe/1'), [two]: { state: 'known' } });
  });
});

describe('what SSM says of a command', () => {
  it.each(['with spaces', 'without spaces'] as const)(
    'has words of its own for each ending, written %s',
    async (spelling) => {
      lab.ssm.configure({ spelling });
      const endings = finalDetails.filter((each) => each !== 'Success');
      for (const [index, endsAs] of endings.entries()) register(index, { behaviour: { endsAs } });
      const failures = failed(await read(nodes(...endings.keys())));
      expect(failures.map(({ kind }) => kind)).toEqual(endings.map(() => 'unreadable'));
      expect(new Set(failures.map(({ because }) => because)).size).toBe(endings.length);
    },
  );

  it('shows the exit code of a probe that failed, and not its words', async () => {
    register(1, { behaviour: { script: 'echo secret >&2; exit 3' } });
    expect(byKey(await read(nodes(1)))[one]).toMatchObject({ because: 'the probe failed on the node (exit code 3)' });
  });
});

describe('what SSM refuses', () => {
  const denied = (index: number) => ({
    kind: 'access-denied' as const,
    message: `User is not authorized to perform: ssm:SendCommand on resource: arn:aws:ec2:${region}:${accountId}:instance/${idOf(index)}`,
  });

  it('costs only the instance that it names', async () => {
    const all = many(50);
    register(17, { behaviour: { refusesCommands: true } });
    const readings = await read(all);
    expect(readings.filter(({ result }) => !result.ok).map(({ node }) => node.key)).toEqual([idOf(17)]);
    expect(byKey(readings)[idOf(17)]).toMatchObject(unreadable('InvalidInstanceId'));
  });

  it('is found by halves when it names none', async () => {
    // The whole batch, its first half, and the first node of that.
    const refusal = { kind: 'error', code: 'InvalidInstanceId', message: 'not valid' } as const;
    lab.faults.inject('ssm:SendCommand', refusal, { times: 3 });
    expect(failed(await read(many(3)))).toHaveLength(1);
  });

  it('names an instance that the role may not reach, and reads the others', async () => {
    lab.faults.inject('ssm:SendCommand', denied(1), { times: 1 });
    expect(byKey(await read(many(3)))).toMatchObject({
      [idOf(0)]: { state: 'known' },
      [one]: unreadable('allow ssm:SendCommand'),
      [two]: { state: 'known' },
    });
  });

  const invalid = { kind: 'error', code: 'InvalidDocument' } as const;
  const forbidden = { kind: 'access-denied' } as const;
  const broken = { kind: 'error', code: 'SomethingElse' } as const;
  const changedMeanwhile = 'the document is changed between its look and its run';
  const [instancesDenied, answersDenied] = ['instances may not be described', 'answers may not be listed'];
  it.each([
    ['the document is missing', 'document-missing', invalid, 'ListDocumentVersions', 'deploy the member stack'],
    [
      changedMeanwhile,
      'document-changed',
      invalid,
      'SendCommand',
      'see in CloudTrail who made or changed the document',
    ],
    ['the document may not be looked at', 'ssm-forbidden', forbidden, 'GetDocument', 'allow ssm:GetDocument on DOC'],
    ['it may not be run', 'ssm-forbidden', forbidden, 'SendCommand', 'allow ssm:SendCommand on DOC'],
    [
      instancesDenied,
      'ssm-forbidden',
      forbidden,
      'DescribeInstanceInformation',
      'allow ssm:DescribeInstanceInformation',
    ],
    [answersDenied, 'ssm-forbidden', forbidden, 'ListCommandInvocations', 'allow ssm:ListCommandInvocations on *'],
    ['SSM is broken', 'ssm-unavailable', broken, 'DescribeInstanceInformation', 'run the audit again'],
  ] as const)('is one problem of the cluster when %s', async (_, code, fault, on, words) => {
    lab.faults.inject(`ssm:${on}`, fault);
    const failures = failed(await read(many(60, { stdout: 'x' })));
    expect(failures.map(({ kind }) => kind)).toEqual(Array(60).fill('cluster'));
    expect(new Set(failures.map(({ problem }) => JSON.stringify(problem))).size).toBe(1);
    const remedy = words.replace('DOC', `arn:aws:ssm:${region}:${accountId}:document/${probeDocumentName}`);
    expect(failures[0]?.problem).toMatchObject({ code, remedy: expect.stringContaining(remedy) });
  });

  it('is said when it stays until patience ends, and the command is left to its own timeout', async () => {
    register(1, { behaviour: { script: 'sleep 60' } });
    lab.faults.inject('ssm:ListCommandInvocations', broken);
    expect(byKey(await read(nodes(1), { clock: new LabClock(1) }))[one]).toMatchObject({
      kind: 'unreadable',
      because: expect.stringMatching(/within 150 s .*SomethingElse/),
    });
    expect(lab.calls.map(({ operation }) => operation)).not.toContain('CancelCommand');
  });

  it.each(['DescribeInstanceInformation', 'SendCommand'] as const)(
    'by %s, since others keep the account busy, is asked again until it has time',
    async (operation) => {
      // Twelve pauses are at most 149 seconds, whatever their jitter.
      lab.faults.inject(`ssm:${operation}`, { kind: 'throttling' }, { times: 12 });
      expect(failed(await read(many(1), { clock: new LabClock(1) }))).toEqual([]);
      expect(calls(operation).filter((call) => call.error)).toHaveLength(12);
    },
  );
});

describe('when time runs out', () => {
  it('keeps what is read, and says deadline of the rest', async () => {
    register(1, { behaviour: { stdout } });
    register(2, { behaviour: { script: 'sleep 60' } });
    const stop = new AbortController();
    const clock = new LabClock(0.001);
    const sleep = clock.sleep.bind(clock);
    clock.sleep = async (milliseconds) => {
      if (calls('ListCommandInvocations').length >= 3) stop.abort(new DOMException('the time is up', 'TimeoutError'));
      await sleep(milliseconds);
    };
    expect(byKey(await read(nodes(1, 2), { clock, signal: stop.signal }))).toMatchObject({
      [one]: { state: 'known' },
      [two]: { kind: 'deadline' },
    });
  });

  it('sends nothing when it has run out before', async () => {
    register(1);
    expect(byKey(await read(nodes(1), { signal: AbortSignal.abort() }))[one]).toMatchObject({ kind: 'deadline' });
    expect(calls()).toEqual([]);
  });
});

/** A node whose configuration needs more than 2,500 characters however it is packed. */
function largeNode(characters: number): NodeDescription {
  let seed = 7;
  const noise = Array.from({ length: characters }, () => {
    seed = (seed * 16_807) % 2_147_483_647;
    return String.fromCharCode(97 + (seed % 26));
  }).join('');
  const path = '/etc/kubernetes/kubelet/config.json';
  const config = { ...JSON.parse(String(recorded.files[path])), providerID: noise };
  return { ...recorded, files: { ...recorded.files, [path]: JSON.stringify(config) } };
}
