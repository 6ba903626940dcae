import { chownSync } from 'node:fs';
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
  restartKubelet,
  runningConfiguration,
  timers,
  unitPath,
  withCa,
  withNode,
  withoutConfigFile,
} from './kubelet-node.ts';
import { type SystemdNode, underSystemd } from './real-systemd.ts';

const ownDropIn = `${unitPath}.d/90-eks-kubelet-audit.conf`;
const fixed = openConfiguration.replace(
  `"anonymous": {
            "enabled": true
        }`,
  `$&,
        "x509": {"clientCAFile": "${caPath}"}`,
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
      const { answer, changed, restarted } = await fix(node);

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

describe('under a real systemd, drop-ins', underSystemd, () => {
  it('count in the order of their names: the last one is changed, whatever those before it say', () => {
    const dropIns = `${configPath}.d`;
    const port = (readOnlyPort: number) =>
      JSON.stringify({ kind: 'KubeletConfiguration', apiVersion: 'kubelet.config.k8s.io/v1beta1', readOnlyPort });
    const files = {
      [argumentsPath]: `[Service]\nEnvironment='KUBELET_ARGS=--config-dir=${dropIns}'\n`,
      [`${dropIns}/40.conf`]: port(0),
      [`${dropIns}/50.conf`]: port(10_255),
    };
    return withNode(al2(files), async (node) => {
      const { changed } = await fix(node, { controls: ['kubelet-read-only-port'] });
      expect(changed).toEqual([`${dropIns}/50.conf`]);
      expect(await runningConfiguration(node)).toMatchObject({ readOnlyPort: 0 });
    });
  });
});

describe('under a real systemd, the arguments of the unit', underSystemd, () => {
  const argument = `--client-ca-file=${caPath}`;
  const bare = textOf(al2(), argumentsPath);
  const environment = textOf(al2023(), environmentPath);
  const extraPath = `${unitPath}.d/30-kubelet-extra-args.conf`;

  it.each<[string, Files, string, string]>([
    [
      'in a drop-in of the unit',
      al2({ [argumentsPath]: bare.replace('--v=2', '--client_ca_file= --v=2') }),
      argumentsPath,
      bare.replace('--v=2', `${argument} --v=2`),
    ],
    [
      'in the unit itself',
      al2({ [unitPath]: textOf(al2(), unitPath).replace('$KUBELET_ARGS', '--client-ca-file= $KUBELET_ARGS') }),
      unitPath,
      textOf(al2(), unitPath).replace('$KUBELET_ARGS', `${argument} $KUBELET_ARGS`),
    ],
    [
      'in the file that nodeadm wrote, which ends without a line break',
      al2023({ [environmentPath]: `${environment} --client-ca-file=` }),
      environmentPath,
      `${environment} ${argument}`,
    ],
  ])('are changed where the bad value is, since no file can change what they set: %s', (_, files, path, expected) =>
    withNode(files, async (node) => {
      const { answer, changed, restarted } = await fix(node);

      expect(answer).toMatchObject({ outcome: 'changed' });
      expect({ changed, restarted }).toEqual({ changed: [path], restarted: true });
      expect(node.read(path)).toBe(expected);
      expect(await runningConfiguration(node)).toMatchObject(withCa);
      expect(await remediate(node)).toMatchObject({ outcome: 'already' });
    }),
  );

  it('of a kubelet without a configuration file get a drop-in that adds to its start, and the next control goes on in it', () =>
    withNode(withoutConfigFile(), async (node) => {
      const controls = ['kubelet-client-ca-file', 'kubelet-anonymous-auth', 'kubelet-read-only-port'];
      const { answer, changed } = await fix(node, { controls });

      expect(answer).toMatchObject({ outcome: 'changed' });
      expect(changed).toEqual([ownDropIn]);
      // Anonymous access goes, so bearer tokens need the webhook.
      expect(node.read(ownDropIn).replaceAll(/ +/g, ' ')).toMatch(
        new RegExp(
          `^\\[Service\\]\nExecStart=\nExecStart=@/opt/node .*\\$KUBELET_ARGS \\$KUBELET_EXTRA_ARGS --anonymous-auth=false ${argument} --read-only-port=0 --authentication-token-webhook=true\n$`,
        ),
      );
      expect(node.permissions(ownDropIn)).toBe('644 0:0');
      expect(await runningConfiguration(node)).toMatchObject({
        authentication: { anonymous: { enabled: false }, webhook: { enabled: true }, x509: { clientCAFile: caPath } },
        readOnlyPort: 0,
      });

      const second = await fix(node, { controls: ['kubelet-protect-kernel-defaults'] });
      expect(second.changed).toEqual([ownDropIn]);
      expect(node.read(ownDropIn)).toMatch(/--authentication-token-webhook=true --protect-kernel-defaults=true\n$/);
      expect(await runningConfiguration(node)).toMatchObject({ readOnlyPort: 0, protectKernelDefaults: true });
      expect(await remediate(node, { controls })).toMatchObject({ outcome: 'already' });
    }));

  it('turn a gate on behind the argument that turns it off', () => {
    const off = '[Service]\nEnvironment="KUBELET_EXTRA_ARGS=--feature-gates=RotateKubeletServerCertificate=false"\n';
    return withNode(al2({ [extraPath]: off }), async (node) => {
      const { answer, changed } = await fix(node, { controls: ['kubelet-rotate-server-certificate'] });

      expect(answer).toMatchObject({ outcome: 'changed' });
      expect(changed).toEqual([configPath, ownDropIn]);
      expect(node.read(ownDropIn)).toMatch(/ --feature-gates=RotateKubeletServerCertificate=true\n$/);
      expect(await runningConfiguration(node)).toMatchObject({
        serverTLSBootstrap: true,
        featureGates: { RotateKubeletServerCertificate: true },
      });
    });
  });
});

describe('under a real systemd, the controls', underSystemd, () => {
  it('of a node where all of them fail are fixed with one restart, each where its bad value stands', () => {
    const bad = {
      ...JSON.parse(openConfiguration),
      authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
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
      await restartKubelet(node);
      await runningConfiguration(node);

      expect(await remediate(node, { controls: fixableSlugs })).toMatchObject({
        outcome: 'changed',
        reason: 'restarted',
      });
      expect(await runningConfiguration(node)).toMatchObject({
        // Without it no bearer token would be let in any more.
        authentication: { anonymous: { enabled: false }, webhook: { enabled: true }, x509: { clientCAFile: caPath } },
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
  it('shows what it would change and leaves nothing behind', () =>
    withNode(al2(), async (node) => {
      const before = node.tree('/etc', '/var/lib');
      const pid = await mainPid(node);

      expect(await remediate(node, { mode: 'dry-run' })).toMatchObject({
        outcome: 'dry-run',
        changes: [`setting\t${configPath}\tauthentication.x509.clientCAFile\t\t${caPath}`],
        status: 0,
      });
      expect([...node.tree('/etc', '/var/lib')]).toEqual([...before]);
      expect(await mainPid(node)).toBe(pid);
      expect((await node.run(['sh', '-c', 'ls /run | grep eks'])).stdout).toBe('');
    }));
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
