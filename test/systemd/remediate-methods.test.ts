import { chownSync, utimesSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fixableSlugs } from '../../infra/documents/remediation/remediate-names.ts';
import {
  al2,
  al2023,
  argumentsPath,
  caPath,
  configPath,
  environmentPath,
  type Files,
  fingerprintOf,
  mainPid,
  openConfiguration,
  otherCa,
  remediate,
  remediationHome,
  runningConfiguration,
  timers,
  unitPath,
  withCa,
  withNode,
} from './kubelet-node.ts';
import { type SystemdNode, underSystemd } from './real-systemd.ts';

const ownDropIn = `${unitPath}.d/90-eks-kubelet-audit.conf`;
const fixed = openConfiguration.replace(
  `"anonymous": {
            "enabled": true
        }`,
  `$&,
        "x509": {
            "clientCAFile": "${caPath}"
        }`,
);
const textOf = (files: Files, path: string): string => {
  const file = files[path];
  return typeof file === 'string' ? file : (file?.text ?? '');
};

/** The answer; the files below /etc and /var/lib/kubelet that are others than before, in any byte, mode or owner; whether the kubelet was restarted. */
async function fix(node: SystemdNode, asked: Parameters<typeof remediate>[1] = {}) {
  const before = node.tree('/etc', '/var/lib/kubelet');
  const pid = await mainPid(node);
  const answer = await remediate(node, asked);
  const after = node.tree('/etc', '/var/lib/kubelet');

  const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
    (path) => before.get(path) !== after.get(path) && path !== '/etc/systemd/system/multi-user.target.wants',
  );
  return { answer, changed, restarted: (await mainPid(node)) !== pid };
}

describe('the machines of these tests', underSystemd, () => {
  it.each([
    ['small', /^bash \nmawk /],
    ['gnu', /^bash yes\nGNU Awk [^\n]*\n$/],
  ] as const)('have the tools of their kind: %s', (tools, expected) =>
    withNode(
      al2(),
      async (node) => {
        const { stdout } = await node.run([
          'sh',
          '-c',
          'echo "bash ${BASH_VERSION:+yes}"; awk -W version 2>&1 </dev/null | head -n 1; command -v curl || :',
        ]);
        expect(stdout).toMatch(expected);
      },
      tools,
    ),
  );
});

describe('under a real systemd, the configuration file', underSystemd, () => {
  it.each([
    ['AL2', al2],
    ['AL2023', al2023],
  ])('of %s gets the client CA, and not another byte, mode or owner is changed', (_, files) =>
    withNode(files({ [configPath]: { text: openConfiguration, mode: 0o640 } }), async (node) => {
      const { answer, changed, restarted } = await fix(node, { method: 'config-file' });

      expect(answer).toMatchObject({ outcome: 'changed', reason: 'confirmed', status: 0 });
      expect(answer.changes).toEqual([`setting\t${configPath}\tauthentication.x509.clientCAFile\t\t${caPath}`]);
      expect({ changed, restarted }).toEqual({ changed: [configPath], restarted: true });
      expect(node.read(configPath)).toBe(fixed);
      expect(node.permissions(configPath)).toBe('640 0:0');
      expect(await runningConfiguration(node)).toMatchObject(withCa);
    }),
  );

  it('keeps comments, order and spelling of YAML', () => {
    const yaml = `# ours\nkind: KubeletConfiguration\napiVersion: kubelet.config.k8s.io/v1beta1\nauthentication:   # who\n  anonymous: {}\n  x509:\n    clientCAFile: ""   # none\nclusterDNS:\n- 10.100.0.10\n`;
    return withNode(al2({ [configPath]: yaml }), async (node) => {
      const { answer, changed } = await fix(node);

      expect(answer).toMatchObject({ outcome: 'changed' });
      expect(changed).toEqual([configPath]);
      expect(node.read(configPath)).toBe(yaml.replace('""', caPath));
      expect(await runningConfiguration(node)).toMatchObject(withCa);
    });
  });

  it('is left alone where a drop-in empties the value: that one is changed', () => {
    const dropIns = `${configPath}.d`;
    const emptied = JSON.stringify({
      kind: 'KubeletConfiguration',
      apiVersion: 'kubelet.config.k8s.io/v1beta1',
      authentication: { x509: { clientCAFile: '' } },
    });
    const environment = `NODEADM_KUBELET_ARGS=--config=${configPath} --config-dir=${dropIns} --node-ip=10.0.0.1`;
    const files = { [environmentPath]: environment, [configPath]: fixed, [`${dropIns}/40-nodeadm.conf`]: emptied };

    return withNode(al2023(files), async (node) => {
      const { answer, changed } = await fix(node);

      expect(answer).toMatchObject({ outcome: 'changed' });
      expect(changed).toEqual([`${dropIns}/40-nodeadm.conf`]);
      expect(node.read(`${dropIns}/40-nodeadm.conf`)).toBe(emptied.replace('""', `"${caPath}"`));
      expect(await runningConfiguration(node)).toMatchObject(withCa);
    });
  });
});

