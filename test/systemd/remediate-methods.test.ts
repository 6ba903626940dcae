import { describe, expect, it } from 'vitest';
import { fixableSlugs } from '../../infra/documents/remediation/remediate-parameters.ts';
import {
  al2,
  al2023,
  argumentsPath,
  caPath,
  configPath,
  dropIn,
  dropIns,
  environmentPath,
  type Files,
  fingerprintOf,
  fixedConfiguration,
  mainPid,
  openConfiguration,
  otherCa,
  remediate,
  remediationHome,
  restartKubelet,
  runningConfiguration,
  shell,
  timers,
  unitPath,
  withArguments,
  withCa,
  withNode,
  withoutConfigFile,
} from './kubelet-node.ts';
import { type SystemdNode, underSystemd } from './real-systemd.ts';

/** The one file of ours, in the folder that the kubelet merges. */
const ownDropIn = `${dropIns}/99-eks-kubelet-audit.conf`;
const kubeconfig = '/var/lib/kubelet/kubeconfig';
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

describe('under a real systemd, the configuration file', underSystemd, () => {
  it.each([
    ['AL2', al2, 'small', /^bash \nmawk /],
    ['AL2023', al2023, 'gnu', /^bash yes\nGNU Awk [^\n]*\n$/],
  ] as const)(
    'of %s gets the client CA and no other change: a dry run leaves nothing behind, and a second run changes nothing and leaves neither timer nor backup',
    (_, files, tools, expected) =>
      withNode(
        files({ [configPath]: { text: openConfiguration, mode: 0o640 } }),
        async (node) => {
          const versions = 'awk -W version 2>&1 </dev/null | head -n 1; command -v curl || :';
          expect(await shell(node, `echo "bash \${BASH_VERSION:+yes}"; ${versions}`)).toMatch(expected);
          const before = node.tree('/etc', '/var/lib');
          const changes = [`setting\t${configPath}\tauthentication.x509.clientCAFile\t\t${caPath}`];

          const planned = await fix(node, { mode: 'dry-run' });
          expect(planned).toMatchObject({ answer: { outcome: 'dry-run', changes, status: 0 }, restarted: false });
          expect([...node.tree('/etc', '/var/lib')]).toEqual([...before]);
          expect(await shell(node, 'ls /run | grep eks || :')).toBe('');

          const fixed = await fix(node);
          expect(fixed.answer).toMatchObject({ outcome: 'changed', reason: 'confirmed', status: 0, changes });
          expect(fixed).toMatchObject({ changed: [configPath], restarted: true });
          expect(node.read(configPath)).toBe(fixedConfiguration);
          expect(node.permissions(configPath)).toBe('640 0:0');
          expect(await runningConfiguration(node)).toMatchObject(withCa);

          const again = await fix(node);
          expect(again.answer).toMatchObject({ outcome: 'already', reason: 'as-wanted', status: 0 });
          expect(again).toMatchObject({ changed: [], restarted: false });
          expect(await timers(node)).toBe('');
          const left = [...node.tree(remediationHome).keys()].map((path) => path.split('/').at(-1));
          expect(left).toEqual(['arguments', 'holder', 'lock', 'modes', 'rescue.sh']);
        },
        tools,
      ),
  );

  it('takes a CA for the cluster’s own only when every certificate is there', () =>
    withNode(al2({ [configPath]: fixedConfiguration }), async (node) => {
      expect(await remediate(node)).toMatchObject({ outcome: 'already' });
      const trust = [fingerprintOf(otherCa)];
      expect(await remediate(node, { trust })).toMatchObject({ outcome: 'refused', reason: 'ca-other' });
    }));
});

const yaml = `# ours\nkind: KubeletConfiguration\napiVersion: kubelet.config.k8s.io/v1beta1\nauthentication:   # who\n  anonymous: {}\n  x509:\n    clientCAFile: ""   # none\nclusterDNS:\n- 10.100.0.10\n`;
const emptied = dropIn({ authentication: { x509: { clientCAFile: '' } } });
const argument = `--client-ca-file=${caPath}`;
const bare = textOf(al2(), argumentsPath);
const unit = textOf(al2(), unitPath);
const environment = textOf(al2023(), environmentPath);

