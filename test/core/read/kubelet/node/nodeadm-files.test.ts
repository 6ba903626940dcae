import { expect, it } from 'vitest';
import { nodeKinds, type Origin } from '../../../../../lambda/core/model/model.ts';
import type { FileFact } from '../../../../../lambda/core/model/node-facts.ts';
import { settingPaths } from '../../../../../lambda/core/model/settings.ts';
import { rewriteOf } from '../../../../../lambda/core/read/kubelet/node/nodeadm-files.ts';

const configFile = '/etc/kubernetes/kubelet/config.json';
const byFile = { from: 'file', file: configFile } as const;
const byDefault = { from: 'default', of: 'configuration file' } as const;
const known = (path: string): FileFact => ({ state: 'known', path, mode: 0o644, owner: 'root', group: 'root' });

const atBoot = {
  atBoot: true,
  because:
    'the edit will be lost at the next boot of the node, when nodeadm writes its files anew: change the NodeConfig in the user data instead',
};
const because = 'the next nodeadm init writes its files anew: change the NodeConfig instead';
const whenAsked = { atBoot: false, because };

it.each(nodeKinds)('an edit of its file on a node of kind %s', (kind) => {
  const rewrite = rewriteOf({ setting: 'readOnlyPort', origin: byFile, config: undefined, kind });
  expect(rewrite).toEqual(kind === 'al2023' ? atBoot : kind === 'hybrid' ? whenAsked : undefined);
});

it.each<[Origin, boolean]>([
  [byFile, true],
  [{ from: 'file', file: '/etc/kubernetes/kubelet/other.json' }, false],
  [{ from: 'drop-in', file: `${configFile}.d/40-nodeadm.conf` }, true],
  [{ from: 'drop-in', file: `${configFile}.d/nodeadm.conf` }, true],
  [{ from: 'drop-in', file: `${configFile}.d/sub/nodeadm.conf` }, false],
  [{ from: 'drop-in', file: `${configFile}.d/50-mine.conf` }, false],
  [{ from: 'drop-in', file: `${configFile}.d/nodeadm.conf.conf` }, false],
  [{ from: 'drop-in', file: `/x${configFile}.d/nodeadm.conf` }, false],
  [{ from: 'flag', flag: 'read-only-port' }, false],
  [{ from: 'running' }, false],
  [{ from: 'default', of: 'no configuration file' }, false],
])('is written anew where the value comes from %j: %j', (origin, isOfNodeadm) => {
  const rewrite = rewriteOf({ setting: 'rotateCertificates', origin, config: undefined, kind: 'al2023' });
  expect(rewrite !== undefined).toBe(isOfNodeadm);
});

it('writes these settings always: where one is in no file, its file was edited', () => {
  const missing = settingPaths.filter(
    (setting) => rewriteOf({ setting, origin: byDefault, config: undefined, kind: 'al2023' }) !== undefined,
  );
  expect(missing).toEqual([
    'authentication.x509.clientCAFile',
    'authentication.anonymous.enabled',
    'authentication.webhook.enabled',
    'authorization.mode',
    'protectKernelDefaults',
    'serverTLSBootstrap',
    'featureGates.RotateKubeletServerCertificate',
  ]);
});

it.each<[FileFact | undefined, boolean]>([
  [undefined, true],
  [{ state: 'unknown', because: 'x' }, true],
  [{ state: 'not-named' }, true],
  [known(configFile), true],
  [known('/opt/kubelet.json'), false],
])('does so where its file may be the one of the kubelet: %j: %j', (config, isOfNodeadm) => {
  const of = (origin: Origin) => rewriteOf({ setting: 'authorization.mode', origin, config, kind: 'al2023' });
  expect(of(byDefault) !== undefined).toBe(isOfNodeadm);
  expect(of({ from: 'default', of: 'no configuration file' })).toBeUndefined();
});