describe('under a real systemd, the arguments of the unit', underSystemd, () => {
  const argument = `--client-ca-file=${caPath}`;
  const bare = textOf(al2(), argumentsPath);
  const extraPath = `${unitPath}.d/30-kubelet-extra-args.conf`;

  it.each<[string, Files, string, string]>([
    ['are added to the variable of the benchmark', al2(), argumentsPath, bare.replace("--v=2'", `--v=2 ${argument}'`)],
    [
      'are changed where an empty one stands',
      al2({ [argumentsPath]: bare.replace('--v=2', '--client_ca_file= --v=2') }),
      argumentsPath,
      bare.replace('--v=2', `${argument} --v=2`),
    ],
    [
      'are added to the file that nodeadm wrote',
      al2023(),
      environmentPath,
      `${textOf(al2023(), environmentPath)} ${argument}`,
    ],
    [
      'are added to a variable that the kubelet is started with, and to none that is only set',
      al2023({ [environmentPath]: `KUBELET_ARGS=--v=9\n${textOf(al2023(), environmentPath)}` }),
      environmentPath,
      `KUBELET_ARGS=--v=9\n${textOf(al2023(), environmentPath)} ${argument}`,
    ],
    [
      'are added to what people added themselves',
      al2({
        [argumentsPath]: '[Service]\n',
        [extraPath]: '[Service]\nEnvironment="KUBELET_EXTRA_ARGS=--node-labels=a=b"\n',
      }),
      extraPath,
      `[Service]\nEnvironment="KUBELET_EXTRA_ARGS=--node-labels=a=b ${argument}"\n`,
    ],
  ])('%s', (_, files, path, expected) =>
    withNode(files, async (node) => {
      const { answer, changed, restarted } = await fix(node, { method: 'systemd-arguments' });

      expect(answer).toMatchObject({ outcome: 'changed' });
      expect({ changed, restarted }).toEqual({ changed: [path], restarted: true });
      expect(node.read(path)).toBe(expected);
      expect(await runningConfiguration(node)).toMatchObject(withCa);
      expect(await remediate(node, { method: 'systemd-arguments' })).toMatchObject({ outcome: 'already' });
    }),
  );

  it('get a drop-in of their own where no variable has a value yet, and the next control finds its place in it', () =>
    withNode(al2({ [argumentsPath]: '[Service]\n' }), async (node) => {
      const method = 'systemd-arguments';
      const { answer, changed } = await fix(node, { method });

      expect(answer).toMatchObject({ outcome: 'changed' });
      expect(changed).toEqual([ownDropIn]);
      expect(node.read(ownDropIn)).toBe(`[Service]\nEnvironment="KUBELET_ARGS=${argument}"\n`);
      expect(node.permissions(ownDropIn)).toBe('644 0:0');
      expect(await runningConfiguration(node)).toMatchObject(withCa);

      await remediate(node, { method, controls: ['kubelet-protect-kernel-defaults'] });
      expect(node.read(ownDropIn)).toBe(
        `[Service]\nEnvironment="KUBELET_ARGS=${argument} --protect-kernel-defaults=true"\n`,
      );
    }));

  it('are what auto fixes when one of them sets the bad value, since no file can', () => {
    const files = { [argumentsPath]: bare.replace('--v=2', '--client-ca-file= --v=2'), [configPath]: fixed };
    return withNode(al2(files), async (node) => {
      expect(await remediate(node, { method: 'config-file' })).toMatchObject({
        outcome: 'refused',
        reason: 'flag-wins',
      });
      expect(await remediate(node)).toMatchObject({ outcome: 'changed' });
      expect(await runningConfiguration(node)).toMatchObject(withCa);
    });
  });

  it('turn a gate on behind the argument that turns it off', () => {
    const off = '[Service]\nEnvironment="KUBELET_EXTRA_ARGS=--feature-gates=RotateKubeletServerCertificate=false"\n';
    return withNode(al2({ [extraPath]: off }), async (node) => {
      const { answer, changed } = await fix(node, { controls: ['kubelet-rotate-server-certificate'] });

      expect(answer).toMatchObject({ outcome: 'changed' });
      expect(changed).toEqual([configPath, extraPath]);
      expect(node.read(extraPath)).toContain('=false --feature-gates=RotateKubeletServerCertificate=true"\n');
      expect(await runningConfiguration(node)).toMatchObject({
        serverTLSBootstrap: true,
        featureGates: { RotateKubeletServerCertificate: true },
      });
    });
  });

  it('are all that a kubelet without a configuration file has', () => {
    const unit = textOf(al2(), unitPath).replace(`--config ${configPath} \\\n`, '');
    const controls = ['kubelet-client-ca-file', 'kubelet-anonymous-auth', 'kubelet-read-only-port'];
    return withNode(al2({ [unitPath]: unit }), async (node) => {
      expect(await remediate(node, { controls })).toMatchObject({ outcome: 'changed' });
      expect(node.read(argumentsPath)).toBe(
        bare.replace("--v=2'", `--v=2 --anonymous-auth=false ${argument} --read-only-port=0'`),
      );
      expect(await runningConfiguration(node)).toMatchObject({
        authentication: { anonymous: { enabled: false }, x509: { clientCAFile: caPath } },
        readOnlyPort: 0,
      });
    });
  });
});

