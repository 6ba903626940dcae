import { setTimeout as delay } from 'node:timers/promises';
import { SSMClient } from '@aws-sdk/client-ssm';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { kubeletProbeDocument } from '../../../infra/documents/probe/kubelet-probe.ts';
import { pacedSsmClient } from '../../../lambda/adapters/ssm/client.ts';
import { ssmSource } from '../../../lambda/adapters/ssm/ssm-source.ts';
import { probeDocumentName } from '../../../lambda/contract/names.ts';
import type { Cluster, ClusterNode, NodeReading } from '../../../lambda/core/model/model.ts';
import type { Clock } from '../../../lambda/flow/ports.ts';
import { readAll } from '../../fakes/ask-ports.ts';
import { ManualClock } from '../../fakes/manual-clock.ts';
import { finalDetails } from '../../lab/aws/ssm/ssm-commands.ts';
import type { LabManagedInstance } from '../../lab/aws/ssm/ssm-instances.ts';
import { CertificateAuthority } from '../../lab/kubernetes/certificates.ts';
import { type Lab, startLab } from '../../lab/lab.ts';
import { bottlerocketNode } from '../../lab/node/bottlerocket.ts';
import { type NodeDescription, NodeRoot, recordedNode } from '../../lab/node/node-root.ts';
import { patience } from '../../patience.ts';

const accountId = '111122223333';
const region = 'eu-central-1';
const cluster: Cluster = {
  name: 'blue',
  arn: { arn: `arn:aws:eks:${region}:${accountId}:cluster/blue`, partition: 'aws', region, accountId, name: 'blue' },
  compute: { autoMode: false, fargate: false, hybrid: false },
};

/** So many times as fast as the wall clock. */
const quickClock = (times: number): Clock => {
  const start = Date.now();
  return {
    now: () => new Date(start + (Date.now() - start) * times),
    sleep: async (milliseconds, signal) => {
      await delay(milliseconds / times, undefined, signal && { signal });
    },
  };
};

let lab: Lab;
let good: NodeRoot;

beforeEach(async () => {
  lab = await startLab();
  lab.addAccount(accountId);
  lab.ssm.configure({ visibleAfterMs: 0 });
  lab.ssm.putDocument(accountId, region, probeDocumentName, kubeletProbeDocument());
  process.env['AWS_ENDPOINT_URL'] = lab.endpoint;
  good = new NodeRoot(recordedNode('file-sets-ca'));
});
afterEach(async () => {
  delete process.env['AWS_ENDPOINT_URL'];
  await lab.close();
  good[Symbol.dispose]();
});

/** Removed when the test ends. */
function nodeRoot(description: NodeDescription): NodeRoot {
  const root = new NodeRoot(description);
  onTestFinished(() => root[Symbol.dispose]());
  return root;
}
const instanceId = (index: number) => `i-${String(index).padStart(17, '0')}`;
const register = (index: number, more: Partial<LabManagedInstance> = {}) =>
  lab.ssm.registerInstance(accountId, region, { id: instanceId(index), node: good, ...more });
const nodeOf = (id: string, more: Partial<ClusterNode> = {}): ClusterNode => ({
  key: id,
  name: `node-${id}`,
  machine: { status: 'confirmed', instanceId: id },
  kind: 'al2023',
  group: { kind: 'managed', name: 'ng-1' },
  kubeletVersion: 'v1.34.9-eks-1',
  ...more,
});
const nodes = (...indexes: readonly number[]) => indexes.map((index) => nodeOf(instanceId(index)));