describe('under a real systemd, the client CA is changed where its bad value is', underSystemd, () => {
  it.each<[string, Files, string, string]>([
    [
      'in YAML, keeping comments, order and spelling',
      al2({ [configPath]: yaml }),
      configPath,
      yaml.replace('""', caPath),
    ],
    [
      'in one file of ours where the kubelet merges drop-ins, whichever of them empties it',
      al2023({
        [environmentPath]: `NODEADM_KUBELET_ARGS=--config=${configPath} --config-dir=${dropIns} --node-ip=10.0.0.1`,
        [configPath]: fixedConfiguration,
        [`${dropIns}/40-nodeadm.conf`]: emptied,
      }),
      ownDropIn,
      `${dropIn({}).slice(0, -1)},"authentication":{"x509":{"clientCAFile":"${caPath}"}}}\n`,
    ],
    [
      'in the arguments of a drop-in of the unit, since no file can change what they set',
      al2({ [argumentsPath]: bare.replace('--v=2', '--client_ca_file= --v=2') }),
      argumentsPath,
      bare.replace('--v=2', `${argument} --v=2`),
    ],
    [
      'in the unit itself',
      al2({ [unitPath]: unit.replace('$KUBELET_ARGS', '--client-ca-file= $KUBELET_ARGS') }),
      unitPath,
      unit.replace('$KUBELET_ARGS', `${argument} $KUBELET_ARGS`),
    ],
    [
      'in the file that nodeadm wrote, which ends without a line break',
      al2023({ [environmentPath]: `${environment} --client-ca-file=` }),
      environmentPath,
      `${environment} ${argument}`,
    ],
  ])('%s', (_, files, path, expected) =>
    withNode(files, async (node) => {
      const { answer, changed, restarted } = await fix(node);

      expect(answer).toMatchObject({ outcome: 'changed' });
      expect({ changed, restarted }).toEqual({ changed: [path], restarted: true });
      expect(node.read(path)).toBe(expected);
      expect(await runningConfiguration(node)).toMatchObject(withCa);
      expect(await remediate(node)).toMatchObject({ outcome: 'already' });
    }),
  );
});