describe('under a real systemd, the controls', underSystemd, () => {
  it('of a node where all of them fail are fixed with one restart, each where its bad value stands', () => {
    const bad = {
      ...JSON.parse(openConfiguration),
      authorization: { mode: 'AlwaysAllow' },
      readOnlyPort: 10_255,
      protectKernelDefaults: false,
      makeIPTablesUtilChains: false,
      eventRecordQPS: -1,
      rotateCertificates: false,
      serverTLSBootstrap: false,
      featureGates: { RotateKubeletServerCertificate: false },
    };
    const files = {
      [configPath]: { text: `${JSON.stringify(bad, null, 2)}\n`, mode: 0o646 },
      [argumentsPath]: "[Service]\nEnvironment='KUBELET_ARGS=--streaming-connection-idle-timeout=0 --anonymous-auth'\n",
      '/var/lib/kubelet/kubeconfig': { text: 'kind: Config\n', mode: 0o777 },
    };

    return withNode(al2(files), async (node) => {
      chownSync(node.path(configPath), 1000, 1000);

      expect(await remediate(node, { controls: fixableSlugs })).toMatchObject({
        outcome: 'changed',
        reason: 'restarted',
      });
      expect(await runningConfiguration(node)).toMatchObject({
        authentication: { anonymous: { enabled: false }, x509: { clientCAFile: caPath } },
        authorization: { mode: 'Webhook' },
        readOnlyPort: 0,
        streamingConnectionIdleTimeout: '4h0m0s',
        protectKernelDefaults: true,
        makeIPTablesUtilChains: true,
        eventRecordQPS: 50,
        rotateCertificates: true,
        serverTLSBootstrap: true,
        featureGates: { RotateKubeletServerCertificate: true },
      });
      expect(node.permissions(configPath)).toBe('644 0:0');
      expect(node.permissions('/var/lib/kubelet/kubeconfig')).toBe('644 0:0');
      expect(await remediate(node, { controls: fixableSlugs })).toMatchObject({ outcome: 'already' });
    });
  });

  it('that the files satisfy already and the process does not are fixed by a restart alone', () =>
    withNode(al2(), async (node) => {
      const later = Date.now() / 1000 + 600;
      node.write(configPath, fixed);
      utimesSync(node.path(configPath), later, later);
      const { answer, changed, restarted } = await fix(node);

      expect(answer).toMatchObject({ outcome: 'changed', changes: [expect.stringMatching(/^restart\t/)] });
      expect({ changed, restarted }).toEqual({ changed: [], restarted: true });
      expect(await runningConfiguration(node)).toMatchObject(withCa);
    }));

  it('of a mode restart nothing, and take bits away only', () =>
    withNode(al2({ '/var/lib/kubelet/kubeconfig': { text: 'kind: Config\n', mode: 0o626 } }), async (node) => {
      const { answer, changed, restarted } = await fix(node, { controls: ['kubelet-kubeconfig-mode'], trust: [] });

      expect(answer).toMatchObject({
        outcome: 'changed',
        changes: ['mode\t/var/lib/kubelet/kubeconfig\tmode\t626\t604'],
      });
      expect({ changed, restarted }).toEqual({ changed: ['/var/lib/kubelet/kubeconfig'], restarted: false });
      expect(node.permissions('/var/lib/kubelet/kubeconfig')).toBe('604 0:0');
    }));
});