async function read(
  all: readonly ClusterNode[],
  signal: AbortSignal = new AbortController().signal,
  speed = 20 / patience,
  byMemberRole = false,
): Promise<readonly NodeReading[]> {
  const client = pacedSsmClient({ region, credentials: async () => lab.credentials(accountId) });
  const source = ssmSource({ client, clock: quickClock(speed), byMemberRole });
  const readings = await readAll(source, cluster, all, signal);
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
const calls = (operation: string) => lab.calls.filter((call) => call.operation === operation);

describe('reading nodes', () => {
  it('really runs the document on each node and tells the setting with the file that it comes from', async () => {
    const without = nodeRoot(recordedNode('no-ca-anonymous-off'));
    register(1);
    register(2, { node: without });

    const readings = await read(nodes(1, 2));

    expect(readings.every(({ result }) => result.ok && result.value.via === 'ssm')).toBe(true);
    expect(byKey(readings)).toEqual({
      [instanceId(1)]: {
        state: 'known',
        value: expect.stringMatching(/^\/etc\/kubernetes\/pki\/.*\.crt$/),
        origin: { from: 'file', file: '/etc/kubernetes/kubelet/config.json' },
      },
      [instanceId(2)]: { state: 'known', value: '', origin: expect.anything() },
    });
  });

  it('sends nothing to a machine that the member role may not send to, and says which tags it may', async () => {
    register(1);
    register(2);
    const [tagged, untagged] = [nodeOf(instanceId(1)), nodeOf(instanceId(2), { notAdmitted: true })];
    const found = byKey(await read([tagged, untagged], undefined, undefined, true));
    expect(found[instanceId(1)]).toMatchObject({ state: 'known' });
    expect(found[instanceId(2)]).toMatchObject({
      kind: 'not-tried',
      because: expect.stringContaining('eks:cluster-name'),
    });
    expect(calls('SendCommand').map(({ input }) => input['InstanceIds'])).toEqual([[instanceId(1)]]);

    expect(byKey(await read([untagged]))[instanceId(2)]).toMatchObject({ state: 'known' });
  });

  it('reads 120 nodes in three commands, and one answer a node', async () => {
    register(0);
    const stdout = await probeOutput();
    for (let index = 0; index < 120; index += 1) register(index, index % 40 === 0 ? {} : { behaviour: { stdout } });

    const readings = await read(nodes(...Array.from({ length: 120 }, (_, index) => index)));

    expect(readings.filter(({ result }) => result.ok)).toHaveLength(120);
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
    expect(calls('SendCommand')).toHaveLength(3);
    expect(calls('ListDocumentVersions')).toHaveLength(1);
  });

  it('runs our version of a document that somebody has changed, and nothing where there is none', async () => {
    register(1);
    const changed = { ...kubeletProbeDocument(), description: 'the same, and a little more' };
    lab.ssm.putDocument(accountId, region, probeDocumentName, changed);
    expect(byKey(await read(nodes(1)))).toMatchObject({ [instanceId(1)]: { state: 'known' } });
    expect(calls('SendCommand').map(({ input }) => input['DocumentVersion'])).toEqual(['1']);

    lab.ssm.removeDocument(accountId, region, probeDocumentName);
    lab.ssm.putDocument(accountId, region, probeDocumentName, changed);
    expect(byKey(await read(nodes(1)))).toMatchObject({
      [instanceId(1)]: { kind: 'cluster', problem: { code: 'document-changed' } },
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

    expect(readings.map(({ result }) => !result.ok && result.error.kind)).toEqual(Array(5).fill('not-tried'));
    expect(byKey(readings)).toMatchObject({
      liar: { because: 'two nodes claim i-1' },
      twin: { because: 'two nodes claim i-2' },
    });
    expect(lab.calls).toEqual([]);
  });

  it('sends no command to instances that SSM lost, does not manage, or knows as another platform', async () => {
    register(1);
    register(2, { pingStatus: 'ConnectionLost' });
    register(5, { platformType: 'Windows', platformName: 'Microsoft Windows Server 2022' });

    const readings = byKey(await read(nodes(1, 2, 3, 5)));

    expect(readings).toMatchObject({
      [instanceId(1)]: { state: 'known' },
      [instanceId(2)]: { kind: 'unreadable', because: expect.stringContaining('ConnectionLost') },
      [instanceId(3)]: { kind: 'unreadable', because: expect.stringContaining('AmazonSSMManagedInstanceCore') },
      [instanceId(5)]: { kind: 'not-tried' },
    });
    expect(calls('SendCommand').map(({ input }) => input['InstanceIds'])).toEqual([[instanceId(1)]]);
  });

  it.each([
    ['no kubelet', { processes: [] }, 'no kubelet runs on this machine: it may never have joined the cluster'],
    ['a pod in disguise', { processes: [{ pid: 9, argv: ['kubelet'], cgroup: '0::/kubepods.slice/a' }] }, '1 in a pod'],
    [
      'two kubelets',
      {
        processes: [
          { pid: 9, argv: ['kubelet'] },
          { pid: 10, parent: 5, argv: ['kubelet'] },
        ],
      },
      'pid 9 (parent 1), pid 10 (parent 5)',
    ],
  ])('tells what it found on a machine with %s', async (_, description, because) => {
    const node = nodeRoot(description);
    register(1, { node });

    expect(byKey(await read(nodes(1)))[instanceId(1)]).toMatchObject({
      kind: 'unreadable',
      because: expect.stringContaining(because),
    });
  });
});

describe('what only the node itself can tell', () => {
  const ca = new CertificateAuthority();
  const path = '/etc/kubernetes/pki/ca.crt';
  const recorded = recordedNode('file-sets-ca');

  async function factsOf(node: NodeDescription, more: Partial<ClusterNode> = {}) {
    register(1, { node: nodeRoot(node) });
    const [reading] = await read([nodeOf(instanceId(1), more)]);
    if (!reading?.result.ok) throw new Error(JSON.stringify(reading?.result));
    return reading.result.value;
  }

  it('comes with the settings: modes, owners, the certificates of the client CA, and a proof', async () => {
    const facts = await factsOf({
      ...recorded,
      files: { ...recorded.files, [path]: ca.pem, '/var/lib/kubelet/kubeconfig': { text: 'x', mode: 0o640, uid: 7 } },
    });

    expect(facts).toMatchObject({
      files: {
        kubeconfig: { state: 'known', mode: 0o640, owner: '7', group: '7' },
        config: {
          state: 'known',
          path: '/etc/kubernetes/kubelet/config.json',
          mode: 0o644,
          owner: 'root',
          group: 'root',
        },
      },
      clientCa: {
        state: 'read',
        path,
        certificates: [{ subject: 'CN=kubernetes', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) }],
      },
      proof: { readAt: expect.stringMatching(/Z$/), sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
  });

  it('says that what runs may be otherwise when a file is newer than the kubelet', async () => {
    const { processes, files, kubelet } = recordedNode('file-sets-ca');
    const started = processes.map((each) => (each === kubelet ? { ...each, secondsOld: 3_600 } : each));
    register(1, { node: nodeRoot({ processes: started, files }) });
    register(2, { node: nodeRoot({ processes, files }) });

    const [edited, asStarted] = (await read(nodes(1, 2)))
      .toSorted((one, other) => one.node.key.localeCompare(other.node.key))
      .map(({ result }) => result.ok && result.value.notes);
    expect(edited).toEqual([
      'restart pending: /etc/kubernetes/kubelet/config.json and 2 more paths changed after the kubelet started',
    ]);
    expect(asStarted).toEqual([]);
  });

  it('says so when the client CA belongs to somebody else', async () => {
    const files = { ...recorded.files, [path]: { text: ca.pem, uid: 1000 } };

    expect((await factsOf({ ...recorded, files })).notes).toEqual([
      'the client CA file /etc/kubernetes/pki/ca.crt does not belong to root',
    ]);
  });

  it("is Bottlerocket's own word where the shell sees no kubelet", async () => {
    const facts = await factsOf(bottlerocketNode({ clusterCa: ca.pem }), { kind: 'bottlerocket' });

    expect(facts).toMatchObject({
      via: 'ssm',
      settings: { 'authentication.x509.clientCAFile': { state: 'known', value: path } },
      clientCa: { state: 'read', path, certificates: [{ subject: 'CN=kubernetes' }] },
      notes: [expect.stringContaining("Bottlerocket's own CIS report")],
    });
  });
});

describe('an answer that is not whole', () => {
  it('is fetched again where SSM keeps more of it', async () => {
    const node = nodeRoot(largeNode(4_000));
    register(1, { node });

    expect(byKey(await read(nodes(1)))[instanceId(1)]).toEqual(expect.objectContaining({ state: 'known' }));
    expect(calls('GetCommandInvocation')).toHaveLength(1);
  });

  it('waits for SSM to know the invocation that it has just listed', async () => {
    lab.faults.inject('ssm:GetCommandInvocation', { kind: 'error', code: 'InvocationDoesNotExist' }, { times: 2 });
    const node = nodeRoot(largeNode(4_000));
    register(1, { node });

    expect(byKey(await read(nodes(1)))[instanceId(1)]).toEqual(expect.objectContaining({ state: 'known' }));
    expect(calls('GetCommandInvocation')).toHaveLength(3);
  });

  it.each([
    ['nothing', ''],
    ['a text of 30,000 characters', 'x'.repeat(30_000)],
    ['an answer without its end', 'eks-kubelet-audit-probe/4 plain\nbm9uZQpkb25lCg==\n'],
  ])('is never parsed when it is %s', async (_, stdout) => {
    register(1, { behaviour: { stdout } });

    expect(byKey(await read(nodes(1)))[instanceId(1)]).toMatchObject({
      kind: 'unreadable',
      because: expect.stringContaining('not the whole answer of our probe'),
    });
  });
});

describe('a document of another version', () => {
  it.each([1, 5])(
    'is one problem that says what to deploy, and its answer (format %i) is not read',
    async (version) => {
      const stdout = (await probeOutput()).replace('probe/4', `probe/${version}`);
      for (let index = 0; index < 60; index += 1) register(index, { behaviour: { stdout } });

      const readings = await read(nodes(...Array.from({ length: 60 }, (_, index) => index)));

      const problems = new Set(
        readings.map(({ result }) => (result.ok ? undefined : JSON.stringify(result.error.problem))),
      );
      expect([...problems].map((each) => JSON.parse(each ?? ''))).toEqual([
        {
          code: 'document-outdated',
          message: expect.stringContaining(`answers eks-kubelet-audit-probe/${version}, and eks-kubelet-audit-probe/4`),
          remedy: expect.stringContaining('deploy the new document'),
        },
      ]);
      expect(calls('SendCommand')).toHaveLength(2);
    },
  );

  it('that only one node claims costs the others nothing', async () => {
    const stdout = await probeOutput();
    register(1, { behaviour: { stdout: stdout.replace('probe/4', 'probe/1') } });
    register(2, { behaviour: { stdout } });

    expect(byKey(await read(nodes(1, 2)))).toMatchObject({
      [instanceId(1)]: { kind: 'unreadable', because: expect.stringContaining('probe/1') },
      [instanceId(2)]: { state: 'known' },
    });
  });
});

describe('what SSM says of a command', () => {
  it.each(['with spaces', 'without spaces'] as const)(
    'has words of its own for each ending, written %s',
    async (spelling) => {
      lab.ssm.configure({ spelling });
      const endings = finalDetails.filter((each) => each !== 'Success');
      endings.forEach((endsAs, index) => {
        register(index, { behaviour: { endsAs } });
      });

      const failures = (await read(nodes(...endings.keys()))).map(({ result }) =>
        result.ok ? undefined : result.error,
      );

      expect(failures.map((failure) => failure?.kind)).toEqual(endings.map(() => 'unreadable'));
      expect(new Set(failures.map((failure) => failure?.because)).size).toBe(endings.length);
    },
  );

  it('tells the exit code of a probe that failed, and not its words', async () => {
    register(1, { behaviour: { script: 'echo secret >&2; exit 3' } });

    expect(byKey(await read(nodes(1)))[instanceId(1)]).toMatchObject({
      because: 'the probe failed on the node (exit code 3)',
    });
  });

  it('ends a script that hangs, and reads the others', async () => {
    lab.ssm.configure({ millisecondsPerSecond: 30 });
    register(1, { behaviour: { script: 'sleep 60' } });
    register(2, { behaviour: { stdout: await probeOutput() } });

    expect(byKey(await read(nodes(1, 2)))).toMatchObject({
      [instanceId(1)]: { because: expect.stringContaining('time limit') },
      [instanceId(2)]: { state: 'known' },
    });
  });
});

describe('what SSM refuses', () => {
  it('costs only the instance that it names', async () => {
    const stdout = await probeOutput();
    for (let index = 0; index < 50; index += 1) register(index, { behaviour: { stdout } });
    register(17, { behaviour: { refusesCommands: true } });

    const readings = await read(nodes(...Array.from({ length: 50 }, (_, index) => index)));

    expect(readings.filter(({ result }) => !result.ok).map(({ node }) => node.key)).toEqual([instanceId(17)]);
    expect(byKey(readings)[instanceId(17)]).toMatchObject({
      kind: 'unreadable',
      because: expect.stringContaining('InvalidInstanceId'),
    });
  });

  it('is found by halves when it names none', async () => {
    const stdout = await probeOutput();
    for (let index = 0; index < 3; index += 1) register(index, { behaviour: { stdout } });
    // The whole batch, its first half, and the first node of that.
    lab.faults.inject(
      'ssm:SendCommand',
      { kind: 'error', code: 'InvalidInstanceId', message: 'not valid' },
      { times: 3 },
    );

    const readings = await read(nodes(0, 1, 2));

    expect(readings.filter(({ result }) => result.ok)).toHaveLength(2);
  });

  it('names an instance that the role may not reach, and reads the others', async () => {
    const stdout = await probeOutput();
    for (let index = 0; index < 3; index += 1) register(index, { behaviour: { stdout } });
    lab.faults.inject(
      'ssm:SendCommand',
      {
        kind: 'access-denied',
        message: `User is not authorized to perform: ssm:SendCommand on resource: arn:aws:ec2:${region}:${accountId}:instance/${instanceId(1)}`,
      },
      { times: 1 },
    );

    expect(byKey(await read(nodes(0, 1, 2)))).toMatchObject({
      [instanceId(0)]: { state: 'known' },
      [instanceId(1)]: { kind: 'unreadable', because: expect.stringContaining('allow ssm:SendCommand') },
      [instanceId(2)]: { state: 'known' },
    });
  });

  it.each([
    [
      'the document is missing',
      'document-missing',
      { kind: 'error', code: 'InvalidDocument' },
      'ssm:ListDocumentVersions',
      'npx cdk deploy',
    ],
    [
      'the document is changed between its look and its run',
      'document-changed',
      { kind: 'error', code: 'InvalidDocument' },
      'ssm:SendCommand',
      'see in CloudTrail who made or changed the document',
    ],
    [
      'the document may not be looked at',
      'ssm-forbidden',
      { kind: 'access-denied' },
      'ssm:GetDocument',
      `allow ssm:GetDocument on arn:aws:ssm:${region}:${accountId}:document/${probeDocumentName}`,
    ],
    [
      'it may not be run',
      'ssm-forbidden',
      { kind: 'access-denied' },
      'ssm:SendCommand',
      `allow ssm:SendCommand on arn:aws:ssm:${region}:${accountId}:document/${probeDocumentName}`,
    ],
    [
      'instances may not be described',
      'ssm-forbidden',
      { kind: 'access-denied' },
      'ssm:DescribeInstanceInformation',
      'allow ssm:DescribeInstanceInformation on *',
    ],
    [
      'answers may not be listed',
      'ssm-forbidden',
      { kind: 'access-denied' },
      'ssm:ListCommandInvocations',
      'allow ssm:ListCommandInvocations on *',
    ],
    [
      'SSM is broken',
      'ssm-unavailable',
      { kind: 'error', code: 'SomethingElse' },
      'ssm:DescribeInstanceInformation',
      'run the audit again',
    ],
  ] as const)('is one problem of the cluster when %s', async (_, code, fault, on, remedy) => {
    for (let index = 0; index < 60; index += 1) register(index, { behaviour: { stdout: 'x' } });
    lab.faults.inject(on, fault);

    const readings = await read(nodes(...Array.from({ length: 60 }, (__, index) => index)));
    const problems = new Set(
      readings.map(({ result }) => (result.ok ? undefined : JSON.stringify(result.error.problem))),
    );

    expect(readings.map(({ result }) => !result.ok && result.error.kind)).toEqual(Array(60).fill('cluster'));
    expect(problems.size).toBe(1);
    expect(readings[0]?.result).toMatchObject({
      error: { problem: { code, remedy: expect.stringContaining(remedy) } },
    });
  });

  it('is said when it stays until patience ends, and the command is cancelled', async () => {
    register(1, { behaviour: { script: 'sleep 60' } });
    lab.faults.inject('ssm:ListCommandInvocations', { kind: 'error', code: 'SomethingElse' });

    expect(byKey(await read(nodes(1), undefined, 200 / patience))[instanceId(1)]).toMatchObject({
      kind: 'unreadable',
      because: expect.stringMatching(/within 150 s .*SomethingElse/),
    });
    expect(calls('CancelCommand')).toHaveLength(1);
  });
});

/** Time passes in sleep only, however slow this machine is; each sleep leaves the lab a moment to answer in. */
class IdleClock extends ManualClock {
  override async sleep(milliseconds: number): Promise<void> {
    await super.sleep(milliseconds);
    await delay(20);
  }
}

describe('an account and Region that others keep busy', () => {
  it.each(['ssm:DescribeInstanceInformation', 'ssm:SendCommand'] as const)(
    'is asked again by %s until it has time, long after the retries of the client',
    async (action) => {
      register(1, { behaviour: { stdout: await probeOutput() } });
      // Twelve pauses are at most 149 seconds, whatever their jitter.
      lab.faults.inject(action, { kind: 'throttling' }, { times: 12 });

      const client = new SSMClient({ region, credentials: lab.credentials(accountId), maxAttempts: 1 });
      const readings = await readAll(ssmSource({ client, clock: new IdleClock() }), cluster, nodes(1));

      expect(byKey(readings)[instanceId(1)]).toMatchObject({ state: 'known' });
      expect(calls(action.slice(4)).filter((call) => call.error).length).toBe(12);
    },
  );
});

describe('when time runs out', () => {
  it('keeps what is read, cancels the command, and says deadline of the rest', async () => {
    register(1, { behaviour: { stdout: await probeOutput() } });
    register(2, { behaviour: { script: 'sleep 60' } });

    const stop = new AbortController();
    const clock = new (class extends IdleClock {
      override async sleep(milliseconds: number): Promise<void> {
        if (calls('ListCommandInvocations').length >= 3) stop.abort(new DOMException('the time is up', 'TimeoutError'));
        await super.sleep(milliseconds);
      }
    })();
    const client = pacedSsmClient({ region, credentials: async () => lab.credentials(accountId) });
    const readings = await readAll(ssmSource({ client, clock }), cluster, nodes(1, 2), stop.signal);

    expect(byKey(readings)).toMatchObject({
      [instanceId(1)]: { state: 'known' },
      [instanceId(2)]: { kind: 'deadline' },
    });
    expect(calls('CancelCommand').map(({ status }) => status)).toEqual([200]);
  });

  it('sends nothing when it has run out before', async () => {
    register(1);

    expect(byKey(await read(nodes(1), AbortSignal.abort()))[instanceId(1)]).toMatchObject({ kind: 'deadline' });
    expect(lab.calls).toEqual([]);
  });
});

/** What the probe prints on the good node: run once, then printed by nodes that need no shell of their own. */
async function probeOutput(): Promise<string> {
  const { spawnSync } = await import('node:child_process');
  const { kubeletProbeScript } = await import('../../../infra/documents/probe/kubelet-probe.ts');
  return spawnSync('sh', ['-c', kubeletProbeScript({ root: good.path })], { encoding: 'utf8', env: {} }).stdout;
}

/** A node whose configuration needs more than 2,500 characters however it is packed. */
function largeNode(characters: number) {
  const recorded = recordedNode('file-sets-ca');
  let seed = 7;
  const noise = Array.from({ length: characters }, () => {
    seed = (seed * 16_807) % 2_147_483_647;
    return String.fromCharCode(97 + (seed % 26));
  }).join('');
  const path = '/etc/kubernetes/kubelet/config.json';
  return {
    ...recorded,
    files: {
      ...recorded.files,
      [path]: JSON.stringify({ ...JSON.parse(String(recorded.files[path])), providerID: noise }),
    },
  };
}