describe('under a real systemd', underSystemd, () => {
  it('one file of ours holds every control where the kubelet merges drop-ins, survives what nodeadm writes, and leaves a later file to a person', () => {
    const files = {
      ...withArguments(`--config-dir=${dropIns}`),
      [`${dropIns}/40.conf`]: dropIn({ readOnlyPort: 0 }),
      [`${dropIns}/50.conf`]: dropIn({ readOnlyPort: 10_255 }),
    };
    return withNode(al2(files), async (node) => {
      for (const [run, control] of [
        ['run-1', 'kubelet-read-only-port'],
        ['run-2', 'kubelet-protect-kernel-defaults'],
      ] as const)
        expect((await fix(node, { run, controls: [control] })).changed).toEqual([ownDropIn]);
      const fixed = { readOnlyPort: 0, protectKernelDefaults: true };
      expect(await runningConfiguration(node)).toMatchObject(fixed);
      node.write(configPath, openConfiguration);
      node.write(`${dropIns}/50.conf`, dropIn({ readOnlyPort: 10_255 }));
      await node.reboot();
      expect(await runningConfiguration(node)).toMatchObject(fixed);

      expect(await remediate(node, { run: 'run-2', mode: 'undo' })).toMatchObject({ outcome: 'undone' });
      expect(await runningConfiguration(node)).toMatchObject({ readOnlyPort: 0 });
      expect(await remediate(node, { run: 'run-1', mode: 'undo' })).toMatchObject({ outcome: 'undone' });
      expect(node.exists(ownDropIn)).toBe(false);

      node.write(`${dropIns}/99-z.conf`, dropIn({ readOnlyPort: 10_255 }));
      await restartKubelet(node);
      await runningConfiguration(node);
      const late = await fix(node, { controls: ['kubelet-read-only-port'] });
      expect(late).toMatchObject({ answer: { outcome: 'refused', reason: 'not-last' }, changed: [] });
    });
  });

  it('the arguments of a kubelet without a configuration file get what is missing in KUBELET_ARGS, and the unit’s start stays its own', () =>
    withNode(withoutConfigFile(), async (node) => {
      const controls = ['kubelet-client-ca-file', 'kubelet-anonymous-auth', 'kubelet-read-only-port'];
      const { answer, changed } = await fix(node, { controls });

      expect(answer).toMatchObject({ outcome: 'changed' });
      expect(changed).toEqual([argumentsPath]);
      // Anonymous access goes, so bearer tokens need the webhook.
      const added = `--anonymous-auth=false ${argument} --read-only-port=0 --authentication-token-webhook=true`;
      expect(node.read(argumentsPath)).toBe(bare.replace("--v=2'", `--v=2 ${added}'`));
      expect(node.permissions(argumentsPath)).toBe('644 0:0');
      expect(await runningConfiguration(node)).toMatchObject({
        authentication: { anonymous: { enabled: false }, webhook: { enabled: true }, x509: { clientCAFile: caPath } },
        readOnlyPort: 0,
      });

      const second = await fix(node, { controls: ['kubelet-protect-kernel-defaults'] });
      expect(second.changed).toEqual([argumentsPath]);
      expect(node.read(argumentsPath)).toContain("--authentication-token-webhook=true --protect-kernel-defaults=true'");
      expect(await runningConfiguration(node)).toMatchObject({ readOnlyPort: 0, protectKernelDefaults: true });
      expect(await remediate(node, { controls })).toMatchObject({ outcome: 'already' });
    }));

  it.each([
    ['a gate that an argument turns off', '--feature-gates=RotateKubeletServerCertificate=false', 'argument-form'],
    ['arguments in two variables of one name', "'\nEnvironment='KUBELET_ARGS=--v=2", 'argument-twice'],
  ])('%s is left to a person', (_, words, reason) =>
    withNode(withoutConfigFile(withArguments(words)), async (node) => {
      const controls = ['kubelet-rotate-server-certificate', 'kubelet-client-ca-file'];
      const { answer, changed } = await fix(node, { controls });
      expect(answer).toMatchObject({ outcome: 'refused', reason });
      expect(changed).toEqual([]);
    }),
  );

  it('the controls of a node where all of them fail are fixed with one restart, each where its bad value is', () => {
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
      ...withArguments('--streaming-connection-idle-timeout=0 --anonymous-auth'),
      [configPath]: { text: `${JSON.stringify(bad, null, 2)}\n`, mode: 0o646 },
      [kubeconfig]: { text: 'kind: Config\n', mode: 0o777 },
    };

    return withNode(al2(files), async (node) => {
      await shell(node, `chown 1000:1000 ${configPath}`);
      await restartKubelet(node);
      await runningConfiguration(node);
      const all = { controls: fixableSlugs };

      expect(await remediate(node, all)).toMatchObject({ outcome: 'changed', reason: 'restarted' });
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
      expect([configPath, kubeconfig].map((path) => node.permissions(path))).toEqual(['644 0:0', '644 0:0']);
      expect(await remediate(node, all)).toMatchObject({ outcome: 'already' });
    });
  });

  it('the control of a mode restarts nothing, and can take bits away only', () =>
    withNode(al2({ [kubeconfig]: { text: 'kind: Config\n', mode: 0o626 } }), async (node) => {
      const { answer, changed, restarted } = await fix(node, { controls: ['kubelet-kubeconfig-mode'], trust: [] });

      expect(answer).toMatchObject({ outcome: 'changed', changes: [`mode\t${kubeconfig}\tmode\t626\t604`] });
      expect({ changed, restarted }).toEqual({ changed: [kubeconfig], restarted: false });
      expect(node.permissions(kubeconfig)).toBe('604 0:0');
    }));
});