describe('under a real systemd, a dry run', underSystemd, () => {
  it.each([
    ['config-file', `setting\t${configPath}\tauthentication.x509.clientCAFile\t\t${caPath}`],
    ['systemd-arguments', `argument\t${argumentsPath}\tauthentication.x509.clientCAFile\t\t--client-ca-file=${caPath}`],
  ] as const)('shows what %s would change and leaves nothing behind', (method, change) =>
    withNode(al2(), async (node) => {
      const before = node.tree('/etc', '/var/lib');
      const pid = await mainPid(node);

      expect(await remediate(node, { method, mode: 'dry-run' })).toMatchObject({
        outcome: 'dry-run',
        changes: [change],
        status: 0,
      });
      expect([...node.tree('/etc', '/var/lib')]).toEqual([...before]);
      expect(await mainPid(node)).toBe(pid);
      expect((await node.run(['sh', '-c', 'ls /run | grep eks'])).stdout).toBe('');
    }),
  );
});

describe('under a real systemd, a second run', underSystemd, () => {
  it('changes nothing, restarts nothing and leaves neither timer nor backup', () =>
    withNode(al2(), async (node) => {
      expect(await remediate(node)).toMatchObject({ outcome: 'changed' });
      const pid = await mainPid(node);

      expect(await remediate(node)).toMatchObject({ outcome: 'already', reason: 'as-wanted', status: 0 });
      expect(await mainPid(node)).toBe(pid);
      expect(await timers(node)).toBe('');
      expect([...node.tree(remediationHome).keys()].map((path) => path.split('/').at(-1))).toEqual([
        'holder',
        'lock',
        'rescue.sh',
      ]);
    }));

  it('takes a CA for the cluster’s own only when every certificate is there', () =>
    withNode(al2({ [configPath]: fixed }), async (node) => {
      expect(await remediate(node)).toMatchObject({ outcome: 'already' });
      expect(await remediate(node, { trust: [fingerprintOf(otherCa)] })).toMatchObject({
        outcome: 'refused',
        reason: 'ca-other',
      });
    }));
});
